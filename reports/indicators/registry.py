"""What an indicator is: a function of a `Reading`, with its words from `indicators.csv`."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import floor
from pathlib import Path
from statistics import median
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language

from accounts.privacy import PrivacyClass
from reports.reading import Reading

_FILE = Path(__file__).parent.parent / "data" / "indicators.csv"
Number = int | float
Behind = Callable[[Reading], QuerySet[Any]]


@dataclass
class Measure:
    """A figure's value, with numerator and denominator where it divides, and its breakdowns.

    `value` is None where the scope holds nothing the figure could speak of (no centre, nobody in
    the denominator), or where what it needs is not recorded: then `reason` says so, never a zero.
    `counts` gives numerator and denominator of each cell of a share; `beside` what is shown next
    to the figure and is not in it.
    """

    value: Number | None
    numerator: int | None = None
    denominator: int | None = None
    by: dict[str, dict[str, Number]] = field(default_factory=dict)
    counts: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    beside: dict[str, Number] = field(default_factory=dict)
    with_centre: Number | None = None
    without_centre: Number | None = None
    reason: str | Promise = ""


@dataclass(frozen=True)
class Indicator:
    code: str
    summary: str | Promise
    compute: Callable[[Reading, frozenset[str]], Measure]
    behind: Behind | None
    breakdowns: tuple[str, ...]
    always: tuple[str, ...]
    lists: Mapping[str, str]  # the list whose codes a breakdown shows, where it is not the usual
    counts_people: bool  # the list behind it has a line for each person
    reason: str | Promise  # why it has no value whatever is asked: what is not recorded yet

    @property
    def words(self) -> dict[str, str]:
        return words()[self.code]

    @property
    def label(self) -> str:
        language = (get_language() or "es")[:2]
        return self.words.get(f"label_{language}") or self.words["label_es"]

    @property
    def unit(self) -> str:
        return self.words["unit"]

    @property
    def privacy(self) -> PrivacyClass:
        return PrivacyClass(self.words["privacy"])

    @property
    def definition(self) -> str:
        """The docstring: what is counted, by which rule, after which source."""
        return (self.compute.__doc__ or "").strip()


INDICATORS: dict[str, Indicator] = {}


def indicator(
    code: str,
    summary: str | Promise,
    *,
    behind: Behind | None = None,
    breakdowns: Iterable[str] = (),
    always: Iterable[str] = (),
    lists: Mapping[str, str] | None = None,
    counts_people: bool = False,
    reason: str | Promise = "",
) -> Callable[[Callable[..., Measure]], Callable[..., Measure]]:
    """Register a figure. `always` are breakdowns given even when nobody asks; `lists` names the
    list of codes of a breakdown that differs between figures (reason, outcome); `reason` says what
    must be recorded before it can be computed."""

    def register(compute: Callable[..., Measure]) -> Callable[..., Measure]:
        INDICATORS[code] = Indicator(
            code,
            summary,
            compute,
            behind,
            tuple(breakdowns),
            tuple(always),
            lists or {},
            counts_people,
            reason,
        )
        return compute

    return register


def in_order() -> None:
    """Put the figures in the order of the list, whatever the order of their modules."""
    for code in words():
        if code in INDICATORS:
            INDICATORS[code] = INDICATORS.pop(code)


@cache
def words() -> dict[str, dict[str, str]]:
    """The rows of `indicators.csv` by code: all figures, those not computed yet too."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def fold(cells: Counter[tuple[Any, ...]], key: Callable[..., Any]) -> dict[str, Number]:
    """Cells added up under `key(*cell)`; a key of None is left out."""
    found: Counter[str] = Counter()
    for cell, count in cells.items():
        name = key(*cell)
        if name is not None:
            found[str(name)] += count
    return dict(found)


def ratio(numerator: int, denominator: int, places: int = 1) -> float | None:
    """A quotient rounded half up, or None without a denominator."""
    if not denominator:
        return None
    scale: int = 10**places
    return (numerator * scale * 2 + denominator) // (2 * denominator) / scale


def percent(numerator: int, denominator: int) -> float | None:
    return ratio(numerator * 100, denominator)


# -- Figures out of counted things -----------------------------------------------------------------
# Things alike with how many there are: cells of a statement, or single rows with 1.
Counted = Iterable[tuple[Any, int]]
Ways = Mapping[str, Callable[[Any], Any]]  # breakdown: category of a thing, None for none


def each(rows: Iterable[Any]) -> list[tuple[Any, int]]:
    """Single rows as counted things."""
    return [(row, 1) for row in rows]


def tally(things: Counted, ways: Ways, only: Callable[[Any], bool] = lambda _: True) -> Measure:
    """How many there are, and by each way."""
    measure = Measure(0)
    found: dict[str, Counter[str]] = {name: Counter() for name in ways}
    for thing, count in things:
        if not only(thing):
            continue
        measure.value = (measure.value or 0) + count
        for name, category in ways.items():
            if (key := category(thing)) is not None:
                found[name][str(key)] += count
    measure.by = {name: dict(sorted(cells.items())) for name, cells in found.items()}
    return measure


def share(
    things: Counted, counted: Callable[[Any], bool], among: Callable[[Any], bool], ways: Ways
) -> Measure:
    """The percentage of those `among` which are `counted`; None where there are none."""
    n = d = 0
    found: dict[str, dict[str, list[int]]] = {name: {} for name in ways}
    for thing, count in things:
        if not among(thing):
            continue
        hit = count if counted(thing) else 0
        n, d = n + hit, d + count
        for name, category in ways.items():
            if (key := category(thing)) is not None:
                cell = found[name].setdefault(str(key), [0, 0])
                cell[0] += hit
                cell[1] += count
    return _shares(Measure(percent(n, d), n, d), found)


def distribution(
    things: Counted, among: Callable[[Any], bool], ways: Ways, of: int | None = None
) -> Measure:
    """Each category's percentage of all `among` (or of `of`); no single value."""
    total = 0
    found: dict[str, dict[str, list[int]]] = {name: {} for name in ways}
    for thing, count in things:
        if not among(thing):
            continue
        total += count
        for name, category in ways.items():
            if (key := category(thing)) is not None:
                found[name].setdefault(str(key), [0, 0])[0] += count
    total = total if of is None else of
    for cells in found.values():
        for cell in cells.values():
            cell[1] = total
    return _shares(Measure(None, denominator=total), found)


def _shares(measure: Measure, found: dict[str, dict[str, list[int]]]) -> Measure:
    for name, cells in found.items():
        counts = {key: (n, d) for key, (n, d) in sorted(cells.items())}
        measure.counts[name] = counts
        measure.by[name] = {key: percent(n, d) or 0.0 for key, (n, d) in counts.items()}
    return measure


def middle(rows: Iterable[Any], value: Callable[[Any], Number], ways: Ways) -> Measure:
    """The median of a value over rows, and by each way; `denominator` says of how many."""
    told = list(rows)
    measure = Measure(_median([value(row) for row in told]), denominator=len(told))
    for name, category in ways.items():
        found: dict[str, list[Number]] = {}
        for row in told:
            if (key := category(row)) is not None:
                found.setdefault(str(key), []).append(value(row))
        measure.by[name] = {key: _median(values) or 0 for key, values in sorted(found.items())}
        measure.counts[name] = {key: (len(vs), len(vs)) for key, vs in sorted(found.items())}
    return measure


def _median(values: list[Number]) -> Number | None:
    return floor(median(values) * 10 + 0.5) / 10 if values else None


def chosen(ways: Ways, by: Iterable[str]) -> dict[str, Callable[[Any], Any]]:
    """Those of the ways that are wanted."""
    return {name: category for name, category in ways.items() if name in by}
