"""Periods people ask for by name."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Period:
    start: date
    end: date


@dataclass(frozen=True)
class Preset:
    code: str
    label: str | Promise
    on: Callable[[date], Period]


def _month(day: date) -> Period:
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(day.replace(day=1), day.replace(day=last))


def _last_month(day: date) -> Period:
    return _month(day.replace(day=1) - timedelta(days=1))


def _quarter(day: date) -> Period:
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return Period(first, _month(first + timedelta(days=65)).end)


def _last_quarter(day: date) -> Period:
    return _quarter(_quarter(day).start - timedelta(days=1))


def _year(day: date) -> Period:
    return Period(date(day.year, 1, 1), date(day.year, 12, 31))


def _last_year(day: date) -> Period:
    return _year(date(day.year - 1, 1, 1))


def _january_to_october(day: date) -> Period:
    """Of the last year whose October is over: the span of the published figures."""
    year = day.year if day > date(day.year, 10, 31) else day.year - 1
    return Period(date(year, 1, 1), date(year, 10, 31))


PRESETS = (
    Preset("month", _("This month"), _month),
    Preset("last_month", _("Last month"), _last_month),
    Preset("quarter", _("This quarter"), _quarter),
    Preset("last_quarter", _("Last quarter"), _last_quarter),
    Preset("jan_oct", _("January to October"), _january_to_october),
    Preset("year", _("This year"), _year),
    Preset("last_year", _("Last year"), _last_year),
)


def _of_january_to_october(day: date) -> Period:
    return Period(date(day.year, 1, 1), date(day.year, 10, 31))


_KINDS: dict[str, Callable[[date], Period]] = {
    "month": _month,
    "quarter": _quarter,
    "jan_oct": _of_january_to_october,
    "year": _year,
}


def of_kind(kind: str, day: date) -> Period:
    """The period of a kind that the day lies in; for January to October, that of its year."""
    return _KINDS[kind](day)


def following(kind: str, period: Period) -> Period:
    if kind == "jan_oct":
        return of_kind(kind, date(period.start.year + 1, 1, 1))
    return of_kind(kind, period.end + timedelta(days=1))
