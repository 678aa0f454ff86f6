import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients import ages
from patients.ages import Precision

TODAY = date(2025, 10, 31)
DAYS = st.dates(date(1920, 1, 1), date(2030, 12, 31))
ROWS = Path(__file__).parents[2] / "terminology" / "data" / "age_bands.csv"


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(1990, 10, 31), TODAY, 35),
        (date(1990, 11, 1), TODAY, 34),
        (date(2025, 10, 31), TODAY, 0),
        (date(2004, 2, 29), date(2024, 2, 28), 19),
        (date(2004, 2, 29), date(2024, 2, 29), 20),
        (date(2004, 2, 29), date(2025, 2, 28), 20),
        (date(2004, 2, 29), date(2025, 3, 1), 21),
    ],
)
def test_years_are_completed_on_the_birthday_and_not_before(born, on, years):
    assert ages.years(born, on) == years


@pytest.mark.parametrize(
    ("born", "on", "months"),
    [
        (date(2025, 9, 30), TODAY, 1),
        (date(2025, 8, 31), date(2025, 9, 30), 0),
        (date(2025, 8, 31), date(2025, 10, 1), 1),
        (date(2024, 10, 31), TODAY, 12),
    ],
)
def test_months_are_completed_on_the_day_of_the_month(born, on, months):
    assert ages.months(born, on) == months


@pytest.mark.parametrize(
    ("known", "born", "precision"),
    [
        ((1990, 5, 3), date(1990, 5, 3), Precision.DAY),
        ((1990, 5), date(1990, 5, 15), Precision.MONTH),
        ((1990,), date(1990, 7, 1), Precision.YEAR),
        ((2025, 10), date(2025, 10, 15), Precision.MONTH),
        ((2025,), date(2025, 7, 1), Precision.YEAR),
        ((2024, 2, 29), date(2024, 2, 29), Precision.DAY),
    ],
)
def test_what_is_not_known_of_a_birth_date_stands_in_the_middle(known, born, precision):
    assert ages.born(*known, on=TODAY) == ages.Birth(born, precision)


def test_a_month_that_has_just_begun_gives_no_birth_in_the_future():
    assert ages.born(2025, 10, on=date(2025, 10, 3)).date == date(2025, 10, 3)
    assert ages.born(2025, on=date(2025, 1, 3)).date == date(2025, 1, 3)


@pytest.mark.parametrize(
    "known",
    [
        (2025, 11, 1),
        (2025, 11),
        (2026,),
        (1914, 10, 31),
        (2023, 2, 29),
        (1990, 13),
        (1990, None, 3),
        (0,),
        (10**9,),
        (-5,),
    ],
)
def test_an_impossible_birth_is_refused(known):
    with pytest.raises(ages.ImpossibleBirth):
        ages.born(*known, on=TODAY)


def test_someone_of_110_years_can_be_registered():
    assert ages.years(ages.born(1914, 11, 1, on=TODAY).date, TODAY) == 110
    assert ages.from_age(110, TODAY)


@given(st.integers(0, ages.OLDEST), DAYS, st.booleans())
def test_an_age_given_is_the_age_that_day_and_months_around_it(age, on, estimated):
    birth = ages.from_age(age, on, estimated=estimated)

    assert ages.years(birth.date, on) == age
    assert ages.years(birth.date, on + timedelta(days=150)) == age
    assert ages.years(birth.date, on - timedelta(days=150)) == age
    assert birth.precision == (Precision.ESTIMATED if estimated else Precision.YEAR)


@given(st.integers(0, 5), st.integers(0, 11), DAYS)
def test_an_age_in_months_is_kept_to_the_month(years, months, on):
    birth = ages.from_age(years, on, months=months, estimated=False)

    assert ages.months(birth.date, on) == 12 * years + months
    assert birth.precision == Precision.MONTH


@pytest.mark.parametrize(("age", "months"), [(-1, None), (111, None), (3, 12), (3, -1)])
def test_an_impossible_age_is_refused(age, months):
    with pytest.raises(ages.ImpossibleBirth):
        ages.from_age(age, TODAY, months=months)


@pytest.mark.parametrize("scheme", ["msf_opd", "msf_mh", "unhcr", "mdm", "sgbv", "child_adult"])
def test_each_age_has_one_band_in_every_scheme_of_the_lists(scheme):
    with ROWS.open(encoding="utf-8", newline="") as file:
        bands = ages.bands(csv.DictReader(file), scheme)

    for age in range(ages.OLDEST + 1):
        assert [band.code for band in bands if band.holds(age)] == [ages.band(age, bands)]


def test_both_ends_of_a_band_are_included():
    bands = (ages.Band("child", 0, 17), ages.Band("adult", 18, None))

    assert ages.band(17, bands) == "child"
    assert ages.band(18, bands) == "adult"
    assert ages.band(-1, bands) is None
