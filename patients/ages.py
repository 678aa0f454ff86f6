"""Ages: a birth date as well as it is known, and the completed years and months since.

A birth date that is known only in part stands for its middle: the 15th of the month, the
1st of July of the year. Someone who gives an age was born as many years and six months before
that day, so that the age stays right for as long as possible in both directions.

Who was born on 29 February completes a year on 1 March where the year has no such day: never
counted older a day too early.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

OLDEST = 110  # completed years


class Precision(TextChoices):
    """How well a birth date is known."""

    DAY = "day", _("Exact date")
    MONTH = "month", _("Month and year")
    YEAR = "year", _("Year only")
    ESTIMATED = "estimated", _("Estimated")


class ImpossibleBirth(ValueError):
    """No such date, in the future, or more than `OLDEST` years ago."""


class Birth(NamedTuple):
    """A birth date and how well it is known."""

    date: date
    precision: Precision


class Band(NamedTuple):
    """An age band in completed years, both ends included; no upper end: open."""

    code: str
    min_years: int
    max_years: int | None

    def holds(self, age: int) -> bool:
        return self.min_years <= age and (self.max_years is None or age <= self.max_years)


def born(year: int, month: int | None = None, day: int | None = None, *, on: date) -> Birth:
    """The birth date that is known, seen from the day `on`.

    Raises ImpossibleBirth; a month or year that has begun but whose middle is still to come
    gives the day `on` itself.
    """
    if day is not None and month is None:
        raise ImpossibleBirth("day without month")
    try:
        start = date(year, month or 1, day or 1)
        middle = date(year, month or 7, day or (15 if month else 1))
    except (ValueError, OverflowError) as error:
        raise ImpossibleBirth(str(error)) from error
    if start > on:
        raise ImpossibleBirth(f"{start} is after {on}")
    middle = min(middle, on)
    check(middle, on)
    return Birth(middle, Precision.DAY if day else Precision.MONTH if month else Precision.YEAR)


def from_age(age: int, on: date, *, months: int | None = None, estimated: bool = True) -> Birth:
    """The birth of someone who is `age` years old (of a small child: and `months`) on that day.

    Told, not guessed (`estimated` false), the date is good to the year, with months to the
    month. Raises ImpossibleBirth.
    """
    if not 0 <= age <= OLDEST or not 0 <= (months or 0) < 12:
        raise ImpossibleBirth(f"age of {age} years {months} months")
    known = Precision.YEAR if months is None else Precision.MONTH
    date_of_birth = _months_before(on, 12 * age + (6 if months is None else months))
    return Birth(date_of_birth, Precision.ESTIMATED if estimated else known)


def years(birth_date: date, on: date) -> int:
    """Completed years on a day; 0 on the day of birth, negative before it."""
    return months(birth_date, on) // 12


def months(birth_date: date, on: date) -> int:
    """Completed months on a day; who was born on the 31st completes one on the 1st after a
    shorter month."""
    whole = 12 * (on.year - birth_date.year) + on.month - birth_date.month
    return whole - (on.day < birth_date.day)


def check(birth_date: date, on: date) -> None:
    """Raises ImpossibleBirth unless the age on that day is 0 to `OLDEST` completed years."""
    if not 0 <= years(birth_date, on) <= OLDEST:
        raise ImpossibleBirth(f"{years(birth_date, on)} years on {on}")


def bands(rows: Iterable[Mapping[str, object]], scheme: str) -> tuple[Band, ...]:
    """The bands of one scheme, youngest first, from rows with the columns of `age_bands.csv`."""
    return tuple(
        sorted(
            (
                Band(
                    str(row["code"]),
                    int(str(row["min_years"])),
                    int(str(row["max_years"])) if str(row["max_years"] or "") else None,
                )
                for row in rows
                if row["scheme"] == scheme
            ),
            key=lambda band: band.min_years,
        )
    )


def band(age: int, scheme: Iterable[Band]) -> str | None:
    """The code of the band that holds an age; None where the scheme has a gap."""
    return next((each.code for each in scheme if each.holds(age)), None)


def _months_before(day: date, count: int) -> date:
    month = 12 * day.year + day.month - 1 - count
    year, month = divmod(month, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
