"""The report on paper, by typst: tagged for those who listen (PDF/UA-1), fonts of our own.

Texts and numbers are given as JSON and never as markup. Nothing is fetched: the template, the
fonts and the drawings are all in the application.
"""

import json
from pathlib import Path
from typing import Any

import typst
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.charts import bars, columns
from reports.outputs.contents import MOST_ROWS, Breakdown, Edition, Line, chart_of

_TEMPLATE = Path(__file__).parent / "report.typ"
_FONTS = Path(__file__).parent.parent / "data" / "fonts"
MOST_BARS = 20


def make(edition: Edition) -> bytes:
    content: bytes = typst.compile(
        str(_TEMPLATE),
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(_data(edition), ensure_ascii=False)},
        pdf_standards=["ua-1"],
        # The same edition gives the same bytes.
        timestamp=int(edition.cut_off.timestamp()),
    )
    return content


def _data(edition: Edition) -> dict[str, Any]:
    return {
        "title": edition.name,
        "period": edition.period,
        "id": f"{_('Report id')} {edition.pk} · {edition.period}",
        "language": edition.language,
        "publication": edition.publication,
        "standing": edition.standing,
        "facts": edition.facts(),
        "control": edition.control,
        "changes": edition.changes(),
        "words": {
            "contents": _("Contents"),
            "code": _("Code"),
            "figure": _("Figure"),
            "value": _("Value"),
            "changed": _("Changed since the edition before"),
        },
        "sections": [
            {"title": section.title, "lines": [_line(line) for line in section.lines]}
            for section in edition.sections()
        ],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "label": line.label,
        "text": line.text,
        "reason": line.reason,
        "computed": line.computed,
        "definition": line.definition,
        "breakdowns": [_breakdown(line, each) for each in line.breakdowns],
    }


def _breakdown(line: Line, breakdown: Breakdown) -> dict[str, Any]:
    rows = breakdown.rows[:MOST_ROWS]
    left = len(breakdown.rows) - len(rows)
    more = _("%(count)s more are in the spreadsheet.") % {"count": left} if left else ""
    return {
        "title": breakdown.title,
        "rows": [(row.label, row.text) for row in rows],
        "more": more,
        "chart": drawing(line, breakdown),
    }


def drawing(line: Line, breakdown: Breakdown) -> str:
    """The chart as SVG, the same that pages show; too many bars, or no number, and there is
    none. Starred cells are hatched, all of one length."""
    if len(breakdown.rows) > MOST_BARS or not any(
        isinstance(row.value, (int, float)) and row.value for row in breakdown.rows
    ):
        return ""
    chart = chart_of(line, breakdown)
    if breakdown.dimension == "month":
        return render_to_string("components/chart_column.html", columns(chart))
    return render_to_string("components/chart_bar.html", bars(chart))
