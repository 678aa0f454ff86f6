"""Appointments: missed, cancelled, booked again; never two for one discipline and day."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from accounts.rows import EditConflict
from consultations.models import Appointment
from consultations.services import appointments
from consultations.services.refusal import Refused
from tests.consultations.factories import ConsultationFactory


@pytest.fixture
def book(doctor, person, programme):
    def make(days=0, discipline="medical"):
        return Appointment.objects.create(
            patient=person,
            programme=programme,
            discipline=discipline,
            local_date=programme.today() + timedelta(days=days),
            booked_by=doctor,
        )

    return make


def test_missed_keeps_the_reason(doctor, book):
    appointment = book(-1)
    appointments.miss(
        appointment,
        by=doctor,
        expected=1,
        reason="missed_appointment_reasons:transport",
    )
    appointment.refresh_from_db()
    assert appointment.state == Appointment.State.MISSED
    assert appointment.missed_reason_id == "missed_appointment_reasons:transport"


def test_a_day_to_come_is_not_missed(doctor, book):
    with pytest.raises(Refused):
        appointments.miss(book(1), by=doctor, expected=1)


@pytest.mark.parametrize(
    ("by_person", "state"), [(True, "cancelled_by_person"), (False, "cancelled_by_team")]
)
def test_who_cancels_is_said(doctor, book, by_person, state):
    appointment = book(1)
    appointments.cancel(appointment, by=doctor, expected=1, by_person=by_person)
    appointment.refresh_from_db()
    assert appointment.state == state


def test_what_is_over_stays_over(doctor, book):
    appointment = book(1)
    appointments.cancel(appointment, by=doctor, expected=1, by_person=True)
    with pytest.raises(Refused):
        appointments.cancel(appointment, by=doctor, expected=2, by_person=False)


def test_two_who_change_it_at_once(doctor, psychologist, book):
    appointment = book(0)
    mine = Appointment.objects.get(pk=appointment.pk)
    appointments.miss(appointment, by=psychologist, expected=1)
    with pytest.raises(EditConflict):
        appointments.cancel(mine, by=doctor, expected=1, by_person=True)


def test_another_day_keeps_that_it_was_missed(doctor, book, programme):
    appointment = book(-2)
    appointments.miss(appointment, by=doctor, expected=1)
    again = appointments.rebook(
        appointment, by=doctor, expected=2, on=programme.today() + timedelta(days=3)
    )
    appointment.refresh_from_db()
    assert appointment.state == Appointment.State.MISSED
    assert again.state == Appointment.State.BOOKED


def test_nothing_is_booked_for_yesterday(doctor, book, programme):
    with pytest.raises(Refused):
        appointments.rebook(
            book(0), by=doctor, expected=1, on=programme.today() - timedelta(days=1)
        )


def test_one_booked_a_day_and_discipline(book):
    book(2)
    with pytest.raises(IntegrityError):
        book(2)


def test_a_stranger_changes_nothing(stranger, book):
    with pytest.raises(PermissionDenied):
        appointments.cancel(book(1), by=stranger, expected=1, by_person=False)


def test_who_was_marked_missed_and_comes_after_all_attended(doctor, person, outing, book):
    appointment = book(-1)
    appointments.miss(appointment, by=doctor, expected=1)
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    appointment.refresh_from_db()
    assert (appointment.state, appointment.met_by) == (Appointment.State.ATTENDED, note)
