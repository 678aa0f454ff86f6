"""Visits: received, waiting, in care, seen; measured at triage."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.rows import EditConflict, uuid7
from consultations.models import Consultation, Visit, VitalSigns
from consultations.services import visits
from patients.models import Access
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, VisitFactory
from tests.patients.factories import PatientFactory


def test_receiving_puts_on_the_list_once(doctor, psychologist, person, outing):
    first = visits.receive(person, outing=outing, by=doctor, waits_for=["medical"])
    second = visits.receive(person, outing=outing, by=psychologist, waits_for=["psychology"])
    assert first.pk == second.pk
    assert second.waits_for == ["medical", "psychology"]
    assert Visit.objects.count() == 1


def test_receiving_lets_the_programme_know_of_the_person(doctor, outing, programme):
    person = PatientFactory(by=doctor)
    visits.receive(person, outing=outing, by=doctor)
    bases = Access.objects.filter(patient=person, programme=programme).values_list(
        "basis", flat=True
    )
    assert set(bases) == {"registered", "consulted"}


def test_nobody_receives_in_an_outing_of_another_programme(stranger, person, outing):
    with pytest.raises(PermissionDenied):
        visits.receive(person, outing=outing, by=stranger)


def test_who_comes_back_waits_again(doctor, person, outing):
    ConsultationFactory(by=doctor, patient=person, outing=outing)
    visit = visits.receive(person, outing=outing, by=doctor, waits_for=["social_work"])
    assert (visit.state, visit.waits_for) == (Visit.State.WAITING, ["social_work"])


def test_a_family_is_received_together(doctor, outing):
    family = [PatientFactory(by=doctor) for _n in range(3)]
    visits.receive_together(family, outing=outing, by=doctor, waits_for=["medical"])
    assert Visit.objects.filter(outing=outing, state="waiting").count() == 3


def test_seen_waits_for_nobody(doctor, person, outing):
    visit = VisitFactory(by=doctor, patient=person, outing=outing, waits_for=("medical",))
    visits.move(visit, by=doctor, expected=visit.version, to=Visit.State.SEEN)
    visit.refresh_from_db()
    assert (visit.state, visit.waits_for) == (Visit.State.SEEN, [])


def test_two_who_move_a_visit_at_once(doctor, psychologist, person, outing):
    visit = VisitFactory(by=doctor, patient=person, outing=outing)
    mine, theirs = Visit.objects.get(pk=visit.pk), Visit.objects.get(pk=visit.pk)
    visits.move(theirs, by=psychologist, expected=theirs.version, to="left")
    with pytest.raises(EditConflict):
        visits.move(mine, by=doctor, expected=mine.version, to="seen")
    visit.refresh_from_db()
    assert visit.state == Visit.State.LEFT


def test_triage_is_born_signed_once_and_is_no_consultation(doctor, person, outing):
    visit = VisitFactory(by=doctor, patient=person, outing=outing)
    vitals_id = uuid7()
    payload = {"temperature": "38.5", "heart_rate": "92", "confirmed": ["temperature"]}
    first = visits.measure(visit, by=doctor, id=vitals_id, payload=payload)
    again = visits.measure(visit, by=doctor, id=vitals_id, payload=payload)

    assert first.pk == again.pk
    row = VitalSigns.objects.get()
    assert (float(row.temperature), row.heart_rate, row.confirmed) == (38.5, 92, ["temperature"])
    assert not Consultation.objects.exists()
    visit.refresh_from_db()
    assert visit.state == Visit.State.WAITING


def test_the_id_of_anothers_measurement_does_not_exist(doctor, person, outing, programme):
    visit = VisitFactory(by=doctor, patient=person, outing=outing)
    row = visits.measure(visit, by=doctor, id=uuid7(), payload={"heart_rate": "80"})
    nurse = UserFactory(role="nurse", programme=programme)
    with pytest.raises(VitalSigns.DoesNotExist):
        visits.measure(visit, by=nurse, id=row.pk, payload={"heart_rate": "80"})


def test_who_does_not_take_vitals_may_not(social_worker, doctor, person, outing):
    visit = VisitFactory(by=doctor, patient=person, outing=outing)
    with pytest.raises(PermissionDenied):
        visits.measure(visit, by=social_worker, id=uuid7(), payload={"heart_rate": "80"})
