"""The definitions are whole: every field stands in a form, every list exists."""

import pytest
from django.utils import translation

from accounts.policy import Discipline
from accounts.privacy import PrivacyClass
from consultations.definitions import FORMS as DEFINITIONS
from consultations.definitions import HEADER, definition, form_of, privacy_of
from consultations.forms import FORMS
from terminology import lists
from tests.consultations.samples import child, make_context

pytestmark = pytest.mark.django_db
TABLES = {"sites", "programmes", "users", "vital_signs", "partners", "patients"}
# Opened from the page of the person (referral), or one row with another field (action and state
# of a need; header fields that are automatic).
ELSEWHERE = {"referral", "actions", "outcome"}
RENAMED = {(Discipline.CULTURAL_MEDIATION, "mode"): "mediation_mode"}


@pytest.mark.parametrize("discipline", FORMS)
def test_every_field_of_the_definitions_stands_in_the_form(discipline):
    # At the first visit all is asked but what needs a second one; under five, the circumference.
    shown = set()
    for changes in ({}, {"first_visit": False}, child(3), {"supportable": [("1", "MED")]}):
        form = FORMS[discipline](context=make_context(discipline, **changes))
        shown |= {*form.fields, *form.lines, *form.groups}

    wanted = {RENAMED.get((discipline, code), code) for code in form_of(discipline)}
    assert wanted - ELSEWHERE <= shown


def test_every_automatic_or_asked_field_of_the_header_is_known():
    form = FORMS["medical"](context=make_context())

    automatic = {code for code, field in DEFINITIONS[HEADER].items() if not field.required}
    assert set(DEFINITIONS[HEADER]) - automatic <= set(form.fields)


@pytest.mark.parametrize("discipline", FORMS)
def test_labels_and_lists_of_a_form_exist(discipline):
    for field in form_of(discipline).values():
        assert all(field.labels.values())
        for spec in filter(None, field.list.split(";")):
            if spec.partition("(")[0] not in TABLES:
                assert lists.all(spec)


def test_a_label_speaks_the_active_language():
    field = definition("medical", "advice_plan")

    with translation.override("fr"):
        assert field.label == "Plan et conseils"
    with translation.override("es"):
        assert field.label == "Plan e indicaciones"


def test_psychology_has_the_form_of_mental_health():
    assert form_of(Discipline.PSYCHOLOGY).code == "mental_health"


def test_a_field_of_no_form_is_of_the_header():
    assert definition("nursing", "visit_type").form == HEADER
    assert definition("cultural_mediation", "mode").form == "cultural_mediation"


def test_a_code_raises_the_class_of_its_field():
    assert privacy_of("medical", "diagnosis", ["morbidity:uri"]) == PrivacyClass.CLINICAL
    assert privacy_of("medical", "diagnosis", ["morbidity:hiv"]) == PrivacyClass.PROTECTED
    assert privacy_of("medical", "violence_link") == PrivacyClass.PROTECTED


def test_there_is_no_form_of_sexual_violence_care_yet():
    assert Discipline.SGBV not in FORMS
    assert set(FORMS) == set(Discipline) - {Discipline.SGBV}
