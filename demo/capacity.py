"""Hours of the centre, and who was expected in them: came, did not come, or said so before."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from random import Random
from typing import Any

from accounts.policy import Discipline
from consultations.models import Appointment, Consultation, Slot
from demo.care import PROGRAMME, at
from demo.plan.model import StayPlan
from demo.plan.numbers import number
from demo.world import World

HOURS = (8, 9, 10, 11, 12, 13, 15, 16)
State = Appointment.State
_WALK_IN = 0.07  # consultations without an appointment
_FREE = 1.08  # hours offered to hours taken, at least
_MISSED = (State.MISSED, State.MISSED, State.MISSED, State.MISSED, State.CANCELLED_BY_PERSON)
_TEAM_CANCELS = 0.012
_REASONS = (
    ("forgot", "work", "transport", "sick", "procedure", "childcare", "unreachable"),
    (14, 24, 18, 14, 16, 6, 8),
)


class Capacity:
    """Collects appointments of the centre on some days, then offers the hours that hold them and
    some more."""

    def __init__(self, world: World, days: list[date], rng: Random, copy: int = 0) -> None:
        self._world, self._days, self._rng = world, days, rng
        # An hour of a discipline is offered once: further copies of a scenario begin later.
        self._hours = tuple(time(hour, copy % 60, copy // 60) for hour in HOURS)
        self._site = world.sites["CAI"]
        self._appointments: list[Appointment] = []
        self._expected: set[tuple[Any, str, date]] = set()
        self._met: dict[Any, Appointment] = {}

    def met(self, header: Consultation) -> None:
        """A consultation; most were appointments."""
        if not self._days or header.local_date < self._days[0]:
            return
        self._expected.add((header.patient_id, header.discipline, header.local_date))
        if self._rng.random() >= _WALK_IN:
            self._attended(header)

    def first(self, header: Consultation) -> Appointment:
        """The appointment with which a person arrived."""
        return self._met.get(header.pk) or self._attended(header)

    def _attended(self, header: Consultation) -> Appointment:
        row = self.expect(header.patient_id, header.discipline, header.local_date, State.ATTENDED)
        row.met_by_id = header.pk
        self._met[header.pk] = row
        return row

    def expect(self, patient_id: Any, discipline: str, day: date, state: str) -> Appointment:
        """An appointment of the day, booked some days before."""
        booked = day - timedelta(days=self._rng.randint(2, 9))
        row = Appointment(
            patient_id=patient_id,
            programme_id=self._world.programmes[PROGRAMME].pk,
            site_id=self._site.pk,
            discipline=discipline,
            local_date=day,
            state=state,
            booked_by=self._world.who(PROGRAMME, discipline),
            booked_at=at(booked, 12),
        )
        if state in (State.MISSED, State.CANCELLED_BY_PERSON):
            reason = self._rng.choices(*_REASONS)[0]
            row.missed_reason_id = f"missed_appointment_reasons:{reason}"
        if state == State.CANCELLED_BY_TEAM:
            row.missed_reason_id = "missed_appointment_reasons:team_cancelled"
        self._expected.add((patient_id, discipline, day))
        self._appointments.append(row)
        return row

    def miss(self, stays: Iterable[tuple[StayPlan, Any]]) -> None:
        """As many appointments without the person that the share of attendance holds."""
        rng = self._rng
        there = [
            (patient, day) for stay, patient in stays for day in self._days if stay.there_on(day)
        ]
        came = sum(row.state == State.ATTENDED for row in self._appointments)
        others = sum(row.state in _MISSED for row in self._appointments)
        wanted = round(came / number("cai_attendance", "attended")) - came - others
        expected = tuple(_BY_DISCIPLINE)
        states = [rng.choice(_MISSED) for _ in range(wanted)]
        states += [State.CANCELLED_BY_TEAM] * round(_TEAM_CANCELS * came)
        while states:
            patient, day = rng.choice(there)
            discipline = rng.choices(expected, [_BY_DISCIPLINE[name] for name in expected])[0]
            if (patient, discipline, day) not in self._expected:
                self.expect(patient, discipline, day, states.pop())

    def rows(self) -> Iterator[Any]:
        """Every hour offered on the days, and the appointments."""
        by_day: dict[tuple[str, date], list[Appointment]] = defaultdict(list)
        for row in self._appointments:
            by_day[row.discipline, row.local_date].append(row)
        usual = {
            name: sum(len(found) for (d, _day), found in by_day.items() if d == name)
            / len(self._days)
            for name in _BY_DISCIPLINE
        }
        busy: set[tuple[Any, date, time]] = set()
        for day in self._days:
            for discipline in _BY_DISCIPLINE:
                expected = by_day.pop((discipline, day), [])
                holding = [row for row in expected if row.state in Appointment.HOLDING]
                offered = max(len(holding), round(usual[discipline] * _FREE))
                slots = list(self._offer(discipline, day, offered))
                for row in expected:
                    self._place(row, slots, busy, holds=row.state in Appointment.HOLDING)
                yield from slots
        yield from self._appointments

    def _offer(self, discipline: str, day: date, places: int) -> Iterator[Slot]:
        each, more = divmod(places, len(self._hours))
        for position, hour in enumerate(self._hours):
            if count := each + (position < more):
                yield self.slot(discipline, day, hour, count)

    def slot(self, discipline: str, day: date, hour: time, places: int) -> Slot:
        return Slot(
            programme_id=self._world.programmes[PROGRAMME].pk,
            site_id=self._site.pk,
            discipline=discipline,
            local_date=day,
            local_time=hour,
            minutes=50,
            places=places,
            offered_by=self._world.coordinators[PROGRAMME],
        )

    @staticmethod
    def _place(
        row: Appointment, slots: list[Slot], busy: set[tuple[Any, date, time]], *, holds: bool
    ) -> None:
        """An hour with a place, at best one in which the person is nowhere else."""
        ready = [slot for slot in slots if not holds or slot.taken < slot.places]
        if not ready:
            return
        free = [s for s in ready if (row.patient_id, row.local_date, s.local_time) not in busy]
        slot = (free or ready)[0]
        row.slot_id, row.local_time = slot.pk, slot.local_time
        if holds:
            slot.taken += 1
            busy.add((row.patient_id, row.local_date, slot.local_time))


# Disciplines of the centre, by how often they see people.
_BY_DISCIPLINE: dict[str, int] = {
    Discipline.PSYCHOLOGY: 32,
    Discipline.SOCIAL_WORK: 26,
    Discipline.MEDICAL: 16,
    Discipline.PHYSIOTHERAPY: 10,
    Discipline.HEALTH_PROMOTION: 10,
    Discipline.PSYCHIATRY: 6,
}
