"""Visits and triage on their pages."""

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from accounts.rows import uuid7
from consultations.models import Visit, VitalSigns
from patients import services
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, VisitFactory
from tests.patients.factories import PatientFactory


@pytest.fixture
def client(as_user, doctor):
    return as_user(doctor)


@pytest.fixture
def visit(doctor, person, outing):
    return VisitFactory(by=doctor, outing=outing, patient=person)


def of(name, *args):
    return reverse(f"consultations:{name}", args=args)


def measured(**signs):
    return {"id": str(uuid7()), **signs}


def test_a_found_person_is_put_on_the_list_with_their_family(client, doctor, person, outing):
    child = PatientFactory(by=doctor, age=5)
    services.link_family(person, child, "family_relations:child", by=doctor)
    body = {"waits_for": ["medical", "psychology"], "with": [child.code]}
    response = client.post(of("receive", person.code), body)

    assert response.url == reverse("desk:person", args=[person.code])
    assert Visit.objects.filter(outing=outing, state="waiting").count() == 2
    assert Visit.objects.get(patient=child).waits_for == ["medical", "psychology"]


def test_who_is_no_relative_is_not_taken_along(client, doctor, person, outing):
    other = PatientFactory(by=doctor)
    client.post(of("receive", person.code), {"with": [other.code]})
    assert not Visit.objects.filter(patient=other).exists()


def test_a_person_out_of_scope_is_not_received(as_user, stranger, person):
    assert as_user(stranger).post(of("receive", person.code)).status_code == 404


def test_an_unknown_discipline_is_refused(client, person, outing):
    body = {"waits_for": ["alchemy"]}
    assert client.post(of("receive", person.code), body).status_code == 400


def test_without_an_outing_nobody_is_received(client, person):
    assert client.post(of("receive", person.code)).url == reverse("desk:today")
    assert not Visit.objects.exists()


def test_the_state_of_a_visit_moves_by_a_tap(client, visit):
    body = {"version": visit.version, "waits": "1", "waits_for": ["nursing"], "state": "in_care"}
    assert client.post(of("visit", visit.pk), body).status_code == 302
    visit.refresh_from_db()
    assert (visit.state, visit.waits_for) == ("in_care", ["nursing"])

    assert client.post(of("visit", visit.pk), body).status_code == 409
    assert client.post(of("visit", visit.pk), {**body, "state": "asleep"}).status_code == 400


def test_a_visit_of_another_programme_does_not_exist(as_user, stranger, visit):
    assert as_user(stranger).get(of("visit", visit.pk)).status_code == 404
    assert as_user(stranger).get(of("vitals", visit.pk)).status_code == 404


# -- Triage ----------------------------------------------------------------------------------
def test_usual_signs_are_saved_at_once(client, visit):
    response = client.post(of("vitals", visit.pk), measured(temperature="36,8", heart_rate="80"))
    assert response.status_code == 302
    assert float(VitalSigns.objects.get().temperature) == 36.8


def test_impossible_signs_are_refused(client, visit):
    response = client.post(of("vitals", visit.pk), measured(temperature="90"))
    assert response.status_code == 400
    assert not VitalSigns.objects.exists()


def test_the_diastolic_is_below_the_systolic(client, visit):
    body = measured(systolic_bp="80", diastolic_bp="120")
    assert client.post(of("vitals", visit.pk), body).status_code == 400


def test_critical_signs_are_confirmed_once(client, visit):
    body = measured(temperature="40.5")
    asked = client.post(of("vitals", visit.pk), body)
    assert asked.status_code == 200
    assert not VitalSigns.objects.exists()
    tokens = asked.context["form"].warning_tokens
    saved = client.post(of("vitals", visit.pk), {**body, "confirmed_warnings": tokens})
    assert saved.status_code == 302
    assert VitalSigns.objects.get().confirmed == ["temperature"]


def test_limits_follow_the_age(client, doctor, outing):
    """A pulse of 140 is usual at one year of age and critical at 34."""
    baby = VisitFactory(by=doctor, outing=outing, patient=PatientFactory(by=doctor, age=1))
    saved = client.post(of("vitals", baby.pk), measured(heart_rate="140"))
    assert saved.status_code == 302
    adult = VisitFactory(by=doctor, outing=outing, patient=PatientFactory(by=doctor))
    asked = client.post(of("vitals", adult.pk), measured(heart_rate="140"))
    assert asked.status_code == 200


def test_a_double_tap_is_one_measurement(client, visit):
    body = measured(heart_rate="80")
    client.post(of("vitals", visit.pk), body)
    client.post(of("vitals", visit.pk), body)
    assert VitalSigns.objects.count() == 1


def test_nothing_measured_is_said(client, visit):
    assert client.post(of("vitals", visit.pk), measured()).status_code == 400


def test_the_doctor_sees_triage_at_once(client, programme, as_user, visit, person):
    nurse = UserFactory(role="nurse", programme=programme)
    as_user(nurse).post(of("vitals", visit.pk), measured(temperature="37.2"))
    page = client.get(of("new", person.code, "medical"))
    assert page.context["form"].context.vitals.taken_by == nurse


@pytest.mark.parametrize("role", ["social_worker", "mediator", "coordinator"])
def test_who_does_not_read_clinical_data_sees_no_signs(as_user, programme, client, visit, role):
    client.post(of("vitals", visit.pk), measured(temperature="37.3"))
    colleague = as_user(UserFactory(role=role, programme=programme))
    page = colleague.get(of("visit", visit.pk)).content.decode()
    assert "37,3" not in page
    assert "37.3" not in page
    assert colleague.get(of("vitals", visit.pk)).status_code == 403


def test_one_event_for_the_page_of_a_visit(client, doctor, visit, outing):
    ConsultationFactory(by=doctor, patient=visit.patient, outing=outing)
    before = AccessEvent.objects.count()
    client.get(of("visit", visit.pk))
    assert AccessEvent.objects.count() == before + 1
