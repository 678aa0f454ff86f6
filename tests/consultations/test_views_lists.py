"""Appointments of a day, and the episodes of care."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consultations.models import Appointment
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, EpisodeFactory
from tests.patients.factories import PatientFactory


@pytest.fixture
def client(as_user, doctor):
    return as_user(doctor)


@pytest.fixture
def book(doctor, programme):
    def make(days=0, patient=None, **values):
        return Appointment.objects.create(
            patient=patient or PatientFactory(by=doctor),
            programme=programme,
            discipline="psychology",
            local_date=programme.today() + timedelta(days=days),
            booked_by=doctor,
            **values,
        )

    return make


def of(name, *args):
    return reverse(f"consultations:{name}", args=args)


# -- Appointments ----------------------------------------------------------------------------
def test_a_day_shows_who_is_expected(client, book, programme):
    today, tomorrow = book(), book(1)
    shown = [row.pk for row, _p in client.get(of("appointments")).context["rows"]]
    assert shown == [today.pk]
    day = (programme.today() + timedelta(days=1)).isoformat()
    shown = [row.pk for row, _p in client.get(of("appointments") + f"?day={day}").context["rows"]]
    assert shown == [tomorrow.pk]
    assert client.get(of("appointments") + "?day=never").status_code == 400


def test_what_for_is_never_said_on_the_page(client, book):
    book()
    page = client.get(of("appointments")).content.decode()
    assert "<title>" in page
    assert "trastorno" not in page.lower()


def test_missed_is_marked_with_its_reason(client, book):
    appointment = book(-1)
    body = {"act": "miss", "version": "1", "reason": "missed_appointment_reasons:work"}
    assert client.post(of("appointment", appointment.pk), body).status_code == 302
    appointment.refresh_from_db()
    assert (appointment.state, appointment.missed_reason_id) == (
        "missed",
        "missed_appointment_reasons:work",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"act": "vanish", "version": "1"},
        {"act": "miss"},
        {"act": "miss", "version": "1", "reason": "nonsense"},
        {"act": "rebook", "version": "1"},
        {"act": "rebook", "version": "1", "date": "1899-12-31"},
    ],
)
def test_nonsense_changes_nothing(client, book, body):
    appointment = book()
    assert client.post(of("appointment", appointment.pk), body).status_code == 400
    appointment.refresh_from_db()
    assert appointment.state == "booked"


def test_an_old_page_meets_a_conflict(client, book):
    appointment = book()
    client.post(of("appointment", appointment.pk), {"act": "miss", "version": "1"})
    late = client.post(of("appointment", appointment.pk), {"act": "miss", "version": "1"})
    assert late.status_code == 409


def test_an_appointment_of_another_programme_does_not_exist(as_user, stranger, book):
    assert as_user(stranger).get(of("appointment", book().pk)).status_code == 404


def test_the_way_back_stays_on_this_host(client, book):
    body = {"act": "miss", "version": "1", "next": "https://elsewhere.example/"}
    response = client.post(of("appointment", book().pk), body)
    assert response.url == of("appointments")


def test_the_day_takes_few_statements(client, book, statements):
    book()
    one = statements(client, of("appointments"))
    for _n in range(49):
        book()
    assert max(one, statements(client, of("appointments"))) <= 12


# -- Episodes --------------------------------------------------------------------------------
def test_open_episodes_with_who_was_not_seen_for_longest_first(client, doctor, programme):
    seen, unseen = PatientFactory(by=doctor), PatientFactory(by=doctor)
    EpisodeFactory(patient=seen, programme=programme, reference_worker=doctor)
    EpisodeFactory(patient=unseen, programme=programme)
    ConsultationFactory(by=doctor, patient=seen)

    rows = [episode.patient_id for episode, *_ in client.get(of("episodes")).context["rows"]]
    assert set(rows) == {seen.pk, unseen.pk}
    mine = client.get(of("episodes") + "?whose=mine").context["rows"]
    assert [episode.patient_id for episode, *_ in mine] == [seen.pk]
    nobody = client.get(of("episodes") + "?whose=nobody").context["rows"]
    assert [episode.patient_id for episode, *_ in nobody] == [unseen.pk]
    assert client.get(of("episodes") + "?whose=theirs").status_code == 400


def test_episodes_of_other_programmes_are_not_listed(as_user, stranger, doctor, programme, person):
    EpisodeFactory(patient=person, programme=programme)
    assert as_user(stranger).get(of("episodes")).context["rows"] == []


def test_a_closed_episode_is_not_listed(client, programme, person):
    EpisodeFactory(
        patient=person,
        programme=programme,
        closed_on=programme.today(),
        closed_at=timezone.now(),
        closed_by=UserFactory(),
        outcome_id="cai_discharge_outcomes:completed_goals",
    )
    assert client.get(of("episodes")).context["rows"] == []


@pytest.mark.parametrize("role", ["manager", "dpo", "administrator"])
def test_roles_without_care_see_no_episode(as_user, db, role):
    assert as_user(UserFactory(role=role)).get(of("episodes")).status_code == 403


def test_the_list_takes_few_statements(client, doctor, programme, statements):
    EpisodeFactory(patient=PatientFactory(by=doctor), programme=programme)
    one = statements(client, of("episodes"))
    for _n in range(49):
        EpisodeFactory(patient=PatientFactory(by=doctor), programme=programme)
    assert max(one, statements(client, of("episodes"))) <= 12
