"""Items → total → band → message, for every scale at every edge of every band."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils.translation import override

from consultations import scales
from consultations.scales import TOTAL, State
from terminology import lists

pytestmark = pytest.mark.django_db

WITH_ITEMS = ("phq9", "phq2", "gad7", "gad2", "pcl5", "who5", "audit_c")
SCORE_ONLY = ("cries8", "cats2", "sdq", "k6", "srq20", "gaf", "whodas12", "mhos")
RATINGS = ("functioning", "distress", "pain", "cgi_s", "cgi_i")
AGES = {"cries8": 12, "cats2": 12, "sdq": 12}

# Scale, total, code of the band (the published cut-offs, written down once more by hand).
EDGES = [
    ("phq9", 0, "phq9_minimal"), ("phq9", 4, "phq9_minimal"), ("phq9", 5, "phq9_mild"),
    ("phq9", 9, "phq9_mild"), ("phq9", 10, "phq9_moderate"), ("phq9", 14, "phq9_moderate"),
    ("phq9", 15, "phq9_modsevere"), ("phq9", 19, "phq9_modsevere"), ("phq9", 20, "phq9_severe"),
    ("phq9", 27, "phq9_severe"),
    ("gad7", 0, "gad7_minimal"), ("gad7", 4, "gad7_minimal"), ("gad7", 5, "gad7_mild"),
    ("gad7", 9, "gad7_mild"), ("gad7", 10, "gad7_moderate"), ("gad7", 14, "gad7_moderate"),
    ("gad7", 15, "gad7_severe"), ("gad7", 21, "gad7_severe"),
    ("pcl5", 0, "pcl5_below"), ("pcl5", 30, "pcl5_below"), ("pcl5", 31, "pcl5_probable"),
    ("pcl5", 80, "pcl5_probable"),
    ("cries8", 0, "cries8_below"), ("cries8", 16, "cries8_below"),
    ("cries8", 17, "cries8_probable"), ("cries8", 40, "cries8_probable"),
    ("cats2", 0, "cats2_below"), ("cats2", 20, "cats2_below"), ("cats2", 21, "cats2_moderate"),
    ("cats2", 24, "cats2_moderate"), ("cats2", 25, "cats2_probable"),
    ("cats2", 60, "cats2_probable"),
    ("who5", 0, "who5_depression"), ("who5", 7, "who5_depression"), ("who5", 8, "who5_low"),
    ("who5", 12, "who5_low"), ("who5", 13, "who5_ok"), ("who5", 25, "who5_ok"),
    ("k6", 0, "k6_low"), ("k6", 4, "k6_low"), ("k6", 5, "k6_moderate"), ("k6", 12, "k6_moderate"),
    ("k6", 13, "k6_serious"), ("k6", 24, "k6_serious"),
    ("srq20", 0, "srq20_below"), ("srq20", 7, "srq20_below"), ("srq20", 8, "srq20_case"),
    ("srq20", 20, "srq20_case"),
    ("cgi_s", 1, "cgi_s_1"), ("cgi_s", 2, "cgi_s_2"), ("cgi_s", 3, "cgi_s_3"),
    ("cgi_s", 4, "cgi_s_4"), ("cgi_s", 5, "cgi_s_5"), ("cgi_s", 6, "cgi_s_6"),
    ("cgi_s", 7, "cgi_s_7"),
    ("cgi_i", 1, "cgi_i_1"), ("cgi_i", 2, "cgi_i_2"), ("cgi_i", 3, "cgi_i_3"),
    ("cgi_i", 4, "cgi_i_4"), ("cgi_i", 5, "cgi_i_5"), ("cgi_i", 6, "cgi_i_6"),
    ("cgi_i", 7, "cgi_i_7"),
    ("distress", 0, "distress_low"), ("distress", 3, "distress_low"),
    ("distress", 4, "distress_moderate"), ("distress", 6, "distress_moderate"),
    ("distress", 7, "distress_high"), ("distress", 10, "distress_high"),
    ("phq2", 0, None), ("phq2", 6, None), ("gad2", 0, None), ("gad2", 6, None),
    ("sdq", 0, None), ("sdq", 40, None), ("gaf", 1, None), ("gaf", 100, None),
    ("whodas12", 0, None), ("whodas12", 48, None), ("mhos", 6, None), ("mhos", 30, None),
    ("functioning", 0, None), ("functioning", 10, None), ("pain", 0, None), ("pain", 10, None),
]  # fmt: skip
BY_SEX = [
    (sex, total, f"audit_c_{band}")
    for sex, edges in {
        "female": ((0, "low_f"), (2, "low_f"), (3, "risk_f"), (7, "risk_f"), (8, "high_f"),
                   (12, "high_f")),
        "male": ((0, "low_m"), (3, "low_m"), (4, "risk_m"), (7, "risk_m"), (8, "high_m"),
                 (12, "high_m")),
        "intersex": ((2, "low_f"), (3, "risk_f"), (8, "high_f")),
        "sex_unknown": ((2, "low_f"), (3, "risk_f"), (8, "high_f")),
        "": ((2, "low_f"), (3, "risk_f"), (8, "high_f")),
    }.items()
    for total, band in edges
]  # fmt: skip


def answers(code: str, total: int) -> dict[str, int]:
    """Answers that add up to a total; the total itself where there are no questions."""
    scale = scales.of(code)
    if scale.typed:
        return {TOTAL: total}
    left, found = total, {}
    for item in scale.items:
        found[item] = min(left, max(scale.allowed(item)))
        left -= found[item]
    assert left == 0
    return found


@pytest.mark.parametrize(("code", "total", "band"), EDGES)
def test_a_total_falls_into_its_published_band(code: str, total: int, band: str | None) -> None:
    result = scales.score(code, answers(code, total), age=AGES.get(code, 30))

    assert (result.total, result.state) == (total, State.COMPLETE)
    assert (result.band.code if result.band else None) == band
    for language in ("en", "es", "fr"):
        with override(language):
            assert str(total) in result.message
            if result.band:
                assert result.band.label in result.message


@pytest.mark.parametrize(("sex", "total", "band"), BY_SEX)
def test_the_bands_of_alcohol_follow_sex_and_the_lower_cut_off_where_it_is_unknown(
    sex: str, total: int, band: str
) -> None:
    result = scales.score("audit_c", answers("audit_c", total), age=30, sex=sex)

    assert result.band is not None
    assert result.band.code == band
    assert result.positive == (total >= (4 if sex == "male" else 3))


def test_the_table_has_both_ends_of_every_band_and_every_scale() -> None:
    told = {(code, total) for code, total, _band in EDGES}
    told |= {("audit_c", total) for _sex, total, _band in BY_SEX}
    for band in lists.all("scale_bands"):
        for end in ("score_min", "score_max"):
            assert (band.attributes["scale"], int(band.attributes[end])) in told, band.key
    named = {*WITH_ITEMS, *SCORE_ONLY, *RATINGS, "cssrs"}
    assert named == {entry.code for entry in lists.all("scales")}


# -- Cut-offs --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "least"),
    [
        ("phq9", 10), ("phq2", 3), ("gad7", 10), ("gad2", 3), ("pcl5", 31), ("cries8", 17),
        ("cats2", 21), ("k6", 13), ("srq20", 8), ("distress", 4), ("pain", 4),
    ],
)  # fmt: skip
def test_the_screening_cut_off_is_the_published_one(code: str, least: int) -> None:
    age = AGES.get(code, 30)
    assert scales.score(code, answers(code, least), age=age).positive is True
    assert scales.score(code, answers(code, least - 1), age=age).positive is False


def test_low_well_being_screens_positive_and_is_told_in_percent() -> None:
    assert scales.score("who5", answers("who5", 12)).positive is True
    result = scales.score("who5", answers("who5", 13))
    assert result.positive is False
    assert "(52 %)" in result.message
    assert "(25 %)" in scales.score("whodas12", {TOTAL: 12}).message


# -- Missing answers -------------------------------------------------------------------------
def test_phq9_is_estimated_with_one_or_two_missing_and_halves_go_up() -> None:
    given = {f"phq9_{n}": 1 for n in range(1, 10)} | {"phq9_9": 0}
    del given["phq9_1"], given["phq9_2"]  # 6 of 7 answers: 6 × 9 ÷ 7 = 7.7
    result = scales.score("phq9", given, age=30)
    assert (result.state, result.total) == (State.PRO_RATA, 8)
    assert result.band is not None
    assert result.band.code == "phq9_mild"

    half = {f"phq9_{n}": 0 for n in range(2, 10)} | {"phq9_2": 3, "phq9_3": 1}  # 4 × 9 ÷ 8 = 4.5
    assert scales.score("phq9", half, age=30).total == 5

    del given["phq9_3"]
    result = scales.score("phq9", given, age=30)
    assert (result.state, result.total, result.band) == (State.INCOMPLETE, None, None)


def test_phq9_without_its_last_item_says_that_the_risk_is_not_assessed() -> None:
    given = {f"phq9_{n}": 2 for n in range(1, 9)}
    result = scales.score("phq9", given, age=30)
    assert (result.state, result.total, result.band) == (State.INCOMPLETE, None, None)
    with override("en"):
        assert "suicide risk not assessed" in result.message
        assert "8 of 9" in result.message
        known = scales.score("phq9", {"phq9_1": 1, "phq9_9": 0}, age=30)
        assert "suicide risk" not in known.message


def test_pcl5_tolerates_four_missing() -> None:
    given: dict[str, int | None] = {f"pcl5_{n}": 2 for n in range(1, 21)}
    given |= {f"pcl5_{n}": None for n in (1, 2, 8, 20)}
    assert scales.score("pcl5", given, age=30).total == 40
    given["pcl5_3"] = None
    assert scales.score("pcl5", given, age=30).state == State.INCOMPLETE


@pytest.mark.parametrize("code", ["gad7", "who5", "audit_c", "phq2", "gad2"])
def test_other_scales_tolerate_none(code: str) -> None:
    given = answers(code, 1)
    given.pop(next(iter(given)))
    result = scales.score(code, given, age=30)
    assert (result.state, result.total, result.band) == (State.INCOMPLETE, None, None)
    with override("en"):
        assert result.message.startswith("Incomplete: ")


@pytest.mark.parametrize("code", WITH_ITEMS)
def test_no_answer_is_no_score_of_zero(code: str) -> None:
    assert scales.score(code, {}).total is None


# -- Answers that do not exist ---------------------------------------------------------------
def wrong() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from (
        ("phq9", {"phq9_1": 4}), ("phq9", {"phq9_1": -1}), ("phq9", {"phq9_10": 1}),
        ("phq9", {"gad7_1": 1}), ("phq9", {TOTAL: 12}), ("phq9", {"phq9_1": True}),
        ("phq9", {"phq9_1": "1"}), ("phq9", {"phq9_1": 1.0}), ("phq2", {"phq9_3": 1}),
        ("gad7", {"gad7_7": 4}), ("pcl5", {"pcl5_20": 5}), ("who5", {"who5_1": 6}),
        ("audit_c", {"audit_c_2": 5}), ("cries8", {"cries8_1": 2}), ("cries8", {"cries8_1": 4}),
        ("cries8", {TOTAL: 41}), ("k6", {TOTAL: 25}), ("srq20", {TOTAL: 21}),
        ("srq20", {TOTAL: 0, "srq20_17": 1}), ("srq20", {TOTAL: 5, "srq20_16": 1}),
        ("srq20", {TOTAL: 5, "srq20_17": 2}), ("gaf", {TOTAL: 0}), ("gaf", {TOTAL: 101}),
        ("whodas12", {TOTAL: 49}), ("mhos", {TOTAL: 5}), ("mhos", {TOTAL: 31}),
        ("cgi_s", {TOTAL: 8}), ("distress", {TOTAL: 11}), ("sdq", {TOTAL: 41}),
        ("cssrs", {"q1": 2}), ("cssrs", {"q7": 1}), ("cssrs", {"q2": 0, "q4": 1}),
        ("cssrs", {"q3": 0}), ("cssrs", {"q6_lifetime": 0, "q6_3_months": 1}),
        ("cssrs", {TOTAL: 3}),
    )  # fmt: skip


@pytest.mark.parametrize(("code", "given"), list(wrong()))
def test_impossible_answers_are_refused(code: str, given: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"."):
        scales.score(code, given, age=30)


def test_cries_takes_0_1_3_and_5() -> None:
    given = {f"cries8_{n}": value for n, value in enumerate((0, 1, 3, 5, 0, 1, 3, 5), 1)}
    assert scales.score("cries8", given, age=12).total == 18


def test_versions_scored_otherwise_are_brought_together_or_kept_apart() -> None:
    assert scales.score("k6", {TOTAL: 19}, form="1_5").total == 13
    assert scales.score("mhos", {TOTAL: 65}, age=10, form="child").total == 65
    for code, total, form in (("k6", 5, "1_5"), ("mhos", 12, "child"), ("k6", 3, "other")):
        with pytest.raises(ValueError, match=r"."):
            scales.score(code, {TOTAL: total}, form=form)


def test_cgi_0_is_not_assessed_and_no_part_of_a_mean() -> None:
    result = scales.score("cgi_s", {TOTAL: 0})
    assert (result.state, result.total, result.band) == (State.NOT_ASKED, None, None)


# -- Alarms ----------------------------------------------------------------------------------
def test_thoughts_of_death_are_flagged_even_where_the_rest_is_missing() -> None:
    assert scales.score("phq9", {"phq9_9": 1}).critical == ("phq9_9",)
    assert scales.score("phq9", answers("phq9", 8) | {"phq9_9": 0}).critical == ()
    assert scales.score("srq20", {TOTAL: 3, "srq20_17": 1}).critical == ("srq20_17",)
    with override("en"):
        assert "ask about suicide risk" in scales.score("srq20", {TOTAL: 3, "srq20_17": 1}).message


def test_the_dsm_5_rule_asks_one_one_two_two() -> None:
    met = (1, 6, 8, 9, 15, 16)
    given: dict[str, int | None] = {f"pcl5_{n}": 2 if n in met else 1 for n in range(1, 21)}
    assert scales.score("pcl5", given, age=30).provisional is True
    for item in met:
        assert scales.score("pcl5", given | {f"pcl5_{item}": 1}, age=30).provisional is False
    assert scales.score("pcl5", given | {"pcl5_6": None}, age=30).provisional is None


def test_under_the_least_age_there_is_a_total_and_no_band() -> None:
    for code, age in (("phq9", 11), ("pcl5", 17), ("who5", 8), ("srq20", 17), ("cries8", 18)):
        result = scales.score(code, answers(code, 20), age=age)
        assert (result.total, result.band, result.positive) == (20, None, None)
        with override("en"):
            assert "not made for this age" in result.message
    assert scales.score("phq9", answers("phq9", 20), age=12).band is not None


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_the_language_changes_words_and_no_code(language: str) -> None:
    with override(language):
        scale = scales.of("phq9")
        result = scales.score(scale, answers("phq9", 12), age=30)
        assert scale.items == tuple(f"phq9_{n}" for n in range(1, 10))
        assert (result.total, result.band and result.band.code) == (12, "phq9_moderate")
        texts = {text.labels[language] for text in scale.texts.values()}
        assert len(texts) == 9


def test_working_translations_are_known_as_such() -> None:
    working = {code for code in WITH_ITEMS if scales.of(code).is_working}
    assert working == {"pcl5", "who5", "audit_c"}
    assert "WHO-5" in scales.of("who5").attribution


def test_only_scores_are_typed_where_the_licence_keeps_the_text_out() -> None:
    assert {code for code in (*SCORE_ONLY, *WITH_ITEMS) if scales.of(code).typed} == set(SCORE_ONLY)


# -- Suicide risk ----------------------------------------------------------------------------
NO = {"q1": 0, "q2": 0, "q6_lifetime": 0}


@pytest.mark.parametrize(
    ("given", "level"),
    [
        (NO, "none"),
        (NO | {"q1": 1}, "low"),
        (NO | {"q2": 1, "q3": 0, "q4": 0, "q5": 0}, "low"),
        (NO | {"q2": 1, "q3": 1, "q4": 0, "q5": 0}, "moderate"),
        (NO | {"q6_lifetime": 1, "q6_3_months": 0}, "moderate"),
        (NO | {"q2": 1, "q3": 0, "q4": 1, "q5": 0}, "high"),
        (NO | {"q2": 1, "q3": 0, "q4": 0, "q5": 1}, "high"),
        (NO | {"q6_lifetime": 1, "q6_3_months": 1}, "high"),
    ],
)
def test_the_level_of_risk_follows_the_rule(given: dict[str, int], level: str) -> None:
    result = scales.score("cssrs", given, age=30)
    assert result.state == State.COMPLETE
    assert result.band is not None
    assert result.band.key == f"mh_risk_levels:{level}"
    assert scales.risk_of({"cssrs": {"items": given}}, 30) == f"mh_risk_levels:{level}"
    # Under 12 the clinician judges.
    assert scales.score("cssrs", given, age=11).band is None
    assert scales.risk_of({"cssrs": {"items": given}}, 11) is None


def test_an_unfinished_screener_has_no_band_and_still_raises_the_alarm() -> None:
    given = {"q2": 1, "q4": 1}
    assert scales.score("cssrs", given, age=30).state == State.INCOMPLETE
    assert scales.score("cssrs", given, age=30).band is None
    assert scales.risk_of({"cssrs": {"items": given}}, 30) == "mh_risk_levels:high"
    assert scales.risk_of({"cssrs": {"items": {"q1": 0}}}, 30) is None
    assert scales.risk_of({}, 30) is None


def test_the_higher_level_holds() -> None:
    assert scales.higher("mh_risk_levels:low", "mh_risk_levels:high") == "mh_risk_levels:high"
    assert scales.higher("mh_risk_levels:high", "mh_risk_levels:none") == "mh_risk_levels:high"
    assert scales.higher("mh_risk_levels:not_assessed", None) == "mh_risk_levels:not_assessed"
    assert scales.higher(None, None) is None


# -- Change ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "before", "after", "expected"),
    [
        # code, baseline, last, (better, response, remission, reliable, meaningful)
        ("phq9", 20, 10, (True, True, False, None, True)),
        ("phq9", 20, 11, (True, False, False, None, True)),
        ("phq9", 9, 4, (True, True, True, None, True)),
        ("phq9", 9, 5, (True, False, False, None, False)),
        ("phq9", 4, 3, (True, False, False, None, False)),
        ("phq9", 5, 10, (False, False, False, None, True)),
        ("gad7", 15, 11, (True, None, None, None, True)),
        ("gad7", 15, 12, (True, None, None, None, False)),
        ("pcl5", 50, 35, (True, None, False, True, True)),
        ("pcl5", 50, 36, (True, None, False, False, True)),
        ("pcl5", 50, 41, (True, None, False, False, False)),
        ("pcl5", 43, 28, (True, None, True, True, True)),
        ("pcl5", 43, 29, (True, None, False, False, True)),
        ("who5", 10, 13, (True, None, None, None, True)),
        ("who5", 10, 12, (True, None, None, None, False)),
        ("functioning", 4, 6, (True, None, None, None, True)),
        ("distress", 6, 4, (True, None, None, None, True)),
        ("distress", 6, 5, (True, None, None, None, False)),
        ("cgi_s", 5, 4, (True, None, None, None, True)),
        ("gaf", 40, 50, (True, None, None, None, True)),
        ("k6", 20, 3, (True, None, None, None, None)),
    ],
)
def test_change_means_what_was_published(
    code: str, before: int, after: int, expected: tuple[bool | None, ...]
) -> None:
    found = scales.change(code, before, after)
    assert found is not None
    assert found.difference == after - before
    assert (
        found.better, found.response, found.remission, found.reliable, found.meaningful
    ) == expected  # fmt: skip
    with override("en"):
        assert ("better" if expected[0] else "worse") in found.meanings


def test_the_threshold_of_the_organisation_says_so() -> None:
    found = scales.change("pcl5", 50, 39)
    assert found is not None
    with override("en"):
        assert any("threshold of the organisation" in words for words in found.meanings)


def test_without_a_total_there_is_no_change() -> None:
    assert scales.change("phq9", scales.score("phq9", {}), 5) is None
    assert scales.change("phq9", 5, None) is None


# -- When ------------------------------------------------------------------------------------
TODAY = date(2025, 11, 20)


def test_a_scale_is_due_at_first_every_four_weeks_and_at_closure() -> None:
    first = scales.due("phq9", [], TODAY, age=30)
    assert first is not None
    assert (first.on, first.reason) == (TODAY, "first")
    again = scales.due("phq9", [TODAY - timedelta(29)], TODAY, age=30)
    assert again is not None
    assert (again.on, again.reason, again.late) == (TODAY - timedelta(1), "repeat", True)
    last = scales.due("phq9", [TODAY - timedelta(3)], TODAY, age=30, closing=True)
    assert last is not None
    assert (last.on, last.reason) == (TODAY, "closure")


def test_the_centre_asks_its_baseline_within_14_days() -> None:
    admitted = TODAY - timedelta(10)
    for group in scales.baseline(30):
        found = scales.due(group[0], [], TODAY, admitted, age=30)
        assert found is not None
        assert (found.on, found.reason) == (admitted + timedelta(14), "baseline")
    assert scales.due("k6", [], TODAY, admitted, age=30) is None
    # A score of long before admission is no baseline; one of the assessment is.
    long_ago = scales.due("phq9", [admitted - timedelta(60)], TODAY, admitted, age=30)
    assert long_ago is not None
    assert long_ago.reason == "baseline"
    assessed = scales.due("phq9", [admitted - timedelta(5)], TODAY, admitted, age=30)
    assert assessed is not None
    assert assessed.reason == "repeat"


def test_the_baseline_follows_age() -> None:
    assert scales.baseline(18) == [
        ("pcl5",), ("phq9",), ("gad7",), ("who5",), ("functioning",), ("pain",),
    ]  # fmt: skip
    assert scales.baseline(12) == [("cries8", "cats2"), ("sdq",), ("functioning",), ("pain",)]
    assert scales.baseline(7) == [("cats2",), ("sdq",), ("functioning",)]
    assert scales.baseline(3) == [("sdq",)]
    assert scales.due("pcl5", [], TODAY, TODAY, age=12) is None


def test_what_is_offered_follows_age_and_settings(settings) -> None:  # type: ignore[no-untyped-def]
    adults = {scale.code for scale in scales.offered(30)}
    assert {"phq9", "pcl5", "k6", "cssrs", "mhos"} <= adults
    assert not adults & {"phq2", "gad2", "cries8", "sdq", "gaf", "distress"}
    assert {scale.code for scale in scales.offered(8)} == {"cries8", "cats2", "sdq", "mhos"}
    settings.SCALES_OFF = []
    assert "gaf" in {scale.code for scale in scales.offered(30)}
