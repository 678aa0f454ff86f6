from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.fields import (
    AgeOrDateField,
    CodeField,
    CodesField,
    DatePartsField,
    DayField,
    NumberField,
    ScaleField,
    SeveralField,
    WholeField,
    YesNoField,
    one_more,
)
from accounts.widgets import AgeOrDate
from tests.frontend.sample import Countries

pytestmark = pytest.mark.urls("tests.frontend.pages")


def clean(field, sent):
    form = type("One", (forms.Form,), {"answer": field})(QueryDict(sent))
    return form.cleaned_data["answer"] if form.is_valid() else form.errors.as_data()["answer"][0]


def code_of(error):
    return error.code


@pytest.mark.parametrize(("sent", "value"), [("yes", True), ("no", False)])
def test_a_yes_or_no_is_a_truth(sent, value):
    assert clean(YesNoField(), f"answer={sent}") is value


def test_a_required_yes_or_no_must_be_answered():
    assert code_of(clean(YesNoField(), "")) == "required"


def test_an_optional_yes_or_no_may_stay_open():
    assert clean(YesNoField(required=False), "") is None


@pytest.mark.parametrize(("sent", "value"), [("0", 0), ("10", 10)])
def test_a_scale_gives_its_number(sent, value):
    assert clean(ScaleField(), f"answer={sent}") == value


@pytest.mark.parametrize("sent", ["11", "-1", "5.5", "could_not_ask"])
def test_a_scale_takes_nothing_beside_its_numbers(sent):
    assert code_of(clean(ScaleField(), f"answer={sent}")) == "invalid_choice"


def test_not_asking_is_an_answer_where_the_scale_offers_it():
    assert clean(ScaleField(could_not_ask=True), "answer=could_not_ask") == "could_not_ask"


@pytest.mark.parametrize("sent", ["36,5", "36.5", " 36,5 "])
def test_a_number_takes_comma_and_point(sent):
    assert clean(NumberField(), {"answer": sent} and f"answer={sent}") == Decimal("36.5")


def test_a_whole_number_keeps_to_its_limits():
    assert code_of(clean(WholeField(max_value=20), "answer=21")) == "max_value"
    assert clean(WholeField(max_value=2000), "answer=1 200") == 1200


def test_what_stands_alone_is_refused_in_company():
    field = SeveralField(choices=[("a", "A"), ("n", "Not asked")], exclusive=["n"])
    assert code_of(clean(field, "answer=a&answer=n")) == "exclusive"
    assert clean(field, "answer=n") == ["n"]


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("answer_0=34&answer_1=years", AgeOrDate(age=34)),
        ("answer_0=34&answer_1=years&answer_2=on", AgeOrDate(age=34, about=True)),
        ("answer_0=7&answer_1=months", AgeOrDate(age=7, unit="months")),
        ("answer_1=years&answer_5=1991", AgeOrDate(year=1991)),
        (
            "answer_1=years&answer_3=29&answer_4=2&answer_5=2000",
            AgeOrDate(day=29, month=2, year=2000),
        ),
    ],
)
def test_an_age_or_any_part_of_a_date_is_enough(sent, value):
    assert clean(AgeOrDateField(), sent) == value


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("answer_1=years", "required"),
        ("answer_0=111&answer_1=years", "range"),
        ("answer_0=-1&answer_1=years", "range"),
        ("answer_3=29&answer_4=2&answer_5=2001", "impossible"),
        ("answer_4=2", "no_year"),
        ("answer_3=2&answer_5=2001", "no_month"),
        ("answer_5=2999", "future"),
        ("answer_5=1899", "range"),
        ("answer_5=0", "impossible"),
        ("answer_0=34&answer_1=years&answer_5=1950", "differ"),
        ("answer_0=abc", "invalid"),
    ],
)
def test_an_impossible_age_is_named(sent, code):
    assert code_of(clean(AgeOrDateField(), sent)) == code


def test_a_person_may_have_no_age():
    assert clean(AgeOrDateField(required=False), "answer_1=years") is None


@pytest.mark.parametrize(
    ("answer", "birth"),
    [
        (AgeOrDate(age=34), (1991, None, None, "year")),
        (AgeOrDate(age=34, about=True), (1991, None, None, "estimated")),
        (AgeOrDate(age=7, unit="months"), (2025, 4, None, "month")),
        (AgeOrDate(day=3, month=5, year=1990), (1990, 5, 3, "day")),
        (AgeOrDate(month=5, year=1990), (1990, 5, None, "month")),
        (AgeOrDate(year=1990), (1990, None, None, "year")),
    ],
)
def test_a_birth_is_as_precise_as_what_was_said(answer, birth):
    assert answer.birth(on=date(2025, 11, 20)) == birth


def test_a_date_in_parts_must_exist():
    assert clean(DatePartsField(), "answer_0=3&answer_1=11&answer_2=2025") == date(2025, 11, 3)
    assert code_of(clean(DatePartsField(), "answer_0=31&answer_1=2&answer_2=2025")) == "impossible"
    assert code_of(clean(DatePartsField(required=False), "answer_0=31")) == "incomplete"


def test_codes_keep_the_order_chosen():
    assert clean(CodesField(Countries()), "answer=HTI&answer=VEN") == ["HTI", "VEN"]


def test_a_typed_name_is_looked_up_without_javascript():
    assert clean(CodesField(Countries()), "answer=HTI&answer_other=seneg") == ["HTI", "SEN"]


def test_a_typed_name_replaces_the_one_choice():
    assert clean(CodeField(Countries()), "answer=HTI&answer_other=SEN") == "SEN"


def test_the_name_that_reads_the_same_is_meant_though_others_contain_it():
    assert clean(CodeField(Countries()), "answer_other=guinea") == "GIN"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("answer_other=Atlantis", "none_found"),
        ("answer_other=guin", "which"),
        ("answer=XXX", "unknown"),
        ("", "required"),
    ],
)
def test_what_the_list_does_not_hold_is_named(sent, code):
    assert code_of(clean(CodeField(Countries()), sent)) == code


def test_no_more_codes_than_allowed():
    field = CodesField(Countries(), max_choices=1)
    assert code_of(clean(field, "answer=HTI&answer=VEN")) == "too_many"


def test_adding_a_line_keeps_what_was_typed():
    longer = one_more(QueryDict("m-TOTAL_FORMS=2&m-0-name=a"), "m")
    assert (longer["m-TOTAL_FORMS"], longer["m-0-name"]) == ("3", "a")


@pytest.mark.parametrize("total", ["", "x", "-1"])
def test_a_broken_count_of_lines_starts_at_one(total):
    assert one_more(QueryDict(f"m-TOTAL_FORMS={total}"), "m")["m-TOTAL_FORMS"] == "1"


ODD = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["", "\0", "\u202e1", "e\u0301", "😀", "=1+1", "<script>", "9" * 5000, "1e999", "nan"]
    ),
)
FIELDS = [
    AgeOrDateField,
    DatePartsField,
    DayField,
    NumberField,
    ScaleField,
    WholeField,
    YesNoField,
    lambda: CodeField(Countries()),
    lambda: CodesField(Countries()),
]


@pytest.mark.parametrize("make", FIELDS)
@settings(max_examples=15, deadline=None)
@given(texts=st.lists(ODD, min_size=6, max_size=6))
def test_whatever_is_typed_is_cleaned_or_refused_and_shown_again(make, texts):
    sent = QueryDict(mutable=True)
    names = ("answer", "answer_other", *(f"answer_{i}" for i in range(6)))
    for name, text in zip(names, [*texts, *texts], strict=False):
        sent[name] = text
    form = type("One", (forms.Form,), {"answer": make()})(sent)
    assert form.is_valid() or form.errors["answer"]
    assert str(form["answer"].as_field_group())
