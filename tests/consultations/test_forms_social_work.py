"""Social work: one row for each need, open needs first; and the shorter forms."""

from datetime import date

import pytest

from accounts.rows import uuid7
from consultations.forms import FORMS
from consultations.models import Need
from tests.consultations.samples import PARTNER, SUPPORTED, filled, make_context, payload_of, post

pytestmark = pytest.mark.django_db


def problems(form):
    return {(name, error.code) for name, of in form.errors.as_data().items() for error in of}


def fields_warned(form):
    assert form.is_valid(), form.problems
    return [field for field, _message in form.warnings()]


def line_codes(form, name):
    form.is_valid()
    return [error.code for error in form.lines[name].non_form_errors().as_data()]


@pytest.fixture
def known():
    """A person with two open needs."""
    needs = [
        Need(id=uuid7(), need_id=f"social_needs:{code}", opened_on=date(2025, 10, 1))
        for code in ("shelter", "legal_aid")
    ]
    return make_context("social_work", first_visit=False, open_needs=needs)


def answers(**lines):
    """Rows as the browser posts them."""
    return {
        f"needs__{index}__{field}": value
        for index, row in lines.items()
        for field, value in row.items()
    }


def test_open_needs_stand_first_and_in_progress(known):
    rows = FORMS["social_work"](context=known).lines["needs"].forms

    assert [row["need"].value() for row in rows[:2]] == [
        "social_needs:shelter",
        "social_needs:legal_aid",
    ]
    assert rows[0]["outcome"].value() == "social_outcomes:open"
    assert rows[0].is_open_need
    assert not rows[2].is_open_need


def test_an_open_need_of_which_nothing_was_said_is_no_row_of_today(known):
    data = post("social_work", context=known)
    for key in [key for key in data if key.startswith("needs-")]:
        del data[key]
    rows = {
        "0": ("social_needs:shelter", "social_actions:accompaniment"),
        "1": ("social_needs:legal_aid", ""),
    }
    for index, (need, action) in rows.items():
        data[f"needs-{index}-need"] = need
        data[f"needs-{index}-action"] = action
        data[f"needs-{index}-outcome"] = "social_outcomes:open"
    form = FORMS["social_work"](data, context=known)

    assert form.is_valid(), form.problems
    assert [row["need"] for row in form.payload()["needs"]] == ["social_needs:shelter"]


def test_a_changed_state_says_what_was_done(known):
    form = filled(
        "social_work",
        context=known,
        **{
            "needs__0__action": "",
            "needs__0__partner": "",
            "needs__0__outcome": "social_outcomes:met",
        },
    )

    assert not form.is_valid()
    assert ("Action", "id_needs-0-action") in {
        (str(label), anchor) for label, _message, anchor in form.problems
    } or any(anchor == "id_needs-0-action" for _l, _m, anchor in form.problems)


def test_at_least_one_need_is_worked_on():
    form = filled(
        "social_work", **{f"needs__{i}__{f}": "" for i in (0, 1)
                          for f in ("need", "action", "outcome", "partner")}
    )  # fmt: skip

    assert line_codes(form, "needs") == ["required"]


def test_a_need_stands_on_one_row_only():
    form = filled("social_work", **{"needs__1__need": "social_needs:shelter"})

    assert line_codes(form, "needs") == ["twice"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("casa refugio uno", PARTNER), ("REFUGIO", PARTNER), (PARTNER, PARTNER), ("", None)],
    ids=["name", "part", "id", "nothing"],
)
def test_a_partner_is_known_by_its_name(typed, found):
    form = filled("social_work", **{"needs__0__partner": typed})

    assert form.is_valid(), form.problems
    assert form.payload()["needs"][0].get("partner") == found


def test_an_unknown_partner_is_refused_and_kept():
    form = filled("social_work", **{"needs__0__partner": "Nadie conocido"})

    assert not form.is_valid()
    assert form.lines["needs"].forms[0]["partner"].value() == "Nadie conocido"


def test_danger_is_asked_each_time_and_warns():
    context = make_context("social_work", first_visit=False, last=payload_of("social_work"))
    assert "safety" not in FORMS["social_work"](context=context).initial

    assert ("safety", "required") in problems(filled("social_work", safety=None))
    assert "safety" in fields_warned(filled("social_work", safety="danger_level:now"))


def test_where_the_person_sleeps_is_copied_to_confirm():
    context = make_context("social_work", first_visit=False, last=payload_of("social_work"))
    form = FORMS["social_work"](context=context)

    assert form.initial["accommodation"] == "accommodation_types:street"
    assert form.initial["documents"] == ["id_documents:passport"]


def test_a_legal_date_that_passed_is_doubted():
    assert "legal_next_date" in fields_warned(filled("social_work", legal_next_date="2025-11-01"))


# -- Mediation, promotion, rehabilitation --------------------------------------------------------
def test_a_mediation_takes_the_language_of_the_person():
    form = FORMS["cultural_mediation"](context=make_context("cultural_mediation"))

    assert form.initial["language"] == "languages:hat"
    assert "mediation" not in form.fields  # its own mode says it


def test_the_mode_of_a_mediation_is_the_mediation_of_the_contact():
    form = filled("cultural_mediation", mediation_mode="mediation_modes:phone")

    assert form.is_valid()
    assert form.payload()["mediation"] == "mediation_modes:phone"


def test_the_only_consultation_of_the_visit_is_the_one_supported():
    one = make_context("cultural_mediation", supportable=[(SUPPORTED, "MED 10:20")])
    two = make_context("cultural_mediation", supportable=[(SUPPORTED, "MED"), (str(uuid7()), "TS")])

    assert FORMS["cultural_mediation"](context=one).initial["supported"] == SUPPORTED
    assert "supported" not in FORMS["cultural_mediation"](context=two).initial


def test_support_asks_which_consultation():
    context = make_context("cultural_mediation", supportable=[(SUPPORTED, "MED")])
    support = {"activity": "mediation_modes:consultation_support"}

    form = filled("cultural_mediation", context=context, **support, supported=None)
    assert fields_warned(form) == ["activity"]
    form = filled("cultural_mediation", context=context, **support, supported=SUPPORTED)
    assert fields_warned(form) == []
    assert form.payload()["supported"] == SUPPORTED


def test_a_consultation_of_another_visit_is_refused():
    context = make_context("cultural_mediation", supportable=[(SUPPORTED, "MED")])
    form = filled("cultural_mediation", context=context, supported=str(uuid7()))

    assert ("supported", "invalid_choice") in problems(form)


@pytest.mark.parametrize(
    ("discipline", "length"), [("cultural_mediation", 500), ("health_promotion", 300)]
)
def test_a_note_without_clinical_content_is_short(discipline, length):
    assert filled(discipline, note="x" * length).is_valid()
    assert ("note", "max_length") in problems(filled(discipline, note="x" * (length + 1)))


@pytest.mark.parametrize(("minutes", "fine"), [("1", True), ("480", True), ("0", False),
                                               ("481", False), ("", True)])  # fmt: skip
def test_minutes_of_a_mediation(minutes, fine):
    assert filled("cultural_mediation", minutes=minutes).is_valid() is fine


def test_a_group_is_no_activity_of_one_person():
    form = filled("cultural_mediation", activity="mediation_modes:group")

    assert ("activity", "invalid_choice") in problems(form)


def test_up_to_three_areas_of_daily_life():
    codes = ("work", "selfcare", "sleep_rest", "leisure")
    offered = FORMS["occupational"](context=make_context("occupational")).fields["areas"].codes
    keys = [key for key, _label in offered.quick()][: len(codes)]

    assert ("areas", "too_many") in problems(filled("occupational", areas=keys))


def test_rehabilitation_asks_pain_and_function_anew():
    context = make_context("physiotherapy", first_visit=False, last=payload_of("physiotherapy"))
    form = FORMS["physiotherapy"](context=context)

    assert form.initial["region"] == ["body_regions:neck", "body_regions:lower_back"]
    assert form.last["pain"].text == "0"
    assert "pain" not in form.initial
