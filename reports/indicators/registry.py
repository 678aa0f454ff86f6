"""What an indicator is: a function of a `Reading`, with its words from `indicators.csv`."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
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

    `value` is None where the scope holds nothing the figure could speak of (no centre).
    """

    value: Number | None
    numerator: int | None = None
    denominator: int | None = None
    by: dict[str, dict[str, Number]] = field(default_factory=dict)
    with_centre: Number | None = None
    without_centre: Number | None = None


@dataclass(frozen=True)
class Indicator:
    code: str
    summary: str | Promise
    compute: Callable[[Reading, frozenset[str]], Measure]
    behind: Behind | None
    breakdowns: tuple[str, ...]
    always: tuple[str, ...]

    @property
    def words(self) -> dict[str, str]:
        return _words()[self.code]

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
) -> Callable[[Callable[..., Measure]], Callable[..., Measure]]:
    """Register a figure. `always` are breakdowns given even when nobody asks."""

    def register(compute: Callable[..., Measure]) -> Callable[..., Measure]:
        INDICATORS[code] = Indicator(
            code, summary, compute, behind, tuple(breakdowns), tuple(always)
        )
        return compute

    return register


@cache
def _words() -> dict[str, dict[str, str]]:
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
