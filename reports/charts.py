"""Figures as charts of the page."""

from typing import Any

from django.utils.translation import gettext

from accounts.charts import Chart, Series, shown
from reports import labels
from reports.figures import Figure
from reports.indicators import Section
from reports.indicators.funnel import Step
from reports.reading import Reading

MOST = 6  # numbers at the top
IN_ORDER = ("month", "age", "service", "urgency", "step", "timing")


def headline(section: Section, found: dict[str, Figure]) -> list[Figure]:
    told = (found[code] for code in section.headline if code in found)
    return [figure for figure in told if figure.measure.value is not None][:MOST]


def drawn(section: Section, found: dict[str, Figure], reading: Reading) -> list[dict[str, Any]]:
    """The charts of a section that have something to show."""
    return [
        {"figure": found[code], "chart": chart(found[code], name, reading), "dimension": name}
        for code, name in section.drawn
        if code in found and any(found[code].measure.by.get(name, {}).values())
    ]


def breakdowns(figure: Figure, reading: Reading) -> list[dict[str, Any]]:
    return [
        {"chart": chart(figure, name, reading), "dimension": name}
        for name, cells in figure.measure.by.items()
        if cells
    ]


def chart(figure: Figure, name: str, reading: Reading) -> Chart:
    """One breakdown; categories without an order of their own stand by size."""
    cells = figure.breakdown(name)
    known = labels.names(name, reading)
    if name not in IN_ORDER:
        cells = dict(sorted(cells.items(), key=lambda cell: -_size(cell[1])))
    return Chart(
        f"{figure.indicator.label}: {labels.DIMENSIONS[name]}",
        [known.get(key) or labels.of(name, key, figure.indicator) for key in cells],
        [Series(str(figure.indicator.label), list(cells.values()))],
        unit=str(labels.UNITS[figure.indicator.unit]),
    )


def _size(value: int | float | str) -> float:
    return 0.5 if isinstance(value, str) else value


def cascade(steps: list[Step], sent: Figure) -> dict[str, Any]:
    """The funnel: its chart, and a row for each step with where people were lost, as the reader
    of `sent` (RF01) may see them."""
    names = [str(labels.STEPS[step.name]) for step in steps]
    series = Series(gettext("Referrals"), [step.reached for step in steps])
    rows = [
        {
            "step": step,
            "label": name,
            "days": shown(step.days),
            "why": [(labels.ended(key), sent.cell(n)) for key, n in step.lost_by.most_common(MOST)],
        }
        for step, name in zip(steps, names, strict=True)
    ]
    return {"chart": Chart(gettext("How far they came"), names, [series]), "rows": rows}
