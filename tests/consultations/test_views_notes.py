"""A signed note on its page: as far as its reader may know, printed, added to."""

import gzip

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from accounts.rows import uuid7
from consultations.models import Addendum
from patients import services
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, DraftFactory
from tests.patients.factories import PatientFactory

SECRET = "Habló de lo que pasó en el camino"
KIDNAPPED = "ecuestro"
PLAN = "Respirar despacio cada noche"


@pytest.fixture
def session(psychologist, person, outing):
    return ConsultationFactory(
        by=psychologist,
        patient=person,
        outing=outing,
        session_note=SECRET,
        plan=PLAN,
        risk="mh_risk_levels:moderate",
        events=["precipitating_events:vio_kidnap"],
    )


def of(name, *args):
    return reverse(f"consultations:{name}", args=args)


@pytest.fixture
def read(as_user, programme):
    """The page as a role reads it."""

    def page(role_or_user, note):
        user = role_or_user
        if isinstance(role_or_user, str):
            user = UserFactory(role=role_or_user, programme=programme)
        response = as_user(user).get(of("note", note.pk))
        assert response.status_code == 200
        return response.content.decode()

    return page


def test_the_author_reads_everything(read, psychologist, session):
    page = read(psychologist, session)
    assert SECRET in page
    assert PLAN in page
    assert KIDNAPPED in page


@pytest.mark.parametrize("role", ["doctor", "nurse", "psychologist", "psychiatrist"])
def test_clinicians_who_do_not_treat_read_no_session_note(read, role, session):
    page = read(role, session)
    assert PLAN in page
    assert SECRET not in page
    assert KIDNAPPED not in page
    assert "lock" in page


@pytest.mark.parametrize("role", ["coordinator", "social_worker"])
def test_the_shared_summary_is_diagnosis_risk_and_plan(read, role, session):
    page = read(role, session)
    assert "Reacción de estrés agudo" in page
    assert "Moderado" in page
    assert PLAN in page
    for hidden in (SECRET, "Primeros auxilios psicológicos", KIDNAPPED):
        assert hidden not in page


@pytest.mark.parametrize("role", ["mediator", "promoter"])
def test_who_may_know_nothing_reads_a_header_only(read, role, session):
    page = read(role, session)
    for hidden in (SECRET, PLAN, "Reacción de estrés agudo", "Moderado"):
        assert hidden not in page


def test_what_is_hidden_is_not_in_the_event_either(as_user, programme, session):
    nurse = UserFactory(role="nurse", programme=programme)
    as_user(nurse).get(of("note", session.pk))
    event = AccessEvent.objects.order_by("-pk").first()
    assert (event.action, event.privacy_class) == ("consultation.opened", "clinical")


def test_the_author_opens_it_as_protected(as_user, psychologist, session):
    as_user(psychologist).get(of("note", session.pk))
    event = AccessEvent.objects.order_by("-pk").first()
    assert event.privacy_class == "protected"


def test_a_protected_diagnosis_is_hidden_and_the_others_shown(read, doctor, person, outing):
    line = {"certainty": "confirmed", "novelty": "new"}
    note = ConsultationFactory(
        by=doctor,
        patient=person,
        outing=outing,
        diagnosis=[{"concept": "morbidity:uri", **line}, {"concept": "morbidity:hiv", **line}],
        tests=[{"test": "rapid_tests:hiv", "result": "test_results:positive"}],
    )
    assert "Infección por VIH" in read(doctor, note)
    for role in ("nurse", "psychologist", "coordinator"):
        page = read(role, note)
        assert "Infección respiratoria alta" in page
        assert "VIH" not in page


def test_a_note_of_another_programme_does_not_exist(as_user, stranger, session):
    assert as_user(stranger).get(of("note", session.pk)).status_code == 404
    assert as_user(stranger).get(of("print_note", session.pk)).status_code == 404


@pytest.mark.parametrize("role", ["manager", "dpo", "administrator"])
def test_who_reads_no_records_is_forbidden(as_user, role, session):
    assert as_user(UserFactory(role=role)).get(of("note", session.pk)).status_code == 403


def test_a_blocked_person_has_no_notes(as_user, doctor, person, outing):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    services.block(person, by=UserFactory(role="dpo"))
    assert as_user(doctor).get(of("note", note.pk)).status_code == 404


def test_notes_of_a_merged_record_open_under_the_survivor(
    as_user, doctor, coordinator, person, outing
):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing, advice_plan="Suero")
    survivor = PatientFactory(by=doctor)
    services.merge(survivor, person, by=coordinator)
    page = as_user(doctor).get(of("note", note.pk)).content.decode()
    assert "Suero" in page
    assert reverse("desk:person", args=[survivor.code]) in page


def test_a_mediation_and_what_it_supported_lead_to_each_other(
    read, mediator, doctor, person, outing
):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    mediation = ConsultationFactory(
        by=mediator,
        patient=person,
        outing=outing,
        activity="mediation_modes:consultation_support",
        supported=str(note.pk),
    )
    assert of("note", mediation.pk) in read(doctor, note)
    assert of("note", note.pk) in read(mediator, mediation)


def test_the_print_has_date_hour_name_and_licence(as_user, doctor, person, outing):
    type(doctor).objects.filter(pk=doctor.pk).update(licence="CED-123")
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    page = as_user(doctor).get(of("print_note", note.pk)).content.decode()
    assert doctor.name in page
    assert "CED-123" in page
    assert AccessEvent.objects.order_by("-pk").first().action == "consultation.printed"


@pytest.mark.parametrize("role", ["doctor", "psychologist", "social_worker"])
def test_the_page_takes_few_statements(role, programme, as_user, person, outing, statements):
    user = UserFactory(role=role, programme=programme)
    note = ConsultationFactory(by=user, patient=person, outing=outing)
    assert statements(as_user(user), of("note", note.pk)) <= 12


def test_the_page_is_light(as_user, psychologist, session):
    page = as_user(psychologist).get(of("note", session.pk)).content
    assert len(gzip.compress(page, 6)) <= 14 * 1024


# -- Addenda ---------------------------------------------------------------------------------
def addendum(**changes):
    return {
        "id": str(uuid7()),
        "reason": "Error al escribir",
        "text": "Se corrige la fecha",
        "readers": "clinical",
        **changes,
    }


def test_an_addendum_stands_below_the_note(as_user, read, doctor, person, outing):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    response = as_user(doctor).post(of("add", note.pk), addendum())
    assert response.url == of("note", note.pk)
    page = read("nurse", note)
    assert "Se corrige la fecha" in page
    assert doctor.name in page


def test_an_addendum_needs_text_and_reason(as_user, doctor, person, outing):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    for missing in ("reason", "text", "readers"):
        response = as_user(doctor).post(of("add", note.pk), addendum(**{missing: ""}))
        assert response.status_code == 400
    assert not Addendum.objects.exists()


def test_a_protected_addendum_is_for_the_treating_team(as_user, read, psychologist, session):
    as_user(psychologist).post(of("add", session.pk), addendum(readers="protected"))
    assert "Se corrige la fecha" in read(psychologist, session)
    for role in ("doctor", "psychologist", "coordinator"):
        assert "Se corrige la fecha" not in read(role, session)


def test_another_discipline_may_not_add(as_user, doctor, session):
    response = as_user(doctor).post(of("add", session.pk), addendum())
    assert response.status_code == 403


def test_the_coordinator_adds_nothing(as_user, coordinator, session):
    assert as_user(coordinator).post(of("add", session.pk), addendum()).status_code == 403


# -- Drafts of who left ----------------------------------------------------------------------
def test_only_a_coordinator_closes_a_draft(as_user, doctor, psychologist, person, outing):
    draft = DraftFactory(by=psychologist, patient=person, outing=outing)
    assert as_user(doctor).post(of("close_draft", draft.pk)).status_code == 403
    elsewhere = UserFactory(role="coordinator")
    assert as_user(elsewhere).post(of("close_draft", draft.pk)).status_code == 404


def test_the_drafts_of_who_works_here_stay_open(as_user, coordinator, doctor, person, outing):
    draft = DraftFactory(by=doctor, patient=person, outing=outing)
    assert as_user(coordinator).post(of("close_draft", draft.pk)).status_code == 302
    draft.refresh_from_db()
    assert draft.ended_at is None
