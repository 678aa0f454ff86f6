"""What leaves the organisation: the same rule in every part of an edition."""

from datetime import date
from typing import Any

import pytest

from reports import editions
from reports.sdc import STAR


def exact(figures: dict[str, Any], **more: Any) -> editions.Document:
    return {
        "from": "2025-01-01", "to": "2025-03-31", "programmes": [], "definitions": "2026.1",
        "sites": [], "figures": figures, "months": {}, "places": [], **more,
    }  # fmt: skip


def published(figures: dict[str, Any], **more: Any) -> editions.Document:
    return editions.for_publication(exact(figures, **more))["figures"]


def test_the_undivided_total_is_exact_and_its_cells_are_not() -> None:
    figure = {
        "value": 1003,
        "by": {"service": {"mental_health": 993, "other": 3, "social_work": 7}},
    }

    told = published({"GEN01": figure})["GEN01"]

    assert told["value"] == 1003
    assert told["by"]["service"] == {"mental_health": 995, "other": STAR, "social_work": STAR}


def test_sites_and_partners_are_told_exactly() -> None:
    figures = {"GEN21": {"value": 3}, "PA01": {"value": 7, "by": {"partner_type": {"ngo": 7}}}}

    assert published(figures) == figures


def test_percentages_are_computed_from_rounded_counts() -> None:
    told = published({"RF03": {"value": 33.1, "numerator": 43, "denominator": 130}})["RF03"]

    assert told == {"value": 34.6, "numerator": 45, "denominator": 130}


def test_a_percentage_of_few_people_is_starred() -> None:
    told = published({"RF03": {"value": 7.7, "numerator": 3, "denominator": 39}})["RF03"]

    assert told == {"value": STAR, "numerator": STAR, "denominator": 40}


def test_what_is_sensitive_is_starred_up_to_ten_and_zeros_too() -> None:
    figures = {"RF01": {"value": 9}, "CA20": {"value": 0.0, "numerator": 0, "denominator": 300}}

    assert editions.rule_of("CA20").star_zero
    assert published({"CA20": figures["CA20"]})["CA20"]["numerator"] == STAR
    assert editions.rule_of("RF01").show(9) == 10


def test_shares_of_a_breakdown_come_from_rounded_counts_too() -> None:
    figure = {
        "value": None, "denominator": 120,
        "by": {"discipline": {"medical": 95.8, "nursing": 4.2}},
        "counts": {"discipline": {"medical": [115, 120], "nursing": [5, 120]}},
    }  # fmt: skip

    told = published({"GEN02": figure})["GEN02"]

    assert told["by"]["discipline"] == {"medical": 95.8, "nursing": STAR}


def test_a_share_whose_counts_nobody_knows_is_not_told() -> None:
    figure = {"value": None, "denominator": 120, "by": {"discipline": {"nursing": 4.2}}}

    assert "by" not in published({"GEN02": figure})["GEN02"]


def test_people_by_site_are_judged_as_people_who_move_between_sites() -> None:
    figure = {"value": 100, "by": {"site": {"S1": 60, "S2": 70, "S3": 2}}}

    told = published({"GEN03": figure})["GEN03"]

    assert told == {"value": 100, "by": {"site": {"S1": 60, "S2": 70, "S3": STAR}}}


def test_first_and_follow_up_do_not_give_each_other_away() -> None:
    figures = {"GEN01": {"value": 9}, "GEN05": {"value": 1}, "GEN06": {"value": 8}}

    told = published(figures)

    assert (told["GEN05"]["value"], told["GEN06"]["value"]) == (STAR, None)


def test_an_earlier_edition_does_not_single_out_who_came_later() -> None:
    old = exact({"GEN03": {"value": 1002}})
    new = exact({"GEN03": {"value": 1003}})
    before = editions.for_publication(old)

    told = editions.for_publication(new, [(old, before)])

    assert before["figures"]["GEN03"]["value"] == 1000
    assert told["figures"]["GEN03"]["value"] == 1000
    assert told["control"]["compared"] == 1
    assert "GEN03" not in str(told["control"]), "to name it would single them out again"


def test_what_was_suppressed_is_counted_and_stated() -> None:
    told = editions.for_publication(
        exact({"GEN01": {"value": 9, "by": {"sex": {"female": 8, "male": 1}}}})
    )

    assert told["figures"]["GEN01"]["by"] == {"sex": {}}
    assert told["control"]["merged_or_withheld"] == ["GEN01/sex: withheld"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2025, 1, 1), date(2025, 3, 31), ["2025-01", "2025-02", "2025-03"]),
        (date(2025, 1, 2), date(2025, 3, 30), ["2025-02"]),
        (date(2024, 12, 31), date(2025, 1, 31), ["2025-01"]),
        (date(2025, 1, 5), date(2025, 1, 20), []),
    ],
)
def test_only_whole_months_are_sent_by_month(start: date, end: date, expected: list[str]) -> None:
    assert [name for name, _first, _last in editions.months(start, end)] == expected


def test_the_hash_is_of_the_content_not_of_its_order() -> None:
    one, other = {"a": 1, "b": [1, {"c": 2, "d": 3}]}, {"b": [1, {"d": 3, "c": 2}], "a": 1}

    assert editions.sha256(one) == editions.sha256(other)
    assert editions.sha256(one) != editions.sha256({**one, "a": 2})


def test_the_difference_names_what_changed_and_nothing_else() -> None:
    old = exact({"GEN01": {"value": 5}, "GEN03": {"value": 4}})
    new = exact({"GEN01": {"value": 6}, "GEN03": {"value": 4}, "GEN12": {"value": 1}})

    assert editions.difference(old, new) == {"GEN01": [5, 6], "GEN12": [None, 1]}
