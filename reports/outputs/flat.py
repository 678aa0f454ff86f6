"""CSV with a row of HXL tags, and the document itself as JSON."""

import csv
import io
import json
from typing import Any

from reports.outputs.contents import Edition

COLUMNS = (
    "code", "indicator", "breakdown", "category", "category_label", "value", "unit",
    "numerator", "denominator", "from", "to", "edition",
)  # fmt: skip
# Humanitarian Exchange Language 1.1: one hashtag with attributes for each column.
HXL = (
    "#indicator+code", "#indicator+name", "#indicator+breakdown", "#indicator+category+code",
    "#indicator+category+name", "#indicator+value+num", "#indicator+unit",
    "#indicator+numerator+num", "#indicator+denominator+num", "#date+start", "#date+end",
    "#meta+edition",
)  # fmt: skip


def as_csv(edition: Edition) -> bytes:
    """UTF-8 with a mark, so that spreadsheet programs read the accents. A row of heads, a row of
    tags, then a row for each figure and each cell; a starred value is `*`, one withheld empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerow(HXL)
    kind = "publication" if edition.publication else "internal"
    ends = [edition.start.isoformat(), edition.end.isoformat(), f"{edition.number} {kind}"]
    for section in edition.sections():
        for line in section.lines:
            head = [line.code, line.label]
            divided = [line.numerator, line.denominator]
            writer.writerow(_plain([*head, "", "", "", line.value, line.unit, *divided, *ends]))
            for breakdown in line.breakdowns:
                writer.writerows(
                    _plain(
                        [*head, breakdown.dimension, row.key, row.label, row.value, line.unit]
                        + [None, None, *ends]
                    )
                    for row in breakdown.rows
                )
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _plain(cells: list[Any]) -> list[Any]:
    """Cells that no spreadsheet program takes for a formula."""
    return [
        f"'{cell}"
        if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r")
        else cell
        for cell in cells
    ]


def as_json(edition: Edition) -> bytes:
    """The document whose SHA-256 stands in the report, under `document`, with what tells where
    it comes from."""
    told = {
        "report": edition.pk,
        "name": edition.name,
        "edition": edition.number,
        "language": edition.language,
        "standing": edition.standing,
        "cut_off": edition.cut_off.isoformat(),
        "sha256": edition.sha256,
        "difference": edition.difference,
        "document": edition.document,
    }
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()
