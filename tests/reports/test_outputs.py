"""The files of an edition against what their formats ask for."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from django.utils.translation import override
from jsonschema import validate

from reports import outputs
from reports.outputs import dhis2
from reports.outputs.contents import Edition
from tests.partners.factories import SiteFactory

pytestmark = pytest.mark.django_db

FIGURES: dict[str, Any] = {
    "GEN01": {
        "value": 1003,
        "by": {
            "service": {"mental_health": 995, "other": "*", "social_work": "*"},
            "month": {"2025-01": 500, "2025-02": 505},
            "site": {"=A1": 10},
        },
    },
    "GEN03": {"value": 300, "by": {"age": {"unhcr_60_up": 5, "unhcr_0_4": "*"}}},
    "RF03": {"value": "*", "numerator": "*", "denominator": 300},
}
MONTHS = {
    "2025-01": {
        "GEN01": {"value": 500, "by": {"sex": {"female": 300, "male": 200, "other": "*"}}},
        "GEN03": {"value": None, "by": {"age": {"unhcr_0_4+unhcr_5_11": 20}}},
    }
}


@pytest.fixture
def edition() -> Edition:
    site = SiteFactory(name_es="Parque", name_en="Park", name_fr="Parc")
    places = [
        {"site": site.code, "services": ["mental_health"], "consultations": 500,
         "unduplicated": 90, "monthly_total": 120},
    ]  # fmt: skip
    document = {
        "from": "2025-01-01", "to": "2025-02-28", "programmes": ["ONE"], "sites": [],
        "definitions": "2026.1", "figures": FIGURES, "months": MONTHS, "places": places,
        "audience": "publication",
        "control": {"merged_or_withheld": [], "compared": 0, "starred": 5},
    }  # fmt: skip
    return Edition(
        pk="01a1f000-0000-7000-8000-000000000001", name="Informe de prueba", number=2,
        language="es", start=date(2025, 1, 1), end=date(2025, 2, 28), publication=True,
        cut_off=datetime(2025, 3, 5, 12, tzinfo=UTC), definitions="2026.1", sha256="ab" * 32,
        asked_at=datetime(2025, 3, 5, 13, tzinfo=UTC), document=document,
        difference={"GEN01": [1000, 1003]},
        codes={"data_element": {"GEN01": "fbfJHSPpUQD"}, "org_unit": {"ONE": "DiszpKrYNg8"}},
    )  # fmt: skip


@pytest.mark.parametrize("language", ["es", "en", "fr"])
def test_the_pdf_is_tagged_numbered_and_the_same_each_time(edition: Edition, language: str) -> None:
    edition = replace(edition, language=language)

    content = outputs.make("report.pdf", edition)

    assert content.startswith(b"%PDF-")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content
    assert b"/MarkInfo" in content
    assert f"/Lang ({language}".encode() in content or b"/Lang" in content
    assert outputs.make("report.pdf", edition) == content


def test_text_in_a_pdf_is_never_markup(edition: Edition) -> None:
    """Typst would run `#panic()` and refuse `#let`, were the name taken for markup."""
    outputs.make("report.pdf", replace(edition, name='#panic("x") $ *b* @ref \\ [ ] #let'))


def test_the_spreadsheet_says_the_same_and_has_no_formula(edition: Edition) -> None:
    book = openpyxl.load_workbook(io.BytesIO(outputs.make("report.xlsx", edition)))

    section = book.worksheets[1]
    values = {row[0].value: row[2].value for row in section.iter_rows(min_row=4, max_row=5)}
    assert values == {"GEN01": 1003, "GEN03": 300}
    assert book.worksheets[2]["C4"].value == "*"
    assert len(section._charts) == 4
    assert [s.title.split()[0] for s in book.worksheets][1:2] == ["GEN"]
    for sheet in book.worksheets:
        assert edition.pk in sheet.oddFooter.center.text
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
    assert any(row[1].value == "=A1" for row in section.iter_rows())


def test_the_csv_has_a_row_of_hxl_tags_and_no_formula(edition: Edition) -> None:
    text = outputs.make("report.csv", edition).decode("utf-8-sig")
    heads, tags, *rows = csv.reader(io.StringIO(text))

    assert len(heads) == len(tags)
    for tag in tags:
        assert re.fullmatch(r"#[a-z]+(\+[a-z_]+)*", tag), tag
    value = {(row[0], row[2], row[3]): row[5] for row in rows}
    assert value["GEN01", "", ""] == "1003"
    assert value["GEN01", "service", "other"] == "*"
    assert value["RF03", "", ""] == "*"
    assert ("GEN01", "site", "'=A1") in value


def test_ages_stand_from_the_youngest(edition: Edition) -> None:
    line = next(line for line in edition.sections()[0].lines if line.code == "GEN03")

    assert [row.key for row in line.breakdowns[0].rows] == ["unhcr_0_4", "unhcr_60_up"]


# Written from the documentation of DHIS2 2.41, "Data values": a period is a month here.
DATA_VALUE_SETS = {
    "type": "object",
    "required": ["dataSet", "orgUnit", "dataValues"],
    "additionalProperties": False,
    "properties": {
        "dataSet": {"type": "string", "minLength": 1},
        "completeDate": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        "orgUnit": {"type": "string", "minLength": 1},
        "dataValues": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["dataElement", "period", "orgUnit", "value"],
                "additionalProperties": False,
                "properties": {
                    "dataElement": {"type": "string", "minLength": 1},
                    "period": {"type": "string", "pattern": r"^\d{4}(0[1-9]|1[0-2])$"},
                    "orgUnit": {"type": "string", "minLength": 1},
                    "categoryOptionCombo": {"type": "string", "minLength": 1},
                    "value": {"type": "string", "pattern": r"^\d+$"},
                },
            },
        },
    },
}


def test_dhis2_gets_numbers_only_under_its_own_identifiers(edition: Edition) -> None:
    document = json.loads(outputs.make("dhis2.json", edition))

    validate(document, DATA_VALUE_SETS)
    assert document["orgUnit"] == "DiszpKrYNg8"
    told = [
        (v["dataElement"], v["period"], v.get("categoryOptionCombo"), v["value"])
        for v in document["dataValues"]
    ]
    # The starred, the withheld and the merged are left out; a zero would be untrue.
    assert told == [
        ("fbfJHSPpUQD", "202501", None, "500"),
        ("fbfJHSPpUQD", "202501", "sex:female", "300"),
        ("fbfJHSPpUQD", "202501", "sex:male", "200"),
    ]


def test_adx_groups_by_month_with_attributes(edition: Edition) -> None:
    root = ElementTree.fromstring(outputs.make("adx.xml", edition))  # noqa: S314 - our own

    assert root.tag == f"{{{dhis2.ADX}}}adx"
    datetime.fromisoformat(root.attrib["exported"])
    (group,) = root
    assert group.attrib == {
        "dataSet": "VEREDA",
        "orgUnit": "DiszpKrYNg8",
        "period": "2025-01-01/P1M",
    }
    assert [value.attrib for value in group] == [
        {"dataElement": "fbfJHSPpUQD", "value": "500"},
        {"dataElement": "fbfJHSPpUQD", "sex": "female", "value": "300"},
        {"dataElement": "fbfJHSPpUQD", "sex": "male", "value": "200"},
    ]


def test_five_w_gives_people_twice_and_says_which_is_which(edition: Edition) -> None:
    book = openpyxl.load_workbook(io.BytesIO(outputs.make("5w.xlsx", edition)))
    rows = list(book.worksheets[0].iter_rows(values_only=True))

    assert rows[3][:3] == ("#org+name", "#activity+type", "#loc+name")
    line = dict(zip(rows[3], rows[4], strict=True))
    assert line["#loc+name"] == "Parque"
    assert (line["#reached+monthly_total"], line["#reached+unduplicated"]) == (120, 90)


def test_every_page_says_what_kind_of_edition_it_is(edition: Edition) -> None:
    internal = replace(edition, publication=False, document={**edition.document, "control": None})

    with override("en"):
        assert "rounded to 5" in edition.standing
        assert "not for publication" in internal.standing
    assert internal.control == []


def test_a_figure_that_is_not_computed_is_named_with_its_reason(edition: Edition) -> None:
    edition = replace(edition, language="en", document={**edition.document, "missing": ["VI06"]})

    text = outputs.make("report.csv", edition).decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(outputs.make("report.xlsx", edition)))

    (row,) = [row for row in csv.reader(io.StringIO(text)) if row[0] == "VI06"]
    assert row[5] == "", "no zero"
    sheet = next(sheet for sheet in book.worksheets if sheet.title.startswith("VI"))
    assert (sheet["A4"].value, sheet["C4"].value) == ("VI06", "Not computed by this version.")
