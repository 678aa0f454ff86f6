"""Refer: one page that keeps what was written, shows what will be shared, then sends it."""

import gzip
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent
from accounts.rows import uuid7
from patients import services as people
from patients.card import ConsentAnswer
from patients.models import Consent
from referrals.models import Referral
from terminology import lists
from tests.accounts.factories import UserFactory
from tests.consultations.conftest import as_user, doctor, programme, statements, stranger
from tests.consultations.factories import ConsultationFactory
from tests.patients.factories import PatientFactory
from tests.referrals import scenes

__all__ = ("as_user", "doctor", "programme", "statements", "stranger")
pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return scenes.centre_of()


@pytest.fixture
def person(doctor):
    return PatientFactory(by=doctor, given_name="Wideline")


@pytest.fixture
def client(as_user, doctor, centre):
    return as_user(doctor)


def address(person):
    return reverse("referrals:new", args=[person.code])


def said_for(centre, **more):
    return scenes.answers(f"programme:{centre.pk}", **more)


def send(client, person, said):
    """Look at what is shared, then send it: as the page does."""
    shown = client.post(address(person), {**said, "show": "1"})
    if shown.status_code != 200:
        return shown
    seen = shown.context["refer"]["seen"].value()
    return client.post(address(person), {**said, "seen": seen, "send": "1"})


# -- The page ----------------------------------------------------------------------------------
def test_what_is_known_is_filled_in(client, person, centre, doctor):
    form = client.get(address(person)).context["refer"]
    assert form["destination"].value() == f"programme:{centre.pk}"
    assert form["language"].value() == person.language_id
    assert form["id"].value()


def test_opening_it_is_one_event_of_the_person(client, person):
    before = AccessEvent.objects.count()
    assert client.get(address(person)).status_code == 200
    event = AccessEvent.objects.order_by("-pk").first()
    assert AccessEvent.objects.count() == before + 1
    assert (event.action, event.subject) == ("referral.begun", person.code)


def test_a_person_out_of_scope_is_not_there(as_user, stranger, person):
    for method in ("get", "post"):
        assert getattr(as_user(stranger), method)(address(person)).status_code == 404


@pytest.mark.parametrize("role", ["manager", "dpo", "administrator"])
def test_who_meets_no_records_is_forbidden(as_user, role, person):
    assert as_user(UserFactory(role=role)).get(address(person)).status_code == 403


def test_the_page_is_light_and_takes_few_statements(client, person, doctor, statements, programme):
    for _n in range(3):
        ConsultationFactory(by=doctor, patient=person)
    for _n in range(30):
        scenes.partner_service(programme)
    assert statements(client, address(person)) <= 12
    assert len(gzip.compress(client.get(address(person)).content, 6)) <= 14 * 1024


def test_services_are_shown_once_the_reasons_are_known(client, person, programme, centre):
    service = scenes.partner_service(programme)
    said = said_for(centre, reason=["referral_reasons:legal"], find="1")
    page = client.post(address(person), said)
    assert page.status_code == 200
    assert f"service:{service.pk}" in page.context["refer"].places
    assert service.organisation.name in page.content.decode()
    assert page.context["refer"]["summary"].value() == said["summary"], "nothing is lost"
    assert not Referral.objects.exists()


# -- Sending -----------------------------------------------------------------------------------
def test_what_will_be_shared_is_shown_before_it_is_sent(client, person, centre):
    said = said_for(centre)
    shown = client.post(address(person), {**said, "send": "1"})
    assert shown.status_code == 200
    assert not Referral.objects.exists()
    labels = {line.field: line.text for line in shown.context["shown"]}
    assert labels["summary"] == said["summary"]
    assert "Wideline" in labels["name"]


def test_it_is_sent_once_seen(client, person, centre, doctor, programme):
    answer = send(client, person, said_for(centre))
    referral = Referral.objects.get()
    assert answer.status_code == 302
    assert answer.url == reverse("referrals:referral", args=[referral.pk])
    assert (referral.status, referral.urgency) == ("submitted", "priority")
    assert referral.to_programme_id == centre.pk
    assert referral.from_programme_id == programme.pk
    assert [row.reason_id for row in referral.reasons.all()] == [scenes.TORTURE]
    assert [row.criterion_id for row in referral.criteria.all()] == list(scenes.CRITERIA)
    consent = Consent.objects.get(type="consent_types:sharing_internal")
    assert referral.consent_id == consent.pk


def test_what_changed_since_it_was_seen_is_shown_again(client, person, centre):
    said = said_for(centre)
    seen = client.post(address(person), {**said, "show": "1"}).context["refer"]["seen"].value()
    changed = {**said, "summary": "Otra cosa", "seen": seen, "send": "1"}
    assert client.post(address(person), changed).status_code == 200
    assert not Referral.objects.exists()


def test_the_same_form_twice_is_one_referral(client, person, centre):
    said = said_for(centre)
    first, second = (send(client, person, said) for _n in range(2))
    assert first.url == second.url
    assert Referral.objects.count() == 1
    assert Consent.objects.filter(type="consent_types:sharing_internal").count() == 1


def test_the_same_id_with_another_body_shows_both(client, person, centre):
    said = said_for(centre)
    send(client, person, said)
    other = {**said, "summary": "Algo distinto", "consent_id": str(uuid7())}
    answer = send(client, person, other)
    assert answer.status_code == 409
    assert "Algo distinto" in answer.content.decode()
    assert Referral.objects.count() == 1


def test_the_id_of_another_author_is_not_there(as_user, client, person, centre, programme):
    said = said_for(centre)
    send(client, person, said)
    colleague = as_user(UserFactory(role="nurse", programme=programme))
    assert send(colleague, person, {**said, "consent_id": str(uuid7())}).status_code == 404


def test_a_draft_is_kept_and_not_sent(client, person, centre):
    answer = client.post(address(person), {**said_for(centre), "keep": "1"})
    referral = Referral.objects.get()
    assert answer.status_code == 302
    assert (referral.status, referral.submitted_at) == ("draft", None)


# -- Rules -------------------------------------------------------------------------------------
def test_nothing_is_lost_on_an_error(client, person, centre):
    said = said_for(centre, criteria=[], consent="")
    page = client.post(address(person), {**said, "show": "1"})
    assert page.status_code == 400
    form = page.context["refer"]
    assert set(form.errors) == {"criteria", "consent"}
    assert form["summary"].value() == said["summary"]
    assert form["reason"].value().keys == (scenes.TORTURE,)
    assert said["summary"] in page.content.decode()


def test_the_least_urgency_is_said_also_beside_an_error(client, person, centre):
    page = client.post(address(person), {**said_for(centre, consent=""), "show": "1"})
    assert page.status_code == 400
    words = page.context["refer"].fields["urgency"].help_text
    assert lists.label("referral_urgency:priority") in words


def test_less_urgent_than_computed_needs_a_reason(client, person, centre):
    said = said_for(centre, urgency="routine")
    page = client.post(address(person), {**said, "show": "1"})
    assert "lowered_reason" in page.context["refer"].errors
    said["lowered_reason"] = "Ya vive en un lugar seguro"
    send(client, person, said)
    referral = Referral.objects.get()
    assert (referral.urgency, referral.urgency_floor) == ("routine", "priority")


def test_immediate_asks_who_took_the_call(client, person, centre, programme):
    open_day_and_night = scenes.partner_service(
        programme, service_id="service_taxonomy:emergency_care", open_24h=True
    )
    said = said_for(
        centre, risk_now="mh_risk_levels:high", alternative=f"service:{open_day_and_night.pk}"
    )
    page = client.post(address(person), {**said, "show": "1"})
    assert "voice_handover_to" in page.context["refer"].errors
    send(client, person, {**said, "voice_handover_to": "Coordinación, 14:05"})
    referral = Referral.objects.get()
    assert referral.urgency == "immediate"
    assert referral.voice_handover_at is not None


def test_an_assault_of_tomorrow_is_refused(client, person, centre):
    page = client.post(address(person), {**said_for(centre, event_at="2090-01-01T10:00")})
    assert set(page.context["refer"].errors) == {"event_at"}


def test_a_recent_assault_makes_it_immediate_and_asks_for_an_open_service(client, person, centre):
    recent = f"{timezone.localtime() - timedelta(hours=20):%Y-%m-%dT%H:%M}"
    said = said_for(centre, reason=["referral_reasons:sexual_violence"], event_at=recent)
    page = client.post(address(person), said)
    assert set(page.context["refer"].errors) == {"voice_handover_to", "alternative"}
    said |= {"voice_handover_to": "Coordinación, 14:05", "alternative_note": "Hospital general"}
    send(client, person, said)
    referral = Referral.objects.get()
    assert referral.urgency == "immediate"
    assert referral.window_ends_at is not None


def test_the_risk_is_asked_where_the_reason_is_mental_health(client, person, centre):
    said = said_for(centre, reason=["referral_reasons:psychiatry"])
    page = client.post(address(person), {**said, "show": "1"})
    assert "risk_now" in page.context["refer"].errors


def test_a_rule_of_contact_closes_a_way(client, doctor, centre):
    person = PatientFactory(by=doctor, phone="+525512345678", contact_rules={"phone_watched": ""})
    form = client.get(address(person)).context["refer"]
    ways = dict(form.fields["contact"].choices)
    assert form["contact"].value() == ["safe_contact_methods:call"]
    assert "safe_contact_methods:whatsapp_neutral" not in ways
    assert "safe_contact_methods:call" in ways


def test_nobody_may_call_needs_another_way(client, person, centre):
    said = said_for(centre, contact=["safe_contact_methods:no_contact"])
    page = client.post(address(person), {**said, "show": "1"})
    assert "contact" in page.context["refer"].errors
    said["contact"] = ["safe_contact_methods:no_contact", "safe_contact_methods:accompanied"]
    assert send(client, person, said).status_code == 302


def test_a_child_does_not_consent_alone(client, doctor, centre):
    child = PatientFactory(by=doctor, age=15)
    page = client.post(
        address(child), {**said_for(centre, giver="consent_givers:self"), "show": "1"}
    )
    assert "giver" in page.context["refer"].errors


# -- Partners ----------------------------------------------------------------------------------
@pytest.fixture
def legal_aid(programme):
    return scenes.partner_service(programme)


def said_to(service, **more):
    said = scenes.answers(f"service:{service.pk}", reason=["referral_reasons:legal"], criteria=[])
    return {**said, "witness": "Rosa Pérez", **more}


def test_to_a_partner_with_consent_goes_the_minimum(client, person, legal_aid):
    assert send(client, person, said_to(legal_aid)).status_code == 302
    referral = Referral.objects.get()
    assert referral.data_scope_id == "data_scopes:minimum"
    assert referral.consent.partner_id == legal_aid.organisation_id
    assert referral.agreement is not None


@pytest.mark.parametrize("case", ["none", "refused", "another partner", "expired agreement"])
def test_without_consent_or_agreement_nothing_goes_to_a_partner(
    client, person, programme, legal_aid, doctor, case
):
    said = said_to(legal_aid)
    if case == "none":
        said["consent"] = ""
    elif case == "refused":
        said["consent"] = "consent_decisions:refused"
    elif case == "another partner":
        said["consent"] = ""
        scenes.consent_to(scenes.partner_service(programme), person, doctor)
    else:
        agreement = legal_aid.organisation.agreements.get()
        agreement.valid_to = agreement.valid_from
        agreement.save()
    page = send(client, person, said)
    assert page.status_code == 400
    assert not Referral.objects.exists()
    assert page.context["refer"]["summary"].value() == said["summary"]


def test_a_consent_in_force_is_not_asked_again(client, person, legal_aid, doctor):
    scenes.consent_to(legal_aid, person, doctor)
    assert send(client, person, said_to(legal_aid, consent="")).status_code == 302


def test_who_goes_along_shares_nothing(client, person, legal_aid):
    said = said_to(legal_aid, consent="consent_decisions:refused", data_scope="data_scopes:none")
    shown = client.post(address(person), {**said, "show": "1"})
    assert shown.context["shown"] == []
    assert send(client, person, said).status_code == 302


# -- Received from outside ---------------------------------------------------------------------
def test_who_comes_by_themself_enters_the_queue(as_user, centre):
    psychologist = UserFactory(role="psychologist", programme=centre)
    person = PatientFactory(by=psychologist)
    url = reverse("referrals:received", args=[person.code])
    client = as_user(psychologist)
    assert client.get(url).status_code == 200
    said = {**scenes.answers(""), "origin": "self"}
    assert client.post(url, said).status_code == 302
    referral = Referral.objects.get()
    assert (referral.origin, referral.status) == ("self", "submitted")
    assert referral.to_programme_id == centre.pk
    assert referral.from_programme_id is None


def test_a_partner_that_sends_somebody_is_named(as_user, centre, programme):
    coordinator = scenes.coordinator_of(centre)
    person = PatientFactory(by=coordinator)
    url = reverse("referrals:received", args=[person.code])
    client = as_user(coordinator)
    said = {**scenes.answers(""), "origin": "partner"}
    page = client.post(url, said)
    assert (page.status_code, set(page.context["form"].errors)) == (400, {"from_partner"})
    service = scenes.partner_service(programme)
    client.post(url, {**said, "from_partner": str(service.organisation_id)})
    assert Referral.objects.get().from_partner_id == service.organisation_id


def test_the_person_is_found_first(client):
    page = client.get(reverse("referrals:received_who"))
    assert page.status_code == 200
    assert reverse("patients:search") in page.content.decode()


def test_consent_of_before_stands_on_the_page(client, person, doctor):
    people.record_consent(
        person, ConsentAnswer(type="consent_types:sharing_internal", method="verbal"), by=doctor
    )
    place = client.get(address(person)).context["refer"].place
    assert place.consent is not None
