"""Geometry of the charts: small inline SVG with a zero baseline and direct labels.

Colours stand as attributes, so that the same drawing serves a PDF; on the page the style sheet
overrides them by class, by day and by night. Units are CSS pixels on a phone of 360.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zlib import crc32

from django.utils.formats import number_format

SUPPRESSED = "*"
COLOURS = ("#0B5D50", "#B4500B", "#1B4379", "#7A5F00", "#8C2F6B", "#555B5E")
WIDTH = 328
TEXT = 15  # px: no text on the page is smaller
LETTER = 9.2  # width of a character at that size, in a wide font
DASHES = ("", "8 5", "1 6", "12 5 1 5", "4 4", "16 5")
HATCH = 26  # length of a bar whose value is not told

Value = int | float | Decimal | str | None


@dataclass(frozen=True)
class Series:
    """One value for each category: a number, None (no data) or `SUPPRESSED`."""

    label: str
    values: Sequence[Value]


@dataclass(frozen=True)
class Chart:
    title: str
    categories: Sequence[str]
    series: Sequence[Series]
    unit: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """Tells the patterns of one chart of a page from those of another."""
        return f"c{crc32('|'.join((self.title, *self.categories)).encode()):x}"

    @property
    def top(self) -> float:
        """The greatest value; 1 at least, so that a chart of zeros has a scale."""
        numbers = [number(value) for series in self.series for value in series.values]
        return max((value for value in numbers if value is not None), default=0) or 1

    @property
    def has_suppressed(self) -> bool:
        return any(SUPPRESSED in series.values for series in self.series)

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table below the chart: a row for each category."""
        return [
            (category, [shown(series.values[index]) for series in self.series])
            for index, category in enumerate(self.categories)
        ]


def number(value: Value) -> float | None:
    return None if value is None or isinstance(value, str) else float(value)


def shown(value: Value) -> str:
    """A value as people of the active language write it; a dash for no data."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    decimals = 0 if float(value).is_integer() else 1
    return str(number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=True))


def bars(chart: Chart) -> dict[str, Any]:
    """Horizontal bars: labels of any length fit on a phone."""
    longest = max((len(category) for category in chart.categories), default=0)
    beside = longest <= 9
    left = round(longest * LETTER) + 8 if beside else 0
    room = WIDTH - left - round(max(map(len, _labels(chart)), default=1) * LETTER) - 8
    thick = 20 if len(chart.series) == 1 else 16
    block = len(chart.series) * (thick + 2)
    pitch = block + (8 if beside else 32)
    groups = []
    for index, category in enumerate(chart.categories):
        y = index * pitch + (0 if beside else 22)
        groups.append(
            {
                "label": category,
                "y": y + block // 2 + 4 if beside else y - 6,
                "bars": [
                    _bar(chart, order, series.values[index], left, y + order * (thick + 2), room)
                    for order, series in enumerate(chart.series)
                ],
            }
        )
    return _drawing(chart, len(chart.categories) * pitch) | {
        "groups": groups,
        "left": left,
        "thick": thick,
    }


def _bar(chart: Chart, order: int, value: Value, left: int, y: int, room: int) -> dict[str, Any]:
    size = number(value)
    length = HATCH if value == SUPPRESSED else round((size or 0) / chart.top * room, 1)
    return {
        "y": y,
        "length": length,
        "fill": _fill(chart, order, value),
        "class": "" if value == SUPPRESSED else _class(order),
        "text": shown(value),
        "text_x": left + length + 6,
    }


def columns(
    chart: Chart, *, top: float | None = None, width: int = WIDTH, height: int = 130
) -> dict[str, Any]:
    """Upright columns for months. One series; `top` gives several charts one scale."""
    top = top or chart.top
    values = chart.series[0].values if chart.series else ()
    pitch = width / max(len(values), 1)
    wide = pitch >= max((len(text) for text in _labels(chart)), default=1) * LETTER
    told = _told(values)
    drawn = []
    for index, value in enumerate(values):
        tall = 16 if value == SUPPRESSED else round((number(value) or 0) / top * height, 1)
        drawn.append(
            {
                "x": round(index * pitch + pitch * 0.12, 1),
                "width": round(pitch * 0.76, 1),
                "y": round(22 + height - tall, 1),
                "height": tall,
                "fill": _fill(chart, 0, value),
                "class": "" if value == SUPPRESSED else _class(0),
                "text": shown(value) if wide or index in told or value == SUPPRESSED else "",
                "text_x": _inside((index + 0.5) * pitch, shown(value), width),
            }
        )
    return _drawing(chart, height + 46, width) | {
        "columns": drawn,
        "floor": 22 + height,
        "ticks": _ticks(chart.categories, pitch, pitch / 2, width),
    }


def lines(chart: Chart, *, height: int = 150) -> dict[str, Any]:
    """Lines over time, each told apart by colour, dash and the value at its end."""
    steps = max(len(chart.categories) - 1, 1)
    end = round(max((len(text) for text in _labels(chart)), default=1) * LETTER) + 6
    pitch = (WIDTH - end) / steps
    paths = []
    for order, series in enumerate(chart.series):
        points = [
            (round(index * pitch, 1), round(22 + height - (size / chart.top) * height, 1), index)
            for index, value in enumerate(series.values)
            if (size := number(value)) is not None
        ]
        last = points[-1] if points else (0, 0, 0)
        paths.append(
            {
                "d": _path(points),
                "class": f"k{order % 6 + 1}",
                "stroke": COLOURS[order % 6],
                "dash": DASHES[order % 6],
                "end": {"x": last[0], "y": last[1]} if points else None,
                "text": shown(series.values[last[2]]) if points else "",
                "text_x": last[0] + 6,
            }
        )
    _part_labels(paths)
    return _drawing(chart, height + 46) | {
        "paths": paths,
        "floor": 22 + height,
        "top": shown(round(chart.top, 1)),
        "ticks": _ticks(chart.categories, pitch, 0),
        "stars": [
            round(index * pitch, 1)
            for index in range(len(chart.categories))
            if any(series.values[index] == SUPPRESSED for series in chart.series)
        ],
    }


def _path(points: list[tuple[float, float, int]]) -> str:
    """Neighbouring values are joined; a gap in the data is a gap in the line."""
    parts, before = [], -2
    for x, y, index in points:
        parts.append(f"{'L' if index == before + 1 else 'M'}{x:g} {y:g}")
        before = index
    return "".join(parts)


def _part_labels(paths: list[dict[str, Any]]) -> None:
    """Values at the ends of lines that meet are moved apart by one line of text."""
    low = None
    for path in sorted((p for p in paths if p["end"]), key=lambda p: float(p["end"]["y"])):
        y = path["end"]["y"] + 5
        path["text_y"] = low = y if low is None else max(y, low + TEXT)


def _told(values: Sequence[Value]) -> set[int]:
    """Where columns are too narrow for all labels: the highest and the last are told."""
    sizes = [(number(value) or 0, index) for index, value in enumerate(values)]
    if not sizes:
        return set()
    _size, highest = max(sizes)
    last = len(values) - 1
    return {highest} if abs(highest - last) < 3 else {highest, last}


def _ticks(
    categories: Sequence[str], pitch: float, offset: float, width: int = WIDTH
) -> list[dict[str, Any]]:
    """As many category labels as there is room for, the first always among them."""
    widest = max((len(category) for category in categories), default=1) * LETTER + 8
    if offset * 2 < widest:
        widest *= 1.5  # the first label moves right, to stay inside, towards the second
    every = max(1, -(-int(widest) // max(int(pitch), 1)))
    return [
        {"x": _inside(index * pitch + offset, category, width), "text": category}
        for index, category in enumerate(categories)
        if index % every == 0
    ]


def _inside(x: float, text: str, width: int) -> float:
    """The middle of a text, moved so that none of it leaves the drawing."""
    half = len(text) * LETTER / 2
    return round(min(max(x, half), width - half), 1)


def _labels(chart: Chart) -> list[str]:
    return [shown(value) for series in chart.series for value in series.values]


def _class(order: int) -> str:
    return f"f{order % 6 + 1}" if order % 6 == 0 else ""


def _fill(chart: Chart, order: int, value: Value) -> str:
    if value == SUPPRESSED:
        return f"url(#{chart.key}x)"
    return COLOURS[0] if order % 6 == 0 else f"url(#{chart.key}p{order % 6 + 1})"


PATTERNS = {  # strokes over the colour, for those who do not tell colours apart
    2: "M-1 1l2-2M0 6l6-6M5 7l2-2",
    3: "M3 2v2",
    4: "M0 3h6",
    5: "M3 0v6",
    6: "M0 0l6 6M6 0L0 6",
}


def _drawing(chart: Chart, height: float, width: int = WIDTH) -> dict[str, Any]:
    used = range(2, min(len(chart.series), 6) + 1)
    return {
        "chart": chart,
        "width": width,
        "height": round(height),
        "patterns": [
            {"id": f"{chart.key}p{n}", "class": f"f{n}", "fill": COLOURS[n - 1], "d": PATTERNS[n]}
            for n in used
        ],
        "legend": [
            {
                "label": series.label,
                "fill": _fill(chart, order, None),
                "class": _class(order),
                "stroke": COLOURS[order % 6],
                "stroke_class": f"k{order % 6 + 1}",
                "dash": DASHES[order % 6],
            }
            for order, series in enumerate(chart.series)
        ]
        if len(chart.series) > 1
        else [],
    }
