"""CSV files that people open in a spreadsheet, which would run a cell such as `=1+1`."""

import csv
import io
from collections.abc import Iterable

from django.http import HttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: object) -> str:
    """The text with an apostrophe before what a spreadsheet would take for a formula."""
    cell = "" if text is None else str(text)
    return f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell


def plain_cell(cell: str) -> str:
    """Takes the apostrophe of `safe_cell` away again."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _is_number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdecimal()


def csv_response(name: str, rows: Iterable[Iterable[object]]) -> HttpResponse:
    """A download. The byte-order mark makes spreadsheets read it as UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
