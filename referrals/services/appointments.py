"""The appointments that a referral gives, frees or finds missed."""

from collections.abc import Iterable
from datetime import date, time
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from consultations.models import Appointment, Slot
from consultations.services import appointments, slots
from consultations.services.refusal import Refused
from partners.models import Site
from referrals.machine import Move
from referrals.models import Referral, ReferralAppointment

State = Appointment.State


def give(
    row: Referral, slot_ids: Iterable[UUID], *, by: User, overbook_reason: str = ""
) -> list[Appointment]:
    """Places of slots of the receiving programme, all or none; what was given before and is not
    among them is freed."""
    wanted = [UUID(str(pk)) for pk in slot_ids]
    ours = Slot.objects.filter(pk__in=wanted, programme=row.to_programme_id).count()
    if ours != len(set(wanted)):
        raise Refused(_("Choose hours of the programme that receives."))
    booked = slots.take_many(row.patient, wanted, by=by, overbook_reason=overbook_reason)
    return _given(row, booked, by)


def give_day(
    row: Referral,
    on: date,
    *,
    by: User,
    discipline: str,
    at: time | None = None,
    site: Site | None = None,
) -> list[Appointment]:
    """A day with one discipline, where the programme offers no hours."""
    if row.to_programme is None or not discipline:
        raise Refused(_("Choose a day and a discipline."))
    if on < row.to_programme.today():
        raise Refused(_("Choose today or a later day."))
    booked = appointments.book(
        Appointment(
            patient=row.patient,
            programme=row.to_programme,
            site=site,
            discipline=discipline,
            local_date=on,
            local_time=at,
            booked_by=by,
        )
    )
    return _given(row, [booked], by)


def follow_rebooking(old: Appointment, new: Appointment) -> None:
    """Another hour that the team gave by hand is the referral's as well: it is freed with it, and
    missed with it. Part of the transaction that books."""
    rows = Referral.objects.select_for_update(of=("self",)).filter(
        pk__in=ReferralAppointment.objects.filter(appointment=old).values("referral"),
        closed_at__isnull=True,
    )
    for row in rows:
        ReferralAppointment.objects.get_or_create(referral=row, appointment=new)
        missed = row.moves.filter(move=Move.MISS).exists()
        if row.first_appointment_on == old.local_date and not missed:
            row.first_appointment_on = new.local_date
        if row.appointment_id == old.pk:
            row.appointment = new
        row.save(update_fields=("appointment", "first_appointment_on"))


def _given(row: Referral, booked: list[Appointment], by: User) -> list[Appointment]:
    kept = {each.pk for each in booked}
    for old in _booked_by(row):
        if old.pk not in kept:
            appointments.drop(old, by=by, expected=old.version, by_person=False)
    there = set(row.appointments.values_list("appointment", flat=True))
    ReferralAppointment.objects.bulk_create(
        ReferralAppointment(referral=row, appointment=each)
        for each in booked
        if each.pk not in there
    )
    return sorted(booked, key=lambda each: (each.local_date, each.local_time or time.min))


def free(row: Referral, *, by: User, by_person: bool = False) -> None:
    """Cancel what is still booked."""
    for each in _booked_by(row):
        appointments.drop(each, by=by, expected=each.version, by_person=by_person)


def miss(row: Referral, *, by: User, on: date, reason: str | None = None) -> None:
    """What was booked up to this day was missed. Raises `Refused` where nothing was due yet."""
    due = [each for each in _all_of(row) if each.local_date <= on]
    if not due:
        raise Refused(_("This day has not come yet."))
    for each in due:
        if each.state == State.BOOKED:
            appointments.miss(each, by=by, expected=each.version, reason=reason)


def _booked_by(row: Referral) -> list[Appointment]:
    return [each for each in _all_of(row) if each.state == State.BOOKED]


def _all_of(row: Referral) -> list[Appointment]:
    rows = Appointment.objects.filter(pk__in=row.appointments.values("appointment"))
    return list(rows.select_related("programme", "patient").order_by("pk"))
