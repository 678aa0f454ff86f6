"""Referring: what is checked, what is frozen, what a partner may know."""

import datetime as dt
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AccessEvent
from accounts.privacy import PrivacyClass
from accounts.rows import uuid7
from accounts.services import disclose
from consultations.services.refusal import Refused
from patients import hooks
from patients.idempotency import SameIdOtherBody
from patients.models import Access, Consent, Patient
from patients.services import grant_access, key_of
from referrals import services
from referrals.machine import Move
from referrals.models import Origin, Referral, ReferralMove, Status
from referrals.queries import package
from referrals.queries.consents import consent_for, sharing_obstacles
from referrals.queries.detail import of_person
from referrals.rules import Event
from referrals.services import MoveNotPossible
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory
from tests.partners.factories import AgreementFactory, OrganisationFactory, ServiceFactory
from tests.patients.factories import PatientFactory
from tests.referrals.world import act, an_ask, consents, to_partner

pytestmark = pytest.mark.django_db


def send(world, **changes):
    return services.refer(an_ask(world, **changes), by=world.doctor)


def send_out(world, **changes):
    return services.refer(to_partner(world, **changes), by=world.doctor)


def opened(world, row, field):
    permit = disclose(
        by=world.doctor,
        action="referral.opened",
        subjects=[world.person],
        privacy_class=PrivacyClass.PROTECTED,
    )
    return permit.open(row, field, key_of(world.person))


# -- What is written ---------------------------------------------------------------------------
def test_a_referral_is_sent_with_its_clock_and_first_move(world):
    row = send(world)

    assert (row.status, row.clock) == (Status.SUBMITTED, "triage")
    assert row.submitted_on == world.mobile.today()
    assert row.age_years is not None
    assert row.moves.get().move == Move.SEND
    assert [each.reason_id for each in row.reasons.all()] == ["referral_reasons:psychology"]
    assert Access.objects.open().filter(programme=world.centre, basis="referral").exists()
    assert AccessEvent.objects.order_by("-pk").first().action == "referral.sent"


def test_the_same_form_twice_is_one_referral(world):
    pk = uuid7()
    first = services.refer(an_ask(world), by=world.doctor, id=pk, body=b"said")
    again = services.refer(an_ask(world), by=world.doctor, id=pk, body=b"said")

    assert first.pk == again.pk
    assert Referral.objects.count() == ReferralMove.objects.count() == 1


def test_another_body_under_the_same_id_is_a_conflict(world):
    pk = uuid7()
    services.refer(an_ask(world), by=world.doctor, id=pk)

    with pytest.raises(SameIdOtherBody):
        services.refer(an_ask(world, summary="Otra cosa"), by=world.doctor, id=pk)


def test_the_id_of_somebody_else_does_not_exist(world):
    pk = uuid7()
    services.refer(an_ask(world), by=world.doctor, id=pk)

    with pytest.raises(Referral.DoesNotExist):
        services.refer(an_ask(world), by=world.field_coordinator, id=pk)


def test_one_open_referral_to_a_place(world):
    row = send(world)

    with pytest.raises(Refused):
        send(world)
    copy = Referral.objects.get(pk=row.pk)
    copy.pk = uuid7()
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)
    act(row, Move.CANCEL, world.doctor, text="Se hace de nuevo")
    assert send(world).status == Status.SUBMITTED


def test_who_does_not_work_there_does_not_refer(world):
    with pytest.raises(PermissionDenied):
        services.refer(an_ask(world), by=world.stranger)


def test_a_person_out_of_reach_is_not_referred(world):
    stranger = PatientFactory(by=world.stranger)

    with pytest.raises(Patient.DoesNotExist):
        send(world, patient=stranger)


@pytest.mark.parametrize(
    "changes",
    [
        {"reasons": ()},
        {"summary": "  "},
        {"summary": "x" * 1501},
        {"criteria": ()},
        {"contacts": ()},
        {"contacts": ("safe_contact_methods:no_contact",)},
        {"to_programme": None},
        {"risk_now": "mh_risk_levels:high", "urgency": "urgent"},
        {"urgency": "immediate"},
        {"urgency": "immediate", "voice_handover_to": "Ana"},
        {
            "urgency": "immediate",
            "voice_handover_to": "Ana",
            "voice_handover_at": timezone.now() + dt.timedelta(days=1),
        },
        {"reasons": ("referral_reasons:torture",), "urgency": "routine"},
    ],
)
def test_what_is_missing_is_asked_for(world, changes):
    with pytest.raises(Refused):
        send(world, **changes)

    assert not Referral.objects.exists()


@pytest.mark.parametrize("origin", [Origin.TEAM, Origin.PARTNER])
def test_who_asks_is_said(world, origin):
    """Without a programme of ours: the person themself, or a partner that is named."""
    with pytest.raises(Refused):
        services.refer(an_ask(world, from_programme=None, origin=origin), by=_of_the_centre(world))


def test_a_programme_does_not_refer_to_itself(world):
    with pytest.raises(Refused):
        send(world, to_programme=world.mobile)


def test_do_not_contact_is_possible_for_who_comes_back(world):
    methods = ("safe_contact_methods:no_contact", "safe_contact_methods:next_outing")

    assert send(world, contacts=methods).contacts.count() == 2


def test_less_urgent_than_computed_needs_a_reason_and_keeps_the_floor(world):
    row = send(
        world, risk_now="mh_risk_levels:moderate", urgency="priority", lowered_reason="Acompañada"
    )

    assert (row.urgency, row.urgency_floor) == ("priority", "urgent")
    assert opened(world, row, "lowered_reason") == "Acompañada"
    assert opened(world, row, "urgency_reason")


def test_more_urgent_needs_none(world):
    assert send(world, urgency="urgent").urgency_floor == "routine"


def test_the_open_window_ends_the_clock(world):
    at = timezone.now() - dt.timedelta(hours=71, minutes=30)
    row = send(
        world,
        reasons=("referral_reasons:sexual_violence",),
        urgency="immediate",
        voice_handover_to="Ana",
        voice_handover_at=timezone.now(),
        event=Event.at(at),
        ec_given=True,
        alternative_note="No hay hospital cerca",
    )

    assert row.window_ends_at == at + dt.timedelta(hours=72)
    assert row.due_at == row.window_ends_at


def test_while_prophylaxis_is_pending_the_centre_is_not_the_only_place(world):
    pending = {
        "reasons": ("referral_reasons:sexual_violence",),
        "urgency": "immediate",
        "voice_handover_to": "Ana",
        "voice_handover_at": timezone.now(),
        "event": Event.at(timezone.now() - dt.timedelta(hours=3)),
    }
    hospital = ServiceFactory(service_id="service_taxonomy:hospital", open_24h=True)

    with pytest.raises(Refused):
        send(world, **pending)
    with pytest.raises(Refused):
        send(world, **pending, alternative=world.service)  # not open at night
    row = send(world, **pending, alternative=hospital)

    assert row.moves.get().alternative == hospital


# -- Drafts ------------------------------------------------------------------------------------
def test_a_draft_is_sent_later_and_stands_as_it_was_written(world):
    draft = services.prepare(an_ask(world), by=world.doctor)

    assert (draft.status, draft.clock, draft.due_at) == (Status.DRAFT, "none", None)
    sent = services.send(draft, by=world.field_coordinator, expected=1)

    assert sent.status == Status.SUBMITTED
    assert "Duerme mal" in opened(world, sent, "package")
    with pytest.raises(MoveNotPossible):
        services.send(draft, by=world.doctor, expected=1)


def test_a_draft_for_a_partner_waits_for_the_consent(world):
    draft = services.prepare(to_partner(world), by=world.doctor)

    with pytest.raises(Refused):
        services.send(draft, by=world.doctor, expected=1)
    consents(world)

    assert services.send(draft, by=world.doctor, expected=1).consent is not None


def test_a_draft_of_who_came_by_themself_is_found_by_the_team(world):
    ask = an_ask(world, from_programme=None, origin=Origin.SELF)
    world.person = ask.patient

    draft = services.prepare(ask, by=_of_the_centre(world))

    assert Referral.objects.visible_to(world.coordinator).get() == draft
    assert list(of_person(world.person, world.coordinator)) == [draft]


def _of_the_centre(world):
    with transaction.atomic():
        grant_access(world.person, basis=Access.Basis.CONSULTED, programme=world.centre)
    return world.psychologist


# -- What the receiver sees --------------------------------------------------------------------
def preview(world, ask):
    permit = disclose(
        by=world.doctor,
        action="referral.package_built",
        subjects=[world.person],
        privacy_class=package.package_class(ask.data_scope),
    )
    return package.package_preview(ask, by=world.doctor, permit=permit)


@pytest.mark.parametrize(
    "scope", ["data_scopes:minimum", "data_scopes:clinical_summary", "data_scopes:full_note"]
)
def test_what_is_frozen_is_what_was_shown(world, scope):
    note = ConsultationFactory(by=world.doctor, patient=world.person)
    ask = an_ask(world, data_scope=scope, consultation=note)
    shown = preview(world, ask)

    row = services.refer(ask, by=world.doctor)

    frozen = package.Package.loads(opened(world, row, "package"))
    assert [line for line in frozen.lines() if line.field != "hour"] == [
        line for line in shown.lines() if line.field != "hour"
    ]


def fields(world, ask):
    return [line.field for line in preview(world, ask).lines()]


def test_each_scope_shows_its_fields_and_no_more(world):
    note = ConsultationFactory(by=world.doctor, patient=world.person)

    assert preview(world, an_ask(world, data_scope="data_scopes:none")).lines() == []
    minimum = fields(world, an_ask(world, data_scope="data_scopes:minimum"))
    assert set(minimum) <= {"code", "sender", "hour", "language", "mediator"}
    summary = fields(world, an_ask(world))
    assert {"name", "summary", "reason", "risk_now", "contact"} <= set(summary)
    assert "advice_plan" not in summary
    full = an_ask(world, data_scope="data_scopes:full_note", consultation=note)
    assert {"advice_plan", "diagnosis"} <= set(fields(world, full))


def test_notes_of_a_session_and_the_reason_of_urgency_never_travel(world):
    world.doctor = UserFactory(role="psychologist", programme=world.mobile)
    note = ConsultationFactory(by=world.doctor, patient=world.person)
    ask = an_ask(
        world,
        data_scope="data_scopes:full_note",
        consultation=note,
        urgency_reason="Lo que no viaja",
    )

    kept = preview(world, ask).dumps()

    assert "session_note" not in kept
    assert "Lo que se habló" not in kept
    assert "Lo que no viaja" not in kept


def test_the_package_never_changes(world):
    row = send(world)
    before = opened(world, row, "package")
    act(row, Move.ACCEPT, world.coordinator)
    row.refresh_from_db()

    assert opened(world, row, "package") == before
    assert json.loads(before)["fields"]["code"] == world.person.code


def test_who_reads_the_package(world):
    row = send(world)

    for user, reads in (
        (world.doctor, True),
        (world.coordinator, True),
        (world.psychologist, True),
        (world.mediator, False),
        (world.stranger, False),
    ):
        assert package.may_read_package(user, row) is reads


def test_the_reason_of_the_urgency_is_for_who_treats(world):
    row = send(world, risk_now="mh_risk_levels:moderate", urgency="urgent")

    assert package.may_read_urgency_reason(world.doctor, row)  # wrote it
    for user in (world.coordinator, world.field_coordinator, world.mediator, world.psychologist):
        assert not package.may_read_urgency_reason(user, row)


# -- Partners: refused by the service ----------------------------------------------------------
def test_with_consent_and_agreement_the_partner_may_know(world):
    consent = consents(world)

    row = send_out(world)

    assert (row.consent, row.agreement) == (consent, world.agreement)
    assert row.to_programme is None
    assert row.destination == f"service:{world.service.pk}"


def _expire(world):
    consent = consents(world)
    yesterday = world.mobile.today() - dt.timedelta(days=1)
    row = Consent.objects.get(pk=consent.pk)
    row.pk, row.expires_on = uuid7(), yesterday
    row.decided_at += dt.timedelta(seconds=1)
    row.save(force_insert=True)
    return row


def _for_another(world):
    other = OrganisationFactory()
    return consents(world, other)


def _withdraw(world):
    consent = consents(world)
    consents(world, decision="consent_decisions:withdrawn")
    return consent


def _end_agreement(world):
    world.agreement.valid_to = world.mobile.today() - dt.timedelta(days=1)
    world.agreement.save()
    return consents(world)


def _minimum_only(world):
    world.agreement.data_sharing = False
    world.agreement.save()
    return consents(world)


OBSTACLES = {
    "no consent": lambda world: None,
    "expired consent": _expire,
    "consent for another partner": _for_another,
    "withdrawn consent": _withdraw,
    "expired agreement": _end_agreement,
    "agreement without data sharing": _minimum_only,
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_nothing_is_sent_to_a_partner_by_the_service(world, obstacle):
    OBSTACLES[obstacle](world)

    with pytest.raises(Refused):
        send_out(world)

    assert not Referral.objects.exists()


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_nothing_is_sent_to_a_partner_past_the_service(world, obstacle):
    """Neither by writing the row whole, nor by turning a draft, nor by widening what was shared:
    the database refuses each."""
    consent = OBSTACLES[obstacle](world)
    draft = services.prepare(to_partner(world), by=world.doctor)
    given = {
        "status": "submitted",
        "submitted_at": timezone.now(),
        "submitted_on": world.mobile.today(),
        "clock": "triage",
        "due_at": timezone.now(),
        "package": b"sealed",
        "agreement": world.agreement,
        "consent": consent,
    }
    rows = Referral.objects.filter(pk=draft.pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**given)
    with pytest.raises(IntegrityError), transaction.atomic():
        _insert(draft, given)
    rows.update(**{**given, "data_scope": "data_scopes:none", "consent": None})
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(data_scope="data_scopes:clinical_summary", consent=consent)


def _insert(draft, given):
    row = Referral.objects.get(pk=draft.pk)
    row.pk, row.destination = uuid7(), "partner:elsewhere"
    for name, value in given.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def test_the_database_lets_pass_what_may_be_known(world):
    consent = consents(world)
    draft = services.prepare(to_partner(world), by=world.doctor)

    Referral.objects.filter(pk=draft.pk).update(
        status="submitted",
        submitted_at=timezone.now(),
        submitted_on=world.mobile.today(),
        clock="triage",
        due_at=timezone.now(),
        package=b"sealed",
        agreement=world.agreement,
        consent=consent,
    )

    assert Referral.objects.get().status == Status.SUBMITTED


def test_the_minimum_needs_no_data_sharing_agreement(world):
    _minimum_only(world)

    assert send_out(world, data_scope="data_scopes:minimum").consent is not None


def test_who_goes_accompanied_without_data_needs_neither(world):
    world.agreement.valid_to = world.mobile.today() - dt.timedelta(days=1)
    world.agreement.save()

    row = send_out(world, data_scope="data_scopes:none")

    assert (row.consent, row.agreement) == (None, None)
    assert json.loads(opened(world, row, "package"))["fields"] == {}


def test_danger_to_life_goes_first_with_its_reason(world):
    row = send_out(world, danger_reason="Hemorragia")

    assert row.consent is None
    assert opened(world, row, "danger_reason") == "Hemorragia"


def test_a_later_withdrawal_does_not_stop_what_was_sent(world):
    consents(world)
    row = send_out(world)
    consents(world, decision="consent_decisions:withdrawn")

    act(row, Move.ACCEPT, world.doctor)

    row.refresh_from_db()
    assert row.status == Status.ACCEPTED


def test_the_answer_of_the_partner_concerned_holds(world):
    today = world.mobile.today()
    assert consent_for(world.person, world.partner, today).state == "none"
    given = consents(world)
    assert consent_for(world.person, world.partner, today).consent == given
    consents(world, decision="consent_decisions:withdrawn")
    assert consent_for(world.person, world.partner, today).state == "refused"


def test_obstacles_say_what_is_missing(world):
    other = OrganisationFactory()
    AgreementFactory(organisation=other, valid_to=dt.date(2020, 12, 31))

    def words(**more):
        return sharing_obstacles(
            world.person, other, data_scope="data_scopes:minimum", on=world.mobile.today(), **more
        )

    assert len(words()) == 2
    assert words(danger_reason="Peligro") == []


def test_a_corrected_birth_date_restates_the_age(world):
    row = send(world)
    born = row.submitted_on.replace(year=row.submitted_on.year - 11, day=1, month=1)

    for restate in hooks.on_birth_date_corrected:
        restate(world.person, born)

    row.refresh_from_db()
    assert row.age_years == 11
