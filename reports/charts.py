"""Figures as charts of the page."""

from typing import Any

from accounts.charts import Chart, Series
from reports import labels
from reports.figures import Figure

# The numbers at the top: the first six of which the scope can speak.
HEADLINE = ("GEN01", "GEN03", "GEN04", "GEN21", "CA01", "CA02", "MH02", "CM01")
MOST = 6
# Breakdowns drawn on the Activity page: figure, dimension.
_DRAWN = (
    ("GEN01", "service"),
    ("GEN01", "month"),
    ("GEN01", "site"),
    ("GEN03", "age"),
    ("GEN03", "sex"),
    ("GEN03", "nationality"),
)


def headline(found: dict[str, Figure]) -> list[Figure]:
    told = [found[code] for code in HEADLINE if found[code].measure.value is not None]
    return told[:MOST]


def for_activity(found: dict[str, Figure]) -> list[dict[str, Any]]:
    drawn = []
    for code, name in _DRAWN:
        figure = found[code]
        if any(figure.measure.by.get(name, {}).values()):
            drawn.append({"figure": figure, "chart": chart(figure, name), "dimension": name})
    return drawn


def breakdowns(figure: Figure) -> list[dict[str, Any]]:
    return [
        {"chart": chart(figure, name), "dimension": name}
        for name, cells in figure.measure.by.items()
        if cells
    ]


def chart(figure: Figure, name: str) -> Chart:
    """One breakdown; categories without an order of their own stand by size."""
    cells = figure.breakdown(name)
    known = labels.names(name)
    if name not in ("month", "age", "service"):
        cells = dict(sorted(cells.items(), key=lambda cell: -_size(cell[1])))
    return Chart(
        f"{figure.indicator.label}: {labels.DIMENSIONS[name]}",
        [known.get(key) or labels.of(name, key) for key in cells],
        [Series(str(figure.indicator.label), list(cells.values()))],
    )


def _size(value: int | float | str) -> float:
    return 0.5 if isinstance(value, str) else value
