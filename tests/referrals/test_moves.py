"""Every state × move × side: what the table allows works and is recorded, all else changes nothing."""

import datetime as dt
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import actions
from accounts.models import AccessEvent
from accounts.policy import Permission
from accounts.rows import uuid7
from consultations.models import Appointment
from consultations.services.refusal import Refused
from patients.models import Access, ContactAttempt
from referrals import services
from referrals.machine import TABLE, Move, Side, possible
from referrals.models import Clock, Notice, Referral, Status
from referrals.queries import detail
from referrals.services import MoveNotPossible
from referrals.services.moving import action_of
from tests.accounts.factories import PostingFactory, UserFactory
from tests.consultations.factories import SlotFactory
from tests.patients.factories import PatientFactory
from tests.referrals.world import (
    World,
    act,
    an_ask,
    consents,
    refer,
    referral_in,
    slot,
    state_of,
    to_partner,
    today,
)

pytestmark = pytest.mark.django_db

GIVEN: dict[Move, dict[str, Any]] = {
    Move.ASK: {"text": "¿Desde cuándo?"},
    Move.ANSWER: {"text": "Desde mayo"},
    Move.RECHECK: {"risk": "mh_risk_levels:low"},
    Move.DECLINE: {"reason": "referral_decline_reasons:duplicate"},
    Move.SERVE: {"outcome": "referral_closure_outcomes:service_received"},
    Move.FEEDBACK: {"text": "Fue atendida"},
    Move.CLOSE: {"outcome": "referral_closure_outcomes:moved", "text": "Se fue"},
    Move.CANCEL: {"text": "No quiere"},
    Move.ASK_CANCEL: {"text": "No quiere"},
    Move.REFUSE_CANCEL: {"text": "Ya la vimos"},
    Move.NOTE: {"text": "Llamó su hermana"},
}
MOVES = [move for move in Move if move != Move.SEND]


def given(world: World, move: Move) -> dict[str, Any]:
    return today(world) if move == Move.SCHEDULE else GIVEN.get(move, {})


@pytest.mark.parametrize("status", Status.values)
def test_each_cell_of_a_state(world, status, subtests):
    """For each move: by the side that may make it, and by the other side."""
    actors = {Side.SENDER: world.field_coordinator, Side.RECEIVER: world.coordinator}
    row = referral_in(world, status)
    for move in MOVES:
        for side, actor in actors.items():
            with subtests.test(move=move, side=side), _rolled_back():
                _try(row, move, actor, side, world)


@contextmanager
def _rolled_back():
    """One referral serves all cells of its state."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _try(row, move, actor, side, world):
    rule, status = TABLE[move], row.status
    if rule.asked and status in rule.sources:
        act(row, Move.ASK_CANCEL, world.doctor, text="No quiere")
    before, events = state_of(row), AccessEvent.objects.count()
    sees = status != Status.DRAFT or side == Side.SENDER
    if status in rule.sources and side in rule.sides and sees:
        _makes(Referral.objects.get(pk=row.pk), move, actor, side, world)
        assert AccessEvent.objects.count() > events
    else:
        with pytest.raises(MoveNotPossible if sees else Referral.DoesNotExist):
            act(Referral.objects.get(pk=row.pk), move, actor, **given(world, move))
        assert state_of(row) == before
        assert AccessEvent.objects.count() == events


def _makes(row, move, actor, side, world):
    rule, before = TABLE[move], row.status
    count = row.moves.count()

    after = act(row, move, actor, **given(world, move))

    made = after.moves.order_by("position").last()
    assert after.status == (rule.to or before)
    assert after.moves.count() == count + 1
    assert (made.move, made.from_status, made.to_status) == (move, before, after.status)
    assert (made.actor, made.side) == (actor, side)
    again = Referral.objects.get(pk=row.pk)
    assert again.status == after.status


@pytest.mark.parametrize("move", MOVES)
def test_another_programme_does_not_find_it(world, move):
    status = TABLE[move].sources[0]
    row = referral_in(world, status)
    before = state_of(row)

    with pytest.raises(Referral.DoesNotExist):
        act(row, move, world.stranger, **given(world, move))

    assert state_of(row) == before


@pytest.mark.parametrize(
    "move", [move for move in MOVES if TABLE[move].permission == Permission.TRIAGE_REFERRAL]
)
def test_who_does_not_coordinate_does_not_answer(world, move):
    row = referral_in(world, TABLE[move].sources[0])
    before = state_of(row)

    with pytest.raises(PermissionDenied):
        act(row, move, world.psychologist, **given(world, move))

    assert state_of(row) == before


def test_the_log_has_words_for_every_move():
    assert {action_of(move) for move in MOVES} <= actions.declared()


def test_a_form_that_is_out_of_date_changes_nothing_and_shows_what_stands(world):
    row = refer(world)
    shown = row.version
    act(row, Move.REVIEW, world.coordinator)
    before = state_of(row)

    with pytest.raises(MoveNotPossible) as conflict:
        services.move(row, Move.ACCEPT, by=world.coordinator, expected=shown)

    assert conflict.value.theirs.status == Status.UNDER_REVIEW
    assert conflict.value.last.move == Move.REVIEW
    assert state_of(row) == before


def test_a_double_tap_makes_one_move(world):
    row, form = refer(world), uuid7()

    for _time in range(2):
        services.move(row, Move.ACCEPT, by=world.coordinator, expected=1, id=form, text="El lunes")

    assert [each.move for each in row.moves.all()] == [Move.SEND, Move.ACCEPT]
    with pytest.raises(MoveNotPossible):
        services.move(row, Move.ACCEPT, by=world.coordinator, expected=1, id=form, text="Otro")


def test_a_note_stands_whatever_was_written_meanwhile(world):
    row = refer(world)
    act(row, Move.REVIEW, world.coordinator)

    services.move(row, Move.NOTE, by=world.doctor, expected=1, text="Cambió de albergue")
    services.move(row, Move.NOTE, by=world.doctor, text="Y de nuevo")

    row.refresh_from_db()
    assert [each.move for each in row.moves.all()][-2:] == [Move.NOTE, Move.NOTE]
    assert row.version == 2


def test_the_offer_of_moves_is_what_the_services_take(world):
    row = referral_in(world, Status.ACCEPTED)

    offered = detail.possible_moves(world.coordinator, detail.find(world.coordinator, row.pk))
    by_team = detail.possible_moves(world.psychologist, detail.find(world.psychologist, row.pk))

    assert set(offered) == {
        Move.WAITLIST, Move.DECLINE, Move.SCHEDULE, Move.ARRIVE, Move.CLOSE, Move.NOTE,
    }  # fmt: skip
    assert set(by_team) == {Move.ARRIVE, Move.NOTE}
    assert Move.ASK_CANCEL in possible(row.status, [Side.SENDER])


# -- What a move needs -------------------------------------------------------------------------
def test_declining_says_why_and_where_else(world):
    row = refer(world)

    with pytest.raises(Refused):
        act(row, Move.DECLINE, world.coordinator, reason="referral_decline_reasons:no_capacity")
    with pytest.raises(Refused):
        act(row, Move.DECLINE, world.coordinator, reason="")
    act(
        row,
        Move.DECLINE,
        world.coordinator,
        reason="referral_decline_reasons:no_capacity",
        alternative=world.service,
    )

    row.refresh_from_db()
    assert (row.status, row.decline_reason_id) == (
        Status.DECLINED,
        "referral_decline_reasons:no_capacity",
    )
    assert row.feedback_at == row.closed_at == row.decided_at


@pytest.mark.parametrize("move", [Move.ASK, Move.ANSWER, Move.CANCEL, Move.ASK_CANCEL, Move.CLOSE])
def test_words_are_needed(world, move):
    row = referral_in(world, TABLE[move].sources[0])
    by = world.doctor if Side.SENDER in TABLE[move].sides else world.coordinator

    with pytest.raises(Refused):
        act(row, move, by, **{**GIVEN[move], "text": "  "})


def test_unreachable_needs_three_days_with_an_attempt(world):
    row = referral_in(world, Status.ACCEPTED)
    unreachable = {"outcome": "referral_closure_outcomes:unreachable", "text": "No contesta"}

    for days in range(3):
        with pytest.raises(Refused):
            act(row, Move.CLOSE, world.coordinator, **unreachable)
        for _twice_a_day in range(2):
            _attempt(world, row, days)

    assert act(row, Move.CLOSE, world.coordinator, **unreachable).status == Status.CLOSED_INCOMPLETE


def _attempt(world, row, days):
    day = row.submitted_on + dt.timedelta(days=days)
    ContactAttempt.objects.create(
        patient=world.person,
        programme=world.centre,
        at=row.submitted_at,
        local_date=day,
        method_id="safe_contact_methods:call",
        purpose_id="contact_purposes:referral",
        outcome_id="contact_outcomes:no_answer",
        by=world.coordinator,
    )


def test_accepting_with_a_slot_is_one_step(world):
    row, hour = refer(world), slot(world)

    act(row, Move.ACCEPT, world.coordinator, slots=[hour.pk])

    row.refresh_from_db()
    hour.refresh_from_db()
    assert row.status == Status.APPOINTMENT_GIVEN
    assert row.appointment.slot_id == hour.pk
    assert row.first_appointment_on == hour.local_date
    assert hour.taken == 1
    assert [each.move for each in row.moves.all()][1:] == [Move.ACCEPT, Move.SCHEDULE]


def test_where_the_slot_is_full_nothing_is_accepted(world):
    row, hour = refer(world), slot(world, taken=1)
    before = state_of(row)

    with pytest.raises(Refused):
        act(row, Move.ACCEPT, world.coordinator, slots=[hour.pk])

    assert state_of(row) == before


def test_a_slot_of_another_programme_is_refused(world):
    row = refer(world)

    with pytest.raises(Refused):
        act(row, Move.ACCEPT, world.coordinator, slots=[SlotFactory(programme=world.mobile).pk])


def test_a_late_decline_frees_the_place(world):
    row, hour = refer(world), slot(world)
    act(row, Move.ACCEPT, world.coordinator, slots=[hour.pk])

    act(row, Move.DECLINE, world.coordinator, **GIVEN[Move.DECLINE])

    hour.refresh_from_db()
    assert hour.taken == 0
    assert Appointment.objects.get().state == Appointment.State.CANCELLED_BY_TEAM


def test_another_hour_frees_the_first(world):
    row, first = refer(world), slot(world)
    second = slot(world, local_time=dt.time(11))
    act(row, Move.ACCEPT, world.coordinator, slots=[first.pk])
    third = slot(world, days=3)
    act(row, Move.SCHEDULE, world.coordinator, slots=[third.pk])

    for hour, taken in ((first, 0), (second, 0), (third, 1)):
        hour.refresh_from_db()
        assert hour.taken == taken
    row.refresh_from_db()
    assert row.first_appointment_on == third.local_date


def test_who_missed_the_hour_is_expected_again(world):
    row = referral_in(world, Status.NO_SHOW)
    first = row.first_appointment_on

    assert Appointment.objects.get().state == Appointment.State.MISSED
    act(row, Move.SCHEDULE, world.coordinator, slots=[slot(world).pk])

    row.refresh_from_db()
    assert row.status == Status.APPOINTMENT_GIVEN
    assert row.first_appointment_on == first


def test_nobody_is_missed_before_the_day(world):
    row = refer(world)
    act(row, Move.ACCEPT, world.coordinator, slots=[slot(world).pk])

    with pytest.raises(Refused):
        act(row, Move.MISS, world.coordinator)


def test_a_cancellation_after_acceptance_is_a_request(world):
    row, hour = refer(world), slot(world)
    act(row, Move.ACCEPT, world.coordinator, slots=[hour.pk])

    with pytest.raises(MoveNotPossible):
        act(row, Move.CANCEL, world.doctor, text="No quiere")
    with pytest.raises(MoveNotPossible):
        act(row, Move.AGREE_CANCEL, world.coordinator)
    act(row, Move.ASK_CANCEL, world.doctor, text="No quiere")
    with pytest.raises(MoveNotPossible):
        act(row, Move.ASK_CANCEL, world.doctor, text="De verdad")
    act(row, Move.AGREE_CANCEL, world.coordinator)

    row.refresh_from_db()
    hour.refresh_from_db()
    assert (row.status, row.cancel_asked_at, hour.taken) == (Status.CANCELLED, None, 0)


def test_the_answer_may_go_with_the_service(world):
    row = referral_in(world, Status.FEEDBACK_SENT)

    assert [each.move for each in row.moves.all()][-2:] == [Move.SERVE, Move.FEEDBACK]
    assert row.feedback_at is not None
    assert row.closed_on == world.centre.today()


# -- Who may know ------------------------------------------------------------------------------
def test_the_receiving_programme_knows_the_person_until_it_comes_to_nothing(world):
    row = refer(world)

    def knows():
        rows = Access.objects.open().filter(programme=world.centre)
        return rows.filter(patient=world.person, basis=Access.Basis.REFERRAL).exists()

    assert knows()
    act(row, Move.DECLINE, world.coordinator, **GIVEN[Move.DECLINE])

    assert not knows()
    assert Referral.objects.visible_to(world.coordinator).filter(pk=row.pk).exists()


@pytest.mark.parametrize("status", [Status.CLOSED_INCOMPLETE, Status.CANCELLED, Status.DECLINED])
def test_what_comes_to_nothing_ends_the_access(world, status):
    referral_in(world, status)

    assert not Access.objects.open().filter(basis=Access.Basis.REFERRAL).exists()


def test_a_draft_is_known_to_its_sender_alone(world):
    row = referral_in(world, Status.DRAFT)

    assert Referral.objects.visible_to(world.doctor).get() == row
    assert not Referral.objects.visible_to(world.coordinator).exists()
    assert not Access.objects.open().filter(basis=Access.Basis.REFERRAL).exists()


# -- Both sides in one hand --------------------------------------------------------------------
@pytest.mark.parametrize("origin", ["self", "partner"])
def test_who_comes_without_a_team_is_received_by_one_programme(world, origin):
    from_partner = world.partner if origin == "partner" else None
    ask = {"from_programme": None, "origin": origin, "from_partner": from_partner}

    world.person = PatientFactory(by=world.psychologist)
    row = services.refer(an_ask(world, **ask), by=world.psychologist)

    act(row, Move.ACCEPT, world.coordinator)
    act(row, Move.ARRIVE, world.psychologist)
    act(row, Move.SERVE, world.psychologist, **GIVEN[Move.SERVE], text="Le contamos qué sigue")

    row.refresh_from_db()
    assert row.status == Status.FEEDBACK_SENT
    assert not Notice.objects.filter(user=world.psychologist).exists()


def test_what_a_partner_answers_is_noted_by_who_sent(world):
    consents(world)
    row = services.refer(to_partner(world), by=world.doctor)

    act(row, Move.ACCEPT, world.doctor, text="Por teléfono")
    act(row, Move.SCHEDULE, world.doctor, on=world.mobile.today())
    act(row, Move.MISS, world.doctor)
    act(row, Move.SCHEDULE, world.doctor, on=world.mobile.today())
    act(row, Move.ARRIVE, world.doctor)
    act(row, Move.SERVE, world.doctor, **GIVEN[Move.SERVE], text="Tramitó su solicitud")

    row.refresh_from_db()
    assert row.status == Status.FEEDBACK_SENT
    assert row.appointment is None


# -- Who hears of it ---------------------------------------------------------------------------
def test_the_sender_hears_back(world):
    row = refer(world)
    act(row, Move.ASK, world.coordinator, text="¿Desde cuándo?")
    act(row, Move.ANSWER, world.doctor, text="Desde mayo")
    act(row, Move.ACCEPT, world.coordinator, slots=[slot(world).pk])
    act(row, Move.ARRIVE, world.psychologist)
    act(row, Move.SERVE, world.psychologist, **GIVEN[Move.SERVE])
    act(row, Move.FEEDBACK, world.psychologist, text="Fue atendida")

    told = [each.cause.partition(":")[0] for each in Notice.objects.filter(user=world.doctor)]
    assert sorted(told) == sorted(["ask", "accept", "schedule", "arrive", "feedback"])
    coordination = Notice.objects.filter(user=None, programme=world.mobile)
    assert coordination.count() == len(told)
    assert Notice.objects.filter(programme=world.centre).get().cause.startswith("answer")


def test_nobody_is_told_what_they_did(world):
    both = UserFactory(role="coordinator", programme=world.mobile)

    PostingFactory(user=both, role="coordinator", programme=world.centre)
    row = services.refer(an_ask(world), by=both)
    act(row, Move.ACCEPT, both)

    assert not Notice.objects.filter(user=both).exists()


# -- The clock ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "clock"),
    [
        (Status.DRAFT, Clock.NONE),
        (Status.SUBMITTED, Clock.TRIAGE),
        (Status.UNDER_REVIEW, Clock.TRIAGE),
        (Status.INFO_REQUESTED, Clock.NONE),
        (Status.ACCEPTED, Clock.FIRST_CONTACT),
        (Status.WAITLISTED, Clock.FIRST_CONTACT),
        (Status.APPOINTMENT_GIVEN, Clock.FIRST_CONTACT),
        (Status.NO_SHOW, Clock.RECONTACT),
        (Status.ARRIVED, Clock.NONE),
        (Status.SERVICE_RECEIVED, Clock.FEEDBACK),
        (Status.FEEDBACK_SENT, Clock.NONE),
        (Status.DECLINED, Clock.NONE),
        (Status.CLOSED_INCOMPLETE, Clock.NONE),
        (Status.CANCELLED, Clock.NONE),
    ],
)
def test_the_clock_of_each_state(world, status, clock):
    row = referral_in(world, status)

    assert row.clock == clock
    assert (row.due_at is None) == (clock == Clock.NONE)
