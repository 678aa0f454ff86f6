"""Places: offered, taken, given back, closed. The only code that touches the counters of a slot."""

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, F, OuterRef, Value, When
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission
from accounts.rows import EditConflict
from accounts.services import record
from consultations.models import Appointment, ClosedDay, Slot, SlotPattern
from consultations.queries.reach import of_person
from consultations.services.refusal import Refused
from partners.models import Site
from patients.models import Patient
from patients.services import key_of

WEEKS_AHEAD = 8  # how far patterns are filled


class Full(Refused):
    """No place is left. A coordinator may decide on one more, and says why."""


# -- Taking and giving back a place ----------------------------------------------------------
@transaction.atomic
def take(
    patient: Patient,
    slot_id: UUID,
    *,
    by: User,
    overbook_reason: str = "",
    expected: int | None = None,
) -> Appointment:
    """A place of the slot for the person, without an event: the caller's own tells of it.

    The same person and slot again give the same appointment; one that was booked for the day
    without an hour gets this one. A reason counts only where no place is left, and only from
    who coordinates the programme. `expected` is the version of the slot that the form showed.
    Raises `Full`, `Refused`, `EditConflict`, `Slot.DoesNotExist`.
    """
    slot = _lock(slot_id)
    policy.require(by, Permission.WORK_OUTING, slot.programme)
    if expected is not None and slot.version != expected:
        raise EditConflict(slot)
    there = _booked_that_day(patient, slot)
    if there is not None and there.slot_id == slot.pk:
        return there
    if there is not None and there.slot_id is not None:
        raise Refused(
            _("This person has another hour with this discipline on %(day)s: change that one.")
            % {"day": date_format(slot.local_date, "j M")}
        )
    if slot.closed:
        raise Refused(_("This hour is not offered any more."))
    if slot.local_date < slot.programme.today():
        raise Refused(_("Choose today or a later day."))
    beyond = _take_place(slot, overbook_reason, by)
    return _expect(patient, slot, there, by, overbook_reason if beyond else "")


@transaction.atomic
def take_many(
    patient: Patient, slot_ids: Iterable[UUID], *, by: User, overbook_reason: str = ""
) -> list[Appointment]:
    """Places of several slots, all or none; without an event, as `take`."""
    # In one order for everybody, so that two who book the same hours do not wait in a ring.
    return [
        take(patient, pk, by=by, overbook_reason=overbook_reason) for pk in sorted(set(slot_ids))
    ]


@transaction.atomic
def book(
    patient: Patient,
    slot_id: UUID,
    *,
    by: User,
    overbook_reason: str = "",
    expected: int | None = None,
) -> Appointment:
    """`take`, with the event."""
    booked = take(patient, slot_id, by=by, overbook_reason=overbook_reason, expected=expected)
    _record_booking(patient, [booked], by)
    return booked


@transaction.atomic
def book_many(
    patient: Patient, slot_ids: Iterable[UUID], *, by: User, overbook_reason: str = ""
) -> list[Appointment]:
    """`take_many`, with one event: several disciplines on one day, all or none."""
    booked = take_many(patient, slot_ids, by=by, overbook_reason=overbook_reason)
    if booked:
        _record_booking(patient, booked, by)
    return booked


def release(appointment: Appointment) -> None:
    """Give the place back. Inside the service that cancels; once for each appointment."""
    if appointment.slot_id is None:
        return
    fewer = Case(When(overbooked__gt=0, then=F("overbooked") - 1), default=Value(0))
    Slot.objects.filter(pk=appointment.slot_id, taken__gt=0).update(
        taken=F("taken") - 1, overbooked=fewer
    )


def _lock(pk: UUID) -> Slot:
    return (
        Slot.objects.select_for_update(of=("self",)).select_related("programme", "site").get(pk=pk)
    )


def _booked_that_day(patient: Patient, slot: Slot) -> Appointment | None:
    return Appointment.objects.filter(
        of_person(patient),
        programme=slot.programme,
        discipline=slot.discipline,
        local_date=slot.local_date,
        state=Appointment.State.BOOKED,
    ).first()


def _take_place(slot: Slot, reason: str, by: User) -> bool:
    """Whether it is one beyond the places. The row decides, not what was read of it."""
    row = Slot.objects.filter(pk=slot.pk, closed=False)
    if row.filter(taken__lt=F("places")).update(taken=F("taken") + 1):
        return False
    if not reason.strip():
        raise Full(
            _("No place is left on %(day)s at %(hour)s.")
            % {
                "day": date_format(slot.local_date, "j M"),
                "hour": slot.local_time.strftime("%H:%M"),
            }
        )
    policy.require(by, Permission.MANAGE_CAPACITY, slot.programme)
    row.update(taken=F("taken") + 1, overbooked=F("taken") + 1 - F("places"))
    return True


def _expect(
    patient: Patient, slot: Slot, there: Appointment | None, by: User, reason: str
) -> Appointment:
    appointment = there or Appointment(
        patient=patient,
        programme=slot.programme,
        discipline=slot.discipline,
        local_date=slot.local_date,
        booked_by=by,
    )
    appointment.slot, appointment.site = slot, slot.site
    appointment.local_time = slot.local_time
    if reason:
        appointment.seal(key_of(appointment.patient), overbook_reason=reason.strip())
        appointment.overbooked_by = by
    if there is not None:
        there.save_version(expected=there.version)
        return there
    try:
        with transaction.atomic():
            appointment.save(force_insert=True)
    except IntegrityError:
        # Booked at the same moment for another hour of the day.
        raise Refused(_("A colleague booked this person for that day just now.")) from None
    return appointment


def _record_booking(patient: Patient, booked: Sequence[Appointment], by: User) -> None:
    beyond = any(each.overbooked_by_id for each in booked)
    record(
        by=by,
        action="appointment.overbooked" if beyond else "appointment.booked",
        subjects=[patient],
        programme=booked[0].programme,
    )


# -- Offering places -------------------------------------------------------------------------
@transaction.atomic
def offer(
    programme: Programme,
    *,
    by: User,
    site: Site,
    discipline: str,
    on: date,
    at: time,
    minutes: int,
    places: int,
    professional: User | None = None,
) -> Slot:
    """One more hour on one day. Raises `Refused`."""
    policy.require(by, Permission.MANAGE_CAPACITY, programme)
    _hold(programme)
    if on < programme.today():
        raise Refused(_("Choose today or a later day."))
    if ClosedDay.objects.filter(programme=programme, local_date=on).exists():
        raise Refused(_("This day is closed: open it first."))
    slot = Slot(
        programme=programme,
        site=site,
        discipline=discipline,
        local_date=on,
        local_time=at,
        minutes=minutes,
        places=places,
        professional=professional,
        offered_by=by,
    )
    try:
        with transaction.atomic():
            slot.save(force_insert=True)
    except IntegrityError:
        raise Refused(_("This hour is offered already: change the number of its places.")) from None
    record(by=by, action="capacity.offered", programme=programme)
    return slot


@transaction.atomic
def edit(slot: Slot, *, by: User, expected: int, places: int, minutes: int) -> None:
    """Other places; never fewer than people hold without a decision. `Refused`, `EditConflict`."""
    policy.require(by, Permission.MANAGE_CAPACITY, slot.programme)
    now = _lock(slot.pk)
    beyond = max(0, now.taken - places)
    if beyond > now.overbooked:
        raise Refused(_("More people are booked than that: move them first."))
    now.places, now.minutes, now.overbooked = places, minutes, beyond
    now.save_version(expected=expected, fields=("places", "minutes", "overbooked"))
    record(by=by, action="capacity.changed", programme=slot.programme)


@transaction.atomic
def close(slot: Slot, *, by: User, expected: int, closed: bool = True) -> None:
    """Offer the hour no longer, or again. Raises `Refused` while somebody is booked."""
    policy.require(by, Permission.MANAGE_CAPACITY, slot.programme)
    now = _lock(slot.pk)
    if closed and now.appointments.filter(state=Appointment.State.BOOKED).exists():
        raise Refused(_("People are booked: move them first."))
    if not closed and _is_closed(now.programme, now.local_date):
        raise Refused(_("This day is closed: open it first."))
    now.closed = closed
    now.save_version(expected=expected, fields=("closed",))
    record(by=by, action="capacity.changed", programme=slot.programme)


@transaction.atomic
def close_day(programme: Programme, on: date, *, by: User) -> None:
    """Receive nobody on that day. Raises `Refused` while somebody is booked for it."""
    policy.require(by, Permission.MANAGE_CAPACITY, programme)
    _hold(programme)
    if on < programme.today():
        raise Refused(_("Choose today or a later day."))
    slots = Slot.objects.filter(programme=programme, local_date=on).order_by("pk")
    list(slots.select_for_update().values_list("pk"))  # who books waits, and finds it closed
    standing = Appointment.objects.filter(
        programme=programme, local_date=on, state=Appointment.State.BOOKED
    )
    if standing.exists():
        raise Refused(_("People are booked for this day: move them first."))
    ClosedDay.objects.get_or_create(programme=programme, local_date=on, defaults={"closed_by": by})
    slots.order_by().update(closed=True, version=F("version") + 1)
    record(by=by, action="capacity.closed", programme=programme)


@transaction.atomic
def reopen_day(programme: Programme, on: date, *, by: User) -> None:
    """Receive people after all; every hour of the day is offered again."""
    policy.require(by, Permission.MANAGE_CAPACITY, programme)
    _hold(programme)
    closed = ClosedDay.objects.filter(programme=programme, local_date=on)
    if not closed.exists():
        raise Refused(_("This day is not closed."))
    closed.delete()
    Slot.objects.filter(programme=programme, local_date=on).update(
        closed=False, version=F("version") + 1
    )
    _fill(programme, on, on)
    record(by=by, action="capacity.reopened", programme=programme)


def _hold(programme: Programme) -> None:
    """One at a time offers, closes and fills the days of a programme."""
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)


def _is_closed(programme: Programme, on: date) -> bool:
    return ClosedDay.objects.filter(programme=programme, local_date=on).exists()


# -- Every week ------------------------------------------------------------------------------
@transaction.atomic
def add_pattern(
    programme: Programme,
    *,
    by: User,
    site: Site,
    discipline: str,
    weekdays: Iterable[int],
    at: time,
    minutes: int,
    places: int,
    valid_from: date,
    valid_to: date | None = None,
    professional: User | None = None,
) -> list[SlotPattern]:
    """An hour of these days of every week; the next `WEEKS_AHEAD` weeks have it at once."""
    policy.require(by, Permission.MANAGE_CAPACITY, programme)
    _hold(programme)
    if valid_to is not None and valid_to < valid_from:
        raise Refused(_("The last day cannot be before the first."))
    patterns = [
        SlotPattern(
            programme=programme,
            site=site,
            discipline=discipline,
            weekday=weekday,
            local_time=at,
            minutes=minutes,
            places=places,
            professional=professional,
            offered_by=by,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        for weekday in sorted(set(weekdays))
    ]
    SlotPattern.objects.bulk_create(patterns)
    _fill(programme, programme.today(), _horizon(programme))
    record(by=by, action="capacity.pattern_added", programme=programme)
    return patterns


@transaction.atomic
def end_pattern(pattern: SlotPattern, *, by: User, expected: int, last_day: date) -> None:
    """Offer it until that day. Later hours go; those that people have stay, without a place
    more."""
    policy.require(by, Permission.MANAGE_CAPACITY, pattern.programme)
    _hold(pattern.programme)
    if last_day < max(pattern.valid_from, pattern.programme.today() - timedelta(days=1)):
        raise Refused(_("Choose today or a later day, not before its first day."))
    pattern.valid_to = last_day
    pattern.save_version(expected=expected, fields=("valid_to",))
    later = Slot.objects.filter(pattern=pattern, local_date__gt=last_day).order_by("pk")
    list(later.select_for_update().values_list("pk"))
    had = Exists(Appointment.objects.filter(slot=OuterRef("pk")))
    later.filter(~had).order_by().delete()
    later.filter(taken=0).order_by().update(closed=True, version=F("version") + 1)
    later.filter(taken__gt=0, taken__lt=F("places")).order_by().update(
        places=F("taken"), version=F("version") + 1
    )
    _fill(pattern.programme, pattern.programme.today(), _horizon(pattern.programme))
    record(by=by, action="capacity.pattern_ended", programme=pattern.programme)


@transaction.atomic
def fill(programme: Programme, *, until: date | None = None) -> int:
    """Offer what the patterns say from today on, once; how many hours are new."""
    _hold(programme)
    return _fill(programme, programme.today(), until or _horizon(programme))


def fill_all() -> int:
    """Every programme that has patterns, each in a transaction of its own."""
    having = Programme.objects.filter(Exists(SlotPattern.objects.filter(programme=OuterRef("pk"))))
    return sum(fill(programme) for programme in having)


def _horizon(programme: Programme) -> date:
    return programme.today() + timedelta(weeks=WEEKS_AHEAD)


def _fill(programme: Programme, start: date, end: date) -> int:
    closed = set(
        ClosedDay.objects.filter(programme=programme, local_date__range=(start, end)).values_list(
            "local_date", flat=True
        )
    )
    there = {
        _hour(slot)
        for slot in Slot.objects.filter(programme=programme, local_date__range=(start, end))
    }
    new: dict[tuple[object, ...], Slot] = {}
    for pattern in SlotPattern.objects.filter(programme=programme).between(start, end):
        for day in pattern.days(start, end):
            slot = _slot_of(pattern, day)
            if day not in closed and _hour(slot) not in there:
                new.setdefault(_hour(slot), slot)
    Slot.objects.bulk_create(new.values(), batch_size=200)
    return len(new)


def _hour(slot: Slot) -> tuple[object, ...]:
    """What the unique constraints of a slot compare."""
    return slot.site_id, slot.discipline, slot.local_date, slot.local_time, slot.professional_id


def _slot_of(pattern: SlotPattern, day: date) -> Slot:
    return Slot(
        programme_id=pattern.programme_id,
        site_id=pattern.site_id,
        discipline=pattern.discipline,
        local_date=day,
        local_time=pattern.local_time,
        minutes=pattern.minutes,
        places=pattern.places,
        professional_id=pattern.professional_id,
        pattern=pattern,
    )
