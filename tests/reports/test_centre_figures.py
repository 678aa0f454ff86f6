"""CA figures out of stays equal an independent count in Python; and their edges."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.rows import uuid7
from consultations.models import (
    Appointment,
    CarePlan,
    CaseReview,
    Consultation,
    Diagnosis,
    Episode,
    FollowUpCall,
    Outing,
    PlanGoal,
    ScaleResult,
    Slot,
    Visit,
)
from partners.models import Site
from patients.models import ContactAttempt, Patient
from referrals.models import Referral
from reports import figures
from reports.reading import Reading
from reports.scope import Scope
from tests.accounts.factories import UserFactory
from tests.partners.factories import SiteFactory
from tests.reports.test_referral_figures import PLAN
from tests.reports.worlds import (
    END,
    FEW,
    NOW,
    START,
    TODAY,
    World,
    make_world,
    per_cent,
    rounded,
    shares,
    tally,
    write,
)

SUCCESS = {
    "completed_goals": "yes", "completed_partial": "yes", "transferred": "neutral",
    "moved": "neutral", "voluntary_discharge": "no", "lost_followup": "no", "died": "no",
    "referred_hospital": "neutral",
}  # fmt: skip
GROUPS = {"psychiatry": "psychology", "nursing": "medical"}

seen = st.fixed_dictionaries(
    {
        "day": st.integers(0, 120),
        "discipline": st.sampled_from(
            ("psychology", "psychiatry", "medical", "nursing", "social_work", "physiotherapy")
        ),
        "scale": st.sampled_from((None, "functioning", "pcl5", "phq9", "cgi_i")),
        "value": st.integers(0, 7),
        "diagnosis": st.sampled_from((None, "ptsd", "no_diagnosis", "acute_stress")),
    }
)
stay = st.fixed_dictionaries(
    {
        # Lengths on either side of 30, 90 and 180 days.
        "admitted": st.sampled_from((-200, -181, -180, -100, -91, -90, -31, -30, -1, 0, 5, 58, 59)),
        "length": st.sampled_from((None, None, 0, 29, 30, 59, 89, 90, 91, 179, 180, 181)),
        "outcome": st.sampled_from(tuple(SUCCESS)),
        "readmission": st.booleans(),
        "planned": st.sampled_from((None, 0, 30, 31)),
        "reviews": st.lists(st.sampled_from((29, 30, 31, 60, 90, 120, 200)), max_size=3, unique=True),
        "goals": st.lists(
            st.sampled_from(("achieved", "partly_achieved", "not_relevant", "in_progress")),
            max_size=3,
        ),
        "satisfaction": st.sampled_from((None, 0, 7, 10)),
        "referred": st.booleans(),
        "called": st.sampled_from((None, (1, 15), (1, 16), (3, -15), (6, 0))),
        "seen": st.lists(seen, max_size=6),
    }
)  # fmt: skip


class Place:
    """The centre's site, and who works there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.site: Site = SiteFactory(
            code="C1", programmes=[world.centre], site_type_id="site_types:cai"
        )
        self.worker: User = UserFactory(role="psychologist", programme=world.centre)
        self.other: User = UserFactory(role="doctor", programme=world.centre)


@pytest.fixture
def place(db: None) -> Place:
    return Place(make_world())


def computed(place: Place, *, end: date = END, at: datetime = NOW) -> dict[str, figures.Figure]:
    scope = Scope(START, end)
    return figures.compute(scope, figures.DIMENSIONS, reading=Reading(scope, at=at))


def noon(day: date) -> datetime:
    return datetime.combine(day, time(18), UTC)


def consult(place: Place, episode: Episode, day: date, discipline: str) -> Consultation:
    outing, _new = Outing.objects.get_or_create(
        programme=place.world.centre, site=place.site, local_date=day,
        defaults={"opened_at": noon(day)},
    )  # fmt: skip
    visit, _new = Visit.objects.get_or_create(outing=outing, patient=episode.patient)
    inside = episode.admitted_on <= day and (episode.closed_on is None or day <= episode.closed_on)
    return Consultation.objects.create(
        patient=episode.patient, visit=visit, outing=outing, programme=place.world.centre,
        site=place.site, episode=episode if inside else None, discipline=discipline,
        visit_type="follow_up", mode_id="consultation_modes:individual", local_date=day,
        age_years=30, started_at=noon(day), signed_at=noon(day), professional=place.worker,
        treatment_consent_id="consent_decisions:given", mark="",
    )  # fmt: skip


def admit(place: Place, person: Patient, plan: dict[str, Any]) -> Episode:
    admitted = START + timedelta(days=plan["admitted"])
    closed = None if plan["length"] is None else admitted + timedelta(days=plan["length"])
    ended: dict[str, Any] = {}
    if closed is not None:
        ended = {
            "closed_on": closed, "closed_at": noon(closed), "closed_by": place.worker,
            "outcome_id": f"cai_discharge_outcomes:{plan['outcome']}",
            "contact_allowed": plan["called"] is not None,
        }  # fmt: skip
        if plan["satisfaction"] is not None:
            ended |= {"satisfaction": plan["satisfaction"], "satisfaction_asked_by": place.other}
    episode = Episode.objects.create(
        patient=person, programme=place.world.centre, admitted_on=admitted,
        opened_by=place.worker, reference_worker=place.worker,
        is_readmission=plan["readmission"], **ended,
    )  # fmt: skip
    if plan["planned"] is not None:
        signed = admitted + timedelta(days=plan["planned"])
        CarePlan.objects.create(
            episode=episode, number=1, agreed_id="consent_decisions:given", agreed_on=signed,
            review_date=signed + timedelta(days=30), signed_by=place.worker, signed_on=signed,
            mark="",
        )  # fmt: skip
    for days in plan["reviews"]:
        held = admitted + timedelta(days=days)
        CaseReview.objects.create(
            episode=episode, held_on=held, risk_id="mh_risk_levels:none",
            phase_id="episode_phases:stabilisation", decision_id="case_review_decisions:continue",
            next_on=held + timedelta(days=60), recorded_by=place.worker, mark="",
        )  # fmt: skip
    for status in plan["goals"]:
        over = status in ("achieved", "not_relevant")
        PlanGoal.objects.create(
            episode=episode, domain_id="care_plan_domains:safety", words=b"sealed",
            status_id=f"care_plan_goal_status:{status}", set_on=admitted,
            ended_on=admitted if over else None, set_by=place.worker,
        )  # fmt: skip
    return episode


def call(place: Place, episode: Episode, months: int, offset: int) -> None:
    assert episode.closed_on is not None
    day = add_months(episode.closed_on, months) + timedelta(days=offset)
    attempt = ContactAttempt.objects.create(
        patient=episode.patient, programme=place.world.centre, at=noon(day), local_date=day,
        method_id="safe_contact_methods:call", purpose_id="contact_purposes:follow_call",
        outcome_id="contact_outcomes:reached", by=place.worker,
    )  # fmt: skip
    FollowUpCall.objects.create(
        episode=episode, months=months, attempt=attempt, called_on=day, answered=True
    )


def add_months(day: date, months: int) -> date:
    later = day.replace(day=1)
    for _ in range(months):
        later = (later + timedelta(days=32)).replace(day=1)
    last = ((later + timedelta(days=32)).replace(day=1) - timedelta(days=1)).day
    return later.replace(day=min(day.day, last))


def write_stays(place: Place, plans: list[dict[str, Any]]) -> list[tuple[Episode, dict[str, Any]]]:
    rows = []
    for person, plan in zip(place.world.people, plans, strict=False):
        episode = admit(place, person, plan)
        for visit in plan["seen"]:
            day = episode.admitted_on + timedelta(days=visit["day"])
            note = consult(place, episode, day, visit["discipline"])
            visit["on"], visit["inside"] = day, note.episode_id is not None
            if visit["scale"]:
                ScaleResult.objects.create(
                    consultation=note, patient=person, scale_id=f"scales:{visit['scale']}",
                    field=visit["scale"], value=visit["value"], local_date=day,
                )  # fmt: skip
            if visit["diagnosis"]:
                Diagnosis.objects.create(
                    consultation=note, concept_id=f"mh_diagnoses:{visit['diagnosis']}"
                )
        if plan["called"] and episode.closed_on:
            call(place, episode, *plan["called"])
        plan["sent_on"] = None
        if plan["referred"]:
            sent = write(place.world, [{**PLAN, "status": "accepted", "person": 0}])[0]
            Referral.objects.filter(pk=sent.pk).update(episode=episode, status="cancelled",
                clock="none", due_at=None, closed_at=NOW)  # fmt: skip
            plan["sent_on"] = sent.submitted_on
        rows.append((episode, plan))
    return rows


def _distinct_days(plans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of two contacts of a stay on one day, which was last is no question of these tests."""
    for plan in plans:
        found = {visit["day"]: visit for visit in plan["seen"]}
        plan["seen"] = sorted(found.values(), key=lambda visit: visit["day"])
    return plans


@FEW
@given(plans=st.lists(stay, max_size=5))
def test_random_stays_count_as_python_counts(place: Place, plans: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        compare(place, write_stays(place, _distinct_days(plans)))
        transaction.set_rollback(True)


def compare(place: Place, rows: list[tuple[Episode, dict[str, Any]]]) -> None:
    found = computed(place)
    value = {code: figure.measure.value for code, figure in found.items()}
    by = {code: figure.measure.by for code, figure in found.items()}
    stays = [pair for pair in rows if pair[0].admitted_on <= END]
    active = [p for p in stays if p[0].closed_on is None or p[0].closed_on > END]
    admitted = [p for p in stays if p[0].admitted_on >= START]
    exits = [p for p in stays if p[0].closed_on and START <= p[0].closed_on <= END]
    assert value["CA04"] == len(active)
    assert by["CA04"]["sex"] == tally(e.patient.sex for e, _plan in active)
    assert value["CA05"] == len(admitted)
    assert by["CA05"]["visit_type"] == tally(
        "readmission" if e.is_readmission else "first" for e, _plan in admitted
    )
    assert by["CA05"]["source"] == tally("team" if p["sent_on"] else "none" for _e, p in admitted)
    assert by["CA06"]["outcome"] == {
        code: per_cent(exits, lambda pair, code=code: pair[1]["outcome"] == code)
        for code in {plan["outcome"] for _e, plan in exits}
    }
    could = [
        p for p in exits if SUCCESS[p[1]["outcome"]] != "neutral" and p[1]["outcome"] != "died"
    ]
    assert value["CA07"] == per_cent(could, lambda p: SUCCESS[p[1]["outcome"]] == "yes")
    assert value["CA08"] == per_cent(exits, lambda p: p[1]["outcome"] == "lost_followup")
    for code, length in (("CA09", 90), ("CA10", 180)):
        retained(value[code], by[code]["month"], admitted, length)
    assert value["CA11"] == median([p["length"] for _e, p in exits])
    of_active_file(value, active)
    grown = [p for p in admitted if p[0].admitted_on <= TODAY - timedelta(days=30)]
    assert value["CA13"] == per_cent(grown, lambda p: p[1]["planned"] in (0, 30))
    goals = [goal for _e, plan in exits for goal in plan["goals"] if goal != "not_relevant"]
    assert value["CA15"] == per_cent(goals, lambda goal: goal.endswith("achieved"))
    changes(value, by, stays, exits)
    sent = [(e.admitted_on - p["sent_on"]).days for e, p in admitted if p["sent_on"]]
    assert value["CA19"] == median(sent)
    diagnosed = [name for pair in admitted if (name := last_diagnosis(*pair))]
    assert by["CA20"]["diagnosis"] == {
        name: per_cent(diagnosed, lambda each, name=name: each == name) for name in set(diagnosed)
    }
    told = [p["satisfaction"] for _e, p in exits if p["satisfaction"] is not None]
    assert value["CA26"] == (rounded(sum(told) / len(told)) if told else None)
    calls(by["CA25"]["timing"], rows)


def median(values: list[int]) -> float | None:
    if not values:
        return None
    ordered, half = sorted(values), len(values) // 2
    return (ordered[half] + ordered[-half - 1]) / 2


def retained(value: float | None, by: dict[str, float], admitted: list[Any], length: int) -> None:
    cohort = []
    for episode, plan in admitted:
        day = episode.admitted_on + timedelta(days=length)
        if day > TODAY:
            continue
        gone = episode.closed_on is not None and episode.closed_on < day
        if gone and SUCCESS[plan["outcome"]] == "neutral":
            continue
        cohort.append((episode, not gone or SUCCESS[plan["outcome"]] == "yes"))
    assert value == per_cent(cohort, lambda pair: pair[1])
    assert by == shares(cohort, lambda p: p[1], lambda p: f"{p[0].admitted_on:%Y-%m}")


def of_active_file(value: dict[str, Any], active: list[Any]) -> None:
    def groups(plan: dict[str, Any]) -> int:
        since = END - timedelta(days=90)
        return len(
            {
                GROUPS.get(v["discipline"], v["discipline"])
                for v in plan["seen"]
                if since < v["on"] <= END
            }
        )

    long = [p for p in active if p[0].admitted_on <= END - timedelta(days=30)]
    assert value["CA12"] == per_cent(long, lambda p: groups(p[1]) >= 3)

    def current(episode: Episode, plan: dict[str, Any]) -> bool:
        held = [d for d in plan["reviews"] if episode.admitted_on + timedelta(days=d) <= END]
        if not held:
            return False
        last = episode.admitted_on + timedelta(days=max(held))
        return min(held) <= 30 and last >= END - timedelta(days=60)

    longer = [p for p in active if p[0].admitted_on < END - timedelta(days=30)]
    assert value["CA14"] == per_cent(longer, lambda p: current(*p))


def changes(value: dict[str, Any], by: dict[str, Any], stays: list[Any], exits: list[Any]) -> None:
    def scores(plan: dict[str, Any], scale: str) -> list[Any]:
        return [v for v in plan["seen"] if v["scale"] == scale and v["inside"] and v["on"] <= END]

    rated = []
    for _episode, plan in stays:
        found = scores(plan, "functioning")
        if found and found[-1]["on"] >= START and (found[-1]["day"] - found[0]["day"]) >= 28:
            rated.append(found[-1]["value"] - found[0]["value"] >= 2)
    assert value["CA17"] == per_cent(rated, lambda hit: hit)
    better: dict[str, Callable[[int, int], bool]] = {
        "pcl5": lambda first, last: last <= first - 15,
        "phq9": lambda first, last: first > 0 and last <= first / 2,
        "cgi_i": lambda _first, last: last in (1, 2),
    }
    expected = {}
    for scale, improved in better.items():
        told = [scores(plan, scale) for _e, plan in exits]
        told = [each for each in told if len(each) >= (1 if scale == "cgi_i" else 2)]
        if told:
            expected[scale] = per_cent(
                told, lambda each, test=improved: test(each[0]["value"], each[-1]["value"])
            )
    assert by["CA18"]["scale"] == expected


def last_diagnosis(episode: Episode, plan: dict[str, Any]) -> str | None:
    known = [
        v["diagnosis"]
        for v in plan["seen"]
        if v["day"] <= 30 and v["inside"] and v["diagnosis"] not in (None, "no_diagnosis")
    ]
    return known[-1] if known else None


def calls(by: dict[str, float], rows: list[Any]) -> None:
    due: dict[str, list[bool]] = {}
    for episode, plan in rows:
        if episode.closed_on is None or not episode.contact_allowed or episode.closed_on > END:
            continue
        for months in (1, 3, 6):
            if START <= add_months(episode.closed_on, months) <= min(END, TODAY):
                called = plan["called"]
                hit = called is not None and called[0] == months and abs(called[1]) <= 15
                due.setdefault(f"{months}_months", []).append(hit)
    assert by == {timing: per_cent(hits, lambda hit: hit) for timing, hits in due.items()}


# -- edges -------------------------------------------------------------------------------------
STAY: dict[str, Any] = {
    "admitted": 0, "length": None, "outcome": "completed_goals", "readmission": False,
    "planned": None, "reviews": [], "goals": [], "satisfaction": None, "referred": False,
    "called": None, "seen": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("length", "outcome", "share", "of"),
    [
        (89, "moved", None, 0),  # neutral before day 90: says nothing
        (90, "moved", 100.0, 1),
        (89, "lost_followup", 0.0, 1),
        (90, "lost_followup", 100.0, 1),
        (10, "completed_goals", 100.0, 1),
        (None, "moved", 100.0, 1),
    ],
)
def test_retention_at_the_edge_of_90_days(
    place: Place, length: int | None, outcome: str, share: float | None, of: int
) -> None:
    write_stays(place, [{**STAY, "length": length, "outcome": outcome}])
    measure = computed(place, at=noon(START + timedelta(days=90)))["CA09"].measure
    assert (measure.value, measure.denominator) == (share, of)
    early = computed(place, at=noon(START + timedelta(days=89)))["CA09"].measure
    assert early.denominator == 0  # its 90 days have not passed


@pytest.mark.parametrize(("apart", "value"), [(27, None), (28, 100.0)])
def test_two_ratings_lie_at_least_28_days_apart(
    place: Place, apart: int, value: float | None
) -> None:
    ratings = [
        {"day": day, "discipline": "psychology", "scale": "functioning", "value": told,
         "diagnosis": None}
        for day, told in ((0, 3), (apart, 5))
    ]  # fmt: skip
    write_stays(place, [{**STAY, "seen": ratings}])
    assert computed(place)["CA17"].measure.value == value


def test_a_merge_joins_the_stay_of_one_record_to_the_notes_of_the_other(place: Place) -> None:
    kept, gone = place.world.people[:2]
    episode = admit(place, kept, {**STAY, "admitted": -60})
    elsewhere = Episode(patient=gone, admitted_on=END + timedelta(days=900))
    for discipline, day in (("psychology", 0), ("medical", 1), ("social_work", 2)):
        note = consult(place, elsewhere, START + timedelta(days=day), discipline)
        ScaleResult.objects.create(
            consultation=note, patient=gone, scale_id="scales:functioning", field="functioning",
            value=3 + day, local_date=note.local_date,
        )  # fmt: skip
    before = computed(place)
    assert (before["CA02"].measure.value, before["CA02"].measure.beside) == (0, {"not_admitted": 1})
    assert before["CA12"].measure.value == 0.0
    Patient.objects.filter(pk=gone.pk).update(merged_into=kept)
    merged = computed(place)
    assert (merged["CA02"].measure.value, merged["CA02"].measure.beside) == (1, {"not_admitted": 0})
    assert merged["CA12"].measure.value == 100.0
    scope = Scope(START, END)
    assert set(Reading(scope).scores) == {(episode.pk, "functioning")}


def test_attendance_and_used_places(place: Place) -> None:
    day = START + timedelta(days=3)
    slot = Slot.objects.create(
        programme=place.world.centre, site=place.site, discipline="psychology", local_date=day,
        local_time=time(9), places=4, taken=2,
    )  # fmt: skip
    Slot.objects.create(
        programme=place.world.centre, site=place.site, discipline="psychology", local_date=day,
        local_time=time(10), places=9, closed=True,
    )  # fmt: skip
    states = ("attended", "missed", "cancelled_by_team", "cancelled_by_person", "booked")
    for person, state in zip(place.world.people, states, strict=True):
        Appointment.objects.create(
            id=uuid7(), patient=person, programme=place.world.centre, discipline="psychology",
            local_date=day, state=state, booked_by=place.worker,
            slot=slot if state in ("attended", "missed") else None,
            missed_reason_id="missed_appointment_reasons:work" if state == "missed" else None,
        )  # fmt: skip
    found = computed(place)
    attendance = found["CA16"].measure
    assert (attendance.value, attendance.numerator, attendance.denominator) == (25.0, 1, 4)
    assert attendance.by["reason"] == {"work": 25.0}
    used = found["CA21"].measure
    assert (used.value, used.numerator, used.denominator) == (25.0, 1, 4)
    assert used.by["month"] == {"2025-02": 25.0}
    # On the day itself, who is still expected is not late.
    assert computed(place, at=noon(day))["CA16"].measure.denominator == 3


def test_without_a_centre_there_is_no_zero(place: Place) -> None:
    scope = Scope(START, END, (place.world.mobile,))
    for code, figure in figures.compute(scope).items():
        if code.startswith("CA"):
            assert figure.measure.value is None, code
            assert figure.measure.reason, code
