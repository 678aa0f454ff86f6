"""Figures for the systems of ministries: DHIS2 `dataValueSets` and ADX, by whole months.

One organisation unit for the programmes of the report; age and sex as categories, never crossed.
Identifiers come from the table an administrator keeps; without a row, ours go out. A value that
is starred or withheld is left out: both formats know numbers only, and 0 would be untrue.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from reports.outputs.contents import Edition
from reports.sdc import MERGED

ADX = "urn:ihe:qrph:adx:2015"
DATA_SET = "VEREDA"


@dataclass(frozen=True)
class DataValue:
    month: str  # 2025-01
    figure: str
    dimension: str  # "", sex, age
    category: str
    value: int


def values(edition: Edition) -> Iterator[DataValue]:
    for month, figures in sorted(edition.document["months"].items()):
        for code, figure in sorted(figures.items()):
            if isinstance(figure["value"], int):
                yield DataValue(month, code, "", "", figure["value"])
            for dimension, cells in sorted(figure["by"].items()):
                for key, count in sorted(cells.items()):
                    if isinstance(count, int) and MERGED not in key:
                        yield DataValue(month, code, dimension, key, count)


def _their(edition: Edition, kind: str, ours: str) -> str:
    return edition.codes.get(kind, {}).get(ours, ours)


def _org_unit(edition: Edition) -> str:
    """The programme; for several, or all, the one identifier given for `ALL`."""
    programmes = edition.document["programmes"]
    return _their(edition, "org_unit", programmes[0] if len(programmes) == 1 else "ALL")


def as_json(edition: Edition) -> bytes:
    """`POST /api/dataValueSets`; codes rather than ids where nothing is mapped, so the sender
    adds `?dataElementIdScheme=CODE` and the like."""
    unit, data_set = _org_unit(edition), _their(edition, "data_set", DATA_SET)
    found = []
    for value in values(edition):
        entry = {
            "dataElement": _their(edition, "data_element", value.figure),
            "period": value.month.replace("-", ""),
            "orgUnit": unit,
            "value": str(value.value),
        }
        if value.dimension:
            category = f"{value.dimension}:{value.category}"
            entry["categoryOptionCombo"] = _their(edition, "category", category)
        found.append(entry)
    document = {
        "dataSet": data_set,
        "completeDate": edition.cut_off.date().isoformat(),
        "orgUnit": unit,
        "dataValues": found,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def as_adx(edition: Edition) -> bytes:
    """IHE QRPH ADX: a group for each month, disaggregations as attributes."""
    ElementTree.register_namespace("", ADX)
    root = ElementTree.Element(f"{{{ADX}}}adx", exported=edition.cut_off.isoformat())
    groups: dict[str, ElementTree.Element] = {}
    for value in values(edition):
        if value.month not in groups:
            groups[value.month] = ElementTree.SubElement(
                root,
                f"{{{ADX}}}group",
                dataSet=_their(edition, "data_set", DATA_SET),
                orgUnit=_org_unit(edition),
                period=f"{value.month}-01/P1M",
            )
        attributes = {"dataElement": _their(edition, "data_element", value.figure)}
        if value.dimension:
            category = f"{value.dimension}:{value.category}"
            theirs = _their(edition, "category", category)
            attributes[value.dimension] = theirs if theirs != category else value.category
        attributes["value"] = str(value.value)
        ElementTree.SubElement(groups[value.month], f"{{{ADX}}}dataValue", attributes)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text
