"""One referral: what was shared, the possible moves, who came second, and what is printed."""

import gzip

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from accounts.rows import uuid7
from consultations.models import Appointment
from referrals.models import Referral
from tests.accounts.factories import UserFactory
from tests.consultations.conftest import as_user, doctor, programme, statements, stranger
from tests.patients.factories import PatientFactory
from tests.referrals import scenes

__all__ = ("as_user", "doctor", "programme", "statements", "stranger")
pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return scenes.centre_of()


@pytest.fixture
def coordinator(centre):
    return scenes.coordinator_of(centre)


@pytest.fixture
def client(as_user, coordinator):
    return as_user(coordinator)


@pytest.fixture
def referral(doctor, centre):
    return scenes.to_centre(doctor, centre, PatientFactory(by=doctor, given_name="Wideline"))


def address(referral, name="referral", *more):
    return reverse(f"referrals:{name}", args=[referral.pk, *more])


def make(client, referral, move, **said):
    version = said.pop("version", Referral.objects.get(pk=referral.pk).version)
    body = {"id": str(uuid7()), "version": str(version), **said}
    return client.post(address(referral, "move", move), body)


def status(referral):
    return Referral.objects.get(pk=referral.pk).status


def buttons(client, referral):
    page = client.get(address(referral))
    found = [page.context["first"], *page.context["actions"]]
    return {str(each["move"]) for each in found if each}


# -- Reading -----------------------------------------------------------------------------------
def test_both_sides_read_what_was_shared(as_user, client, doctor, referral):
    for each in (client, as_user(doctor)):
        page = each.get(address(referral)).content.decode()
        assert "Dolor y pesadillas" in page
        assert "Wideline" in page
        assert "Wideline" not in page.partition("</title>")[0]


def test_who_has_nothing_to_do_with_it_finds_nothing(as_user, stranger, referral):
    client = as_user(stranger)
    assert client.get(address(referral)).status_code == 404
    assert make(client, referral, "note", text="Hola").status_code == 404
    for name in ("letter", "slip"):
        assert client.get(address(referral, name)).status_code == 404


@pytest.mark.parametrize("role", ["manager", "dpo", "administrator"])
def test_who_meets_no_records_is_forbidden(as_user, role, referral):
    assert as_user(UserFactory(role=role)).get(address(referral)).status_code == 403


def test_a_mediator_sees_the_state_and_not_the_package(as_user, referral, centre):
    page = as_user(UserFactory(role="mediator", programme=centre)).get(address(referral))
    assert page.status_code == 200
    assert "Dolor y pesadillas" not in page.content.decode()


def test_opening_it_is_one_event(client, referral):
    before = AccessEvent.objects.count()
    client.get(address(referral))
    event = AccessEvent.objects.order_by("-pk").first()
    assert AccessEvent.objects.count() == before + 1
    assert (event.action, event.subject) == ("referral.opened", referral.patient.code)


def test_the_page_is_light_and_takes_few_statements(
    client, referral, statements, coordinator, centre
):
    for days in range(1, 15):
        scenes.place(coordinator, centre, days=days)
    assert statements(client, address(referral)) <= 12
    assert len(gzip.compress(client.get(address(referral)).content, 6)) <= 14 * 1024


# -- Moves -------------------------------------------------------------------------------------
def test_only_possible_moves_have_a_button(as_user, client, doctor, referral, centre):
    assert {"accept", "decline", "ask", "waitlist"} <= buttons(client, referral)
    assert buttons(as_user(doctor), referral) == {"cancel", "note"}
    nurse = UserFactory(role="nurse", programme=centre)
    assert "accept" not in buttons(as_user(nurse), referral)


def test_the_sender_may_not_accept_and_a_nurse_may_not_either(as_user, doctor, referral, centre):
    nurse = UserFactory(role="nurse", programme=centre)
    for user in (doctor, nurse):
        assert make(as_user(user), referral, "accept").status_code in (403, 409)
        assert status(referral) == "submitted"


def test_accepted_with_a_place(client, referral, coordinator, centre):
    slot = scenes.place(coordinator, centre)
    assert make(client, referral, "accept", slots=[str(slot.pk)]).status_code == 302
    appointment = Appointment.objects.get(patient=referral.patient)
    assert status(referral) == "appointment_given"
    assert appointment.slot_id == slot.pk
    slot.refresh_from_db()
    assert slot.taken == 1


def test_the_second_of_two_is_told_who_was_first(as_user, client, referral, coordinator, centre):
    other = scenes.coordinator_of(centre)
    version = referral.version
    make(client, referral, "accept", version=version)
    answer = make(
        as_user(other), referral, "decline", version=version,
        reason="referral_decline_reasons:duplicate",
    )  # fmt: skip
    assert answer.status_code == 409
    assert coordinator.name in answer.content.decode()
    assert status(referral) == "accepted"


def test_declining_says_why_and_where_else(client, referral, programme):
    reason = "referral_decline_reasons:no_capacity"
    page = make(client, referral, "decline", reason=reason)
    assert page.status_code == 400
    assert "alternative" in page.context["error_form"].errors
    assert status(referral) == "submitted"
    service = scenes.partner_service(programme)
    make(client, referral, "decline", reason=reason, alternative=str(service.pk))
    declined = Referral.objects.get(pk=referral.pk)
    assert (declined.status, declined.decline_reason_id) == ("declined", reason)
    assert service.organisation.name in client.get(address(referral)).content.decode()


def test_asking_and_answering_keeps_both_texts(as_user, client, doctor, referral):
    make(client, referral, "ask", text="¿Puede quedarse en la ciudad?")
    sender = as_user(doctor)
    assert "¿Puede quedarse" in sender.get(address(referral)).content.decode()
    make(sender, referral, "answer", text="Sí, seis meses")
    assert status(referral) == "under_review"
    assert "seis meses" in client.get(address(referral)).content.decode()


def test_the_waiting_list_asks_about_the_risk(client, referral):
    make(client, referral, "waitlist", risk="mh_risk_levels:low")
    assert status(referral) == "waitlisted"
    assert make(client, referral, "recheck").status_code == 400
    assert make(client, referral, "recheck", risk="mh_risk_levels:none").status_code == 302


def test_from_arrival_to_the_answer(as_user, client, doctor, referral):
    make(client, referral, "accept")
    make(client, referral, "arrive")
    outcome = "referral_closure_outcomes:service_ongoing"
    make(client, referral, "serve", outcome=outcome)
    make(client, referral, "feedback", text="Empezó psicoterapia")
    done = Referral.objects.get(pk=referral.pk)
    assert (done.status, done.outcome_id) == ("feedback_sent", outcome)
    assert "Empezó psicoterapia" in as_user(doctor).get(address(referral)).content.decode()


def test_cancelling_after_acceptance_is_asked_and_agreed(as_user, client, doctor, referral):
    make(client, referral, "accept")
    sender = as_user(doctor)
    assert make(sender, referral, "cancel").status_code == 409
    make(sender, referral, "ask_cancel", text="Se va mañana")
    assert "agree_cancel" in buttons(client, referral)
    make(client, referral, "agree_cancel")
    assert status(referral) == "cancelled"


def test_what_is_not_a_move_is_not_there(client, referral):
    assert make(client, referral, "explode").status_code == 404
    assert client.get(address(referral, "move", "accept")).status_code == 405


def test_a_draft_is_sent_from_its_page(as_user, client, doctor, centre):
    person = PatientFactory(by=doctor)
    said = {**scenes.answers(f"programme:{centre.pk}"), "keep": "1"}
    as_user(doctor).post(reverse("referrals:new", args=[person.code]), said)
    draft = Referral.objects.get()
    assert client.get(address(draft)).status_code == 404, "the receiver does not see a draft"
    make(as_user(doctor), draft, "send")
    assert status(draft) == "submitted"


def test_admitted_out_of_the_referral(as_user, client, referral, coordinator, centre):
    psychologist = UserFactory(role="psychologist", programme=centre)
    worker = UserFactory(role="social_worker", programme=centre)
    make(client, referral, "accept")
    page = client.get(address(referral, "admit"))
    assert page.context["form"]["criteria"].value() == list(scenes.CRITERIA)
    inclusion = [key for key, _label in page.context["form"].fields["criteria"].choices]
    said = {
        "id": str(uuid7()),
        "version": str(Referral.objects.get().version),
        "criteria": inclusion,
        "admitted_on": centre.today().isoformat(),
        "decided_by": [str(psychologist.pk), str(worker.pk)],
        "reference_worker": str(psychologist.pk),
        "house_rules": "yes",
    }
    assert client.post(address(referral, "admit"), {**said, "decided_by": []}).status_code == 400
    assert client.post(address(referral, "admit"), said).status_code == 302
    admitted = Referral.objects.get()
    assert admitted.status == "arrived"
    assert admitted.episode is not None
    assert client.get(address(referral, "admit")).status_code == 302


def test_the_sender_does_not_admit(as_user, doctor, referral):
    assert as_user(doctor).get(address(referral, "admit")).status_code == 404


def test_who_sent_to_a_partner_notes_what_the_partner_says(as_user, doctor, programme):
    service = scenes.partner_service(programme)
    person = PatientFactory(by=doctor)
    scenes.consent_to(service, person, doctor)
    referral = scenes.to_centre(
        doctor, None, person, target="referral_targets:partner", to_service=service, criteria=(),
        reasons=("referral_reasons:legal",), urgency="routine", data_scope="data_scopes:minimum",
    )  # fmt: skip
    client = as_user(doctor)
    assert {"accept", "decline", "schedule"} & buttons(client, referral)
    make(client, referral, "accept")
    day = (programme.today()).isoformat()
    assert make(client, referral, "schedule", on=day).status_code == 302
    assert status(referral) == "appointment_given"
    text = client.get(address(referral, "slip")).content.decode()
    main = text[text.index('class="stack">\n<h1') :]
    assert service.organisation.name not in main


def test_services_of_partners_are_searched_by_words_of_either(as_user, coordinator, programme):
    service = scenes.partner_service(programme)
    found = as_user(coordinator).get(
        reverse("terminology:search"),
        {"list": "partner_services", "q": service.organisation.name_es},
    )
    assert str(service.pk) in [each["key"] for each in found.json()["results"]]


# -- Paper -------------------------------------------------------------------------------------
def test_the_letter_says_what_was_shared_and_is_logged(as_user, doctor, referral):
    page = as_user(doctor).get(address(referral, "letter"))
    text = page.content.decode()
    assert "Dolor y pesadillas" in text
    assert doctor.name in text
    event = AccessEvent.objects.order_by("-pk").first()
    assert (event.action, event.subject) == ("referral.letter_printed", referral.patient.code)


def test_the_slip_names_neither_diagnosis_nor_centre(as_user, doctor, coordinator, centre):
    person = PatientFactory(by=doctor, nationality="HTI", language="hat")
    referral = scenes.to_centre(doctor, centre, person, language="languages:hat")
    slot = scenes.place(coordinator, centre)
    make(as_user(coordinator), referral, "accept", slots=[str(slot.pk)])
    client = as_user(doctor)
    page = client.get(address(referral, "slip"))
    text = page.content.decode()
    main = text[text.index('<div lang="ht"') :]
    assert 'lang="ht"' in text
    assert "10:00" in main
    assert slot.site.name not in main
    assert centre.name not in main
    assert "tortura" not in text.lower()
    named = client.get(address(referral, "slip") + "?named=on&language=spa").content.decode()
    assert slot.site.name in named
    assert 'lang="es" class="stack"' in named
    event = AccessEvent.objects.order_by("-pk").first()
    assert event.action == "referral.slip_printed"


def test_the_slip_is_for_who_may_know_the_person(as_user, referral, centre):
    promoter = UserFactory(role="promoter", programme=centre)
    assert as_user(promoter).get(address(referral, "slip")).status_code == 200
    assert as_user(promoter).get(address(referral, "letter")).status_code == 404
