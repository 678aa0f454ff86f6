"""The page of definitions is what the code says."""

import csv
from pathlib import Path

import pytest

from reports import definitions
from reports.indicators import INDICATORS, SECTIONS, words

PAGE = Path(__file__).parents[2] / "docs" / "figures.md"


def test_the_committed_page_is_what_the_code_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == definitions.document(), (
        "run: manage.py describe_figures"
    )


def test_every_figure_of_the_list_stands_in_it_once() -> None:
    said = definitions.document()
    for code in words():
        assert said.count(f"### {code} ") + said.count(f"| {code} |") == 1, code


def test_figures_stand_in_the_order_of_the_list() -> None:
    assert list(INDICATORS) == [code for code in words() if code in INDICATORS]


@pytest.mark.parametrize("code", list(INDICATORS))
def test_a_docstring_has_a_title_a_rule_and_its_source(code: str) -> None:
    title, blank, rule = INDICATORS[code].definition.partition("\n\n")
    assert title.endswith(".")
    assert blank
    assert "Source: " in " ".join(rule.split())


def test_every_figure_has_a_place_on_the_page() -> None:
    shown = {code for section in SECTIONS.values() for code in section.codes}
    assert set(INDICATORS) - shown == set()
    for section in SECTIONS.values():
        for code in section.headline:
            assert code in section.codes
        for code, name in section.drawn:
            assert name in INDICATORS[code].breakdowns, (code, name)


def test_the_list_is_read_as_it_was_delivered() -> None:
    with (Path(definitions.__file__).parent / "data" / "indicators.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        assert len(list(csv.DictReader(file))) == len(words()) == 170
