"""All figures of a scope, for the page, the API, the files and the command: one definition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import override

from accounts import charts, policy
from accounts.models import User
from accounts.privacy import PrivacyClass
from reports import labels
from reports.indicators import INDICATORS, Indicator, Measure
from reports.indicators.funnel import Step
from reports.indicators.funnel import document as steps_told
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
    "target",
    "urgency",
    "reason",
    "outcome",
    "step",
    "source",
    "diagnosis",
    "domain",
    "scale",
    "timing",
    "partner",
    "partner_type",
    "agreement_type",
    "stage",
    "topic",
)
SMALL = 7  # cells of 1 to 7 are starred for those without the right to the list
Cell = int | float | str


@dataclass(frozen=True)
class Figure:
    """An indicator with its measure in one scope, as one reader may see it."""

    indicator: Indicator
    measure: Measure
    starred: bool = False  # small cells of breakdowns are hidden from this reader
    hidden: frozenset[PrivacyClass] = frozenset()  # classes of codes that this reader does not read

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def shown(self) -> str:
        """The value as the active language writes it, with its decimals."""
        return charts.shown(self.measure.value)

    def cell(self, count: int | float) -> Cell:
        """A count as this reader may see it."""
        return "*" if self.starred and 0 < count <= SMALL else count

    def breakdown(self, name: str) -> dict[str, Cell]:
        """Categories with their values. A share or a median of few is starred like a count of
        few; so is a category whose code this reader does not read."""
        counts = self.measure.counts.get(name, {})
        return {
            key: "*" if self._is_small(name, key, counts.get(key), value) else value
            for key, value in self.measure.by.get(name, {}).items()
        }

    def _is_small(
        self, name: str, key: str, of: tuple[int, int] | None, value: int | float
    ) -> bool:
        if not (self.starred or self._is_hidden(name, key)):
            return False
        # A share tells the number of both its parts: who is counted and who is not.
        told = (value,) if of is None else (of[0], of[1] - of[0], of[1])
        return any(0 < count <= SMALL for count in told)

    def _is_hidden(self, name: str, key: str) -> bool:
        return bool(self.hidden) and labels.privacy(name, key, self.indicator) in self.hidden


def compute(
    scope: Scope,
    by: Iterable[str] | Mapping[str, Iterable[str]] = (),
    *,
    codes: Iterable[str] = (),
    reader: User | None = None,
    reading: Reading | None = None,
) -> dict[str, Figure]:
    """Figures by code. `by` names breakdowns beyond those always given, of all figures or of each
    code; `codes` limits the figures.

    With a reader, breakdowns of figures above the class `open` star their small cells unless
    the reader's roles read that class. `reading`: of this scope, where more is made of it.
    """
    asked = by if isinstance(by, Mapping) else dict.fromkeys(INDICATORS, frozenset(by))
    wanted = {
        code: {*asked.get(code, ())} & {*INDICATORS[code].breakdowns} | {*INDICATORS[code].always}
        for code in codes or INDICATORS
    }
    reading = reading or Reading(scope)
    # What the figures need is known before the first statement, so that each is made once.
    reading.asked |= frozenset().union(*wanted.values())
    hidden = hidden_from(reader)
    found = {}
    for code, names in wanted.items():
        indicator = INDICATORS[code]
        measure = indicator.compute(reading, frozenset(names))
        found[code] = Figure(indicator, measure, indicator.privacy in hidden, hidden)
    return found


def hidden_from(reader: User | None) -> frozenset[PrivacyClass]:
    """The classes that the reader's roles do not read; nobody in particular reads all."""
    if reader is None or reader.is_system:
        return frozenset()
    return frozenset(
        each
        for each in PrivacyClass
        if each != PrivacyClass.OPEN and policy.Reach.NONE in policy.reach(reader.roles, each)
    )


def may_open(reader: User | None, indicator: Indicator) -> bool:
    """Whether the reader's roles read the figure's class."""
    return indicator.privacy not in hidden_from(reader)


def document(
    scope: Scope,
    figures: dict[str, Figure],
    language: str = "en",
    funnel: list[Step] | None = None,
) -> dict[str, Any]:
    """The JSON of the command and the API (design, section 4). Keys are codes, labels English
    unless another language is asked for."""
    with override(language):
        said = {
            "from": scope.start.isoformat(),
            "to": scope.end.isoformat(),
            "programmes": [programme.code for programme in scope.programmes],
            "definitions": settings.FIGURES_VERSION,
            "figures": {code: _entry(figure) for code, figure in figures.items()},
        }
        if funnel is None:
            return said
        cell = figures["RF01"].cell if "RF01" in figures else int
        return said | {"funnel": steps_told(funnel, cell)}


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
    if measure.reason:
        entry["reason"] = str(measure.reason)
    if measure.beside:
        entry["beside"] = measure.beside
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
