"""The spreadsheet of an edition: a sheet for each section, definitions, provenance."""

from typing import Any

from django.utils.translation import gettext as _
from xlsxwriter.worksheet import Worksheet

from reports import labels
from reports.outputs.book import BAR, Book
from reports.outputs.contents import Breakdown, Edition, Line, Section

MOST_BARS = 30


def make(edition: Edition) -> bytes:
    book = Book(edition)
    _cover(book, edition)
    sections = edition.sections()
    for section in sections:
        _section(book, section)
    _definitions(book, sections)
    return book.bytes()


def _cover(book: Book, edition: Edition) -> None:
    sheet = book.sheet(_("Provenance"), (30, 100))
    sheet.write_string(0, 0, edition.name, book.title)
    row = 2
    for name, text in edition.facts():
        sheet.write_string(row, 0, name, book.bold)
        sheet.write_string(row, 1, text, book.wrap)
        row += 1
    for text in edition.control:
        row += 1
        sheet.write_string(row, 1, text, book.wrap)
    if edition.difference:
        row += 2
        book.heads(sheet, row, (_("Changed since the edition before"), _("Before → now")))
        for label, before, now in edition.changes():
            row += 1
            sheet.write_string(row, 0, label, book.wrap)
            sheet.write_string(row, 1, f"{before} → {now}", book.wrap)


def _section(book: Book, section: Section) -> None:
    """The figures of a section, then each breakdown with its chart beside it."""
    sheet = book.sheet(f"{section.code} {section.title}", (10, 52, 14, 12, 14, 14))
    sheet.write_string(0, 0, section.title, book.title)
    heads = (_("Code"), _("Figure"), _("Value"), _("Unit"), _("Numerator"), _("Denominator"))
    book.heads(sheet, 2, heads)
    row = 3
    for line in section.lines:
        _line(book, sheet, row, line)
        row += 1
    for line in section.lines:
        for breakdown in line.breakdowns:
            row = _breakdown(book, sheet, row + 2, line, breakdown)
    sheet.freeze_panes(3, 0)


def _line(book: Book, sheet: Worksheet, row: int, line: Line) -> None:
    sheet.write_string(row, 0, line.code)
    sheet.write_string(row, 1, line.label, book.wrap)
    if line.value is None:
        sheet.write_string(row, 2, line.reason or "–", book.wrap)
    book.value(sheet, row, 2, line.value)
    sheet.write_string(row, 3, str(labels.UNITS.get(line.unit, "")))
    book.value(sheet, row, 4, line.numerator)
    book.value(sheet, row, 5, line.denominator)


def _breakdown(book: Book, sheet: Worksheet, row: int, line: Line, breakdown: Breakdown) -> int:
    """Gives the row after the table and its chart."""
    title = f"{line.code} {line.label}: {breakdown.title}"
    sheet.write_string(row, 1, title, book.bold)
    first = row + 1
    for offset, cell in enumerate(breakdown.rows):
        sheet.write_string(first + offset, 1, cell.label, book.wrap)
        book.value(sheet, first + offset, 2, cell.value)
    last = first + len(breakdown.rows) - 1
    if len(breakdown.rows) <= MOST_BARS and any(
        isinstance(cell.value, (int, float)) for cell in breakdown.rows
    ):
        tall = _chart(book, sheet, title, breakdown, (first, last))
        return int(max(last, row + tall))
    return last


def _chart(
    book: Book, sheet: Worksheet, title: str, breakdown: Breakdown, span: tuple[int, int]
) -> int:
    """A native chart; a starred cell has no bar and no label. Gives its height in rows."""
    kind = "column" if breakdown.dimension == "month" else "bar"
    chart: Any = book.book.add_chart({"type": kind})
    first, last = span
    chart.add_series(
        {
            "name": breakdown.title,
            "categories": [sheet.get_name(), first, 1, last, 1],
            "values": [sheet.get_name(), first, 2, last, 2],
            "fill": {"color": BAR},
            "data_labels": {"value": len(breakdown.rows) <= 16},
        }
    )
    chart.set_title({"name": title[:120], "name_font": {"size": 11}})
    chart.set_legend({"none": True})
    axis = {"min": 0, "major_gridlines": {"visible": False}}
    chart.set_y_axis(axis if kind == "column" else {"reverse": True})
    if kind == "bar":
        chart.set_x_axis(axis)
    height = max(240, 20 * len(breakdown.rows) + 110)
    chart.set_size({"width": 560, "height": height})
    sheet.insert_chart(first - 1, 7, chart, {"description": title})
    return -(-height // 20) + 1


def _definitions(book: Book, sections: list[Section]) -> None:
    sheet = book.sheet(_("Definitions"), (10, 44, 110))
    book.heads(sheet, 0, (_("Code"), _("Figure"), _("Definition")))
    row = 1
    for section in sections:
        for line in section.lines:
            sheet.write_string(row, 0, line.code)
            sheet.write_string(row, 1, line.label, book.wrap)
            sheet.write_string(row, 2, line.definition, book.wrap)
            row += 1
    sheet.freeze_panes(1, 0)
