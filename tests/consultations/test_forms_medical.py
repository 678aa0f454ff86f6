"""Primary health care: medical, nursing, sexual and reproductive health, triage."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import translation

from consultations.forms import FORMS, VitalsForm
from consultations.models import VitalSigns
from tests.consultations.samples import child, filled, make_context, payload_of, post

pytestmark = pytest.mark.django_db


def problems(form):
    return {(name, error.code) for name, of in form.errors.as_data().items() for error in of}


def fields_warned(form):
    assert form.is_valid(), form.problems
    return [field for field, _message in form.warnings()]


@pytest.mark.parametrize("discipline", ["medical", "srh"])
def test_a_medical_note_needs_a_diagnosis(discipline):
    assert ("diagnosis", "required") in problems(filled(discipline, diagnosis=None))


def test_nursing_needs_a_procedure_and_no_diagnosis():
    assert "diagnosis" not in FORMS["nursing"](context=make_context("nursing")).fields
    assert ("procedures", "required") in problems(filled("nursing", procedures=None))


def test_a_reason_is_a_tap_or_a_few_words():
    assert filled("medical", reason=None).is_valid()
    assert filled("medical", reason_text=None).is_valid()
    nothing = filled("medical", reason=None, reason_text="   ")
    assert ("reason", "required") in problems(nothing)


def test_at_most_five_diagnoses_in_the_order_chosen():
    codes = ["uri", "fever", "headache", "uti", "asthma", "dental"]
    keys = [f"morbidity:{code}" for code in codes]

    assert ("diagnosis", "too_many") in problems(filled("medical", diagnosis=keys))
    form = filled("medical", diagnosis=keys[4::-1], diagnosis_suspected=["1"])
    assert form.is_valid(), form.problems
    lines = form.payload()["diagnosis"]
    assert [line["concept"] for line in lines] == keys[4::-1]
    assert [line["certainty"] for line in lines].index("suspected") == 1


def test_a_suspicion_names_a_diagnosis_that_is_there():
    form = filled("medical", diagnosis=["morbidity:uri"], diagnosis_suspected=["2"])

    assert ("diagnosis_suspected", "invalid") in problems(form)


def test_a_diagnosis_is_found_by_what_was_typed():
    form = filled("medical", diagnosis=[], diagnosis_other="hipertension")
    form_unclear = filled("medical", diagnosis=[], diagnosis_other="dolor")

    assert form.is_valid(), form.problems
    assert form.payload()["diagnosis"][0]["concept"] == "morbidity:hypertension"
    assert ("diagnosis", "which") in problems(form_unclear)


@pytest.mark.parametrize(("years", "asked"), [(9, False), (10, True), (55, True), (56, False)])
def test_pregnancy_is_asked_from_ten_to_fifty_five_whatever_the_sex(years, asked):
    context = make_context(age_years=years, age_months=12 * years)
    context.patient.sex = "male"

    assert ("pregnancy" in FORMS["medical"](context=context).fields) is asked


def test_circumference_and_oedema_are_asked_of_small_children():
    small = FORMS["medical"](context=make_context(**child(3)))
    adult = FORMS["medical"](context=make_context())

    assert {"muac", "oedema"} <= set(small.fields)
    assert "oedema" not in adult.fields
    assert "muac" in adult.fields  # pregnant or breastfeeding


def test_impossible_vital_signs_block_and_unusual_ones_warn():
    assert ("temperature", "impossible") in problems(filled("medical", temperature="52"))
    assert ("diastolic_bp", "impossible") in problems(filled("medical", diastolic_bp="118"))
    assert "spo2" in fields_warned(filled("medical", spo2="93"))
    high = make_context(site_altitude=2240)
    assert "spo2" not in fields_warned(filled("medical", context=high, spo2="93"))


def test_pregnancy_said_now_changes_the_limits():
    form = filled("medical", systolic_bp="165", pregnancy="pregnancy_status:postpartum")

    assert form.is_valid()
    assert any("critical" in message or "crític" in message for _f, message in form.warnings())


def test_a_decimal_comma_is_a_point():
    form = filled("medical", temperature="37,4", weight="64,5")

    assert form.is_valid(), form.problems
    assert form.payload()["vitals"]["temperature"] == "37.4"


def test_a_child_is_weighed_before_medicines():
    context = make_context(**child(6), consent_defaults={})
    giver = "consent_givers:mother_father"
    answers = {"consent_giver": giver, "weight": "", "height": "", "pregnancy_weeks": ""}

    assert "weight" in fields_warned(filled("medical", context=context, **answers))
    answers["weight"] = "20"
    assert "weight" not in fields_warned(filled("medical", context=context, **answers))


def test_the_weight_of_triage_counts():
    today = VitalSigns(weight=Decimal(20))
    context = make_context(**child(6), vitals=today)
    form = filled(
        "medical", context=context, consent_giver="consent_givers:mother_father", weight=""
    )

    assert "weight" not in fields_warned(form)


def test_weight_is_compared_with_the_last_one():
    context = make_context(last_vitals=VitalSigns(weight=Decimal(50)))

    assert "weight" in fields_warned(filled("medical", context=context, weight="64.5"))


def test_todays_signs_stand_beside_and_are_not_copied():
    context = make_context(vitals=VitalSigns(temperature=Decimal("38.4"), weight=Decimal(60)))
    with translation.override("en"):
        form = FORMS["medical"](context=context)
        words = form.today_in_words

    assert form.last["temperature"].text == "38.4 °C"
    assert "temperature" not in form.initial
    assert "38.4 °C" in words


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"last_period": "2025-11-21"}, ("last_period", "future")),
        ({"last_period": "2025-02-29"}, ("last_period", "invalid")),
        ({"pregnancy_weeks": "43"}, ("pregnancy_weeks", "max_value")),
        ({"pregnancy_weeks": "-1"}, ("pregnancy_weeks", "min_value")),
    ],
)
def test_impossible_weeks_and_days_are_refused(answers, error):
    assert error in problems(filled("medical", **answers))


def test_a_period_of_long_ago_is_doubted():
    assert "last_period" in fields_warned(filled("medical", last_period="1899-01-01"))


def test_violence_is_only_recorded():
    form = filled("medical", violence_link="yes_no_not_asked:yes")

    assert form.is_valid()
    assert form.payload()["violence_link"] == "yes_no_not_asked:yes"
    assert FORMS["medical"](context=make_context()).initial["violence_link"].endswith("not_asked")


def test_a_concern_calls_for_mental_health():
    assert "risk" in fields_warned(filled("medical", risk="risk_screening:concern"))


# -- Lines ----------------------------------------------------------------------------------------
def test_blank_lines_are_left_out():
    data = post("medical")
    data["treatment-2-route"] = "im"
    data["treatment-2-frequency"] = ""
    data["treatment-TOTAL_FORMS"] = "5"
    form = FORMS["medical"](data, context=make_context())

    assert form.is_valid(), form.problems
    assert form.payload()["treatment"] == payload_of("medical")["treatment"]


def test_a_half_filled_line_says_what_it_lacks():
    form = filled("medical", **{"treatment__1__dose": "", "treatment__1__frequency": ""})

    assert not form.is_valid()
    anchors = [anchor for _label, _message, anchor in form.problems]
    assert anchors == ["id_treatment-1-dose", "id_treatment-1-frequency"]


def test_a_line_is_removed_whatever_it_holds():
    form = filled("medical", **{"treatment__1__DELETE": "on", "treatment__1__dose": ""})

    assert form.is_valid(), form.problems
    assert len(form.payload()["treatment"]) == 1


def test_a_medicine_is_found_by_what_was_typed():
    form = filled(
        "medical",
        **{"treatment__0__medicine": "", "treatment__0__medicine_other": "loratadina"},
    )

    assert form.is_valid(), form.problems
    assert form.payload()["treatment"][0]["medicine"].startswith("medicines:loratadine")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("treatment__0__days", "366", "max_value"),
        ("treatment__0__days", "0", "min_value"),
        ("treatment__0__dose", "x" * 31, "max_length"),
        ("items__0__quantity", "21", "max_value"),
        ("items__0__quantity", "0", "min_value"),
        ("items__0__quantity", "", "required"),
        ("treatment__0__note", "a\0b", "null_characters_not_allowed"),
    ],
)
def test_a_line_refuses_what_cannot_be(name, value, code):
    form = filled("medical", **{name: value})
    prefix, index, field = name.split("__")

    assert not form.is_valid()
    errors = form.lines[prefix].forms[int(index)].errors.as_data()
    assert [error.code for error in errors[field]] == [code]


def test_rows_are_read_without_the_count_of_the_browser():
    data = post("medical")
    del data["treatment-TOTAL_FORMS"]
    form = FORMS["medical"](data, context=make_context())

    assert form.is_valid(), form.problems
    assert len(form.payload()["treatment"]) == 2


def test_an_endless_list_is_refused_and_not_built():
    data = post("medical")
    data["items-TOTAL_FORMS"] = "9999999"
    data["items-999-item"] = "items_distributed:mask"
    form = FORMS["medical"](data, context=make_context())

    form.is_valid()
    assert form.lines["items"].total_form_count() <= 40


def test_more_than_twenty_lines_are_too_many():
    data = post("medical")
    for index in range(21):
        data[f"items-{index}-item"] = "items_distributed:mask"
        data[f"items-{index}-quantity"] = "1"
    form = FORMS["medical"](data, context=make_context())

    assert not form.is_valid()
    assert [error.code for error in form.lines["items"].non_form_errors().as_data()] == ["too_many"]


# -- Nursing and reproductive health --------------------------------------------------------------
def test_what_is_administered_names_who_prescribed_it():
    assert fields_warned(filled("nursing", prescribed_by="")) == ["prescribed_by"]


def test_pregnancy_is_required_in_reproductive_health():
    assert ("pregnancy", "required") in problems(filled("srh", pregnancy=None))


def test_reproductive_health_taps_its_own_reasons_and_takes_any():
    form = FORMS["srh"](context=make_context("srh"))
    shown = str(form["reason"])

    assert "morbidity:anc" in shown
    assert "morbidity:uri" not in shown
    assert filled("srh", reason="morbidity:uri").is_valid()


# -- Triage -------------------------------------------------------------------------------------
def triage(context=None, **answers):
    data = QueryDict(mutable=True)
    data.update(answers)
    return VitalsForm(data, context=context or make_context("nursing"))


def test_triage_takes_at_least_one_sign():
    form = triage(temperature=" ")
    assert not form.is_valid()
    assert form.non_field_errors()

    form = triage(temperature="36.5", pain="4")
    assert form.is_valid()
    assert form.payload() == {"temperature": "36.5", "pain": "4"}


def test_triage_confirms_what_is_unusual():
    form = triage(temperature="39.9")
    assert form.is_valid()
    assert not form.is_confirmed

    again = triage(temperature="39.9", confirmed_warnings=form.warning_tokens)
    assert again.is_valid()
    assert again.is_confirmed
    assert again.payload()["confirmed"] == ["temperature"]


def test_triage_refuses_what_cannot_be():
    assert ("temperature", "impossible") in problems(triage(temperature="20"))


def test_triage_measures_the_arm_where_it_tells_something():
    assert "muac" in triage(make_context("nursing", **child(2))).fields
    assert "muac" not in triage().fields
    pregnant = make_context("nursing", pregnancy="pregnancy_status:pregnant")
    assert "muac" in triage(pregnant).fields
