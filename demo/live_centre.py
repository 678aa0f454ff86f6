"""The centre on a working day of today: people in care, hours offered, referrals in every state."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.models import User
from accounts.policy import Discipline
from consultations.models import Appointment, Episode, Slot, SlotPattern
from demo import phrases
from demo.capacity import Capacity
from demo.care import PROGRAMME, weekday
from demo.handover import SUMMARY, Asked, Handover
from demo.plan.model import ContactPlan, PersonPlan, StayPlan, service
from demo.plan.numbers import counts
from demo.records import Records
from demo.referred import INCLUSION, REASON_OF, office
from demo.world import World
from partners.models import Organisation
from patients.builders import Person
from patients.models import ProtectionTask
from patients.services import key_of
from referrals.machine import Move, Side
from referrals.models import Clock, Notice, Origin, Referral
from referrals.models.referral import MINIMUM
from referrals.queries.notices import COORDINATION, TEAM
from referrals.services.notices import TOLD_TO_SENDER

MOBILE = "CDMX-MOBILE"
_ZONE = ZoneInfo("America/Mexico_City")
# Days in care of the people of today: some new, some long here.
_IN_CARE = (5, 11, 24, 38, 52, 75, 90, 112, 131, 150)
_SILENT = 7  # position of who was not seen for two months
_UNTIL_SILENT = 64
_LATE_REVIEW = 8
_NO_SCALES = 6  # position of whose scales are overdue
_RISKS = {2: "high", 3: "moderate", 5: "moderate"}  # as last measured, by position
# Times a week with each discipline.
_RHYTHM = {
    Discipline.PSYCHOLOGY: 1.0, Discipline.SOCIAL_WORK: 0.7, Discipline.MEDICAL: 0.4,
    Discipline.PHYSIOTHERAPY: 0.3, Discipline.HEALTH_PROMOTION: 0.3, Discipline.PSYCHIATRY: 0.15,
}  # fmt: skip
_BACK, _AHEAD = 14, 14  # days with hours offered, around today
_HOURS: dict[str, tuple[int, ...]] = {
    Discipline.PSYCHOLOGY: (8, 9, 10, 11, 12, 15), Discipline.SOCIAL_WORK: (9, 10, 11, 12),
    Discipline.MEDICAL: (9, 10, 12), Discipline.PHYSIOTHERAPY: (10, 12),
    Discipline.HEALTH_PROMOTION: (11,), Discipline.PSYCHIATRY: (9, 12),
}  # fmt: skip


# -- People in care ------------------------------------------------------------------------------
def stays(people: list[PersonPlan], today: date) -> list[StayPlan]:
    """Open stays of the first people."""
    wanted = counts("live_tail")["episodes_open"]
    return [
        StayPlan(person, weekday(today - timedelta(days=back)))
        for person, back in zip(people, _IN_CARE[:wanted], strict=False)
    ]


def contacts(
    here: list[StayPlan], site_on: Callable[[date], str], today: date, rng: Random
) -> Iterator[ContactPlan]:
    """Once with the mobile team, then at the centre until yesterday."""
    for position, stay in enumerate(here):
        person = stay.person
        person.arrives = stay.admitted - timedelta(days=rng.randint(3, 9))
        site = site_on(person.arrives)
        yield ContactPlan(person, MOBILE, site, person.arrives, "psychology", "first")
        last = today - timedelta(days=_UNTIL_SILENT if position == _SILENT else 1)
        known: set[str] = set()
        measured: ContactPlan | None = None
        for day, discipline in sorted(_sessions(stay.admitted, last, position, today, rng)):
            kind = "follow_up" if service(discipline) in known else "first"
            known.add(service(discipline))
            contact = ContactPlan(person, PROGRAMME, "CAI", day, discipline, kind)
            measured = contact if discipline == Discipline.PSYCHOLOGY else measured
            yield contact
        if measured is not None:
            measured.risk = _RISKS.get(position, "")


def safety(records: Records, contacts: list[ContactPlan], world: World) -> Iterator[ProtectionTask]:
    """What a note with such a risk leaves to do, and until when."""
    hours = {"high": settings.HIGH_RISK_HOURS, "moderate": settings.MODERATE_RISK_HOURS}
    for contact in contacts:
        if contact.risk:
            header = records.header(contact)
            yield ProtectionTask(
                patient_id=header.patient_id,
                kind=ProtectionTask.Kind.SAFETY,
                programme=world.programmes[PROGRAMME],
                opened_at=header.signed_at,
                opened_by=world.who(PROGRAMME, Discipline.PSYCHOLOGY),
                due_at=header.signed_at + timedelta(hours=hours[contact.risk]),
            )


def _sessions(
    first: date, last: date, position: int, today: date, rng: Random
) -> set[tuple[date, str]]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    days = [day for day in days if day.weekday() < 5]
    found = {(first, str(Discipline.PSYCHOLOGY)), (first, str(Discipline.SOCIAL_WORK))}
    for discipline, weekly in _RHYTHM.items():
        times = min(len(days), round(weekly * len(days) / 5))
        found |= {(day, str(discipline)) for day in rng.sample(days, times)}
    if position == _NO_SCALES:
        early = today - timedelta(days=36)
        found = {each for each in found if each[1] != "psychology" or each[0] < early}
    return found


def late_reviews(here: list[StayPlan]) -> list[int]:
    return [here[_LATE_REVIEW].person.number] if len(here) > _LATE_REVIEW else []


def silent(here: list[StayPlan], today: date) -> Iterator[tuple[StayPlan, date]]:
    """Who may be lost, and the days on which somebody tried."""
    if len(here) > _SILENT:
        for back in (20, 6):
            yield here[_SILENT], weekday(today - timedelta(days=back))


def past_days(today: date) -> list[date]:
    days = [today - timedelta(days=back) for back in range(_BACK, 0, -1)]
    return [day for day in days if day.weekday() < 5]


# -- Hours ---------------------------------------------------------------------------------------
class Hours:
    """The week as it is offered: patterns, the hours of today and the next two weeks, and who is
    expected in them."""

    def __init__(self, world: World, today: date, rng: Random) -> None:
        self._world, self._today, self._rng = world, today, rng
        self._open: dict[tuple[str, date], list[Slot]] = defaultdict(list)
        self._rows: list[Any] = []
        self._busy: set[tuple[Any, date, time]] = set()
        self._booked: set[tuple[Any, str, date]] = set()
        programme, site = world.programmes[PROGRAMME], world.sites["CAI"]
        days = [today + timedelta(days=n) for n in range(_AHEAD + 1)]
        for discipline, hours in _HOURS.items():
            for day_of_week in range(5):
                for hour in hours:
                    pattern = SlotPattern(
                        programme=programme,
                        site=site,
                        discipline=discipline,
                        local_time=time(hour),
                        minutes=50,
                        places=1,
                        offered_by=world.coordinators[PROGRAMME],
                        weekday=day_of_week,
                        valid_from=today - timedelta(days=28),
                    )
                    self._rows.append(pattern)
                    self._fill(pattern, [day for day in days if day.weekday() == day_of_week])
        if today.weekday() > 4:  # the demonstration has a working day at the weekend too
            for discipline, hours in _HOURS.items():
                for hour in hours:
                    self._slot(discipline, today, time(hour), None)

    def _fill(self, pattern: SlotPattern, days: list[date]) -> None:
        for day in days:
            self._slot(pattern.discipline, day, pattern.local_time, pattern)

    def _slot(self, discipline: str, day: date, hour: time, pattern: SlotPattern | None) -> None:
        slot = Slot(
            programme=self._world.programmes[PROGRAMME],
            site=self._world.sites["CAI"],
            discipline=discipline,
            local_date=day,
            local_time=hour,
            minutes=50,
            places=1,
            offered_by=self._world.coordinators[PROGRAMME],
            pattern=pattern,
        )
        self._open[discipline, day].append(slot)
        self._rows.append(slot)

    def book(self, patient_id: Any, discipline: str, day: date, at: datetime) -> Appointment | None:
        """A place of the day, if one is left."""
        if (patient_id, discipline, day) in self._booked:
            return None
        for slot in self._open[discipline, day]:
            hour = (patient_id, day, slot.local_time)
            if slot.taken < slot.places and hour not in self._busy:
                slot.taken += 1
                self._busy.add(hour)
                self._booked.add((patient_id, discipline, day))
                row = Appointment(
                    patient_id=patient_id,
                    programme_id=slot.programme_id,
                    site_id=slot.site_id,
                    discipline=discipline,
                    local_date=day,
                    local_time=slot.local_time,
                    slot_id=slot.pk,
                    booked_by=self._world.coordinators[PROGRAMME],
                    booked_at=at,
                )
                self._rows.append(row)
                return row
        return None

    def first_from(self, patient_id: Any, discipline: str, back: int, at: datetime) -> Appointment:
        """The first place from so many days after today on."""
        for more in range(back, _AHEAD + 1):
            row = self.book(patient_id, discipline, self._today + timedelta(days=more), at)
            if row is not None:
                return row
        raise LookupError("no place is left")

    def expect(self, here: list[StayPlan], built: Mapping[int, Person], at: datetime) -> None:
        """Today everybody with two disciplines, the next days as it goes: some hours are full."""
        rng = self._rng
        there = [stay for position, stay in enumerate(here) if position != _SILENT]
        names = list(_RHYTHM)
        for stay in there:
            patient = built[stay.person.number].patient.pk
            for discipline in rng.sample(names[:4], 2):
                self.book(patient, discipline, self._today, at)
        for ahead in range(1, _AHEAD + 1):
            day = self._today + timedelta(days=ahead)
            busy = 2 if ahead <= 3 else 1
            for stay in there:
                patient = built[stay.person.number].patient.pk
                for discipline in rng.choices(names, list(_RHYTHM.values()), k=busy):
                    self.book(patient, discipline, day, at)

    def rows(self) -> list[Any]:
        return self._rows


# -- Referrals -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Case:
    """Where a referral stands, sent so many days ago, and from whom to whom."""

    state: str
    back: int
    way: str = "centre"  # centre, self, from_partner, or the service of a partner asked for


CASES = (
    Case("draft", 1),
    Case("submitted", 1), Case("submitted", 2), Case("submitted", 6), Case("submitted", 1, "self"),
    Case("under_review", 2), Case("under_review", 6, "from_partner"),
    Case("info_requested", 3),
    Case("accepted", 2), Case("accepted", 6, "hospital"),
    Case("waitlisted", 10), Case("waitlisted", 5),
    Case("declined", 4), Case("declined", 9),
    Case("appointment_given", 3), Case("appointment_given", 3), Case("appointment_given", 5),
    Case("appointment_given", 2, "self"),
    Case("arrived", 6), Case("arrived", 7, "self"),
    Case("no_show", 7), Case("no_show", 10),
    Case("service_received", 9), Case("service_received", 18, "legal_asylum"),
    Case("feedback_sent", 10), Case("feedback_sent", 13, "shelter_women"),
    Case("closed_incomplete", 15, "from_partner"),
    Case("cancelled", 6),
)  # fmt: skip


class Queue:
    """Referrals of the last weeks, each where its case says, and what their senders hear."""

    def __init__(
        self, world: World, records: Records, names: Mapping[int, str], hours: Hours,
        capacity: Capacity, now: datetime, rng: Random,
    ) -> None:  # fmt: skip
        self._world, self._records, self._names = world, records, names
        self._hours, self._capacity = hours, capacity
        self._now, self._rng = now, rng
        self._triage = world.coordinators[PROGRAMME]
        self._social = world.who(PROGRAMME, Discipline.SOCIAL_WORK)

    def rows(self, cases: list[tuple[Case, ContactPlan]]) -> Iterator[Any]:
        for case, contact in cases:
            handover = Handover(self._ask(case, contact))
            if case.state != "draft":
                handover.send()
                _Story(self, case, handover).tell()
            yield from handover.rows()
            yield from self._notices(handover)

    def _ask(self, case: Case, contact: ContactPlan) -> Asked:
        rng, person = self._rng, contact.person
        built = self._records.person(person.number)
        common: dict[str, Any] = {
            "plan": person,
            "person": built,
            "name": self._names.get(person.number, ""),
            "contacts": [rng.choice(("call", "next_outing", "via_site"))],
            "whereabouts": rng.choice(phrases.WHEREABOUTS),
            "whereabouts_type": rng.choice(("shelter_civil", "rented", "hosted")),
        }
        if case.way not in ("centre", "self", "from_partner"):
            return self._ask_partner(case, contact, common)
        reasons = [rng.choice(("torture", "extreme_violence", "sexual_violence", "severe_mh"))]
        if rng.random() < 0.4:
            reasons.append("complex_case")
        common |= {
            "reasons": reasons,
            "risk": rng.choice(("none", "none", "low", "moderate")),
            "summary": rng.choice(phrases.SUMMARIES),
            "criteria": list(INCLUSION),
            "receiver": self._world.programmes[PROGRAMME],
            "data_scope": SUMMARY,
        }
        if case.way == "centre":
            return Asked(**common, **self._sent_by_team(contact))
        partner = Organisation.objects.filter(code="mex_shelter_a").first()
        sent = case.way == "from_partner" and partner is not None
        return Asked(
            **common,
            origin=Origin.PARTNER if sent else Origin.SELF,
            from_partner=partner if sent else None,
            at=self._earlier(timedelta(days=case.back)),
            by=self._social,
        )

    def _ask_partner(self, case: Case, contact: ContactPlan, common: dict[str, Any]) -> Asked:
        offers = self._world.partners[f"service_taxonomy:{case.way}"]
        ready = [each for each in offers if each.agreement_on(contact.day)]
        return Asked(
            **common,
            **self._sent_by_team(contact),
            reasons=[REASON_OF[case.way]],
            risk="not_assessed",
            summary=self._rng.choice(phrases.PARTNER_SUMMARIES),
            offer=(ready or offers)[0],
            data_scope=MINIMUM if ready else "data_scopes:none",
        )

    def _sent_by_team(self, contact: ContactPlan) -> dict[str, Any]:
        header = self._records.header(contact)
        return {
            "at": header.signed_at + timedelta(minutes=6),
            "by": self._world.who(MOBILE, contact.discipline),
            "sender": self._world.programmes[MOBILE],
            "site": self._world.sites[contact.site],
            "header": header,
        }

    def _earlier(self, back: timedelta) -> datetime:
        return self._now - back

    # -- What is heard ---------------------------------------------------------------------------
    def _notices(self, handover: Handover) -> Iterator[Notice]:
        """As the services tell: who wrote, and the coordination. What is old was seen."""
        row = handover.row
        if row.from_programme_id is None:
            return
        for made in handover.moves:
            if made.side != Side.RECEIVER or made.move not in TOLD_TO_SENDER:
                continue
            if row.written_by_id != made.actor_id:
                yield self._notice(row, made, TEAM, row.written_by)
            if row.to_programme_id is not None:
                yield self._notice(row, made, COORDINATION, None)

    def _notice(self, row: Referral, made: Any, level: int, user: User | None) -> Notice:
        notice = Notice(
            referral_id=row.pk,
            kind=Notice.Kind.ANSWER,
            cause=f"{made.move}:{made.position}",
            clock=Clock.NONE,
            level=level,
            programme=self._world.programmes[MOBILE],
            user=user,
            made_at=made.at,
        )
        if self._now - made.at > timedelta(days=4):
            notice.seen_at = made.at + timedelta(hours=6)
            notice.seen_by = user or self._world.coordinators[MOBILE]
        return notice

    # -- Used by the stories ---------------------------------------------------------------------
    @property
    def world(self) -> World:
        return self._world

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def receivers(self) -> tuple[User, User]:
        """Who decides, and who receives the person."""
        return self._triage, self._social

    def place(self, patient_id: Any, back: int, at: datetime) -> Appointment:
        return self._hours.first_from(patient_id, Discipline.PSYCHOLOGY, back, at)

    def was_expected(self, patient_id: Any, day: date, state: str) -> Appointment:
        return self._capacity.expect(patient_id, Discipline.PSYCHOLOGY, day, state)


class _Story:
    """The moves that lead to a state, spread between sending and now."""

    def __init__(self, queue: Queue, case: Case, handover: Handover) -> None:
        self._queue, self._case, self._handover = queue, case, handover
        self._external = handover.row.is_external
        self._triage, self._social = queue.receivers
        if self._external:
            self._triage = queue.world.coordinators[MOBILE]
            self._social = handover.row.written_by
        self._sent = handover.row.submitted_at or queue.now

    def _at(self, share: float) -> datetime:
        """At an hour of work, unless that has not come yet."""
        moment = self._sent + (self._queue.now - self._sent) * share
        at_work = office(moment)
        return at_work if at_work < self._queue.now else moment

    def _do(self, move: Move, share: float, by: User, **more: Any) -> None:
        self._handover.move(move, self._at(share), by, **more)

    def tell(self) -> None:
        getattr(self, f"_{self._case.state}")()

    def _submitted(self) -> None:
        pass

    def _under_review(self) -> None:
        self._handover.row.assigned_to = self._triage
        self._do(Move.REVIEW, 0.4, self._triage)

    def _info_requested(self) -> None:
        self._do(Move.ASK, 0.4, self._triage, text=phrases.QUESTION)

    def _accepted(self) -> None:
        self._do(Move.ACCEPT, 0.3, self._triage)

    def _waitlisted(self) -> None:
        self._do(Move.WAITLIST, 0.15, self._triage, risk="mh_risk_levels:low")

    def _declined(self) -> None:
        reason = "referral_decline_reasons:not_criteria"
        self._do(Move.DECLINE, 0.5, self._triage, reason=reason, text=phrases.ALTERNATIVE)

    def _appointment_given(self) -> None:
        self._accepted()
        ahead = 0 if self._case.way == "self" else 1
        place = self._queue.place(self._handover.row.patient_id, ahead, self._at(0.5))
        self._do(Move.SCHEDULE, 0.5, self._triage, appointment=place)

    def _arrived(self) -> None:
        self._accepted()
        self._do(Move.ARRIVE, 0.8, self._social)

    def _no_show(self) -> None:
        self._accepted()
        day = weekday(self._at(0.75).astimezone(_ZONE).date())
        missed = self._queue.was_expected(
            self._handover.row.patient_id, day, Appointment.State.MISSED
        )
        missed.booked_at = self._at(0.35)
        self._do(Move.SCHEDULE, 0.35, self._triage, appointment=missed)
        self._do(Move.MISS, 0.8, self._social)

    def _service_received(self) -> None:
        self._arrived_early()
        outcome = "service_received" if self._external else "service_ongoing"
        self._do(Move.SERVE, 0.5, self._social, reason=f"referral_closure_outcomes:{outcome}")

    def _arrived_early(self) -> None:
        self._do(Move.ACCEPT, 0.1, self._triage)
        self._do(Move.ARRIVE, 0.4, self._social)

    def _feedback_sent(self) -> None:
        self._service_received()
        self._do(Move.FEEDBACK, 0.9, self._social, text=phrases.ANSWERS_SERVED[0])

    def _closed_incomplete(self) -> None:
        self._accepted()
        self._do(
            Move.CLOSE, 0.8, self._triage,
            reason="referral_closure_outcomes:moved", text=phrases.ANSWERS_LOST[1],
        )  # fmt: skip

    def _cancelled(self) -> None:
        self._do(Move.CANCEL, 0.3, self._handover.row.written_by, text=phrases.CANCELLED)


# -- Who has left meanwhile ----------------------------------------------------------------------
def leave(world: World, today: date, rng: Random) -> int:
    """People of the year's scenario still in care at its end have left since: nobody of a year
    ago is overdue today. How many."""
    last = today - timedelta(days=60)
    since = date(2025, 11, 10)
    rows = Episode.objects.filter(
        programme=world.programmes[PROGRAMME], closed_on=None, admitted_on__lt=date(2025, 11, 1)
    ).select_related("patient", "reference_worker")
    if last <= since:
        return 0
    span = min((last - since).days, 140)
    count = 0
    for episode in rows.order_by("admitted_on", "pk"):
        day = weekday(since + timedelta(days=rng.randint(0, span)))
        ended = datetime.combine(day, time(15), _ZONE)
        outcome = rng.choices(
            ("completed_goals", "completed_partial", "moved", "transferred"), (5, 3, 1, 1)
        )[0]
        episode.closed_on, episode.closed_at = day, ended
        episode.closed_by = episode.reference_worker
        episode.outcome_id = f"cai_discharge_outcomes:{outcome}"
        episode.satisfaction_not_asked = True
        episode.seal(
            key_of(episode.patient),
            plan_after=rng.choice(phrases.EXIT_PLANS),
            missing_scores_reason=phrases.NO_FINAL_SCORES,
        )
        episode.save_version(expected=episode.version)
        episode.members.filter(until=None).update(until=ended, ended_by=episode.closed_by)
        count += 1
    return count
