"""Places: each is given once, given back once, and beyond them only by a recorded decision."""

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import AccessEvent
from accounts.privacy import PrivacyClass
from accounts.rows import EditConflict
from accounts.services import disclose
from consultations.models import Appointment, ClosedDay, Slot, SlotPattern
from consultations.queries import slots as asked
from consultations.services import appointments, slots
from consultations.services.refusal import Refused
from consultations.tasks import fill_weeks
from patients.services import key_of
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, OutingFactory, SlotFactory, site_of
from tests.patients.factories import PatientFactory


@pytest.fixture
def slot(programme):
    return SlotFactory(programme=programme, places=2)


@pytest.fixture
def people(doctor):
    return [PatientFactory(by=doctor, given_name=name) for name in ("Ana", "Luz", "Sol")]


def counted(slot):
    """Places taken and beyond, after making sure that they are what the appointments say."""
    slot.refresh_from_db()
    assert slot.taken == slot.appointments.filter(state__in=Appointment.HOLDING).count()
    assert slot.overbooked == max(0, slot.taken - slot.places)
    return slot.taken, slot.overbooked


def tomorrow(programme, days=1):
    return programme.today() + timedelta(days=days)


# -- Taking and giving back ------------------------------------------------------------------
def test_a_booking_takes_a_place_and_says_where_and_when(slot, person, doctor):
    booked = slots.book(person, slot.pk, by=doctor)

    assert (booked.local_date, booked.local_time) == (slot.local_date, time(9))
    assert (booked.site_id, booked.discipline) == (slot.site_id, "psychology")
    assert counted(slot) == (1, 0)
    event = AccessEvent.objects.latest("id")
    assert (event.action, event.subject) == ("appointment.booked", person.code)


def test_the_same_person_twice_is_one_appointment(slot, person, doctor):
    assert slots.book(person, slot.pk, by=doctor) == slots.book(person, slot.pk, by=doctor)
    assert counted(slot) == (1, 0)


def test_a_day_without_an_hour_gets_the_hour(slot, person, doctor, programme):
    there = Appointment.objects.create(
        patient=person,
        programme=programme,
        discipline="psychology",
        local_date=slot.local_date,
        booked_by=doctor,
    )
    assert slots.book(person, slot.pk, by=doctor) == there
    assert Appointment.objects.get().local_time == time(9)
    assert counted(slot) == (1, 0)


def test_another_hour_of_the_same_discipline_and_day_is_refused(slot, person, doctor, programme):
    later = SlotFactory(programme=programme, local_time=time(11))
    slots.book(person, slot.pk, by=doctor)
    with pytest.raises(Refused, match="another hour"):
        slots.book(person, later.pk, by=doctor)
    assert counted(later) == (0, 0)


def test_a_full_hour_is_refused_and_says_so(slot, people, doctor):
    for person in people[:2]:
        slots.book(person, slot.pk, by=doctor)
    with pytest.raises(slots.Full, match="09:00"):
        slots.book(people[2], slot.pk, by=doctor)
    assert counted(slot) == (2, 0)


def test_overbooking_is_a_recorded_decision_of_the_coordinator(slot, people, doctor, coordinator):
    for person in people[:2]:
        slots.book(person, slot.pk, by=doctor)
    with pytest.raises(PermissionDenied):
        slots.book(people[2], slot.pk, by=doctor, overbook_reason="No puede otro día")

    booked = slots.book(people[2], slot.pk, by=coordinator, overbook_reason="No puede otro día")

    assert counted(slot) == (3, 1)
    assert booked.overbooked_by == coordinator
    assert AccessEvent.objects.latest("id").action == "appointment.overbooked"
    booked.refresh_from_db()
    assert b"otro" not in bytes(booked.overbook_reason)


def test_the_reason_of_an_overbooking_is_sealed_under_the_persons_key(
    slot, people, doctor, coordinator
):
    for person in people[:2]:
        slots.book(person, slot.pk, by=doctor)
    booked = slots.book(people[2], slot.pk, by=coordinator, overbook_reason="No puede otro día")
    permit = disclose(
        by=coordinator,
        action="appointment.listed",
        subjects=[people[2]],
        privacy_class=PrivacyClass.SENSITIVE,
    )
    booked.refresh_from_db()
    assert permit.open(booked, "overbook_reason", key_of(people[2])) == "No puede otro día"


def test_a_reason_given_while_there_is_a_place_decides_nothing(slot, person, doctor):
    booked = slots.book(person, slot.pk, by=doctor, overbook_reason="por si acaso")
    assert (booked.overbook_reason, booked.overbooked_by) == (None, None)
    assert counted(slot) == (1, 0)


def test_a_blank_reason_is_no_decision(slot, people, coordinator):
    for person in people[:2]:
        slots.book(person, slot.pk, by=coordinator)
    with pytest.raises(slots.Full):
        slots.book(people[2], slot.pk, by=coordinator, overbook_reason="   ")


def test_an_overbooking_is_no_standing_allowance(slot, people, doctor, coordinator):
    held = [slots.book(person, slot.pk, by=doctor) for person in people[:2]]
    slots.book(people[2], slot.pk, by=coordinator, overbook_reason="Urgente")
    appointments.cancel(held[0], by=doctor, expected=1, by_person=True)
    assert counted(slot) == (2, 0)
    with pytest.raises(slots.Full):
        slots.book(PatientFactory(by=doctor), slot.pk, by=doctor)


@pytest.mark.parametrize("by_person", [True, False])
def test_who_cancels_gives_the_place_back_once(slot, person, doctor, by_person):
    booked = slots.book(person, slot.pk, by=doctor)
    appointments.cancel(booked, by=doctor, expected=1, by_person=by_person)
    with pytest.raises(Refused):
        appointments.cancel(booked, by=doctor, expected=2, by_person=by_person)
    assert counted(slot) == (0, 0)
    booked.refresh_from_db()
    assert booked.slot == slot


def test_who_missed_the_hour_has_used_it_up(programme, person, doctor):
    slot = SlotFactory(programme=programme, days=0)
    booked = slots.book(person, slot.pk, by=doctor)
    appointments.miss(booked, by=doctor, expected=1)
    assert counted(slot) == (1, 0)
    appointments.rebook(booked, by=doctor, expected=2, on=tomorrow(programme))
    assert counted(slot) == (1, 0)


def test_who_comes_keeps_the_place(programme, person, psychologist):
    slot = SlotFactory(programme=programme, days=0)
    booked = slots.book(person, slot.pk, by=psychologist)
    outing = OutingFactory(by=psychologist)
    ConsultationFactory(by=psychologist, patient=person, outing=outing)
    booked.refresh_from_db()
    assert booked.state == Appointment.State.ATTENDED
    assert counted(slot) == (1, 0)


def test_another_hour_moves_the_place(slot, person, doctor, programme):
    other = SlotFactory(programme=programme, local_time=time(11))
    booked = slots.book(person, slot.pk, by=doctor)
    moved = appointments.rebook(booked, by=doctor, expected=1, slot=other.pk)
    assert (moved.slot, moved.local_time) == (other, time(11))
    assert counted(slot) == (0, 0)
    assert counted(other) == (1, 0)


def test_the_old_hour_stays_where_the_new_one_is_full(slot, people, doctor, programme):
    other = SlotFactory(programme=programme, local_time=time(11))
    slots.book(people[0], other.pk, by=doctor)
    booked = slots.book(people[1], slot.pk, by=doctor)
    with pytest.raises(slots.Full):
        appointments.rebook(booked, by=doctor, expected=1, slot=other.pk)
    booked.refresh_from_db()
    assert booked.state == Appointment.State.BOOKED
    assert counted(slot) == (1, 0)


def test_the_same_hour_again_changes_nothing(slot, person, doctor):
    booked = slots.book(person, slot.pk, by=doctor)
    assert appointments.rebook(booked, by=doctor, expected=1, slot=slot.pk) == booked
    assert counted(slot) == (1, 0)


def test_several_disciplines_of_a_day_are_booked_together(slot, person, doctor, programme):
    second = SlotFactory(programme=programme, discipline="medical", local_time=time(10))
    third = SlotFactory(programme=programme, discipline="social_work", local_time=time(12))
    before = AccessEvent.objects.count()

    booked = slots.book_many(person, [slot.pk, third.pk, second.pk], by=doctor)

    assert {each.discipline for each in booked} == {"psychology", "medical", "social_work"}
    assert AccessEvent.objects.count() == before + 1


def test_all_hours_or_none(slot, people, doctor, programme):
    full = SlotFactory(programme=programme, discipline="medical", local_time=time(10))
    slots.book(people[0], full.pk, by=doctor)
    with pytest.raises(slots.Full):
        slots.book_many(people[1], [slot.pk, full.pk], by=doctor)
    assert counted(slot) == (0, 0)
    assert not Appointment.objects.filter(patient=people[1]).exists()


def test_a_place_taken_inside_another_transaction_is_undone_with_it(slot, person, doctor):
    with transaction.atomic():
        slots.take(person, slot.pk, by=doctor)
        transaction.set_rollback(True)
    assert counted(slot) == (0, 0)


def test_nobody_of_another_programme_takes_a_place(slot, person, stranger):
    with pytest.raises(PermissionDenied):
        slots.book(person, slot.pk, by=stranger)


def test_a_form_that_showed_other_places_is_told(slot, person, doctor, coordinator):
    slots.edit(slot, by=coordinator, expected=1, places=3, minutes=30)
    with pytest.raises(EditConflict):
        slots.book(person, slot.pk, by=doctor, expected=1)
    assert slots.book(person, slot.pk, by=doctor, expected=2).slot == slot


def test_a_day_that_passed_is_not_booked(programme, person, doctor):
    with pytest.raises(Refused):
        slots.book(person, SlotFactory(programme=programme, days=-1).pk, by=doctor)


# -- The database is the last line -----------------------------------------------------------
@pytest.mark.parametrize(
    "values",
    [
        {"taken": 3},
        {"taken": -1},
        {"taken": 3, "overbooked": 2},
        {"taken": 1, "overbooked": 1},
        {"places": 0},
        {"minutes": 0},
        {"discipline": "magic"},
    ],
)
def test_the_database_refuses_counters_that_cannot_be(slot, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.filter(pk=slot.pk).update(**values)


def test_an_hour_of_a_discipline_stands_once(slot, programme, psychologist):
    with pytest.raises(IntegrityError), transaction.atomic():
        SlotFactory(programme=programme)
    SlotFactory(programme=programme, professional=psychologist)
    with pytest.raises(IntegrityError), transaction.atomic():
        SlotFactory(programme=programme, professional=psychologist)


def test_an_overbooking_names_reason_person_and_slot(slot, person, doctor):
    booked = slots.book(person, slot.pk, by=doctor)
    row = Appointment.objects.filter(pk=booked.pk)
    for values in ({"overbooked_by": doctor}, {"overbook_reason": b"x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(overbooked_by=doctor, overbook_reason=b"x", slot=None)


# -- Offering --------------------------------------------------------------------------------
def offered(programme, by, **values):
    return slots.offer(
        programme,
        by=by,
        **{
            "site": site_of(programme),
            "discipline": "medical",
            "on": tomorrow(programme),
            "at": time(10),
            "minutes": 30,
            "places": 3,
            **values,
        },
    )


def test_the_coordinator_offers_an_hour_once(programme, coordinator, doctor):
    slot = offered(programme, coordinator)
    assert (slot.places, slot.offered_by, slot.until) == (3, coordinator, time(10, 30))
    with pytest.raises(Refused, match="already"):
        offered(programme, coordinator)
    with pytest.raises(Refused):
        offered(programme, coordinator, on=tomorrow(programme, -1))
    with pytest.raises(PermissionDenied):
        offered(programme, doctor, at=time(15))


def test_places_do_not_fall_below_the_people_who_have_them(slot, people, doctor, coordinator):
    for person in people[:2]:
        slots.book(person, slot.pk, by=doctor)
    with pytest.raises(Refused, match="move them"):
        slots.edit(slot, by=coordinator, expected=1, places=1, minutes=50)
    slots.book(people[2], slot.pk, by=coordinator, overbook_reason="Urgente")
    slots.edit(slot, by=coordinator, expected=1, places=3, minutes=50)
    assert counted(slot) == (3, 0)
    slot.refresh_from_db()
    with pytest.raises(EditConflict):
        slots.edit(slot, by=coordinator, expected=1, places=5, minutes=50)


def test_an_hour_with_people_is_not_closed(slot, person, doctor, coordinator):
    booked = slots.book(person, slot.pk, by=doctor)
    with pytest.raises(Refused, match="move them"):
        slots.close(slot, by=coordinator, expected=1)
    appointments.cancel(booked, by=doctor, expected=1, by_person=False)
    slots.close(slot, by=coordinator, expected=1)
    with pytest.raises(Refused, match="not offered"):
        slots.book(person, slot.pk, by=doctor)
    slots.close(slot, by=coordinator, expected=2, closed=False)
    slots.book(person, slot.pk, by=doctor)


def test_a_day_closes_once_nobody_is_booked(slot, person, doctor, coordinator, programme):
    day = slot.local_date
    booked = slots.book(person, slot.pk, by=doctor)
    with pytest.raises(Refused, match="move them"):
        slots.close_day(programme, day, by=coordinator)
    appointments.rebook(booked, by=doctor, expected=1, on=tomorrow(programme, 2))

    slots.close_day(programme, day, by=coordinator)

    assert asked.closed_days(programme, day, day) == {day}
    with pytest.raises(Refused):
        slots.book(person, slot.pk, by=doctor)
    with pytest.raises(Refused, match="closed"):
        offered(programme, coordinator)
    slots.reopen_day(programme, day, by=coordinator)
    slots.book(person, slot.pk, by=doctor)
    with pytest.raises(Refused):
        slots.reopen_day(programme, day, by=coordinator)


def test_only_the_coordinator_changes_the_capacity(slot, doctor, programme):
    for act in (
        lambda: slots.edit(slot, by=doctor, expected=1, places=3, minutes=50),
        lambda: slots.close(slot, by=doctor, expected=1),
        lambda: slots.close_day(programme, slot.local_date, by=doctor),
        lambda: slots.reopen_day(programme, slot.local_date, by=doctor),
    ):
        with pytest.raises(PermissionDenied):
            act()


# -- Every week ------------------------------------------------------------------------------
def weekly(programme, by, **values):
    return slots.add_pattern(
        programme,
        by=by,
        **{
            "site": site_of(programme),
            "discipline": "psychology",
            "weekdays": range(5),
            "at": time(9),
            "minutes": 50,
            "places": 4,
            "valid_from": tomorrow(programme, 1),
            **values,
        },
    )


def test_a_pattern_fills_the_next_weeks_once(programme, coordinator):
    weekly(programme, coordinator)
    days = set(Slot.objects.values_list("local_date", flat=True))
    assert all(day.weekday() < 5 for day in days)
    assert 8 * 5 - 1 <= len(days) == Slot.objects.count() <= 8 * 5 + 1
    assert slots.fill(programme) == 0
    assert slots.fill_all() == 0


def test_filling_goes_on_where_time_went_on(programme, coordinator):
    weekly(programme, coordinator, weekdays=[2])
    before = Slot.objects.count()
    assert slots.fill(programme, until=tomorrow(programme, 7 * 10)) == 2
    assert Slot.objects.count() == before + 2


def test_a_pattern_leaves_closed_days_out(programme, coordinator):
    day = tomorrow(programme, 3)
    slots.close_day(programme, day, by=coordinator)
    weekly(programme, coordinator, weekdays=range(7))
    assert not Slot.objects.filter(local_date=day).exists()
    slots.reopen_day(programme, day, by=coordinator)
    assert Slot.objects.filter(local_date=day).count() == 1


def test_the_night_makes_up_for_nights_that_did_not_run(programme, coordinator):
    weekly(programme, coordinator)
    there = Slot.objects.count()
    lost = Slot.objects.filter(local_date__gt=tomorrow(programme, 30))
    lost.delete()
    fill_weeks()
    fill_weeks()
    assert Slot.objects.count() == there


def test_an_hour_typed_by_hand_stays_as_it_is(programme, coordinator):
    SlotFactory(programme=programme, days=2, places=9)
    weekly(programme, coordinator, weekdays=range(7))
    assert Slot.objects.get(local_date=tomorrow(programme, 2)).places == 9


def test_a_pattern_that_ends_leaves_only_the_hours_people_have(
    programme, coordinator, person, doctor
):
    (pattern,) = weekly(programme, coordinator, weekdays=[tomorrow(programme).weekday()])
    kept = Slot.objects.get(local_date=tomorrow(programme, 8))
    slots.book(person, kept.pk, by=doctor)
    given_back = Slot.objects.get(local_date=tomorrow(programme, 15))
    booked = slots.book(person, given_back.pk, by=doctor)
    appointments.cancel(booked, by=doctor, expected=1, by_person=True)

    slots.end_pattern(pattern, by=coordinator, expected=1, last_day=tomorrow(programme, 3))

    left = Slot.objects.filter(local_date__gt=tomorrow(programme, 3))
    assert {(each.pk, each.places, each.closed) for each in left} == {
        (kept.pk, 1, False),
        (given_back.pk, 4, True),
    }
    assert slots.fill(programme) == 0
    with pytest.raises(Refused):
        slots.end_pattern(pattern, by=coordinator, expected=2, last_day=tomorrow(programme, -9))


def test_the_days_of_a_pattern_stay_within_its_dates():
    pattern = SlotPattern(weekday=0, valid_from=date(2026, 1, 6), valid_to=date(2026, 1, 26))
    assert pattern.days(date(2026, 1, 1), date(2026, 2, 28)) == [
        date(2026, 1, 12),
        date(2026, 1, 19),
        date(2026, 1, 26),
    ]
    assert pattern.days(date(2026, 2, 1), date(2026, 2, 28)) == []


# -- What is open ----------------------------------------------------------------------------
def test_open_hours_are_free_and_to_come(programme, person, doctor):
    free = SlotFactory(programme=programme, discipline="medical")
    full = SlotFactory(programme=programme)
    slots.book(person, full.pk, by=doctor)
    SlotFactory(programme=programme, local_time=time(15), closed=True)
    SlotFactory(programme=programme, days=-1)
    SlotFactory(programme=programme, days=9)
    SlotFactory(programme=UserFactory(role="doctor").posting.programme)
    span = {"start": tomorrow(programme, -3), "end": tomorrow(programme, 3)}

    assert list(asked.open_slots(programme, **span)) == [free]
    assert list(asked.open_slots(programme, full=True, **span)) == [free, full]
    assert list(asked.open_slots(programme, disciplines=["psychology"], **span)) == []


def test_the_cells_of_a_week_add_up(programme, people, coordinator):
    one = SlotFactory(programme=programme)
    SlotFactory(programme=programme, local_time=time(11), places=3)
    slots.book(people[0], one.pk, by=coordinator)
    slots.book(people[1], one.pk, by=coordinator, overbook_reason="Urgente")
    day = one.local_date
    cell = asked.by_day_and_discipline(programme, day, day)[day, "psychology"]
    assert (cell.places, cell.taken, cell.overbooked, cell.free) == (4, 2, 1, 3)


def test_a_legal_date_is_told_as_being_elsewhere(programme, person, social_worker):
    outing = OutingFactory(by=social_worker)
    day = tomorrow(programme, 3)
    ConsultationFactory(
        by=social_worker, patient=person, outing=outing, legal_next_date=day.isoformat()
    )
    span = (programme.today(), tomorrow(programme, 9))
    assert asked.expected_elsewhere(person, [programme.pk], *span) == {day}
    assert asked.expected_elsewhere(person, [], *span) == set()
    assert asked.expected_elsewhere(person, [programme.pk], day + timedelta(1), span[1]) == set()


def test_a_closed_day_stands_once(programme, coordinator):
    slots.close_day(programme, tomorrow(programme), by=coordinator)
    slots.close_day(programme, tomorrow(programme), by=coordinator)
    assert ClosedDay.objects.filter(programme=programme).count() == 1
