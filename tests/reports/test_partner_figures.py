"""PA figures: partners, agreements and trainings."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Programme
from partners.models import Organisation
from reports import figures
from reports.scope import Scope
from tests.accounts.factories import ProgrammeFactory
from tests.partners.factories import AgreementFactory, OrganisationFactory, TrainingFactory
from tests.reports.worlds import END, FEW, START, rounded, tally

TYPES = ("ngo_national", "ngo_international", "public_health")
STAGES = ("transit", "settlement")
TOPICS = ("pfa", "gender")


@pytest.fixture
def programme(db: None) -> Programme:
    return ProgrammeFactory(code="ONE")


def computed(*programmes: Programme) -> dict[str, figures.Figure]:
    return figures.compute(Scope(START, END, programmes), figures.DIMENSIONS)


training = st.fixed_dictionaries(
    {
        "day": st.sampled_from((START - timedelta(days=1), START, END, END + timedelta(days=1))),
        "bodies": st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True),
        "topics": st.lists(st.sampled_from(TOPICS), max_size=2, unique=True),
        "women": st.integers(0, 20),
        "men": st.integers(0, 20),
        "tests": st.sampled_from((None, 0, 3, 10)),
        "gain": st.sampled_from((-5, 0, 22, 30)),
    }
)


@FEW
@given(plans=st.lists(training, max_size=6))
def test_random_trainings_count_as_python_counts(
    programme: Programme, plans: list[dict[str, Any]]
) -> None:
    with transaction.atomic():
        bodies = [OrganisationFactory(partner_type_id=f"partner_types:{t}") for t in TYPES]
        for plan in plans:
            people = plan["women"] + plan["men"]
            tests = None if plan["tests"] is None else min(plan["tests"], people)
            plan["tested"] = tests
            TrainingFactory(
                programme=programme, date=plan["day"], bodies=[bodies[n] for n in plan["bodies"]],
                topics=[f"training_topics:{topic}" for topic in plan["topics"]],
                participants_female=plan["women"], participants_male=plan["men"],
                both_tests=tests, pre_mean=None if tests is None else Decimal("50.0"),
                post_mean=None if tests is None else Decimal(50 + plan["gain"]),
            )  # fmt: skip
        compare([plan for plan in plans if START <= plan["day"] <= END])
        transaction.set_rollback(True)


def compare(held: list[dict[str, Any]]) -> None:
    found = computed()
    by = {code: figure.measure.by for code, figure in found.items()}
    bodies = {n for plan in held for n in plan["bodies"]}
    assert found["PA04"].measure.value == len(bodies)
    assert by["PA04"]["partner_type"] == tally(TYPES[n] for n in bodies)
    assert found["PA05"].measure.value == len(held)
    assert by["PA05"]["topic"] == tally(t for plan in held for t in plan["topics"])
    assert found["PA06"].measure.value == sum(plan["women"] + plan["men"] for plan in held)
    sexes = {"female": sum(p["women"] for p in held), "male": sum(p["men"] for p in held)}
    assert by["PA06"]["sex"] == {sex: n for sex, n in sexes.items() if n}
    tested = [(plan["gain"], plan["tested"]) for plan in held if plan["tested"]]
    people = sum(n for _gain, n in tested)
    gain = rounded(Decimal(sum(gain * n for gain, n in tested)) / people) if people else None
    assert (found["PA07"].measure.value, found["PA07"].measure.denominator) == (gain, people)


def test_agreements_that_end_within_60_days(programme: Programme) -> None:
    for days in (-1, 0, 1, 60, 61):
        AgreementFactory(
            programmes=[programme], valid_to=END + timedelta(days=days),
            agreement_type_id="agreement_types:mou",
        )  # fmt: skip
    AgreementFactory(programmes=[programme])  # without end
    AgreementFactory(  # not signed
        programmes=[programme], status_id="agreement_statuses:contact", signed_on=None,
        valid_to=END + timedelta(days=5),
    )  # fmt: skip
    assert computed()["PA02"].measure.value == 3
    assert computed(programme)["PA02"].measure.by["agreement_type"] == {"mou": 3}
    assert computed(ProgrammeFactory())["PA02"].measure.value == 0


def test_a_partner_counts_once_and_under_each_stage(programme: Programme) -> None:
    stages = [f"migration_process_stages:{code}" for code in STAGES]
    several = OrganisationFactory(stages=stages)
    for _ in range(2):  # two agreements, one partner
        AgreementFactory(organisation=several, programmes=[programme])
    AgreementFactory(programmes=[programme])  # covers no stage
    AgreementFactory(  # over before the period
        organisation=OrganisationFactory(stages=stages), valid_to=START - timedelta(days=1)
    )
    found = computed(programme)
    assert found["PA01"].measure.value == 2
    assert found["PA03"].measure.value == 1
    assert found["PA03"].measure.by["stage"] == dict.fromkeys(STAGES, 1)
    assert Organisation.objects.count() == 3


def test_what_is_not_recorded_has_a_reason_and_no_value(programme: Programme) -> None:
    for code in ("PA09", "PA10", "CA24"):
        measure = figures.compute(Scope(date(2025, 1, 1), END), codes=[code])[code].measure
        assert measure.value is None
        assert measure.reason
