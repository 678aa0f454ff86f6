"""Psychology and psychiatry: risk and its action, working diagnosis, what is asked when."""

import pytest

from consultations.forms import FORMS
from tests.consultations.samples import filled, make_context, payload_of

pytestmark = pytest.mark.django_db


def problems(form):
    return {(name, error.code) for name, of in form.errors.as_data().items() for error in of}


def fields_warned(form):
    assert form.is_valid(), form.problems
    return [field for field, _message in form.warnings()]


@pytest.mark.parametrize("discipline", ["psychology", "psychiatry"])
def test_a_high_risk_is_signed_only_with_an_action(discipline):
    high = {"risk": "mh_risk_levels:high"}

    form = filled(discipline, **high, risk_action="  ")
    assert problems(form) == {("risk_action", "required")}
    assert filled(discipline, **high, risk_action="Se llamó a la familia").is_valid()
    assert filled(discipline, risk="mh_risk_levels:moderate", risk_action="").is_valid()


@pytest.mark.parametrize("discipline", ["psychology", "psychiatry"])
def test_no_diagnosis_yet_is_an_answer(discipline):
    assert ("diagnosis", "required") in problems(filled(discipline, diagnosis=[]))
    assert filled(discipline, diagnosis=["mh_diagnoses:no_diagnosis"]).is_valid()


def test_one_main_diagnosis_and_two_more():
    keys = [f"mh_diagnoses:{code}" for code in ("ptsd", "grief", "depression", "anxiety")]

    assert ("diagnosis", "too_many") in problems(filled("psychology", diagnosis=keys))
    assert filled("psychology", diagnosis=keys[:3]).is_valid()


@pytest.mark.parametrize("name", ["symptoms", "events"])
def test_up_to_three_in_the_order_chosen(name):
    keys = (
        payload_of("psychology")[name]
        + {
            "symptoms": ["mh_symptoms:worry", "mh_symptoms:fear"],
            "events": [
                "precipitating_events:vio_ipv",
                "precipitating_events:oth_living",
                "precipitating_events:loss_income",
            ],
        }[name]
    )

    assert (name, "too_many") in problems(filled("psychology", **{name: keys}))
    form = filled("psychology", **{name: keys[2::-1]})
    assert form.is_valid(), form.problems
    assert form.payload()[name] == keys[2::-1]


def test_events_not_asked_stands_alone():
    keys = ["precipitating_events:not_asked", "precipitating_events:vio_ipv"]

    assert ("events", "exclusive") in problems(filled("psychology", events=keys))
    assert filled("psychology", events=keys[:1]).is_valid()


@pytest.mark.parametrize(
    ("risk", "day", "warned"),
    [
        ("moderate", "2025-11-21", False),
        ("moderate", "2025-11-27", True),
        ("low", "2025-11-27", False),
        ("low", "2025-12-04", True),
        ("none", "2025-12-18", False),
    ],
)
def test_an_appointment_later_than_the_risk_allows_warns(risk, day, warned):
    form = filled("psychiatry", risk=f"mh_risk_levels:{risk}", follow_up="", follow_up_on=day)

    assert ("follow_up" in fields_warned(form)) is warned


def test_severity_is_asked_first_every_fourth_time_and_at_closure():
    def asked(**changes):
        context = make_context("psychology", **changes)
        return "cgi_s" in FORMS["psychology"](context=context).core

    assert asked()
    assert not asked(first_visit=False, sessions=1)
    assert asked(first_visit=False, sessions=3)
    closing = filled(
        "psychology", context=make_context("psychology", first_visit=False), visit_type="closure"
    )
    assert "cgi_s" in closing.core


def test_improvement_is_not_asked_at_the_first_visit():
    assert "cgi_i" not in FORMS["psychology"](context=make_context("psychology")).fields
    later = make_context("psychology", first_visit=False)
    assert "cgi_i" in FORMS["psychology"](context=later).optional


def test_a_closure_and_its_reason_go_together():
    closing = filled("psychology", visit_type="closure", closure=None)
    assert {"visit_type", "closure"} <= set(fields_warned(closing))
    assert "visit_type" in fields_warned(filled("psychology"))  # care ended at a first visit


def test_zero_is_an_answer_and_could_not_ask_another():
    form = filled("psychology", distress="0", functioning="could_not_ask")

    assert form.is_valid()
    assert form.payload()["distress"] == 0
    assert form.payload()["functioning"] == "could_not_ask"
    assert ("distress", "required") in problems(filled("psychology", distress=""))
    assert ("distress", "invalid_choice") in problems(filled("psychology", distress="11"))


def test_no_is_an_answer_and_nothing_is_none():
    form = filled("psychology", service_explained="no")

    assert form.is_valid()
    assert form.payload()["service_explained"] is False
    assert ("service_explained", "required") in problems(
        filled("psychology", service_explained=None)
    )


def test_at_most_three_goals():
    goals = {
        f"goals__{index}__{field}": value
        for index in range(4)
        for field, value in (
            ("text", f"Meta {index}"),
            ("status", "care_plan_goal_status:in_progress"),
        )
    }
    form = filled("psychology", **goals)

    assert not form.is_valid()
    assert [error.code for error in form.lines["goals"].non_form_errors().as_data()] == ["too_many"]


def test_the_working_diagnosis_goes_on():
    context = make_context("psychology", first_visit=False, last=payload_of("psychology"))
    form = FORMS["psychology"](context=context)

    assert form.initial["diagnosis"] == ["mh_diagnoses:depression", "mh_diagnoses:insomnia"]


def test_findings_are_taps_text_or_both():
    assert filled("psychiatry", mental_state=[]).is_valid()
    assert filled("psychiatry", mental_state_text="").is_valid()
    nothing = filled("psychiatry", mental_state=[], mental_state_text="")
    assert ("mental_state", "required") in problems(nothing)
    both = ["mental_state_findings:normal", "mental_state_findings:anxious"]
    assert ("mental_state", "exclusive") in problems(filled("psychiatry", mental_state=both))


def test_side_effects_are_asked_from_the_second_visit():
    first = FORMS["psychiatry"](context=make_context("psychiatry"))
    later = FORMS["psychiatry"](context=make_context("psychiatry", first_visit=False))

    assert not {"side_effects", "adherence"} & set(first.fields)
    assert {"side_effects", "adherence"} <= set(later.core)


def test_psychiatry_prescribes_psychotropics_and_goes_on_with_the_last():
    last = payload_of("psychiatry")
    form = FORMS["psychiatry"](context=make_context("psychiatry", first_visit=False, last=last))
    assert form.lines["medication"].forms[0]["medicine"].value() == "medicines:sertraline_50"

    other = filled("psychiatry", **{"medication__0__medicine": "medicines:paracetamol_500"})
    assert not other.is_valid()
