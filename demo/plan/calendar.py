"""Days on which a team is at a site."""

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from demo.plan.numbers import table

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class SampleSite:
    code: str
    opened: date
    closed: date | None
    weekdays: tuple[int, ...]
    teams: tuple[str, ...]
    programmes: tuple[str, ...]
    successor: str

    def open_on(self, day: date) -> bool:
        return self.opened <= day and (self.closed is None or day <= self.closed)


def sites(programme: str) -> list[SampleSite]:
    """The sites of a programme, in the order of the file."""
    return [
        SampleSite(
            row["code"],
            date.fromisoformat(row["opened"]),
            date.fromisoformat(row["closed"]) if row["closed"] else None,
            tuple(WEEKDAYS.index(name) for name in row["weekdays"].split(";")),
            tuple(row["teams"].split(";")),
            tuple(row["programme"].split(";")),
            row["successor"],
        )
        for row in table("sample_sites")
        if programme in row["programme"].split(";")
    ]


def days_of(month: str) -> Iterator[date]:
    """The days of a month given as `2025-01`."""
    year, number = map(int, month.split("-"))
    first = date(year, number, 1)
    for offset in range(months.monthrange(year, number)[1]):
        yield first + timedelta(days=offset)


def outings(programme: str, month: str) -> list[tuple[date, SampleSite]]:
    """Every day of the month on which a site of the programme is visited, in order."""
    places = sites(programme)
    return [
        (day, site)
        for day in days_of(month)
        for site in places
        if site.open_on(day) and day.weekday() in site.weekdays
    ]
