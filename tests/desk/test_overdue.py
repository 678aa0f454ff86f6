"""What nobody should be forgotten for."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consultations.models import Appointment
from patients.models import Patient, ProtectionTask
from patients.services import close_protection_task
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, DraftFactory, OutingFactory
from tests.patients.factories import PatientFactory

URL = "/overdue/"


@pytest.fixture
def client(as_user, coordinator):
    return as_user(coordinator)


@pytest.fixture
def old(doctor, programme):
    return OutingFactory(by=doctor, on=programme.today() - timedelta(days=2))


@pytest.fixture
def book(doctor, person, programme):
    def make(days, state="booked", patient=None):
        return Appointment.objects.create(
            patient=patient or person,
            programme=programme,
            discipline="medical",
            local_date=programme.today() + timedelta(days=days),
            state=state,
            booked_by=doctor,
        )

    return make


TABS = ("protection", "drafts", "appointments", "people")


def protect(patient, by):
    return ProtectionTask.objects.create(
        patient=patient, kind="safety", programme=by.posting.programme, opened_by=by,
        due_at=timezone.now(),
    )  # fmt: skip


def test_duties_to_protect_come_first_the_most_urgent_on_top(client, doctor, person, programme):
    later = protect(person, doctor)
    sooner = protect(PatientFactory(by=doctor), doctor)
    ProtectionTask.objects.filter(pk=sooner.pk).update(due_at=timezone.now() - timedelta(hours=2))
    closed = protect(PatientFactory(by=doctor), doctor)
    close_protection_task(
        closed, "Resuelto", by=UserFactory(role="coordinator", programme=programme)
    )
    assert rows(client, "protection") == [sooner.pk, later.pk]


def rows(client, tab):
    return [each["row"].pk for each in client.get(f"{URL}?tab={tab}").context["rows"]]


@pytest.mark.parametrize("role", ["doctor", "mediator", "manager", "dpo", "administrator"])
def test_only_coordinators_open_it(as_user, db, role):
    assert as_user(UserFactory(role=role)).get(URL).status_code == 403


def test_unsigned_notes_of_earlier_days(client, doctor, person, old, outing):
    late = DraftFactory(by=doctor, patient=person, outing=old)
    DraftFactory(by=doctor, patient=person, outing=outing)
    assert rows(client, "drafts") == [late.pk]


def test_a_draft_is_closed_unread_only_once_its_author_left(client, doctor, person, old, programme):
    draft = DraftFactory(by=doctor, patient=person, outing=old, body={"exam": ["secreto"]})
    close = reverse("consultations:close_draft", args=[draft.pk])
    page = client.get(URL).content.decode()
    assert close not in page
    assert "secreto" not in page

    doctor.postings.update(until=programme.today() - timedelta(days=1))
    assert close in client.get(URL).content.decode()
    client.post(close)
    draft.refresh_from_db()
    assert (draft.end, draft.body) == ("closed", None)


def test_a_missed_appointment_without_contact(client, book, person, doctor):
    missed, silent = book(-4, "missed"), book(-3)
    book(-2, "attended")
    book(-1, "cancelled_by_person")
    assert rows(client, "appointments") == [missed.pk, silent.pk]


def test_who_came_afterwards_is_not_overdue(client, book, doctor, person, outing):
    book(-4, "missed")
    ConsultationFactory(by=doctor, patient=person, outing=outing)
    assert rows(client, "appointments") == []


def test_who_is_booked_again_is_not_overdue(client, book):
    book(-4, "missed")
    book(2)
    assert rows(client, "appointments") == []


def test_people_with_a_critical_need_whom_nobody_saw(
    client, psychologist, person, programme, doctor
):
    def risk(patient, days):
        ConsultationFactory(
            by=psychologist,
            patient=patient,
            on=programme.today() - timedelta(days=days),
            risk="mh_risk_levels:moderate",
        )

    forgotten, seen, recent = person, PatientFactory(by=doctor), PatientFactory(by=doctor)
    Patient.objects.update(registered_at=timezone.now() - timedelta(days=200))
    risk(forgotten, 31)
    risk(seen, 31)
    ConsultationFactory(by=doctor, patient=seen, on=programme.today() - timedelta(days=30))
    risk(recent, 3)
    assert rows(client, "people") == [forgotten.pk]
    # Which need it is stays with the treating team.
    assert "suicid" not in client.get(f"{URL}?tab=people").content.decode().lower()


def test_other_programmes_are_not_ours(as_user, db, doctor, person, old, book):
    DraftFactory(by=doctor, patient=person, outing=old)
    book(-4, "missed")
    elsewhere = as_user(UserFactory(role="coordinator"))
    protect(person, doctor)
    for tab in TABS:
        assert rows(elsewhere, tab) == []


def test_the_page_takes_few_statements(client, doctor, old, book, statements):
    for _n in range(2):
        DraftFactory(by=doctor, outing=old)
    book(-4, "missed")
    protect(PatientFactory(by=doctor), doctor)
    one = [statements(client, f"{URL}?tab={tab}") for tab in TABS]
    for _n in range(48):
        DraftFactory(by=doctor, outing=old)
        book(-4, "missed", late := PatientFactory(by=doctor))
        protect(late, doctor)
    fifty = [statements(client, f"{URL}?tab={tab}") for tab in TABS]
    assert max(*one, *fifty) <= 12
