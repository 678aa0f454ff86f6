"""Today at the centre: one's own hours, who waits, drafts, the next days."""

import gzip
from datetime import time, timedelta

import pytest
from django.urls import reverse

from accounts.models import AccessEvent, Programme
from consultations.services import appointments, slots
from patients.services import merge
from referrals.models import Notice
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import (
    ConsultationFactory,
    DraftFactory,
    OutingFactory,
    SlotFactory,
    VisitFactory,
    site_of,
)
from tests.patients.factories import PatientFactory
from tests.referrals.scenes import to_centre

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    return ProgrammeFactory(kind=Programme.Kind.CENTRE)


@pytest.fixture
def client(as_user, psychologist):
    return as_user(psychologist)


@pytest.fixture
def booked(programme, psychologist):
    """Book a person for an hour of today."""

    def book(patient, hour=9, discipline="psychology", days=0, **values):
        slot = SlotFactory(
            programme=programme,
            days=days,
            discipline=discipline,
            local_time=time(hour),
            **values,
        )
        return slots.book(patient, slot.pk, by=psychologist)

    return book


def hours(page):
    return [row["appointment"].local_time for row in page.context["rows"]]


def row_of(page, appointment):
    return next(row for row in page.context["rows"] if row["appointment"] == appointment)


def test_my_hours_in_order_and_nobody_elses(client, programme, psychologist, booked, doctor):
    people = [PatientFactory(by=doctor, given_name=name) for name in ("Ana", "Luz", "Sol", "Paz")]
    colleague = UserFactory(role="psychologist", programme=programme)
    booked(people[0], 11)
    booked(people[1], 9, professional=psychologist)
    booked(people[2], 10, professional=colleague)
    booked(people[3], 10, discipline="medical")
    assert hours(client.get("/")) == [time(9), time(11)]
    assert AccessEvent.objects.latest("id").action == "outing.listed"


def test_the_coordinator_sees_every_discipline(as_user, coordinator, person, booked, doctor):
    booked(person, 9)
    booked(PatientFactory(by=doctor), 10, discipline="medical")
    page = as_user(coordinator).get("/")
    assert [row["appointment"].discipline for row in page.context["rows"]] == [
        "psychology",
        "medical",
    ]


def test_what_is_booked_under_a_merged_record_is_the_survivors(
    client, person, booked, psychologist, coordinator
):
    other = PatientFactory(by=psychologist)
    booked(other)
    merge(person, other, by=coordinator)
    assert [row["appointment"].patient for row in client.get("/").context["rows"]] == [other]


def test_a_person_with_several_disciplines_shows_their_chain(client, person, booked):
    mine = booked(person, 9)
    other = booked(person, 11, discipline="social_work")
    row = row_of(client.get("/"), mine)
    assert row["chain"] == [mine, other]


def test_who_arrives_is_put_on_the_list_for_all_their_hours(client, person, booked, psychologist):
    mine = booked(person, 9)
    booked(person, 11, discipline="social_work")
    assert row_of(client.get("/"), mine)["arrives"] == []
    OutingFactory(by=psychologist)
    row = row_of(client.get("/"), mine)
    assert row["arrives"] == ["psychology", "social_work"]
    url = reverse("consultations:receive", args=[person.code])
    client.post(url, {"waits_for": row["arrives"]})

    row = row_of(client.get("/"), mine)
    assert row["arrives"] == []
    assert row["button"][1] == reverse("consultations:new", args=[person.code, "psychology"])


def test_what_became_of_an_hour_is_said(client, person, booked, psychologist, doctor):
    kept, missed = booked(person, 9), booked(PatientFactory(by=doctor), 10)
    dropped = booked(PatientFactory(by=doctor), 11)
    appointments.miss(missed, by=psychologist, expected=1)
    appointments.cancel(dropped, by=psychologist, expected=1, by_person=True)
    ConsultationFactory(by=psychologist, patient=person, outing=OutingFactory(by=psychologist))
    page = client.get("/")
    assert [row["appointment"].state for row in page.context["rows"]] == ["attended", "missed"]
    assert row_of(page, kept)["button"] is None


def test_a_draft_is_continued(client, person, booked, psychologist):
    mine = booked(person, 9)
    draft = DraftFactory(by=psychologist, patient=person, outing=OutingFactory(by=psychologist))
    page = client.get("/")
    again = reverse("consultations:resume", args=[draft.pk])
    assert row_of(page, mine)["button"][1] == again
    assert [each for each, _person in page.context["drafts"]] == [draft]


def test_who_waits_without_an_hour_is_listed(client, person, booked, psychologist, doctor):
    outing = OutingFactory(by=psychologist)
    booked(person, 9)
    VisitFactory(by=psychologist, outing=outing, patient=person, waits_for=("psychology",))
    waits = VisitFactory(by=psychologist, outing=outing, waits_for=("psychology",))
    VisitFactory(by=psychologist, outing=outing, waits_for=("medical",))
    page = client.get("/")
    assert [visit for visit, _person in page.context["waiting"]] == [waits]


def test_the_next_days_are_counted(client, booked, programme, doctor):
    for days, hour in ((1, 9), (1, 10), (3, 9), (9, 9)):
        booked(PatientFactory(by=doctor), hour, days=days)
    ahead = client.get("/").context["ahead"]
    assert [((day - programme.today()).days, n) for day, n in ahead] == [(1, 2), (3, 1)]


def test_an_empty_day_says_so_and_the_day_opens_from_here(client, programme):
    site = site_of(programme)
    page = client.get("/")
    assert page.context["rows"] == []
    body = {"site": str(site.pk), "private_space": "yes"}
    client.post(reverse("consultations:open_outing"), body)
    assert client.get("/").context["outing"].site == site


def test_everybody_at_the_centre_is_one_tap_away(client, psychologist):
    outing = OutingFactory(by=psychologist)
    visit = VisitFactory(by=psychologist, outing=outing)
    page = client.get("/?tab=all")
    assert "desk/today.html" in [template.name for template in page.templates]
    assert [row["code_end"] for row in page.context["rows"]] == [visit.patient.code_end]


def test_a_mobile_team_keeps_its_today(as_user):
    mobile = ProgrammeFactory(kind=Programme.Kind.MOBILE)
    page = as_user(UserFactory(role="psychologist", programme=mobile)).get("/")
    assert "desk/my_day.html" not in [template.name for template in page.templates]


def test_people_out_of_scope_are_not_listed(client, programme, booked, psychologist):
    theirs = PatientFactory()
    booked(theirs, 9)
    assert client.get("/").context["rows"] == []


@pytest.mark.parametrize("role", ["psychologist", "coordinator"])
def test_a_full_day_keeps_to_its_statements_and_weight(
    as_user, programme, booked, psychologist, doctor, statements, role
):
    user = UserFactory(role=role, programme=programme)
    client = as_user(user)
    outing = OutingFactory(by=psychologist)
    counts = []
    for start, end in ((0, 2), (2, 24)):
        for number in range(start, end):
            person = PatientFactory(by=doctor)
            booked(person, number)
            if number % 3 == 0:
                VisitFactory(by=psychologist, outing=outing, patient=person)
            if number % 4 == 0:
                VisitFactory(by=psychologist, outing=outing, waits_for=("psychology",))
        OutingFactory(by=user)
        counts.append(statements(client, "/"))
    assert counts[0] == counts[1] <= 12
    assert len(gzip.compress(client.get("/").content, 6)) <= 14 * 1024


def test_what_to_know_of_referrals_stands_on_it(client, programme, psychologist):
    row = to_centre(UserFactory(role="doctor"), programme)
    for kind in ("late", "answer"):
        Notice.objects.create(
            referral=row,
            kind=kind,
            cause="x",
            clock=row.clock,
            level=0,
            programme=programme,
            made_at=row.due_at + timedelta(hours=1),
        )

    page = client.get("/")

    assert page.status_code == 200
    assert [len(about) for about in page.context["notices"]] == [2]
    assert reverse("referrals:referral", args=[row.pk]) in page.content.decode()
