"""The last place, asked for by thirty people on thirty connections; only PostgreSQL shows it."""

from datetime import time

import pytest
from django.db import connection

from consultations.models import Appointment, Slot
from consultations.services import appointments, slots
from consultations.services.refusal import Refused
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import SlotFactory
from tests.consultations.test_races import at_once
from tests.patients.factories import PatientFactory

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="needs two real connections to PostgreSQL"
    ),
]


@pytest.fixture
def coordinator():
    user = UserFactory(role="coordinator", programme=ProgrammeFactory())
    user.active_postings  # noqa: B018 - read before the threads start
    return user


@pytest.fixture
def programme(coordinator):
    return coordinator.posting.programme


def books(person, by, *wanted, **how):
    return lambda: slots.book_many(person, [slot.pk for slot in wanted], by=by, **how)


def test_thirty_ask_for_the_last_place_and_one_gets_it(programme, coordinator):
    slot = SlotFactory(programme=programme)
    people = [PatientFactory(by=coordinator) for _n in range(30)]

    found = at_once(*(books(person, coordinator, slot) for person in people))

    assert sum(isinstance(each, list) for each in found) == 1, found
    assert sum(isinstance(each, slots.Full) for each in found) == 29, found
    slot.refresh_from_db()
    assert (slot.taken, slot.overbooked, Appointment.objects.count()) == (1, 0, 1)


def test_decisions_beyond_the_places_are_each_counted(programme, coordinator):
    slot = SlotFactory(programme=programme, places=2)
    people = [PatientFactory(by=coordinator) for _n in range(6)]

    found = at_once(
        *(books(person, coordinator, slot, overbook_reason="Urgente") for person in people)
    )

    assert all(isinstance(each, list) for each in found), found
    slot.refresh_from_db()
    assert (slot.taken, slot.overbooked) == (6, 4)
    assert Appointment.objects.filter(overbooked_by__isnull=False).count() == 4


def test_a_double_tap_takes_one_place(programme, coordinator):
    slot = SlotFactory(programme=programme, places=5)
    person = PatientFactory(by=coordinator)

    found = at_once(*(books(person, coordinator, slot) for _n in range(6)))

    assert len({each[0].pk for each in found}) == 1, found
    assert Slot.objects.get().taken == 1


def test_one_person_gets_one_hour_of_a_discipline_and_day(programme, coordinator):
    hours = [SlotFactory(programme=programme, local_time=time(hour)) for hour in range(9, 15)]
    person = PatientFactory(by=coordinator)

    found = at_once(*(books(person, coordinator, slot) for slot in hours))

    assert sum(isinstance(each, list) for each in found) == 1, found
    assert sum(isinstance(each, Refused) for each in found) == 5, found
    assert sum(Slot.objects.values_list("taken", flat=True)) == 1


def test_hours_asked_for_in_any_order_do_not_wait_in_a_ring(programme, coordinator):
    hours = [
        SlotFactory(programme=programme, discipline=each, places=9)
        for each in ("psychology", "medical", "social_work")
    ]
    people = [PatientFactory(by=coordinator) for _n in range(8)]

    found = at_once(
        *(
            books(person, coordinator, *(hours if n % 2 else reversed(hours)))
            for n, person in enumerate(people)
        )
    )

    assert all(isinstance(each, list) for each in found), found
    assert set(Slot.objects.values_list("taken", flat=True)) == {8}


def test_a_place_given_back_while_it_is_wanted_is_counted_once(programme, coordinator):
    slot = SlotFactory(programme=programme)
    holder = PatientFactory(by=coordinator)
    held = slots.book(holder, slot.pk, by=coordinator)

    def gives_back():
        mine = Appointment.objects.select_related("programme").get(pk=held.pk)
        appointments.cancel(mine, by=coordinator, expected=1, by_person=True)

    wanted = [PatientFactory(by=coordinator) for _n in range(4)]
    at_once(gives_back, gives_back, *(books(each, coordinator, slot) for each in wanted))

    slot.refresh_from_db()
    assert slot.taken == slot.appointments.filter(state__in=Appointment.HOLDING).count() <= 1


def test_a_day_is_not_closed_over_a_booking(programme, coordinator):
    slot = SlotFactory(programme=programme)
    person = PatientFactory(by=coordinator)

    at_once(
        books(person, coordinator, slot),
        lambda: slots.close_day(programme, slot.local_date, by=coordinator),
    )

    slot.refresh_from_db()
    assert slot.closed != Appointment.objects.exists()
