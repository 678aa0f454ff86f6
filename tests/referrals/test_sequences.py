"""Arbitrary sequences of moves by arbitrary people, with time passing in between.

Whatever they try: times never run backwards, one open referral per person and place, places are
never given twice, and the state is the replay of the moves.
"""

import datetime as dt
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from accounts.models import User
from consultations.models import Appointment
from consultations.services.refusal import Refused
from patients.models import Access
from referrals import services
from referrals.machine import TABLE, Move
from referrals.models import Notice, Referral, Status
from referrals.models.status import OPEN, clock_of
from referrals.services import MoveNotPossible
from tests.patients.factories import PatientFactory
from tests.referrals.world import World, an_ask, consents, slot, to_partner

pytestmark = pytest.mark.django_db

REFUSALS = (Refused, MoveNotPossible, PermissionDenied, Referral.DoesNotExist)
TEXTS = st.sampled_from(["", "Llamó su hermana"])
OUTCOMES = [
    f"referral_closure_outcomes:{code}"
    for code in ("service_received", "service_partial", "moved", "unreachable", "died")
]


def _block() -> Any:
    """A part that can be taken back; services may ask for a durable one inside."""
    block = transaction.atomic()
    block._from_testcase = True
    return block


class Walk(RuleBasedStateMachine):
    """One world for all walks; each is rolled back at its end."""

    world: World
    places: tuple[Any, ...] = ()
    people: tuple[Any, ...] = ()
    clock: User
    walks = 0

    def __init__(self) -> None:
        super().__init__()
        self.offset = dt.timedelta()
        self.referrals: list[Referral] = []
        self.walk = _block()
        self.walk.__enter__()
        self.real_now = timezone.now
        self.time = mock.patch("django.utils.timezone.now", self._now)
        self.time.start()

    def _now(self) -> dt.datetime:
        return self.real_now() + self.offset

    def teardown(self) -> None:
        """The history of a walk is append-only: looking at its end sees all of it."""
        try:
            for holds in self.LAWS:
                holds(self)
            type(self).walks += 1
        finally:
            self.time.stop()
            transaction.set_rollback(True)
            self.walk.__exit__(None, None, None)

    # -- What people do ------------------------------------------------------------------------
    @rule(person=st.integers(0, 1), outside=st.booleans(), draft=st.booleans())
    def refer(self, person: int, outside: bool, draft: bool) -> None:
        ask = (to_partner if outside else an_ask)(self.world, patient=self.people[person])
        do = services.prepare if draft else services.refer
        try:
            self.referrals.append(do(ask, by=self.world.doctor))
        except REFUSALS:
            return

    @rule(
        data=st.data(),
        move=st.sampled_from(list(Move)),
        who=st.sampled_from(["doctor", "coordinator", "psychologist", "stranger"]),
        stale=st.integers(0, 5),
        text=TEXTS,
    )
    def move(self, data: Any, move: Move, who: str, stale: int, text: str) -> None:
        if not self.referrals:
            return
        row = data.draw(st.sampled_from(self.referrals))
        row.refresh_from_db()
        given = self._given(data, move, text)
        before = (row.status, row.moves.count())
        by = getattr(self.world, who)
        # The version of a form that lay open is behind.
        expected = row.version - (stale == 0)
        try:
            self._make(row, move, by, expected, given)
        except REFUSALS:
            row.refresh_from_db()
            assert (row.status, row.moves.count()) == before
        else:
            assert row.moves.count() > before[1]

    @staticmethod
    def _make(row: Referral, move: Move, by: User, expected: int, given: dict[str, Any]) -> None:
        # Half of a refused step must not stay behind, as in a request of its own.
        with _block():
            if move == Move.SEND:
                services.send(row, by=by, expected=expected)
            else:
                services.move(row, move, by=by, expected=expected, **given)

    def _given(self, data: Any, move: Move, text: str) -> dict[str, Any]:
        if move in (Move.ACCEPT, Move.SCHEDULE):
            hours = data.draw(st.lists(st.sampled_from(self.places), max_size=2, unique=True))
            if not hours and move == Move.SCHEDULE:
                return {"on": self.world.centre.today(), "discipline": "psychology"}
            return {"slots": [hour.pk for hour in hours]}
        if move == Move.DECLINE:
            code = data.draw(st.sampled_from(["duplicate", "no_capacity", "person_declines"]))
            return {"reason": f"referral_decline_reasons:{code}", "text": text}
        if move in (Move.SERVE, Move.CLOSE):
            return {"outcome": data.draw(st.sampled_from(OUTCOMES)), "text": text}
        if move == Move.RECHECK:
            return {"risk": data.draw(st.sampled_from(["mh_risk_levels:low", ""]))}
        return {} if move in (Move.REVIEW, Move.ARRIVE, Move.DISCARD, Move.SEND) else {"text": text}

    @rule(hours=st.sampled_from([1, 5, 30, 200]))
    def time_passes(self, hours: int) -> None:
        self.offset += dt.timedelta(hours=hours)
        services.mark_late(by=self.clock)
        assert services.mark_late(by=self.clock) == 0

    # -- What always holds ---------------------------------------------------------------------
    def the_state_is_the_replay_of_the_moves(self) -> None:
        for row in Referral.objects.prefetch_related("moves"):
            status, last = Status.DRAFT.value, None
            for position, made in enumerate(row.moves.all()):
                step = TABLE[Move(made.move)]
                assert made.position == position
                assert made.from_status == status
                assert status in step.sources
                status = made.to_status
                assert status == (step.to or made.from_status)
                assert last is None or made.at >= last
                last = made.at
            assert status == row.status
            assert row.clock == clock_of(status)
            self._times(row)

    @staticmethod
    def _times(row: Referral) -> None:
        made = {each.move for each in row.moves.all()}
        names = ("submitted_at", "decided_at", "arrived_at", "served_at", "closed_at")
        times = [getattr(row, name) for name in names]
        known = [moment for moment in times if moment is not None]
        # Somebody may arrive and be declined no more: the first decision never comes later.
        assert known == sorted(known)
        assert (row.submitted_at is not None) == (Move.SEND in made)
        assert (row.arrived_at is not None) == (Move.ARRIVE in made)
        assert (row.served_at is not None) == (Move.SERVE in made)
        assert (row.closed_at is not None) == (row.status not in OPEN)
        if row.accepted_at is None:
            assert not made & {Move.ACCEPT, Move.SCHEDULE, Move.ARRIVE}

    def one_is_open_per_person_and_place(self) -> None:
        rows = Referral.objects.filter(status__in=OPEN).order_by()
        assert not rows.values("patient", "destination").annotate(n=Count("pk")).filter(n__gt=1)

    def places_are_given_once(self) -> None:
        for hour in self.places:
            hour.refresh_from_db()
            held = Appointment.objects.filter(slot=hour, state__in=Appointment.HOLDING).count()
            assert 0 <= hour.taken == held <= hour.places + hour.overbooked

    def what_came_to_nothing_holds_no_place(self) -> None:
        over = (Status.DECLINED, Status.CLOSED_INCOMPLETE, Status.CANCELLED)
        held = Appointment.objects.filter(
            state=Appointment.State.BOOKED,
            pk__in=Referral.objects.filter(status__in=over).values("appointments__appointment"),
        ).exclude(
            # The same hour may serve the next referral of the person.
            pk__in=Referral.objects.exclude(status__in=over).values("appointments__appointment")
        )
        assert not held.exists()

    def the_centre_knows_whom_it_may_receive(self) -> None:
        for person in self.people:
            knows = Access.objects.open().filter(
                patient=person, programme=self.world.centre, basis=Access.Basis.REFERRAL
            )
            open_here = Referral.objects.filter(
                ~Q(status=Status.DRAFT),
                patient=person,
                to_programme=self.world.centre,
                status__in=OPEN,
            )
            assert knows.exists() or not open_here.exists()

    def each_is_told_once(self) -> None:
        rows = Notice.objects.order_by().values("referral", "kind", "cause", "level")
        assert not rows.annotate(n=Count("pk")).filter(n__gt=1)

    LAWS = (
        the_state_is_the_replay_of_the_moves,
        one_is_open_per_person_and_place,
        places_are_given_once,
        what_came_to_nothing_holds_no_place,
        the_centre_knows_whom_it_may_receive,
        each_is_told_once,
    )


def walk(world: World, *, sequences: int, steps: int) -> int:
    """How many walks were made."""
    Walk.world, Walk.walks = world, 0
    Walk.people = (world.person, PatientFactory(by=world.doctor))
    Walk.places = tuple(slot(world, days=days) for days in (1, 2, 30))
    Walk.clock = User.objects.system("referral-clocks")
    for person in Walk.people:
        world.person = person
        consents(world)
    for user in (world.doctor, world.coordinator, world.psychologist, world.stranger):
        user.active_postings  # noqa: B018 - read once
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),
        ),
    )
    return Walk.walks


def test_short_walks(world):
    assert walk(world, sequences=25, steps=25) >= 25


@pytest.mark.bench
def test_two_thousand_walks(world):
    assert walk(world, sequences=2000, steps=12) >= 2000
