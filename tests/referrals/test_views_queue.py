"""The queue of who receives, what was sent, bulk assignment, notices on Today."""

import gzip

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent
from accounts.rows import uuid7
from patients.services import hide
from referrals import services
from referrals.machine import Move
from referrals.models import Notice
from tests.accounts.factories import UserFactory
from tests.consultations.conftest import as_user, doctor, programme, statements, stranger
from tests.patients.factories import PatientFactory
from tests.referrals import scenes

__all__ = ("as_user", "doctor", "programme", "statements", "stranger")
pytestmark = pytest.mark.django_db
URL = "/referrals/"


@pytest.fixture
def centre():
    return scenes.centre_of()


@pytest.fixture
def coordinator(centre):
    return scenes.coordinator_of(centre)


@pytest.fixture
def client(as_user, coordinator):
    return as_user(coordinator)


def shown(client, query=""):
    return [row["referral"].pk for row in client.get(URL + query).context["rows"]]


def counts(client):
    return {tab.url.partition("tab=")[2]: tab.count for tab in client.get(URL).context["tabs"]}


def test_what_was_sent_stands_with_the_receiver_and_with_the_sender(
    as_user, client, doctor, centre, stranger
):
    referral = scenes.to_centre(doctor, centre)
    assert shown(client, "?tab=new") == [referral.pk]
    assert shown(as_user(doctor), "?tab=sent") == [referral.pk]
    assert shown(as_user(doctor), "?tab=new") == []
    assert shown(as_user(stranger), "?tab=sent") == []
    assert counts(client)["new"] == 1


def test_the_first_tab_with_something_is_opened(client, as_user, doctor, centre):
    scenes.to_centre(doctor, centre)
    assert client.get(URL).context["tab"] == "new"
    assert as_user(doctor).get(URL).context["tab"] == "sent"


@pytest.mark.parametrize("role", ["manager", "dpo", "administrator"])
def test_who_meets_no_records_is_forbidden(as_user, role):
    assert as_user(UserFactory(role=role)).get(URL).status_code == 403


def test_a_row_says_urgency_need_origin_and_language(client, doctor, centre, programme):
    person = PatientFactory(by=doctor, given_name="Wideline", nationality="HTI", language="hat")
    scenes.to_centre(doctor, centre, person, language="languages:hat")
    page = client.get(URL)
    row = page.context["rows"][0]
    assert row["name"].startswith("Wideline")
    assert row["need"]
    assert row["other_side"] == programme.name
    assert "…" + person.code_end in page.content.decode()
    assert "Wideline" not in page.content.decode().partition("</title>")[0]


def test_names_are_logged_once_for_the_whole_list(client, doctor, centre):
    people = [scenes.to_centre(doctor, centre).patient for _n in range(2)]
    before = AccessEvent.objects.count()
    client.get(URL)
    event = AccessEvent.objects.order_by("-pk").first()
    assert AccessEvent.objects.count() == before + 1
    assert event.action == "referral.listed"
    assert {person.code for person in people} <= set(event.codes)


def test_a_hidden_person_is_not_named(client, doctor, centre):
    person = PatientFactory(by=doctor, given_name="Wideline")
    scenes.to_centre(doctor, centre, person)
    hide(person, by=doctor)
    page = client.get(URL).content.decode()
    assert "Wideline" not in page


def test_the_need_is_for_those_who_may_read_what_is_shared(as_user, doctor, centre, programme):
    scenes.to_centre(doctor, centre)
    mediator = UserFactory(role="mediator", programme=centre)
    assert as_user(mediator).get(URL + "?tab=new").context["rows"][0]["need"] == ""


def test_filters_hold_codes_only_and_are_kept_by_the_tabs(client, doctor, centre):
    urgent = scenes.to_centre(doctor, centre, urgency="urgent")
    scenes.to_centre(doctor, centre)
    page = client.get(URL + "?tab=new&urgency=urgent")
    assert [row["referral"].pk for row in page.context["rows"]] == [urgent.pk]
    assert all("urgency=urgent" in tab.url for tab in page.context["tabs"][:-1])
    assert client.get(URL + "?urgency=nonsense").status_code == 400


def test_empty_tabs_say_so(client):
    for tab in ("new", "to_schedule", "accepted", "late", "waiting", "closed", "sent"):
        page = client.get(f"{URL}?tab={tab}")
        assert page.status_code == 200
        assert "empty-state" in page.content.decode()


def test_fifty_rows_take_the_statements_of_one(client, doctor, centre, statements):
    scenes.to_centre(doctor, centre)
    one = statements(client, URL + "?tab=new")
    for _n in range(49):
        scenes.to_centre(doctor, centre)
    many = statements(client, URL + "?tab=new")
    assert max(one, many) <= 12
    assert many <= one
    page = client.get(URL + "?tab=new")
    assert len(gzip.compress(page.content, 6)) <= 14 * 1024
    assert len(page.context["rows"]) == 20
    assert "page=2" in page.content.decode()


# -- Several at once ---------------------------------------------------------------------------
def test_several_are_given_to_one_colleague(client, doctor, centre):
    psychologist = UserFactory(role="psychologist", programme=centre)
    rows = [scenes.to_centre(doctor, centre) for _n in range(3)]
    said = {"referral": [str(row.pk) for row in rows[:2]], "to": str(psychologist.pk)}
    assert client.post(reverse("referrals:assign"), said).status_code == 302
    for row in rows:
        row.refresh_from_db()
    assert [row.assigned_to_id for row in rows] == [psychologist.pk, psychologist.pk, None]


def test_only_the_coordination_gives(as_user, doctor, centre):
    scenes.to_centre(doctor, centre)
    assert as_user(doctor).post(reverse("referrals:assign")).status_code == 403


def test_nothing_ticked_changes_nothing(client, doctor, centre, coordinator):
    row = scenes.to_centre(doctor, centre)
    client.post(reverse("referrals:assign"), {"to": str(coordinator.pk)})
    row.refresh_from_db()
    assert row.assigned_to_id is None


# -- Today -------------------------------------------------------------------------------------
@pytest.fixture
def answered(doctor, centre, coordinator):
    """The centre did not accept, and says why."""
    referral = scenes.to_centre(doctor, centre)
    return services.move(
        referral,
        Move.DECLINE,
        by=coordinator,
        expected=referral.version,
        id=uuid7(),
        reason="referral_decline_reasons:no_capacity",
        text="Hospital de día",
    )


def test_the_answer_stands_on_the_senders_today_until_seen(as_user, doctor, answered):
    client = as_user(doctor)
    link = reverse("referrals:referral", args=[answered.pk])
    assert link in client.get("/").content.decode()
    notice = Notice.objects.get(kind="answer", user=doctor)
    assert f'value="{notice.pk}"' in client.get("/").content.decode()
    client.post(reverse("referrals:see"), {"notice": [str(notice.pk)]})
    notice.refresh_from_db()
    assert notice.seen_by_id == doctor.pk
    assert link not in client.get("/").content.decode()


def test_a_notice_of_others_is_not_seen_by_strangers(as_user, stranger, answered, doctor):
    notice = Notice.objects.get(kind="answer", user=doctor)
    as_user(stranger).post(reverse("referrals:see"), {"notice": [str(notice.pk), "nonsense"]})
    notice.refresh_from_db()
    assert notice.seen_at is None


def test_open_referrals_stand_on_the_persons_page(as_user, doctor, centre):
    person = PatientFactory(by=doctor)
    referral = scenes.to_centre(doctor, centre, person)
    page = as_user(doctor).get(person.get_absolute_url()).content.decode()
    assert reverse("referrals:referral", args=[referral.pk]) in page
    assert reverse("referrals:new", args=[person.code]) in page
    assert timezone.now() >= referral.submitted_at
