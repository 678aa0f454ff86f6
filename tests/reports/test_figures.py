"""Every figure equals an independent count in Python, on random small worlds."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Programme, User
from accounts.policy import Discipline
from consultations.models import Consultation, Episode, GroupActivity, Outing, Visit, VisitType
from partners.models import Site
from patients.models import Patient
from reports import figures
from reports.scope import Scope
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import ConsultationFactory
from tests.partners.factories import SiteFactory
from tests.patients.factories import PatientFactory

START, END = date(2025, 2, 1), date(2025, 3, 31)
AGES = (0, 4, 5, 11, 12, 17, 18, 49, 50, 59, 60, 110, None)
SERVICE = {
    "medical": "primary_health_care", "nursing": "primary_health_care",
    "srh": "primary_health_care", "sgbv": "primary_health_care", "psychology": "mental_health",
    "psychiatry": "mental_health", "physiotherapy": "other", "occupational": "other",
}  # fmt: skip


@dataclass
class World:
    user: User
    programmes: list[Programme]
    sites: list[Site]
    people: list[Patient]


@pytest.fixture
def world(db: None) -> World:
    """A mobile programme with two sites and remote work, a centre, and five people."""
    user = UserFactory(role="doctor")
    mobile = ProgrammeFactory(code="ONE")
    centre = ProgrammeFactory(code="TWO", kind=Programme.Kind.CENTRE)
    sites = [
        SiteFactory(code="P1", programmes=[mobile]),
        SiteFactory(code="P2", programmes=[mobile], closed=date(2025, 3, 15)),
        SiteFactory(code="R1", programmes=[mobile], site_type_id="site_types:remote"),
        SiteFactory(code="C1", programmes=[centre], site_type_id="site_types:cai"),
    ]
    people = [
        PatientFactory(by=user, sex=sex, nationality=nationality)
        for sex, nationality in (
            ("female", "HTI"), ("male", "HND"), ("female", "HTI"), ("sex_unknown", "VEN"),
            ("intersex", "CUB"),
        )
    ]  # fmt: skip
    return World(user, [mobile, centre], sites, people)


consultation = st.fixed_dictionaries(
    {
        "person": st.integers(0, 4),
        "site": st.integers(0, 3),
        "day": st.dates(date(2024, 12, 30), date(2025, 4, 2)),
        "discipline": st.sampled_from(Discipline.values),
        "visit_type": st.sampled_from(VisitType.values),
    }
)
merge = st.one_of(st.none(), st.tuples(st.integers(0, 4), st.integers(0, 4)))


def write(world: World, planned: list[dict[str, Any]], base_age: int | None) -> list[Any]:
    """Signed headers as the database holds them. Ages grow with the date, as they do."""
    rows = []
    for plan in planned:
        site = world.sites[plan["site"]]
        programme = world.programmes[1 if plan["site"] == 3 else 0]
        outing, _new = Outing.objects.get_or_create(
            programme=programme,
            site=site,
            local_date=plan["day"],
            defaults={"opened_at": datetime.combine(plan["day"], datetime.min.time(), UTC)},
        )
        person = world.people[plan["person"]]
        visit, _new = Visit.objects.get_or_create(outing=outing, patient=person)
        age = None if base_age is None else base_age + (plan["day"] >= date(2025, 3, 1))
        at = datetime.combine(plan["day"], datetime.min.time(), UTC) + timedelta(hours=18)
        rows.append(
            Consultation(
                patient=person,
                visit=visit,
                outing=outing,
                programme=programme,
                site=site,
                discipline=plan["discipline"],
                visit_type=plan["visit_type"],
                mode_id="consultation_modes:individual",
                local_date=plan["day"],
                age_years=age,
                started_at=at,
                signed_at=at,
                professional=world.user,
                treatment_consent_id="consent_decisions:given",
                mark="",
            )
        )
    Consultation.objects.bulk_create(rows)
    return rows


def band(age: int | None) -> str:
    if age is None:
        return "unknown"
    tops = ((4, "0_4"), (11, "5_11"), (17, "12_17"), (59, "18_59"))
    return "unhcr_" + next((code for top, code in tops if age <= top), "60p")


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(planned=st.lists(consultation, max_size=14), age=st.sampled_from(AGES), merged=merge)
def test_random_worlds_count_as_python_counts(
    world: World, planned: list[dict[str, Any]], age: int | None, merged: tuple[int, int] | None
) -> None:
    with transaction.atomic():
        rows = write(world, planned, age)
        survivor = {person.pk: person for person in world.people}
        if merged and merged[0] != merged[1]:
            gone, stays = (world.people[index] for index in merged)
            Patient.objects.filter(pk=gone.pk).update(merged_into=stays)
            survivor[gone.pk] = stays
        compare(world, rows, survivor)
        transaction.set_rollback(True)


def compare(world: World, rows: list[Any], survivor: dict[Any, Patient]) -> None:
    found = figures.compute(Scope(START, END), figures.DIMENSIONS)
    inside = [row for row in rows if START <= row.local_date <= END]
    value = {code: figure.measure.value for code, figure in found.items()}
    by = {code: figure.measure.by for code, figure in found.items()}

    assert value["GEN01"] == len(inside)
    services = Counter(SERVICE.get(row.discipline, row.discipline) for row in inside)
    assert {k: v for k, v in by["GEN01"]["service"].items() if v} == services
    assert len(by["GEN01"]["service"]) == 6
    for name, key in (
        ("month", lambda row: f"{row.local_date:%Y-%m}"),
        ("site", lambda row: row.site.code),
        ("programme", lambda row: row.programme.code),
        ("discipline", lambda row: row.discipline),
        ("age", lambda row: band(row.age_years)),
        ("sex", lambda row: survivor[row.patient_id].sex),
        ("visit_type", lambda row: row.visit_type),
    ):
        assert by["GEN01"][name] == Counter(key(row) for row in inside), name
    assert found["GEN01"].measure.without_centre == sum(r.programme.code == "ONE" for r in inside)

    first = {"first", "new_episode", "readmission"}
    assert value["GEN05"] == sum(row.visit_type in first for row in inside)
    assert value["GEN05"] + value["GEN06"] == value["GEN01"]

    firsts: dict[Any, Any] = {}
    for row in sorted(inside, key=lambda row: (row.local_date, row.age_years or 999)):
        firsts.setdefault(survivor[row.patient_id].pk, row)
    assert value["GEN03"] == len(firsts)
    assert by["GEN03"]["sex"] == Counter(survivor[r.patient_id].sex for r in firsts.values())
    assert by["GEN03"]["age"] == Counter(band(row.age_years) for row in firsts.values())
    assert sum(by["GEN03"]["nationality"].values()) == len(firsts)
    ever: dict[Any, date] = {}
    for row in rows:
        person = survivor[row.patient_id].pk
        ever[person] = min(ever.get(person, date.max), row.local_date)
    assert value["GEN04"] == sum(START <= day <= END for day in ever.values())

    locations = {row.site.code for row in inside} & {"P1", "P2"}
    assert value["GEN12"] == len(locations)
    last = {row.site.code for row in rows if END - timedelta(days=29) <= row.local_date <= END}
    assert value["GEN21"] == len(last & {"P1"})  # P2 closed before the last day
    psychosocial = ("psychology", "psychiatry", "social_work")
    assert value["MH02"] == sum(row.discipline in psychosocial for row in inside)
    assert value["CM01"] == sum(row.discipline == "cultural_mediation" for row in inside)
    assert value["CA01"] == sum(row.programme.code == "TWO" for row in inside)


@pytest.fixture
def doctor(db: None) -> User:
    return UserFactory(role="doctor")


def this_month(user: User) -> Scope:
    today = user.posting.programme.today()
    return Scope(today, today)


def test_a_consultation_signed_a_moment_ago_is_counted(doctor: User) -> None:
    assert figures.compute(this_month(doctor))["GEN01"].measure.value == 0
    ConsultationFactory(by=doctor)
    assert figures.compute(this_month(doctor))["GEN01"].measure.value == 1


def test_the_centre_counts_people_with_an_episode_only(world: World) -> None:
    plan = {"site": 3, "day": date(2025, 2, 3), "discipline": "medical", "visit_type": "first"}
    write(world, [{**plan, "person": 0}, {**plan, "person": 1}, {**plan, "person": 0}], 30)
    Episode.objects.create(
        patient=world.people[0],
        programme=world.programmes[1],
        admitted_on=date(2025, 2, 1),
        opened_by=UserFactory(role="psychologist"),
    )
    found = figures.compute(Scope(START, END, (world.programmes[1],)))
    assert found["CA01"].measure.value == 3
    assert found["CA02"].measure.value == 1
    assert found["CA03"].measure.value == 3.0


def test_a_period_includes_both_its_days(world: World) -> None:
    plan = {"site": 0, "person": 0, "discipline": "medical", "visit_type": "first"}
    days = (START - timedelta(days=1), START, END, END + timedelta(days=1))
    write(world, [{**plan, "day": day} for day in days], 30)
    assert figures.compute(Scope(START, END))["GEN01"].measure.value == 2


def test_a_replaced_activity_counts_once(world: World) -> None:
    activity = {
        "programme": world.programmes[0], "site": world.sites[0], "local_date": START,
        "type_id": "group_activity_types:street_activity", "minutes": 60, "women": 3,
        "recorded_by": world.user, "mark": "",
    }  # fmt: skip
    correction = GroupActivity.objects.create(**{**activity, "women": 4})
    GroupActivity.objects.create(**activity, replaced_by=correction)
    assert figures.compute(Scope(START, END))["HP04"].measure.value == 1


def test_figures_never_read_names_tokens_or_keys(world: World) -> None:
    write(world, [{
        "site": 0, "person": 0, "day": START, "discipline": "medical", "visit_type": "first",
    }], 30)  # fmt: skip
    with CaptureQueriesContext(
        connection,
    ) as captured:
        figures.compute(Scope(START, END), figures.DIMENSIONS)
    said = " ".join(query["sql"].lower() for query in captured)
    for table in ("patients_identity", "patients_searchtoken", "patients_datakey"):
        assert table not in said


def test_all_figures_with_their_breakdowns_take_few_statements(
    world: World, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(60):
        figures.compute(Scope(START, END), figures.DIMENSIONS)
