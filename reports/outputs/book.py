"""Spreadsheets: texts stay texts, values stay values, nothing is a formula."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.outputs.contents import Edition

BAR = "#0B5D50"


class Book:
    """A workbook in memory. Every sheet says on paper which edition it is and its page."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.buffer = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self.buffer,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        # The same figures give the same file: no time of making, no name of a maker.
        self.book.set_properties({"title": edition.name, "created": _naive(edition.cut_off)})
        self.bold: Format = self.book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.title: Format = self.book.add_format({"bold": True, "font_size": 14})
        self.number: Format = self.book.add_format({"num_format": "#,##0.##", "valign": "top"})
        self.star: Format = self.book.add_format({"align": "right", "valign": "top"})
        self.wrap: Format = self.book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(self, name: str, widths: Sequence[int]) -> Worksheet:
        sheet = self.book.add_worksheet(_sheet_name(name))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L&8 {_escaped(self.edition.standing)}&C&8 {self.edition.pk}&R&8 &P/&N")
        return sheet

    def value(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        """A number, a star as text, or nothing where there is nothing."""
        if isinstance(value, str):
            sheet.write_string(row, column, value, self.star)
        elif value is not None:
            sheet.write_number(row, column, value, self.number)

    def heads(self, sheet: Worksheet, row: int, texts: Sequence[str]) -> None:
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text, self.bold)

    def bytes(self) -> bytes:
        self.book.close()
        return self.buffer.getvalue()


def _naive(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None, microsecond=0)


def _sheet_name(name: str) -> str:
    return "".join(" " if letter in "[]:*?/\\'" else letter for letter in name)[:31]


def _escaped(text: str) -> str:
    return text.replace("&", "&&")[:160]
