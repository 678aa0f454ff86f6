"""Appointments: booked by a consultation or by hand, kept, missed, cancelled."""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.services import record
from consultations import hooks
from consultations.models import Appointment, Consultation
from consultations.services import slots
from consultations.services.refusal import Refused

State = Appointment.State
# Who comes within a week of the day has kept the appointment; a later visit is a new contact.
KEPT_WITHIN = timedelta(days=7)


@transaction.atomic
def miss(appointment: Appointment, *, by: User, expected: int, reason: str | None = None) -> None:
    """The person did not come; why, as a code of `missed_appointment_reasons`, where known."""
    _require(appointment, by)
    if appointment.local_date > appointment.programme.today():
        raise Refused(_("This day has not come yet."))
    _set(appointment, State.MISSED, expected, reason)
    record(
        by=by,
        action="appointment.missed",
        subjects=[appointment.patient],
        programme=appointment.programme,
    )


@transaction.atomic
def cancel(appointment: Appointment, *, by: User, expected: int, by_person: bool) -> None:
    """The team does not come, or the person said beforehand that they will not."""
    drop(appointment, by=by, expected=expected, by_person=by_person)
    record(
        by=by,
        action="appointment.cancelled",
        subjects=[appointment.patient],
        programme=appointment.programme,
    )


@transaction.atomic
def drop(appointment: Appointment, *, by: User, expected: int, by_person: bool) -> None:
    """`cancel` without the event, for services whose own event tells of it."""
    _require(appointment, by)
    state = State.CANCELLED_BY_PERSON if by_person else State.CANCELLED_BY_TEAM
    _set(appointment, state, expected)


@transaction.atomic
def rebook(
    appointment: Appointment,
    *,
    by: User,
    expected: int,
    on: date | None = None,
    slot: UUID | None = None,
) -> Appointment:
    """Another day or another slot instead: the old one is cancelled by the team, or stays missed.
    Nothing changes where the new hour has no place left (`slots.Full`)."""
    _require(appointment, by)
    if slot is not None and slot == appointment.slot_id and appointment.state == State.BOOKED:
        return appointment
    if on is not None and on < appointment.programme.today():
        raise Refused(_("Choose today or a later day."))
    if appointment.state == State.BOOKED:
        _set(appointment, State.CANCELLED_BY_TEAM, expected)
    if slot is not None:
        booked = slots.take(appointment.patient, slot, by=by)
    elif on is not None:
        booked = _on_day(appointment, on, by)
    else:
        raise Refused(_("Choose today or a later day."))
    for follow in hooks.on_rebooked:
        follow(appointment, booked)
    record(
        by=by,
        action="appointment.booked",
        subjects=[appointment.patient],
        programme=appointment.programme,
    )
    return booked


def _on_day(appointment: Appointment, on: date, by: User) -> Appointment:
    return _once(
        Appointment(
            patient_id=appointment.patient_id,
            programme_id=appointment.programme_id,
            site_id=appointment.site_id,
            discipline=appointment.discipline,
            local_date=on,
            local_time=appointment.local_time,
            booked_by=by,
        )
    )


def book(appointment: Appointment) -> Appointment:
    """Save what a consultation books; one a day and discipline is enough. Inside `sign`."""
    return _once(appointment)


def keep(consultation: Consultation) -> None:
    """The consultation is what the person was booked for. Inside `sign`."""
    day = consultation.local_date
    Appointment.objects.filter(
        patient=consultation.patient_id,
        programme=consultation.programme_id,
        discipline=consultation.discipline,
        state__in=(State.BOOKED, State.MISSED),
        local_date__range=(day - KEPT_WITHIN, day),
    ).exclude(booked_in=consultation.pk).update(
        state=State.ATTENDED, met_by=consultation, missed_reason=None
    )


def _once(appointment: Appointment) -> Appointment:
    there = Appointment.objects.filter(
        patient=appointment.patient_id,
        programme=appointment.programme_id,
        discipline=appointment.discipline,
        local_date=appointment.local_date,
        state=State.BOOKED,
    ).first()
    if there is None:
        appointment.save(force_insert=True)
    return there or appointment


def _require(appointment: Appointment, by: User) -> None:
    policy.require(by, Permission.WORK_OUTING, appointment.programme)


def _set(appointment: Appointment, state: str, expected: int, reason: str | None = None) -> None:
    held = appointment.state in Appointment.HOLDING
    if appointment.state != State.BOOKED and (appointment.state, state) != (
        State.MISSED,
        State.MISSED,
    ):
        raise Refused(_("This appointment is over."))
    appointment.state, appointment.missed_reason_id = state, reason
    appointment.save_version(expected=expected)
    if held and state not in Appointment.HOLDING:
        slots.release(appointment)
