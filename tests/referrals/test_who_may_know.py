"""Who is told what of a referral: blocked, hidden and merged people, places that say a diagnosis,
texts above one's class; and what a risk found on the way leaves to do."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.rows import uuid7
from consultations.models import Appointment, Episode
from consultations.services import appointments
from consultations.services.refusal import Refused
from patients import services as people
from patients.idempotency import SameIdOtherBody
from patients.models import Patient, ProtectionTask
from referrals import services
from referrals.machine import Move
from referrals.models import Notice, Referral, Status
from referrals.queries import detail, notices, queue
from tests.accounts.factories import PostingFactory, ProgrammeFactory, UserFactory
from tests.consultations.stays import Centre
from tests.patients.factories import PatientFactory
from tests.referrals.world import act, an_ask, consents, refer, referral_in, slot, to_partner

pytestmark = pytest.mark.django_db

NAME = "Wideline"


def address(row, name="referral", *more):
    return reverse(f"referrals:{name}", args=[row.pk, *more])


def named(world):
    world.person = PatientFactory(by=world.doctor, given_name=NAME)
    return world


def block(patient):
    return people.block(patient, by=UserFactory(role="dpo"))


# -- Blocked -----------------------------------------------------------------------------------
def test_of_a_blocked_person_nothing_is_left_to_find(world, as_user):
    row = referral_in(named(world), Status.INFO_REQUESTED)
    assert notices.unseen(world.doctor)
    block(world.person)

    for user in (world.coordinator, world.doctor):
        client = as_user(user)
        for page in ("referral", "letter", "slip"):
            assert client.get(address(row, page)).status_code == 404
        assert client.post(address(row, "move", "note"), {"text": "x"}).status_code == 404
        assert client.get(f"/api/v1/referrals/{row.pk}/").status_code == 404
        assert notices.unseen(user) == []
        assert notices.unseen_counts(user)["answer"] == 0
    assert sum(queue.counts(world.coordinator).values()) == 0
    assert list(queue.queue(world.coordinator, queue.Tab.NEW)) == []
    assert list(queue.sent(world.doctor)) == []
    with pytest.raises(Referral.DoesNotExist):
        services.move(row, Move.NOTE, by=world.coordinator, text="x")


# -- The name ----------------------------------------------------------------------------------
def test_the_name_goes_with_the_access(world, as_user):
    row = referral_in(named(world), Status.DECLINED)

    page = as_user(world.coordinator).get(address(row)).content.decode()
    letter = as_user(world.coordinator).get(address(row, "letter")).content.decode()
    api = as_user(world.coordinator).get(f"/api/v1/referrals/{row.pk}/").content.decode()

    assert "Duerme mal" in page
    assert NAME not in page + letter + api
    assert NAME in as_user(world.doctor).get(address(row)).content.decode()


def test_a_hidden_person_is_not_named_to_the_teams(world, as_user):
    row = refer(named(world))
    Patient.objects.filter(pk=world.person.pk).update(hidden=True)

    for user in (world.coordinator, world.doctor):
        assert NAME not in as_user(user).get(address(row)).content.decode()


# -- Places and texts --------------------------------------------------------------------------
def test_which_service_it_is_stays_with_who_reads_what_was_shared(world, as_user):
    mediator = UserFactory(role="mediator", programme=world.mobile)
    row = services.refer(
        to_partner(world, data_scope="data_scopes:none"), by=world.doctor, id=uuid7()
    )

    for page in (reverse("referrals:list") + "?tab=sent", address(row)):
        seen = as_user(mediator).get(page).content.decode()
        assert world.partner.name not in seen
        assert world.partner.name in as_user(world.doctor).get(page).content.decode()


def test_why_less_urgent_is_read_by_who_treats(world, as_user):
    row = refer(
        world, risk_now="mh_risk_levels:moderate", urgency="priority", lowered_reason="Acompañada"
    )

    assert "Acompañada" in as_user(world.doctor).get(address(row)).content.decode()
    assert "Acompañada" not in as_user(world.coordinator).get(address(row)).content.decode()


def test_a_mediator_reads_the_reason_of_urgency_they_wrote(world, as_user):
    mediator = UserFactory(role="mediator", programme=world.mobile)
    ask = an_ask(world, reasons=("referral_reasons:torture",), urgency="priority")
    row = services.refer(ask, by=mediator, id=uuid7())

    assert as_user(mediator).get(address(row)).status_code == 200


def test_criteria_are_ticked_for_who_reads_them(world, as_user):
    row = referral_in(world, Status.ACCEPTED)
    ticked = "cai_admission_criteria:inc_impact"

    def initial(user):
        return as_user(user).get(address(row, "admit")).context["form"].initial

    assert initial(world.psychologist)["criteria"] == [ticked]
    assert "criteria" not in initial(world.mediator)


# -- Notices -----------------------------------------------------------------------------------
def test_who_left_the_programme_hears_no_more(world):
    row = referral_in(world, Status.INFO_REQUESTED)
    assert [each.referral for each in notices.unseen(world.doctor)] == [row]

    PostingFactory(user=world.doctor, role="doctor", programme=ProgrammeFactory())
    world.doctor.postings.filter(programme=world.mobile).update(
        until=timezone.localdate() - timedelta(days=1)
    )
    gone = type(world.doctor).objects.get(pk=world.doctor.pk)

    assert Notice.objects.filter(user=gone).exists()
    assert notices.unseen(gone) == []


# -- Sending -----------------------------------------------------------------------------------
def test_the_same_words_about_somebody_else_are_another_referral(world):
    id_ = uuid7()
    services.refer(an_ask(world), by=world.doctor, id=id_, body=b"same")
    world.person = PatientFactory(by=world.doctor)

    with pytest.raises(SameIdOtherBody):
        services.refer(an_ask(world), by=world.doctor, id=id_, body=b"same")


def test_a_draft_is_not_sent_to_a_place_that_has_closed(world):
    row = referral_in(world, Status.DRAFT)
    world.centre.ends_on = world.centre.today() - timedelta(days=1)
    world.centre.save()

    with pytest.raises(Refused):
        services.send(row, by=world.doctor, expected=row.version)


def test_a_draft_is_not_sent_about_who_is_out_of_reach(world):
    row = referral_in(world, Status.DRAFT)
    world.person.accesses.update(until=timezone.now())

    with pytest.raises(Patient.DoesNotExist):
        services.send(row, by=world.doctor, expected=row.version)


# -- Risk --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("level", "alarms"), [("low", 0), ("moderate", 1), ("high", 1)])
def test_a_risk_found_on_the_waiting_list_starts_a_clock(world, level, alarms):
    row = referral_in(world, Status.WAITLISTED)

    act(row, Move.RECHECK, world.coordinator, risk=f"mh_risk_levels:{level}")

    tasks = ProtectionTask.objects.open().filter(patient=world.person)
    assert [task.programme for task in tasks] == [world.centre] * alarms


# -- Merged ------------------------------------------------------------------------------------
def test_a_merged_person_is_met_as_the_survivor(world, as_user):
    row = referral_in(world, Status.ACCEPTED)
    survivor = PatientFactory(by=world.doctor, given_name=NAME)
    people.merge(survivor, world.person, by=world.field_coordinator)
    client = as_user(world.psychologist)

    page = client.get(address(row))
    assert page.context["patient"] == survivor
    assert NAME in page.content.decode()
    assert client.get(address(row, "slip")).context["patient"] == survivor
    assert client.get(address(row, "admit")).status_code == 200


def test_a_merged_person_is_not_admitted_twice():
    centre = Centre()
    mobile = UserFactory(role="doctor")
    person = PatientFactory(by=mobile)
    survivor = centre.person()
    centre.admit(survivor)
    row = services.refer(an_ask_between(mobile, centre, person), by=mobile, id=uuid7())
    row = act(row, Move.ACCEPT, centre.by["coordinator"])
    people.merge(survivor, person, by=centre.by["coordinator"])

    with pytest.raises(Refused):
        services.admit(
            row,
            by=centre.by["coordinator"],
            expected=row.version,
            payload={
                "criteria": [],
                "reference_worker": str(centre.by["psychologist"].pk),
                "team": [],
            },
            decided_by=centre.decided("psychologist", "social_worker"),
            admitted_on=centre.today,
            waiver="x",
        )
    assert Episode.objects.count() == 1


def an_ask_between(doctor, centre, person):
    return services.Ask(
        patient=person,
        target="referral_targets:cai",
        reasons=("referral_reasons:psychology",),
        urgency="routine",
        summary="Duerme mal",
        risk_now="mh_risk_levels:none",
        language="languages:spa",
        contacts=("safe_contact_methods:next_outing",),
        data_scope="data_scopes:clinical_summary",
        criteria=("cai_admission_criteria:inc_impact",),
        from_programme=doctor.posting.programme,
        to_programme=centre.programme,
    )


# -- The slip ----------------------------------------------------------------------------------
def test_a_slip_follows_an_appointment_that_was_moved(world, as_user):
    row = referral_in(world, Status.ACCEPTED)
    first, other = slot(world, days=2), slot(world, days=5)
    act(row, Move.SCHEDULE, world.coordinator, slots=[first.pk])
    given = Appointment.objects.get(slot=first)
    client = as_user(world.coordinator)
    before = client.get(address(row, "slip")).context["day"]

    moved = appointments.rebook(given, by=world.coordinator, expected=given.version, slot=other.pk)
    after = client.get(address(row, "slip")).context["day"]
    assert after
    assert after != before

    appointments.cancel(moved, by=world.coordinator, expected=moved.version, by_person=True)
    assert client.get(address(row, "slip")).context["day"] == ""
    assert detail.find(world.coordinator, row.pk).first_appointment_on == other.local_date


# -- Without data, and on another day -------------------------------------------------------------
def test_who_goes_along_without_data_is_known_on_arrival(world):
    def is_known():
        return Patient.objects.visible_to(world.coordinator).filter(pk=world.person.pk).exists()

    row = refer(world, data_scope="data_scopes:none")
    act(row, Move.ACCEPT, world.coordinator)
    assert not is_known()
    act(row, Move.ARRIVE, world.coordinator)
    assert is_known()


def test_an_hour_changed_by_hand_stays_the_referrals(world):
    first, second = slot(world), slot(world, local_time=time(15))
    row = act(refer(world), Move.ACCEPT, world.coordinator, slots=[first.pk])
    old = row.appointment

    new = appointments.rebook(old, by=world.coordinator, expected=old.version, slot=second.pk)
    row.refresh_from_db()
    assert (row.appointment, row.first_appointment_on) == (new, new.local_date)

    reason = {"reason": "referral_decline_reasons:person_declines"}
    act(row, Move.DECLINE, world.coordinator, **reason)
    second.refresh_from_db()
    assert second.taken == 0


# -- At sending, and after ------------------------------------------------------------------------
def test_a_high_risk_said_when_sending_starts_the_clock_of_safety(world):
    refer(
        world,
        risk_now="mh_risk_levels:high",
        urgency="immediate",
        voice_handover_to="Guardia",
        voice_handover_at=timezone.now(),
        alternative_note="Urgencias, a pie",
    )
    task = ProtectionTask.objects.get(patient=world.person)
    assert (task.kind, task.programme) == ("safety", world.mobile)


def test_a_letter_is_not_printed_once_consent_is_withdrawn(world, as_user):
    consents(world)
    row = services.refer(to_partner(world), by=world.doctor, id=uuid7())
    client = as_user(world.doctor)
    assert client.get(address(row, "letter")).status_code == 200

    consents(world, decision="consent_decisions:withdrawn")

    answer = client.get(address(row, "letter"))
    assert (answer.status_code, answer.url) == (302, address(row))
