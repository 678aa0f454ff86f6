"""The files of an edition. All of them tell the same document, and nothing beside it."""

from collections.abc import Callable

from django.utils.translation import override

from reports.outputs import dhis2, five_w, flat, pdf, sheets
from reports.outputs.contents import Edition, charts_of

# By the names under which they are kept and downloaded.
MAKERS: dict[str, Callable[[Edition], bytes]] = {
    "report.pdf": pdf.make,
    "report.xlsx": sheets.make,
    "report.csv": flat.as_csv,
    "report.json": flat.as_json,
    "dhis2.json": dhis2.as_json,
    "adx.xml": dhis2.as_adx,
    "5w.xlsx": five_w.make,
}
TYPES: dict[str, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xml": "application/xml",
}

__all__ = ("MAKERS", "TYPES", "Edition", "charts_of", "make", "type_of")


def make(name: str, edition: Edition) -> bytes:
    """One file, in the language of the edition."""
    with override(edition.language):
        return MAKERS[name](edition)


def type_of(name: str) -> str:
    return TYPES[name.rpartition(".")[2]]
