"""All figures of a scope, for the page, the API, the files and the command: one definition."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import override

from accounts import policy
from accounts.models import User
from accounts.privacy import PrivacyClass
from reports.indicators import INDICATORS, Indicator, Measure
from reports.reading import Reading
from reports.scope import Scope

# Breakdowns people may ask for.
DIMENSIONS = (
    "discipline",
    "month",
    "programme",
    "site",
    "sex",
    "age",
    "nationality",
    "visit_type",
    "language",
)
SMALL = 7  # cells of 1 to 7 are starred for those without the right to the list


@dataclass(frozen=True)
class Figure:
    """An indicator with its measure in one scope."""

    indicator: Indicator
    measure: Measure
    starred: bool = False  # small cells of breakdowns are hidden from this reader

    @property
    def code(self) -> str:
        return self.indicator.code

    def cell(self, count: int | float) -> int | float | str:
        """A cell of a breakdown as this reader may see it."""
        return "*" if self.starred and 0 < count <= SMALL else count

    def breakdown(self, name: str) -> dict[str, int | float | str]:
        return {key: self.cell(count) for key, count in self.measure.by.get(name, {}).items()}


def compute(
    scope: Scope, by: Iterable[str] = (), *, codes: Iterable[str] = (), reader: User | None = None
) -> dict[str, Figure]:
    """Figures by code. `by` names breakdowns beyond those always given; `codes` limits them.

    With a reader, breakdowns of figures above the class `open` star their small cells unless
    the reader's roles read that class.
    """
    reading = Reading(scope)
    asked = frozenset(by)
    found = {}
    for code in codes or INDICATORS:
        indicator = INDICATORS[code]
        wanted = (asked & set(indicator.breakdowns)) | set(indicator.always)
        measure = indicator.compute(reading, frozenset(wanted))
        found[code] = Figure(indicator, measure, starred=not may_open(reader, indicator))
    return found


def may_open(reader: User | None, indicator: Indicator) -> bool:
    """Whether the reader's roles read the figure's class; nobody in particular reads all."""
    if reader is None or reader.is_system or indicator.privacy == PrivacyClass.OPEN:
        return True
    return policy.Reach.NONE not in policy.reach(reader.roles, indicator.privacy)


def document(scope: Scope, figures: dict[str, Figure], language: str = "en") -> dict[str, Any]:
    """The JSON of the command and the API (design, section 4). Keys are codes, labels English
    unless another language is asked for."""
    with override(language):
        return {
            "from": scope.start.isoformat(),
            "to": scope.end.isoformat(),
            "programmes": [programme.code for programme in scope.programmes],
            "definitions": settings.FIGURES_VERSION,
            "figures": {code: _entry(figure) for code, figure in figures.items()},
        }


def _entry(figure: Figure) -> dict[str, Any]:
    measure = figure.measure
    entry: dict[str, Any] = {
        "label": figure.indicator.label,
        "value": measure.value,
        "unit": figure.indicator.unit,
    }
    for name in ("numerator", "denominator", "with_centre", "without_centre"):
        if getattr(measure, name) is not None:
            entry[name] = getattr(measure, name)
    if measure.by:
        entry["by"] = {name: figure.breakdown(name) for name in measure.by}
    return entry


def rows(scope: Scope, figures: dict[str, Figure]) -> list[list[Any]]:
    """The figures as a flat table: code, label, breakdown, category, value, unit, numerator,
    denominator. One row per figure and one per cell."""
    table: list[list[Any]] = []
    for code, figure in figures.items():
        measure, indicator = figure.measure, figure.indicator
        table.append(
            [
                code,
                indicator.label,
                "",
                "",
                measure.value,
                indicator.unit,
                measure.numerator,
                measure.denominator,
            ]
        )
        for name in measure.by:
            table.extend(
                [code, indicator.label, name, key, value, indicator.unit, None, None]
                for key, value in figure.breakdown(name).items()
            )
    return table


COLUMNS = (
    "code",
    "label",
    "breakdown",
    "category",
    "value",
    "unit",
    "numerator",
    "denominator",
)
