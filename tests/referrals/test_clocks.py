"""What ran out is marked and told once, whoever runs, however often."""

import datetime as dt

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import AccessEvent, User
from patients.models import Patient
from referrals import services, tasks
from referrals.machine import Move
from referrals.models import Notice, Referral, Status
from referrals.queries import notices
from referrals.services import clocks
from tests.accounts.factories import UserFactory
from tests.patients.factories import PatientFactory
from tests.referrals.world import act, consents, refer, referral_in, to_partner

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def clock(db):
    return User.objects.system("referral-clocks")


def late(clock, at):
    return services.mark_late(by=clock, at=at)


def told(row):
    return sorted(row.notices.filter(kind="late").values_list("level", flat=True))


def test_nothing_is_late_in_time(world, clock):
    row = refer(world)

    assert late(clock, row.due_at) == 0
    assert late(clock, row.due_at + dt.timedelta(seconds=1)) == 1


def test_each_level_is_told_once(world, clock):
    row = refer(world, urgency="urgent")
    hour = dt.timedelta(hours=1)

    for hours, levels in ((0.1, [0]), (0.2, [0]), (4.1, [0, 1]), (4.2, [0, 1]), (8.1, [0, 1, 2])):
        late(clock, row.due_at + hours * hour)
        late(clock, row.due_at + hours * hour)
        assert told(row) == levels
    # The clock of the machine moved by days: nothing is told anew.
    for days in (1, 2, 40, -3):
        late(clock, row.due_at + days * DAY)
    assert told(row) == [0, 1, 2]
    assert AccessEvent.objects.filter(action="referral.marked_late").count() == 3


def test_a_clock_moved_a_day_tells_every_level_at_once_and_once(world, clock):
    row = refer(world, urgency="urgent")

    assert late(clock, row.due_at + DAY) == 3
    assert late(clock, row.due_at + 2 * DAY) == 0
    assert told(row) == [0, 1, 2]


def test_the_next_clock_is_told_by_itself(world, clock):
    row = refer(world, urgency="urgent")
    late(clock, row.due_at + dt.timedelta(minutes=1))
    row = act(row, Move.ACCEPT, world.coordinator)

    assert late(clock, row.due_at - dt.timedelta(minutes=1)) == 0
    assert late(clock, row.due_at + dt.timedelta(minutes=1)) == 1
    assert {each.clock for each in row.notices.filter(kind="late")} == {"triage", "first_contact"}


def test_while_information_is_asked_nothing_runs_out(world, clock):
    row = referral_in(world, Status.INFO_REQUESTED)

    assert late(clock, timezone.now() + 400 * DAY) == 0
    answered = act(row, Move.ANSWER, world.doctor, text="Desde mayo")
    assert answered.paused_at is None
    assert answered.due_at >= answered.submitted_at + dt.timedelta(hours=168)


def test_a_pause_is_left_out_of_the_clock(world):
    row = referral_in(world, Status.INFO_REQUESTED)
    Referral.objects.filter(pk=row.pk).update(paused_at=row.paused_at - 2 * DAY)

    row = act(row, Move.ANSWER, world.doctor, text="Desde mayo")

    pause = dt.timedelta(seconds=row.paused_seconds)
    assert pause >= 2 * DAY
    assert row.due_at == row.submitted_at + dt.timedelta(hours=168) + pause


def test_the_waiting_list_does_not_restart_the_clock(world):
    waiting = referral_in(world, Status.WAITLISTED)
    due = waiting.due_at

    accepted = act(waiting, Move.ACCEPT, world.coordinator)

    assert accepted.due_at == due
    assert accepted.waitlisted_at is None


def test_the_team_of_the_receiver_hears_first(world, clock):
    row = refer(world, urgency="urgent")
    late(clock, row.due_at + dt.timedelta(minutes=1))

    assert [each.referral for each in notices.unseen(world.psychologist)] == [row]
    assert notices.unseen_counts(world.psychologist)["late"] == 1
    assert notices.unseen(world.doctor) == []
    assert notices.unseen(world.stranger) == []


def test_who_has_it_hears_instead_of_the_team(world, clock):
    row = refer(world, urgency="urgent")
    services.assign([row.pk], world.psychologist, by=world.coordinator)
    late(clock, row.due_at + dt.timedelta(minutes=1))

    assert len(notices.unseen(world.psychologist)) == 1
    assert notices.unseen(world.mediator) == []


def test_coordination_and_then_management_hear_later(world, clock):
    manager = UserFactory(role="manager")
    row = refer(world, urgency="urgent")
    late(clock, row.due_at + dt.timedelta(hours=5))

    assert {each.level for each in notices.unseen(world.coordinator)} == {0, 1}
    assert notices.unseen(manager) == []
    late(clock, row.due_at + dt.timedelta(hours=9))
    assert [each.level for each in notices.unseen(manager)] == [2]


def test_a_partner_that_does_not_answer_is_the_senders_to_call(world, clock):
    consents(world)
    row = services.refer(to_partner(world), by=world.doctor)
    late(clock, row.due_at + dt.timedelta(minutes=1))

    assert len(notices.unseen(world.doctor)) == 1


def test_a_notice_put_aside_is_gone_for_all_it_was_for(world, clock):
    row = refer(world, urgency="urgent")
    late(clock, row.due_at + dt.timedelta(minutes=1))
    [notice] = notices.unseen(world.psychologist)

    assert services.see([notice.pk], by=world.doctor) == 0  # not addressed to the sender
    assert services.see([notice.pk], by=world.psychologist) == 1
    assert services.see([notice.pk], by=world.coordinator) == 0
    assert notices.unseen(world.coordinator) == []


def test_what_somebody_acted_on_is_not_told_any_more(world, clock):
    row = refer(world, urgency="urgent")
    late(clock, row.due_at + dt.timedelta(minutes=1))
    assert notices.unseen_counts(world.coordinator)["late"] == 1

    act(row, Move.ACCEPT, world.coordinator)

    assert notices.unseen_counts(world.coordinator)["late"] == 0
    assert notices.unseen(world.psychologist) == []


def test_killed_between_two_the_rest_is_marked_by_the_next_run(world, clock, monkeypatch):
    """As after `kill -9`: what was committed stands, what was not is found again."""
    rows = [refer(world, patient=_another(world)) for _n in range(3)]
    at = max(row.due_at for row in rows) + dt.timedelta(minutes=1)
    done = []
    original = clocks._mark_one

    def dies(pk, by, at):
        if len(done) == 1:
            raise SystemExit
        done.append(pk)
        return original(pk, by, at)

    monkeypatch.setattr(clocks, "_mark_one", dies)
    with pytest.raises(SystemExit):
        late(clock, at)
    monkeypatch.setattr(clocks, "_mark_one", original)
    late(clock, at)
    late(clock, at)

    assert [told(row) for row in rows] == [[0]] * 3


def _another(world) -> Patient:
    return PatientFactory(by=world.doctor)


def test_the_tasks_run_as_a_named_actor_and_twice(world):
    row = refer(world, urgency="urgent")
    Referral.objects.filter(pk=row.pk).update(due_at=timezone.now() - dt.timedelta(minutes=1))

    for _time in range(2):
        tasks.mark_late()
        tasks.ask_risk_again()
        tasks.mail_late()

    assert told(row) == [0]
    event = AccessEvent.objects.get(action="referral.marked_late")
    assert event.actor.is_system
    assert mail.outbox == []  # off unless asked for


# -- The waiting list --------------------------------------------------------------------------
def test_the_risk_of_who_waits_is_asked_every_week_once(world, clock):
    row = referral_in(world, Status.WAITLISTED)
    start = row.waitlisted_at

    def asks(days):
        return services.ask_risk_again(by=clock, at=start + days * DAY)

    assert [asks(6), asks(8), asks(8), asks(30)] == [0, 1, 0, 0]
    assert notices.unseen_counts(world.psychologist)["recheck"] == 1
    act(row, Move.RECHECK, world.psychologist, risk="mh_risk_levels:low")
    Referral.objects.filter(pk=row.pk).update(risk_checked_on=start.date() + 10 * DAY)
    assert [asks(16), asks(18), asks(18)] == [0, 1, 0]
    act(row, Move.ACCEPT, world.coordinator)
    assert asks(40) == 0
    assert Notice.objects.filter(kind="recheck").count() == 2


# -- E-mail ------------------------------------------------------------------------------------
def test_the_e_mail_says_how_many_and_nothing_else(world, clock, settings):
    settings.REFERRAL_MAIL = True
    row = refer(world, urgency="urgent")
    late(clock, row.due_at + dt.timedelta(minutes=1))

    assert services.mail_late(by=clock) == 1
    assert services.mail_late(by=clock) == 0

    [letter] = mail.outbox
    assert letter.to == [world.coordinator.email]
    said = f"{letter.subject} {letter.body}"
    assert "1" in said
    for secret in (world.person.code, str(row.pk), "Duerme", "/"):
        assert secret not in said
