"""One person on one page."""

import gzip
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from consultations.models import Appointment
from patients import services
from patients.card import AllergyAnswer
from patients.models import Access
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, DraftFactory, VisitFactory
from tests.patients.factories import PatientFactory


@pytest.fixture
def client(as_user, doctor):
    return as_user(doctor)


def address(person):
    return reverse("desk:person", args=[person.code])


def test_the_address_is_the_code(person):
    assert address(person) == f"/patients/{person.code}/" == person.get_absolute_url()


def test_one_event_written_before_anything_is_shown(client, person):
    before = AccessEvent.objects.count()
    assert client.get(address(person)).status_code == 200
    event = AccessEvent.objects.order_by("-pk").first()
    assert AccessEvent.objects.count() == before + 1
    assert (event.action, event.subject) == ("person.opened", person.code)


def test_no_log_no_page(client, person, monkeypatch):
    def broken(**_kwargs):
        raise RuntimeError("the log is full")

    monkeypatch.setattr("desk.views.person.disclose", broken)
    with pytest.raises(RuntimeError):
        client.get(address(person))


def test_a_person_out_of_scope_does_not_exist(as_user, stranger, person):
    assert as_user(stranger).get(address(person)).status_code == 404
    assert as_user(stranger).get("/patients/NOSUCHONE/").status_code == 404


@pytest.mark.parametrize("role", ["manager", "dpo", "administrator"])
def test_who_reads_no_records_is_forbidden(as_user, role, person):
    assert as_user(UserFactory(role=role)).get(address(person)).status_code == 403


def test_no_name_in_the_title(client, doctor):
    person = PatientFactory(by=doctor, given_name="Wideline", family_name="Baptiste")
    page = client.get(address(person)).content.decode()
    assert "Wideline" in page
    assert "Wideline" not in page[page.index("<title>") : page.index("</title>")]


def test_allergies_are_for_all_who_may_know_the_summary(as_user, programme, doctor, person):
    services.set_allergy(person, AllergyAnswer("listed", "Penicilina"), by=doctor)

    def page(role):
        user = UserFactory(role=role, programme=programme)
        return as_user(user).get(address(person)).content.decode()

    for role in ("nurse", "psychologist", "social_worker", "coordinator"):
        assert "Penicilina" in page(role)
    for role in ("mediator", "promoter"):
        assert "Penicilina" not in page(role)


def test_the_level_of_risk_is_of_the_summary_its_reason_is_not(
    as_user, programme, psychologist, person, outing
):
    ConsultationFactory(
        by=psychologist, patient=person, outing=outing, risk="mh_risk_levels:high",
        risk_action="Se queda acompañada",
    )  # fmt: skip

    def risk(role):
        user = UserFactory(role=role, programme=programme)
        return as_user(user).get(address(person)).context["risk"]

    for role in ("doctor", "social_worker", "coordinator"):
        assert risk(role) == "mh_risk_levels:high"
    for role in ("mediator", "promoter"):
        assert risk(role) is None


def test_a_risk_that_was_not_assessed_leaves_the_one_before(as_user, psychologist, person, outing):
    for risk in ("moderate", "not_assessed"):
        ConsultationFactory(
            by=psychologist, patient=person, outing=outing, risk=f"mh_risk_levels:{risk}"
        )
    page = as_user(psychologist).get(address(person))
    assert page.context["risk"] == "mh_risk_levels:moderate"


def test_the_timeline_respects_reach(as_user, mediator, client, doctor, person, outing):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    link = reverse("consultations:note", args=[note.pk])
    assert link in client.get(address(person)).content.decode()
    page = as_user(mediator).get(address(person)).content.decode()
    assert link not in page
    assert "Infección" not in page


def test_the_next_step_is_the_draft_the_visit_or_the_list(client, doctor, person, outing):
    assert reverse("consultations:receive", args=[person.code]) in _page(client, person)
    visit = VisitFactory(by=doctor, patient=person, outing=outing)
    assert reverse("consultations:visit", args=[visit.pk]) in _page(client, person)
    draft = DraftFactory(by=doctor, patient=person, outing=outing)
    assert reverse("consultations:resume", args=[draft.pk]) in _page(client, person)


def _page(client, person):
    return client.get(address(person)).content.decode()


def test_what_is_booked_and_what_was_missed_stand_there(client, doctor, person, programme):
    for days, state in ((3, "booked"), (-3, "missed"), (-90, "missed"), (-2, "attended")):
        Appointment.objects.create(
            patient=person,
            programme=programme,
            discipline="medical",
            local_date=programme.today() + timedelta(days=days),
            state=state,
            booked_by=doctor,
        )
    shown = client.get(address(person)).context["appointments"]
    assert [row.state for row in shown] == ["missed", "booked"]


def test_the_history_of_another_programme_needs_the_persons_word(
    as_user, stranger, doctor, person, outing
):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    link = reverse("consultations:note", args=[note.pk])
    there = stranger.posting.programme
    Access.objects.create(patient=person, programme=there, basis="referral")
    client = as_user(stranger)
    assert link not in _page(client, person)

    Access.objects.filter(patient=person, programme=there).update(shares_history=True)
    assert link in _page(client, person)


def test_the_code_of_a_merged_record_leads_to_the_survivor(client, doctor, coordinator, person):
    survivor = PatientFactory(by=doctor)
    services.merge(survivor, person, by=coordinator)
    assert client.get(address(person)).url == address(survivor)


def test_a_pseudonymous_record_has_no_name_and_a_page(client, doctor):
    person = PatientFactory(by=doctor, consent="refused")
    assert client.get(address(person)).status_code == 200


def test_150_consultations_stay_light_and_take_twelve_statements(
    as_user, programme, doctor, psychologist, person, outing, statements
):
    services.set_allergy(person, AllergyAnswer("listed", "Penicilina"), by=doctor)
    child = PatientFactory(by=doctor, age=4)
    services.link_family(person, child, "family_relations:child", by=doctor)
    ConsultationFactory(by=doctor, patient=person, outing=outing)
    clients = {
        role: as_user(UserFactory(role=role, programme=programme))
        for role in ("doctor", "psychologist", "social_worker", "coordinator")
    }
    one = {role: statements(client, address(person)) for role, client in clients.items()}
    for n in range(149):
        ConsultationFactory(by=doctor if n % 2 else psychologist, patient=person, outing=outing)

    for role, client in clients.items():
        many = statements(client, address(person))
        assert max(one[role], many) <= 12, role
        response = client.get(address(person))
        assert len(response.context["moments"]) == 12
        assert response.context["timeline"].page.paginator.count == 150
        assert len(gzip.compress(response.content, 6)) <= 14 * 1024, role
