"""The first page, for every role."""

import gzip
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from consultations.models import Appointment
from patients import services
from tests.accounts.factories import PostingFactory, UserFactory
from tests.consultations.factories import (
    ConsultationFactory,
    DraftFactory,
    OutingFactory,
    VisitFactory,
    site_of,
)
from tests.patients.factories import PatientFactory


@pytest.fixture
def client(as_user, doctor):
    return as_user(doctor)


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("manager", "/reports/"),
        ("dpo", "accounts:access_log"),
        ("administrator", "accounts:users"),
    ],
)
def test_the_office_lands_where_its_work_begins(as_user, db, role, page):
    response = as_user(UserFactory(role=role)).get("/")
    assert response.status_code == 302
    assert response.url == (page if page.startswith("/") else reverse(page))


def test_who_has_no_posting_lands_on_their_profile(as_user, db):
    assert as_user(UserFactory()).get("/").status_code == 302


@pytest.mark.parametrize(
    "role",
    "doctor nurse physio psychologist psychiatrist social_worker mediator promoter coordinator"
    "".split(),
)
def test_every_role_of_care_opens_the_page(as_user, programme, outing, role):
    VisitFactory(by=outing.opened_by, outing=outing)
    user = UserFactory(role=role, programme=programme)
    client = as_user(user)
    assert client.get("/").status_code == 200
    client.post(reverse("consultations:join_outing", args=[outing.pk]))
    assert client.get("/").context["outing"].pk == outing.pk


def test_a_manager_who_also_works_in_the_field_sees_today(as_user, programme):
    user = UserFactory(role="manager")
    PostingFactory(user=user, role="doctor", programme=programme)
    assert as_user(user).get("/").status_code == 200


def test_without_an_outing_one_button_opens_the_suggested_one(client, programme):
    site = site_of(programme)
    page = client.get("/")
    assert page.context["form"]["site"].value() == str(site.pk)
    client.post(
        reverse("consultations:open_outing"), {"site": str(site.pk), "private_space": "yes"}
    )
    assert client.get("/").context["outing"].site == site


def test_a_colleagues_outing_is_joined_in_one_tap(as_user, outing, psychologist):
    client = as_user(psychologist)
    page = client.get("/").content.decode()
    assert reverse("consultations:join_outing", args=[outing.pk]) in page


def test_tabs_count_and_show_in_order_of_arrival(client, doctor, outing):
    first = VisitFactory(by=doctor, outing=outing, waits_for=("medical",))
    second = VisitFactory(by=doctor, outing=outing, waits_for=("psychology",))
    ConsultationFactory(by=doctor, outing=outing)
    DraftFactory(by=doctor, outing=outing)

    page = client.get("/")
    counts = {str(tab.label): tab.count for tab in page.context["tabs"]}
    assert list(counts.values()) == [2, 1, 1, 4]
    assert [row["code_end"] for row in page.context["rows"]] == [
        first.patient.code_end,
        second.patient.code_end,
    ]
    assert page.context["rows"][1]["disciplines"] == ["psychology"]
    assert len(client.get("/?tab=all").context["rows"]) == 4
    assert client.get("/?tab=nonsense").status_code == 200


def test_the_button_leads_to_the_own_form_or_back_to_the_draft(client, doctor, outing):
    waiting = VisitFactory(by=doctor, outing=outing)
    draft = DraftFactory(by=doctor, outing=outing)
    new = client.get("/?tab=waiting").context["rows"][0]["action_url"]
    assert new == reverse("consultations:new", args=[waiting.patient.code, "medical"])
    again = client.get("/?tab=in_care").context["rows"][0]["action_url"]
    assert again == reverse("consultations:resume", args=[draft.pk])


def test_the_need_is_never_said_in_words(client, doctor, person, outing):
    ConsultationFactory(by=doctor, patient=person, outing=outing)
    page = client.get("/?tab=seen").content.decode()
    assert "Infección" not in page


def test_who_is_expected_arrives_with_one_tap(client, doctor, person, outing):
    Appointment.objects.create(
        patient=person,
        programme=outing.programme,
        discipline="psychology",
        local_date=outing.local_date,
        booked_by=doctor,
    )
    assert len(client.get("/").context["appointments"]) == 1
    client.post(reverse("consultations:receive", args=[person.code]), {"waits_for": ["psychology"]})
    page = client.get("/")
    assert page.context["appointments"] == []
    assert page.context["rows"][0]["disciplines"] == ["psychology"]


def test_a_follow_up_says_how_many_days(client, doctor, person, outing):
    ConsultationFactory(by=doctor, patient=person, on=outing.local_date - timedelta(days=14))
    VisitFactory(by=doctor, outing=outing, patient=person)
    assert "14" in client.get("/").context["rows"][0]["facts"]


def test_my_drafts_are_mine(client, as_user, doctor, psychologist, outing):
    DraftFactory(by=doctor, outing=outing)
    assert len(client.get("/").context["drafts"]) == 1
    assert as_user(psychologist).get("/").context["drafts"] == []


def test_another_programme_sees_nothing_of_it(as_user, stranger, doctor, outing):
    visit = VisitFactory(by=doctor, outing=outing)
    OutingFactory(by=stranger)
    page = as_user(stranger).get("/?tab=all").content.decode()
    assert visit.patient.code_end not in page


def test_hidden_people_are_in_no_list_of_others(as_user, doctor, psychologist, outing):
    visit = VisitFactory(by=doctor, outing=outing)
    services.hide(visit.patient, by=doctor)
    client = as_user(psychologist)
    client.post(reverse("consultations:join_outing", args=[outing.pk]))
    assert visit.patient.code_end not in client.get("/?tab=all").content.decode()


def test_one_event_for_all_the_names_of_the_page(client, doctor, person, outing):
    VisitFactory(by=doctor, outing=outing)
    DraftFactory(by=doctor, outing=outing)
    before = AccessEvent.objects.count()
    client.get("/")
    assert AccessEvent.objects.count() == before + 1


def test_nobody_shown_nothing_disclosed(client, outing):
    before = AccessEvent.objects.count()
    client.get("/")
    assert AccessEvent.objects.count() == before


def test_the_page_takes_few_statements_and_is_light(client, doctor, outing, programme, statements):
    VisitFactory(by=doctor, outing=outing)
    DraftFactory(by=doctor, outing=outing)
    one = statements(client, "/?tab=all")
    for n in range(50):
        visit = VisitFactory(by=doctor, outing=outing, patient=PatientFactory(by=doctor))
        if n % 5 == 0:
            ConsultationFactory(by=doctor, outing=outing, patient=visit.patient)
        if n % 7 == 0:
            Appointment.objects.create(
                patient=PatientFactory(by=doctor),
                programme=programme,
                discipline="medical",
                local_date=outing.local_date,
                booked_by=doctor,
            )
    fifty = statements(client, "/?tab=all")
    assert max(one, fifty) <= 12
    assert len(gzip.compress(client.get("/?tab=all").content, 6)) <= 14 * 1024
