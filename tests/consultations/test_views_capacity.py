"""Places on the pages: the week, a day, an hour, every week, and booking a person."""

import gzip
from datetime import time, timedelta

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from consultations.models import Appointment, ClosedDay, Slot, SlotPattern
from consultations.services import slots
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, OutingFactory, SlotFactory, site_of
from tests.patients.factories import PatientFactory


@pytest.fixture
def client(as_user, doctor):
    return as_user(doctor)


@pytest.fixture
def office(as_user, coordinator):
    return as_user(coordinator)


@pytest.fixture
def slot(programme):
    return SlotFactory(programme=programme, places=2)


def of(name, *args, **asked):
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return reverse(f"consultations:{name}", args=args) + (f"?{query}" if query else "")


def text(response):
    return response.content.decode()


# -- The week --------------------------------------------------------------------------------
def test_the_week_says_how_full_each_discipline_is(client, slot, person, doctor, programme):
    slots.book(person, slot.pk, by=doctor)
    SlotFactory(programme=programme, discipline="medical", local_time=time(11))
    page = client.get(of("capacity", day=slot.local_date))
    columns = [code for code, _label in page.context["columns"]]
    assert columns == ["medical", "psychology"]
    row = next(row for row in page.context["rows"] if row["day"] == slot.local_date)
    assert [(c.taken, c.places, c.free) for _d, _l, c in row["cells"]] == [(0, 1, 1), (1, 2, 1)]


def test_a_week_without_places_says_so_and_where_to_offer_them(client, office):
    assert of("patterns") in text(office.get(of("capacity")))
    page = client.get(of("capacity"))
    assert not page.context["columns"]
    assert of("new_slot") not in text(page)
    assert client.get(of("capacity", day="never")).status_code == 400


def test_a_day_beyond_the_places_is_said_in_words(office, coordinator, slot, doctor):
    for name in ("Ana", "Luz", "Sol"):
        person = PatientFactory(by=doctor, given_name=name)
        slots.book(person, slot.pk, by=coordinator, overbook_reason="Urgente")
    page = office.get(of("capacity", day=slot.local_date))
    cell = next(c for row in page.context["rows"] for _d, _l, c in row["cells"] if c)
    assert (cell.overbooked, cell.free) == (1, 0)
    assert "beyond the places" in text(page) or "cupos" in text(page)


def test_weeks_and_days_keep_to_their_statements_and_weight(
    office, coordinator, programme, statements
):
    week = of("capacity", day=programme.today() + timedelta(days=7))
    day = of("capacity_day", programme.today() + timedelta(days=8))
    counts = []
    for disciplines in (("psychology",), ("medical", "nursing", "psychiatry", "social_work")):
        slots.add_pattern(
            programme,
            by=coordinator,
            site=site_of(programme),
            discipline=disciplines[0],
            weekdays=range(7),
            at=time(8),
            minutes=50,
            places=3,
            valid_from=programme.today(),
        )
        for hour in range(9, 17):
            for discipline in disciplines:
                SlotFactory(
                    programme=programme, days=8, discipline=discipline, local_time=time(hour)
                )
        counts.append((statements(office, week), statements(office, day)))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12
    for url in (week, day, of("patterns"), of("new_slot")):
        assert len(gzip.compress(office.get(url).content, 6)) <= 14 * 1024


# -- A day -----------------------------------------------------------------------------------
def test_a_day_shows_the_hours_of_ones_own_programme(client, slot, programme):
    SlotFactory(programme=UserFactory(role="doctor").posting.programme)
    medical = SlotFactory(programme=programme, discipline="medical")
    page = client.get(of("capacity_day", slot.local_date))
    assert set(page.context["page"]) == {slot, medical}
    page = client.get(of("capacity_day", slot.local_date, discipline="medical"))
    assert list(page.context["page"]) == [medical]
    assert client.get(of("capacity_day", slot.local_date, discipline="x")).status_code == 400


def test_a_date_that_is_none_does_not_exist(client):
    assert client.get("/capacity/2025-13-45/").status_code == 404


def test_who_is_booked_is_shown_before_a_day_closes(office, slot, person, doctor, programme):
    booked = slots.book(person, slot.pk, by=doctor)
    url = of("close_day", slot.local_date)
    page = office.get(url)
    assert [row for row, _person in page.context["rows"]] == [booked]
    assert AccessEvent.objects.latest("id").action == "appointment.listed"
    assert office.post(url).status_code == 400
    assert not ClosedDay.objects.exists()

    office.post(
        of("appointment", booked.pk),
        {"act": "rebook", "version": "1", "date": slot.local_date + timedelta(days=1)},
    )
    assert office.post(url).status_code == 302
    assert ClosedDay.objects.get().local_date == slot.local_date
    assert office.post(url, {"act": "reopen"}).status_code == 302
    assert not ClosedDay.objects.exists()


def test_the_paper_of_a_day_has_codes_and_no_names(client, slot, person, doctor):
    slots.book(person, slot.pk, by=doctor)
    page = text(client.get(of("print_day", slot.local_date)))
    assert person.code[:4] in page
    assert "Quintero" not in page
    event = AccessEvent.objects.latest("id")
    assert (event.action, event.subject) == ("appointment.printed", person.code)


# -- An hour ---------------------------------------------------------------------------------
def test_an_hour_names_its_people_and_tells_the_log(client, slot, person, doctor):
    slots.book(person, slot.pk, by=doctor)
    assert "Rosa" in text(client.get(of("slot", slot.pk)))
    event = AccessEvent.objects.latest("id")
    assert (event.action, event.subject) == ("appointment.listed", person.code)


def test_why_somebody_is_beyond_the_places_is_for_who_may_read_it(
    as_user, office, coordinator, mediator, programme, doctor
):
    slot = SlotFactory(programme=programme)
    for name in ("Ana", "Luz"):
        person = PatientFactory(by=doctor, given_name=name)
        slots.book(person, slot.pk, by=coordinator, overbook_reason="Viaja el lunes")
    assert "Viaja el lunes" in text(office.get(of("slot", slot.pk)))
    assert "Viaja el lunes" not in text(as_user(mediator).get(of("slot", slot.pk)))


def test_the_coordinator_changes_places_and_closes_an_hour(office, slot):
    url = of("slot", slot.pk)
    body = {"act": "places", "version": "1", "places": "5", "minutes": "40"}
    assert office.post(url, body).status_code == 302
    slot.refresh_from_db()
    assert (slot.places, slot.minutes) == (5, 40)
    assert office.post(url, body | {"places": "7"}).status_code == 409
    assert office.post(url, {"act": "close", "version": "2"}).status_code == 302
    slot.refresh_from_db()
    assert slot.closed
    assert office.post(url, {"act": "vanish", "version": "3"}).status_code == 400


def test_fewer_places_than_people_are_refused_on_the_page(office, slot, doctor):
    for name in ("Ana", "Luz"):
        slots.book(PatientFactory(by=doctor, given_name=name), slot.pk, by=doctor)
    body = {"act": "places", "version": "1", "places": "1", "minutes": "40"}
    assert office.post(of("slot", slot.pk), body).status_code == 400
    slot.refresh_from_db()
    assert slot.places == 2


def test_staff_read_and_do_not_change(client, slot):
    assert client.get(of("slot", slot.pk)).status_code == 200
    assert client.post(of("slot", slot.pk), {"act": "close", "version": "1"}).status_code == 403
    assert client.get(of("new_slot")).status_code == 403
    assert client.get(of("close_day", slot.local_date)).status_code == 403


def test_an_hour_of_another_programme_does_not_exist(as_user, slot):
    elsewhere = as_user(UserFactory(role="coordinator"))
    assert elsewhere.get(of("slot", slot.pk)).status_code == 404
    body = {"act": "close", "version": "1"}
    assert elsewhere.post(of("slot", slot.pk), body).status_code == 404


def test_an_hour_with_many_people_keeps_to_its_statements(
    office, coordinator, programme, doctor, statements
):
    slot = SlotFactory(programme=programme, places=40)
    url = of("slot", slot.pk)
    counts = []
    for many in (1, 12):
        for _n in range(many):
            slots.book(PatientFactory(by=doctor), slot.pk, by=doctor)
        counts.append(statements(office, url))
    assert counts[0] == counts[1] <= 12


# -- Offering --------------------------------------------------------------------------------
def hour(programme, **values):
    return {
        "discipline": "psychology",
        "site": str(site_of(programme).pk),
        "at": "09:30",
        "minutes": "50",
        "places": "2",
        **values,
    }


def test_the_coordinator_offers_one_hour(office, programme, psychologist):
    day = programme.today() + timedelta(days=2)
    body = hour(programme, day=day.isoformat(), professional=str(psychologist.pk))
    assert office.post(of("new_slot"), body).status_code == 302
    slot = Slot.objects.get()
    assert (slot.local_date, slot.local_time, slot.professional) == (day, time(9, 30), psychologist)
    assert office.post(of("new_slot"), body).status_code == 400
    assert office.post(of("new_slot"), body | {"discipline": "sgbv"}).status_code == 400
    assert office.post(of("new_slot"), body | {"places": "0"}).status_code == 400
    assert Slot.objects.count() == 1


def test_an_hour_of_every_week_begins_and_ends(office, programme):
    today = programme.today()
    body = hour(programme, weekdays=["0", "2"], valid_from=today.isoformat())
    assert office.post(of("patterns"), body).status_code == 302
    assert SlotPattern.objects.count() == 2
    assert Slot.objects.count() >= 16
    pattern = SlotPattern.objects.get(weekday=0)
    assert of("end_pattern", pattern.pk) in text(office.get(of("patterns")))

    body = {"version": "1", "last_day": (today + timedelta(days=6)).isoformat()}
    assert office.post(of("end_pattern", pattern.pk), body).status_code == 302
    assert Slot.objects.filter(pattern=pattern).count() == 1
    assert office.post(of("end_pattern", pattern.pk), body | {"last_day": "x"}).status_code == 400


def test_dates_in_the_wrong_order_offer_nothing(office, programme):
    today = programme.today()
    body = hour(
        programme,
        weekdays=["0"],
        valid_from=today.isoformat(),
        valid_to=(today - timedelta(days=1)).isoformat(),
    )
    assert office.post(of("patterns"), body).status_code == 400
    assert not SlotPattern.objects.exists()


def test_staff_see_what_is_offered_every_week_without_the_form(client):
    page = client.get(of("patterns"))
    assert page.status_code == 200
    assert page.context["form"] is None
    assert client.post(of("patterns"), {}).status_code == 403


# -- Booking a person ------------------------------------------------------------------------
def test_days_with_places_are_offered(client, slot, person, programme, doctor):
    full = SlotFactory(programme=programme, days=2)
    slots.book(PatientFactory(by=doctor), full.pk, by=doctor)
    page = client.get(of("book", person.code))
    assert [day for day, _codes, _free in page.context["days"]] == [slot.local_date]
    later = client.get(of("book", person.code, **{"from": page.context["after"]}))
    assert later.context["days"] == []
    assert client.get(of("book", person.code, day="never")).status_code == 400


def test_several_disciplines_of_a_day_are_booked_with_one_form(client, slot, person, programme):
    medical = SlotFactory(programme=programme, discipline="medical", local_time=time(11))
    url = of("book", person.code, day=slot.local_date)
    assert client.get(url).context["form"].names == ["slot_medical", "slot_psychology"]
    response = client.post(url, {"slot_medical": medical.pk, "slot_psychology": slot.pk})
    assert response.url == reverse("desk:person", args=[person.code])
    assert set(Appointment.objects.values_list("slot", flat=True)) == {medical.pk, slot.pk}
    assert "Rosa" not in response.url


def test_nothing_chosen_books_nothing(client, slot, person):
    url = of("book", person.code, day=slot.local_date)
    assert client.post(url, {"x": "1"}).status_code == 400
    assert not Appointment.objects.exists()


def test_nobody_is_booked_in_two_places_at_once(client, slot, person, programme):
    same = SlotFactory(programme=programme, discipline="medical", local_time=time(9, 30))
    after = SlotFactory(programme=programme, discipline="social_work", local_time=time(9, 50))
    url = of("book", person.code, day=slot.local_date)
    both = {"slot_psychology": slot.pk, "slot_medical": same.pk}
    assert client.post(url, both).status_code == 400
    assert not Appointment.objects.exists()
    assert client.post(url, {"slot_psychology": slot.pk}).status_code == 302
    assert client.post(url, {"slot_medical": same.pk}).status_code == 400
    assert client.post(url, {"slot_social_work": after.pk}).status_code == 302


def test_the_person_page_leads_to_booking_where_hours_are_offered(client, person, programme):
    page = reverse("desk:person", args=[person.code])
    assert of("book", person.code) not in text(client.get(page))
    SlotFactory(programme=programme)
    assert of("book", person.code) in text(client.get(page))


def test_beyond_the_places_only_the_coordinator_and_with_a_reason(
    client, office, coordinator, person, programme, doctor
):
    slot = SlotFactory(programme=programme)
    slots.book(PatientFactory(by=doctor), slot.pk, by=doctor)
    url = of("book", person.code, day=slot.local_date)
    assert client.get(url).context["form"].names == []
    assert client.post(url, {"slot_psychology": slot.pk, "reason": "Sí"}).status_code == 400
    assert office.post(url, {"slot_psychology": slot.pk}).status_code == 400
    assert Appointment.objects.count() == 1

    assert office.post(url, {"slot_psychology": slot.pk, "reason": "Viaja"}).status_code == 302
    assert Appointment.objects.get(patient=person).overbooked_by == coordinator


def test_who_books_is_told_that_the_person_is_expected_elsewhere(
    client, slot, person, social_worker
):
    ConsultationFactory(
        by=social_worker,
        patient=person,
        outing=OutingFactory(by=social_worker),
        legal_next_date=slot.local_date.isoformat(),
    )
    assert client.get(of("book", person.code)).context["elsewhere"] == {slot.local_date}
    page = client.get(of("book", person.code, day=slot.local_date))
    assert page.context["elsewhere"] == {slot.local_date}
    assert client.post(
        of("book", person.code, day=slot.local_date), {"slot_psychology": slot.pk}
    ).url


def test_a_person_out_of_scope_is_not_booked(as_user, slot, person, stranger):
    assert as_user(stranger).get(of("book", person.code)).status_code == 404
    body = {"slot_psychology": slot.pk}
    url = of("book", person.code, day=slot.local_date)
    assert as_user(stranger).post(url, body).status_code == 404
    assert not Appointment.objects.exists()


def test_booking_keeps_to_its_statements_and_weight(office, person, programme, statements):
    counts = []
    for hours in (range(8, 10), range(10, 18)):
        for number in hours:
            for discipline in ("psychology", "medical", "social_work", "physiotherapy"):
                SlotFactory(programme=programme, discipline=discipline, local_time=time(number))
        day = programme.today() + timedelta(days=1)
        url = of("book", person.code)
        counts.append((statements(office, url), statements(office, f"{url}?day={day}")))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12
    assert len(gzip.compress(office.get(f"{url}?day={day}").content, 6)) <= 14 * 1024


# -- Another hour ----------------------------------------------------------------------------
def test_an_appointment_moves_to_a_free_hour(client, slot, person, programme, doctor):
    booked = slots.book(person, slot.pk, by=doctor)
    free = SlotFactory(programme=programme, days=3)
    SlotFactory(programme=programme, days=3, discipline="medical")
    url = of("appointment", booked.pk)
    assert list(client.get(url).context["rebook"].fields["slot"].slots) == [str(free.pk)]
    body = {"act": "rebook", "version": "1"}
    assert client.post(url, body).status_code == 400
    assert client.post(url, body | {"slot": free.pk}).status_code == 302
    free.refresh_from_db()
    slot.refresh_from_db()
    assert (slot.taken, free.taken) == (0, 1)
