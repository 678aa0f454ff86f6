"""Many coordinators at the same moment, each on a connection of their own: exactly one wins."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.db import connection, connections

from accounts.models import AccessEvent, User
from accounts.rows import uuid7
from consultations.models import Appointment
from consultations.services.slots import Full
from referrals import services
from referrals.machine import Move
from referrals.models import Notice, Referral, ReferralMove, Status
from referrals.services import MoveNotPossible, clocks
from tests.accounts.factories import UserFactory
from tests.patients.factories import PatientFactory
from tests.referrals.world import an_ask, make_world, refer, slot

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="needs two real connections to PostgreSQL"
    ),
]
MANY = 30


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Results, or exceptions, of acts that start together, each on a connection of its own."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=30)
            results[index] = act()
        except Exception as error:  # handed to the test
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


def coordinators(world):
    found = [UserFactory(role="coordinator", programme=world.centre) for _n in range(MANY)]
    for user in found:
        user.active_postings  # noqa: B018 - read before the threads start
    return found


def test_one_of_thirty_accepts():
    world = make_world()
    row = refer(world)

    def accepts(user):
        return lambda: services.move(row, Move.ACCEPT, by=user, expected=1)

    found = at_once(*map(accepts, coordinators(world)))

    won = [each for each in found if isinstance(each, Referral)]
    lost = [each for each in found if isinstance(each, MoveNotPossible)]
    assert (len(won), len(lost)) == (1, MANY - 1), found
    # The others see what stands, and who was faster.
    assert {each.theirs.status for each in lost} == {Status.ACCEPTED}
    assert {each.last.move for each in lost} == {Move.ACCEPT}
    assert ReferralMove.objects.filter(move=Move.ACCEPT).count() == 1
    assert Notice.objects.filter(user=world.doctor).count() == 1


def test_one_of_thirty_takes_the_last_place():
    world = make_world()
    hour = slot(world)
    people = [PatientFactory(by=world.doctor) for _n in range(MANY)]
    rows = [refer(world, patient=person) for person in people]

    def accepts(pair):
        row, user = pair
        return lambda: services.move(row, Move.ACCEPT, by=user, expected=1, slots=[hour.pk])

    found = at_once(*map(accepts, zip(rows, coordinators(world), strict=True)))

    won = [each for each in found if isinstance(each, Referral)]
    lost = [each for each in found if isinstance(each, Full)]
    assert (len(won), len(lost)) == (1, MANY - 1), found
    hour.refresh_from_db()
    assert (hour.taken, hour.overbooked) == (1, 0)
    assert Appointment.objects.count() == 1
    # Who found no place has not accepted either.
    assert Referral.objects.filter(status=Status.SUBMITTED).count() == MANY - 1


def test_a_double_tap_sends_one_referral():
    world = make_world()
    world.doctor.active_postings  # noqa: B018 - read before the threads start
    pk = uuid7()

    def sends():
        return services.refer(an_ask(world), by=world.doctor, id=pk)

    found = at_once(*[sends] * 6)

    assert {getattr(each, "pk", each) for each in found} == {pk}
    assert Referral.objects.count() == ReferralMove.objects.count() == 1


def test_two_who_refer_one_person_to_one_place():
    world = make_world()
    for user in (world.doctor, world.field_coordinator):
        user.active_postings  # noqa: B018 - read before the threads start

    def sends(user):
        return lambda: services.refer(an_ask(world), by=user)

    found = at_once(*map(sends, (world.doctor, world.field_coordinator)))

    assert len([each for each in found if isinstance(each, Referral)]) == 1, found
    assert Referral.objects.count() == 1


def test_two_runs_of_the_clock_tell_once():
    world = make_world()
    rows = [refer(world, patient=PatientFactory(by=world.doctor)) for _n in range(5)]
    at = max(row.due_at for row in rows) + dt.timedelta(minutes=1)
    clock = User.objects.system("referral-clocks")

    found = at_once(*[lambda: services.mark_late(by=clock, at=at)] * 4)

    assert sum(found) == len(rows), found
    assert Notice.objects.filter(kind="late").count() == len(rows)


def test_a_killed_run_leaves_no_half_work():
    """The session is cut between the notice and the commit, as `kill -9` does it."""

    world = make_world()
    row = refer(world)
    at = row.due_at + dt.timedelta(minutes=1)
    clock = User.objects.system("referral-clocks")

    def cut(**_):
        connection.connection.close()

    def dies():
        with mock.patch.object(clocks, "record", cut):
            services.mark_late(by=clock, at=at)

    [broken] = at_once(dies)
    assert isinstance(broken, Exception)
    assert not Notice.objects.filter(kind="late").exists()

    assert services.mark_late(by=clock, at=at) == 1
    assert services.mark_late(by=clock, at=at) == 0
    assert AccessEvent.objects.filter(action="referral.marked_late").count() == 1
