"""The figures as files: the same numbers as the page, the API and the command."""

import csv
import io
from typing import Any

import xlsxwriter
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports import labels
from reports.figures import COLUMNS, Figure, rows
from reports.scope import Scope

_CHARTED = {"month": "column", "service": "bar", "site": "bar"}


def csv_file(scope: Scope, figures: dict[str, Figure]) -> bytes:
    """UTF-8 with a mark, so that spreadsheet programs read the accents. One header row."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_plain(cell) for cell in row] for row in rows(scope, figures))
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _plain(cell: Any) -> Any:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell


class _Book:
    def __init__(self) -> None:
        self.buffer = io.BytesIO()
        # Texts stay texts: nothing typed by anybody becomes a formula or a link.
        self.book = xlsxwriter.Workbook(
            self.buffer,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.bold: Format = self.book.add_format({"bold": True})
        self.title: Format = self.book.add_format({"bold": True, "font_size": 14})
        self.number: Format = self.book.add_format({"num_format": "#,##0.##"})
        self.wrap: Format = self.book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(self, name: str, widths: tuple[int, ...]) -> Worksheet:
        sheet = self.book.add_worksheet(name[:31])
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def bytes(self) -> bytes:
        self.book.close()
        return self.buffer.getvalue()


def xlsx_file(scope: Scope, figures: dict[str, Figure]) -> bytes:
    """Sheets: the figures; a breakdown with a native chart each; definitions; provenance."""
    book = _Book()
    _summary(book, figures)
    for figure in figures.values():
        for name in figure.measure.by:
            _breakdown(book, figure, name)
    _definitions(book, figures)
    _provenance(book, scope)
    return book.bytes()


def _summary(book: _Book, figures: dict[str, Figure]) -> None:
    sheet = book.sheet(_("Figures"), (10, 48, 14, 12, 14, 14))
    heads = (_("Code"), _("Figure"), _("Value"), _("Unit"), _("Numerator"), _("Denominator"))
    sheet.write_row(0, 0, heads, book.bold)
    for row, figure in enumerate(figures.values(), start=1):
        measure = figure.measure
        sheet.write_string(row, 0, figure.code)
        sheet.write_string(row, 1, figure.indicator.label)
        _value(book, sheet, row, 2, measure.value)
        sheet.write_string(row, 3, str(labels.UNITS[figure.indicator.unit]))
        _value(book, sheet, row, 4, measure.numerator)
        _value(book, sheet, row, 5, measure.denominator)
    sheet.freeze_panes(1, 0)


def _value(book: _Book, sheet: Worksheet, row: int, column: int, value: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif value is not None:
        sheet.write_number(row, column, value, book.number)


def _breakdown(book: _Book, figure: Figure, name: str) -> None:
    sheet = book.sheet(f"{figure.code} {labels.DIMENSIONS[name]}", (40, 14))
    sheet.write_string(0, 0, f"{figure.code} {figure.indicator.label}", book.title)
    sheet.write_row(2, 0, (str(labels.DIMENSIONS[name]), _("Value")), book.bold)
    known = labels.names(name)
    cells = figure.breakdown(name)
    for row, (key, value) in enumerate(cells.items(), start=3):
        sheet.write_string(row, 0, known.get(key) or labels.of(name, key, figure.indicator))
        _value(book, sheet, row, 1, value)
    if cells:
        _chart(book, sheet, figure, _CHARTED.get(name, "bar"), len(cells))


def _chart(book: _Book, sheet: Worksheet, figure: Figure, kind: str, count: int) -> None:
    chart = book.book.add_chart({"type": kind})
    span = (3, 3 + count - 1)
    chart.add_series(
        {
            "name": figure.indicator.label,
            "categories": [sheet.get_name(), span[0], 0, span[1], 0],
            "values": [sheet.get_name(), span[0], 1, span[1], 1],
            "fill": {"color": "#0B5D50"},
            "data_labels": {"value": count <= 16},
        }
    )
    chart.set_title({"name": figure.indicator.label, "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    axis = {"min": 0, "major_gridlines": {"visible": False}}
    chart.set_y_axis(axis if kind == "column" else {"reverse": True})
    if kind == "bar":
        chart.set_x_axis(axis)
    chart.set_size({"width": 620, "height": max(280, 22 * count + 120)})
    sheet.insert_chart(2, 3, chart)


def _definitions(book: _Book, figures: dict[str, Figure]) -> None:
    sheet = book.sheet(_("Definitions"), (10, 40, 100))
    sheet.write_row(0, 0, (_("Code"), _("Figure"), _("Definition")), book.bold)
    for row, figure in enumerate(figures.values(), start=1):
        sheet.write_string(row, 0, figure.code)
        sheet.write_string(row, 1, figure.indicator.label)
        sheet.write_string(row, 2, str(figure.indicator.summary), book.wrap)


def _provenance(book: _Book, scope: Scope) -> None:
    sheet = book.sheet(_("Provenance"), (30, 60))
    facts = (
        (_("From"), scope.start.isoformat()),
        (_("To (included)"), scope.end.isoformat()),
        (_("Programmes"), ", ".join(p.code for p in scope.programmes) or _("all")),
        (_("Version of the definitions"), settings.FIGURES_VERSION),
        (_("Computed at"), timezone.localtime().isoformat(timespec="seconds")),
        (_("Edition"), _("Internal: exact figures, not for publication")),
    )
    for row, (name, text) in enumerate(facts):
        sheet.write_string(row, 0, name, book.bold)
        sheet.write_string(row, 1, text)
