"""Limits by age and condition, to the edge: low means below, high means at or above."""

import csv
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from consultations.vitals import (
    DATA,
    SIGNS,
    Level,
    Person,
    body_mass_index,
    check,
    limits,
    muac_band,
)

pytestmark = pytest.mark.django_db
ADULT = Person(age_months=360)
PREGNANT = Person(age_months=360, pregnancy="pregnancy_status:pregnant")
MEXICO_CITY = Person(age_months=360, site_altitude=2240)


def levels(person=ADULT, **values):
    return {(found.sign, found.level.value) for found in check(values, person)}


@pytest.mark.parametrize(
    ("person", "sign", "value", "level"),
    [
        (ADULT, "systolic_bp", 90, "critical"),  # 91 is the limit: below it
        (ADULT, "systolic_bp", 91, "warn"),
        (ADULT, "systolic_bp", 101, None),
        (ADULT, "systolic_bp", 139, None),
        (ADULT, "systolic_bp", 140, "warn"),  # at or above
        (ADULT, "systolic_bp", 179, "warn"),
        (ADULT, "systolic_bp", 180, "critical"),
        (ADULT, "systolic_bp", 300, "critical"),
        (ADULT, "systolic_bp", 301, "reject"),
        (ADULT, "systolic_bp", 39, "reject"),
        (PREGNANT, "systolic_bp", 160, "critical"),
        (Person(age_months=360, pregnancy="pregnancy_status:postpartum"), "systolic_bp", 160,
         "critical"),
        (Person(age_months=360, pregnancy="pregnancy_status:breastfeeding"), "systolic_bp", 160,
         "warn"),
        (Person(age_months=360, pregnancy="pregnancy_status:unknown"), "systolic_bp", 160, "warn"),
        (ADULT, "spo2", 93, "warn"),
        (MEXICO_CITY, "spo2", 93, None),
        (MEXICO_CITY, "spo2", 91, "warn"),
        (MEXICO_CITY, "spo2", 89, "critical"),
        (Person(age_months=360, site_altitude=1999), "spo2", 93, "warn"),
        (Person(age_months=0), "temperature", "37.5", "warn"),
        (Person(age_months=2), "temperature", "38.0", "critical"),
        (Person(age_months=3), "temperature", "38.0", "warn"),
        (ADULT, "temperature", "43.6", "reject"),
        (Person(age_months=1), "respiratory_rate", 60, "warn"),  # fast breathing, IMCI
        (Person(age_months=1), "respiratory_rate", 59, None),
        (Person(age_months=2), "respiratory_rate", 50, "warn"),
        (Person(age_months=59), "respiratory_rate", 40, "warn"),
        (Person(age_months=60), "respiratory_rate", 29, None),
        # 70 + 2 x completed years: 80 at five years.
        (Person(age_months=60), "systolic_bp", 79, "critical"),
        (Person(age_months=71), "systolic_bp", 80, None),
        (Person(age_months=72), "systolic_bp", 80, "critical"),
        # No row for the first year: only what is possible at any age.
        (Person(age_months=5), "systolic_bp", 60, None),
        (Person(age_months=5), "systolic_bp", 301, "reject"),
        (ADULT, "gcs", 8, "critical"),
        (ADULT, "gcs", 14, "warn"),
        (ADULT, "gcs", 15, None),
        (ADULT, "pain", 7, "critical"),
        (Person(age_months=143), "weight", 15, None),
        (Person(age_months=144), "weight", 15, "warn"),
    ],
)  # fmt: skip
def test_a_value_is_judged_by_age_and_condition(person, sign, value, level):
    assert levels(person, **{sign: value}) == ({(sign, level)} if level else set())


def test_every_row_of_the_file_is_reached_by_its_own_ages():
    with DATA.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    for row in rows:
        pregnancy = "pregnancy_status:pregnant" if "pregnant" in row["condition"] else ""
        altitude = 2240 if row["condition"] == "high_altitude" else None
        for months in {int(row["age_min_months"]), int(row["age_max_months"] or 1200)}:
            found = limits(
                row["sign"], Person(age_months=months, pregnancy=pregnancy, site_altitude=altitude)
            )
            assert found is not None
            assert found.condition == row["condition"]
            assert str(found.reject_above) == row["reject_above"]
    assert {row["sign"] for row in rows} <= set(SIGNS)


def test_the_diastolic_pressure_is_below_the_systolic():
    assert ("diastolic_bp", "reject") in levels(systolic_bp=100, diastolic_bp=100)
    assert levels(systolic_bp=110, diastolic_bp=70) == set()


def test_an_impossible_pressure_is_not_compared():
    assert levels(systolic_bp=20, diastolic_bp=70) == {("systolic_bp", "reject")}


def test_the_body_mass_index_is_computed_and_judged_in_adults():
    assert body_mass_index(Decimal(60), Decimal(160)) == Decimal("23.4")
    assert body_mass_index(None, Decimal(160)) is None
    assert levels(weight=40, height=180) == {("weight", "critical")}
    assert levels(PREGNANT, weight=105, height=160) == set()
    assert levels(Person(age_months=120), weight=20, height=150) == set()


def test_an_impossible_index_refuses_the_weight():
    assert ("weight", "reject") in levels(weight=300, height=101)


def test_a_weight_that_changed_too_much_is_confirmed():
    before = {"weight": Decimal(60), "height": Decimal(170)}
    adult = Person(age_months=360, last=before)
    small = Person(age_months=48, last={"weight": Decimal(10)})

    assert levels(adult, weight=69) == set()  # exactly 15 per cent
    assert levels(adult, weight=Decimal("69.1")) == {("weight", "warn")}
    assert levels(adult, weight=50) == {("weight", "warn")}
    assert levels(small, weight=12) == set()
    assert levels(small, weight=13) == {("weight", "warn")}


def test_who_grows_does_not_get_shorter():
    last = {"height": Decimal(150)}

    assert levels(Person(age_months=150, last=last), height=147) == {("height", "warn")}
    assert levels(Person(age_months=150, last=last), height=148) == set()
    assert levels(Person(age_months=360, last=last), height=140) == set()


@pytest.mark.parametrize(
    ("months", "pregnancy", "muac", "oedema", "band"),
    [
        (6, "", 114, "", "muac_sam"),
        (59, "", 115, "", "muac_mam"),
        (30, "", 125, "", "muac_risk"),
        (30, "", 135, "", "muac_ok"),
        (30, "", 150, "yes_no_not_asked:yes", "muac_sam_oedema"),
        (30, "", None, "yes_no_not_asked:yes", "muac_sam_oedema"),
        (30, "", 150, "yes_no_not_asked:no", "muac_ok"),
        (360, "pregnancy_status:pregnant", 229, "", "muac_plw_acute"),
        (360, "pregnancy_status:breastfeeding", 230, "", "muac_plw_ok"),
        (360, "", 200, "", None),
        (5, "", 110, "", None),
        (60, "", 110, "", None),
    ],
)
def test_the_circumference_has_bands(months, pregnancy, muac, oedema, band):
    person = Person(age_months=months, pregnancy=pregnancy)
    found = muac_band(muac, person, oedema=oedema)

    assert (found.code if found else None) == band


def test_severe_malnutrition_is_critical_and_moderate_warns():
    infant = Person(age_months=30)

    assert levels(infant, muac=110) == {("muac", "critical")}
    assert levels(infant, muac=120) == {("muac", "warn")}
    assert levels(infant, muac=130) == set()
    assert levels(infant, muac=60) == {("muac", "reject")}
    assert levels(infant, oedema="yes_no_not_asked:yes") == {("muac", "critical")}


def test_a_message_names_sign_value_and_limit():
    with translation.override("en"):
        [found] = check({"temperature": Decimal("39.6")}, ADULT)

    assert found.level == Level.CRITICAL
    assert found.message.startswith("Temperature 39.6 °C is critical (39.5 °C or more)")


@settings(deadline=None, max_examples=60)
@given(
    values=st.dictionaries(
        st.sampled_from([*SIGNS, "oedema", "unknown"]),
        st.one_of(st.none(), st.just(""), st.integers(0, 10**9)),
    ).map(lambda d: {k: v for k, v in d.items() if k != "oedema"}),
    months=st.integers(0, 1400),
)
def test_any_numbers_are_judged_without_a_fault(values, months):
    for finding in check(values, Person(age_months=months, last={"weight": Decimal(3)})):
        assert finding.sign in SIGNS
        assert finding.message
