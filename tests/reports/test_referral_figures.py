"""RF figures, the funnel and the waiting list equal an independent count in Python."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from referrals.models import Referral
from reports import figures
from reports.indicators.funnel import document, funnel
from reports.reading import Reading
from reports.scope import Scope
from tests.accounts.factories import UserFactory
from tests.reports.worlds import (
    END,
    FEW,
    NOW,
    START,
    TODAY,
    ZONE,
    World,
    local,
    make_world,
    middle_days,
    per_cent,
    shares,
    step_of,
    tally,
    write,
)

TRIAGE = {"immediate": 1, "urgent": 4, "priority": 72, "routine": 168}
CONTACT = {"immediate": 2, "urgent": 24, "priority": 168, "routine": 336}
LOST = ("unreachable", "not_attended", "moved", "withdrawn", "detained_deported", "unknown")
MINUTES = 62 * 24 * 60

referral = st.fixed_dictionaries(
    {
        "minute": st.integers(0, MINUTES + 6 * 24 * 60),
        "person": st.integers(0, 4),
        "sender": st.sampled_from(("mobile", "mobile", "mobile", "centre", "partner")),
        "to": st.sampled_from(("cai", "cai", "mobile_team", "partner", "hospital")),
        "urgency": st.sampled_from(tuple(TRIAGE)),
        "status": st.sampled_from(
            ("submitted", "under_review", "info_requested", "waitlisted", "accepted",
             "appointment_given", "no_show", "arrived", "service_received", "feedback_sent",
             "feedback_sent", "declined", "closed_incomplete", "closed_incomplete", "cancelled")
        ),
        "far": st.integers(0, 3),
        # Norms of triage, of first contact and of feedback, kept to the hour.
        "hours": st.lists(
            st.sampled_from((0, 1, 2, 4, 24, 72, 168, 336)), min_size=7, max_size=7
        ),
        "late_by": st.sampled_from((0, 0, 1)),
        "paused": st.sampled_from((0, 0, 3600)),
        "waited": st.booleans(),
        "days": st.integers(0, 20),
        "scope": st.sampled_from(("none", "minimum", "clinical_summary")),
        "consented": st.booleans(),
        "received": st.sampled_from(("service_received", "service_ongoing", "service_partial")),
        "lost": st.sampled_from((*LOST, "no_longer_needed", "died", "refused_by_service")),
        "declined": st.sampled_from(("no_capacity", "duplicate")),
        "reasons": st.lists(
            st.sampled_from(("torture", "psychology", "shelter")), min_size=1, max_size=3
        ),
    }
)  # fmt: skip
PLAN: dict[str, Any] = {
    "minute": 10 * 24 * 60, "person": 0, "sender": "mobile", "to": "cai", "urgency": "urgent",
    "status": "submitted", "far": 0, "hours": [1] * 7, "late_by": 0, "paused": 0, "waited": False,
    "days": 1, "scope": "minimum", "consented": True, "received": "service_received",
    "lost": "moved", "declined": "duplicate", "reasons": ["psychology"],
}  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def computed(world: World, *programmes: Any, at: datetime = NOW) -> dict[str, figures.Figure]:
    scope = Scope(START, END, programmes)
    return figures.compute(scope, figures.DIMENSIONS, reading=Reading(scope, at=at))


@FEW
@given(plans=st.lists(referral, max_size=9))
def test_random_referrals_count_as_python_counts(world: World, plans: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        compare(world, write(world, plans))
        transaction.set_rollback(True)


def compare(world: World, rows: list[Any]) -> None:
    found = computed(world)
    value = {code: figure.measure.value for code, figure in found.items()}
    by = {code: figure.measure.by for code, figure in found.items()}
    cohort = [row for row in rows if START <= row.submitted_on <= END]

    assert value["RF01"] == len(cohort)
    assert by["RF01"]["urgency"] == tally(row.urgency for row in cohort)
    assert by["RF01"]["target"] == tally(target(row) for row in cohort)
    assert by["RF01"]["reason"] == tally(code for row in cohort for code in row.asked)
    assert value["RF02"] == sum(
        target(row) == "cai" and row.from_programme == world.mobile for row in cohort
    )
    accepted = [row for row in cohort if step_of(row) >= 1]
    assert value["RF03"] == per_cent(cohort, lambda row: step_of(row) >= 1)
    assert by["RF03"]["urgency"] == shares(
        cohort, lambda row: step_of(row) >= 1, lambda row: row.urgency
    )
    waiting = ("submitted", "under_review", "info_requested", "waitlisted")
    assert found["RF03"].measure.beside["pending"] == sum(r.status in waiting for r in cohort)
    assert value["RF04"] == per_cent(cohort, lambda row: row.status == "declined")
    visited = [r for r in accepted if r.first_appointment_on and r.first_appointment_on < TODAY]
    assert value["RF05"] == per_cent(visited, lambda row: step_of(row) >= 3)
    grown = [row for row in cohort if row.submitted_on <= TODAY - timedelta(days=30)]
    received = ("service_received", "service_ongoing")
    assert value["RF06"] == per_cent(grown, lambda row: outcome(row) in received)
    answers(value, rows)
    clocks(value, by, cohort)
    assert value["RF10"] == middle_days(
        [row.arrived_at - row.submitted_at for row in cohort if row.arrived_at]
    )
    lost = [r for r in cohort if r.status == "closed_incomplete" and outcome(r) in LOST]
    assert value["RF11"] == per_cent(cohort, lambda row: row in lost)
    assert by["RF11"]["outcome"] == {
        code: per_cent(cohort, lambda row, code=code: row in lost and outcome(row) == code)
        for code in {outcome(row) for row in lost}
    }
    shared = [r for r in cohort if r.to_partner and r.data_scope_id != "data_scopes:none"]
    assert value["RF12"] == per_cent(shared, lambda row: row.consent is not None)
    week = [r for r in cohort if r.to_partner and r.submitted_on <= TODAY - timedelta(days=7)]
    assert value["PA08"] == per_cent(week, answered_in_a_week)
    cascade(cohort)
    waiting_list(value, rows)


def target(row: Referral) -> str:
    return row.target_id.partition(":")[2]


def outcome(row: Referral) -> str:
    return (row.outcome_id or "").partition(":")[2]


def answered_in_a_week(row: Referral) -> bool:
    return row.decided_at is not None and row.decided_at - row.submitted_at <= timedelta(days=7)


def answers(value: dict[str, Any], rows: list[Any]) -> None:
    """RF07: those that ended in the period and whose seven days are over."""
    week = timedelta(days=7)
    ended = []
    for row in rows:
        end = row.served_at or row.closed_at
        if end is None or row.status == "cancelled" or end + week > NOW:
            continue
        if START <= local(end) <= END:
            ended.append((row, end))
    assert value["RF07"] == per_cent(
        ended,
        lambda pair: pair[0].feedback_at is not None and pair[0].feedback_at - pair[1] <= week,
    )


def clocks(value: dict[str, Any], by: dict[str, Any], cohort: list[Any]) -> None:
    """RF08 and RF09, by the hours of the urgency."""
    triaged, contacted = [], []
    for row in cohort:
        end = row.decided_at or row.closed_at or row.paused_at or NOW
        spent = end - row.submitted_at - timedelta(seconds=row.paused_seconds)
        in_time = spent <= timedelta(hours=TRIAGE[row.urgency])
        if row.decided_at or not in_time:
            triaged.append((row, in_time))
        if row.decided_at is None or row.status in ("declined", "cancelled"):
            continue
        norm = timedelta(hours=CONTACT[row.urgency])
        if row.arrived_at:
            contacted.append((row, row.arrived_at - row.decided_at <= norm))
        elif row.closed_at or NOW - row.decided_at > norm:
            contacted.append((row, False))
    assert value["RF08"] == per_cent(triaged, lambda pair: pair[1])
    assert by["RF08"]["urgency"] == shares(
        triaged, lambda pair: pair[1], lambda pair: pair[0].urgency
    )
    assert value["RF09"] == per_cent(contacted, lambda pair: pair[1])


def cascade(cohort: list[Any]) -> None:
    steps = funnel(Reading(Scope(START, END), at=NOW))
    for place, step in enumerate(steps):
        assert step.reached == sum(step_of(row) >= place for row in cohort), step.name
        here = [row for row in cohort if step_of(row) == place]
        over = [r for r in here if r.status in ("declined", "closed_incomplete", "cancelled")]
        assert step.lost == len(over) == sum(step.lost_by.values())
        if place < 5:
            assert step.waiting == len(here) - len(over)
    served = [row for row in cohort if row.served_at and row.feedback_at]
    assert steps[5].days == middle_days([row.feedback_at - row.served_at for row in served])
    assert steps[1].days == middle_days(
        [row.accepted_at - row.submitted_at for row in cohort if row.accepted_at]
    )
    given = [row for row in cohort if row.accepted_at and row.first_appointment_on]
    assert steps[2].days == middle_days(
        [row.first_appointment_on - local(row.accepted_at) for row in given]
    )


def waiting_list(value: dict[str, Any], rows: list[Any]) -> None:
    """CA22 and CA23: at the end of the last day, by the clock of the programme."""
    begins = datetime(START.year, START.month, START.day, tzinfo=ZONE)
    ends = datetime(END.year, END.month, END.day, tzinfo=ZONE) + timedelta(days=1)
    waits = [(r, *r.waits) for r in rows if r.waits and target(r) == "cai"]
    on = {
        r.patient_id for r, since, until in waits if since < ends and not (until and until < ends)
    }
    assert value["CA22"] == len(on)
    left = [until - since for _r, since, until in waits if until and begins <= until < ends]
    assert value["CA23"] == middle_days(left)


# -- edges -------------------------------------------------------------------------------------
def one(world: World, **plan: Any) -> dict[str, figures.Figure]:
    write(world, [{**PLAN, **plan}])
    return computed(world)


@pytest.mark.parametrize(("late_by", "share"), [(0, 100.0), (1, 0.0)])
def test_exactly_at_the_norm_is_in_time_and_a_moment_later_is_not(
    world: World, late_by: int, share: float
) -> None:
    found = one(world, status="arrived", hours=[4, 24] + [1] * 5, late_by=late_by)
    assert found["RF08"].measure.value == share
    assert found["RF09"].measure.value == share


def test_time_in_which_information_was_asked_is_left_out(world: World) -> None:
    assert one(world, status="accepted", hours=[5] * 7)["RF08"].measure.value == 0.0
    Referral.objects.update(paused_seconds=3600)
    assert computed(world)["RF08"].measure.value == 100.0


def test_what_waits_within_its_norm_is_neither_in_time_nor_late(world: World) -> None:
    write(world, [{**PLAN, "urgency": "routine"}])
    row = Referral.objects.get()
    assert row.submitted_at is not None
    norm = row.submitted_at + timedelta(hours=168)
    assert computed(world, at=norm)["RF08"].measure.denominator == 0
    late = computed(world, at=norm + timedelta(seconds=1))["RF08"].measure
    assert (late.value, late.denominator) == (0.0, 1)


def test_taken_back_before_the_norm_decides_nothing(world: World) -> None:
    found = one(world, status="cancelled")
    assert found["RF08"].measure.value is None
    assert found["RF09"].measure.denominator == 0
    assert found["RF07"].measure.denominator == 0


def test_drafts_are_not_counted_and_nothing_gives_no_percentage(world: World) -> None:
    found = computed(world)
    assert found["RF01"].measure.value == 0
    for code in ("RF03", "RF05", "RF08", "RF10", "RF12", "PA08", "CA23"):
        assert found[code].measure.value is None, code
    assert [step.reached for step in funnel(Reading(Scope(START, END)))] == [0] * 6


def test_a_referral_belongs_to_who_sent_it_and_to_who_received_it(world: World) -> None:
    write(world, [PLAN])
    for programmes in ((world.mobile,), (world.centre,), (world.mobile, world.centre)):
        assert computed(world, *programmes)["RF01"].measure.value == 1
    member = Scope(START, END, member=world.doctor)
    assert figures.compute(member, codes=["RF01"])["RF01"].measure.value == 1
    stranger = Scope(START, END, member=UserFactory(role="nurse"))
    assert figures.compute(stranger, codes=["RF01"])["RF01"].measure.value == 0


def test_the_period_is_of_local_days(world: World) -> None:
    """23:59 of the last day in Mexico City is the next day in UTC."""
    first = datetime(2025, 2, 1, 6, tzinfo=UTC)  # midnight of 1 February
    zero = datetime(2025, 1, 30, 6, tzinfo=UTC)
    last = datetime(2025, 4, 1, 5, 59, tzinfo=UTC)
    minutes = [
        int((moment - zero).total_seconds() // 60)
        for moment in (first - timedelta(minutes=1), first, last, last + timedelta(minutes=1))
    ]
    write(world, [{**PLAN, "minute": minute} for minute in minutes])
    assert computed(world)["RF01"].measure.value == 2


def test_the_funnel_says_where_and_why(world: World) -> None:
    write(
        world,
        [
            {**PLAN, "status": "declined", "declined": "no_capacity"},
            {**PLAN, "status": "closed_incomplete", "far": 2, "lost": "unreachable"},
            {**PLAN, "status": "feedback_sent"},
            {**PLAN, "status": "cancelled"},
        ],
    )
    told = {step["step"]: step for step in document(funnel(Reading(Scope(START, END), at=NOW)))}
    assert [told[name]["reached"] for name in told] == [4, 2, 2, 1, 1, 1]
    assert told["sent"]["lost_by"] == {"referral_decline_reasons:no_capacity": 1, "cancelled": 1}
    assert told["appointment"]["lost_by"] == {"referral_closure_outcomes:unreachable": 1}
    assert told["sent"]["by"] == {"target": {"cai": 4}}
