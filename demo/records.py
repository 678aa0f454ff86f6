"""From planned contacts to outings, visits and signed consultations."""

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from accounts.policy import Discipline
from consultations.builders import build_details, build_header
from consultations.models import (
    Consultation,
    Episode,
    Need,
    Outing,
    OutingMember,
    OutingStaff,
    Visit,
)
from demo.answers import Answers, minutes
from demo.capacity import Capacity
from demo.plan.model import ContactPlan
from demo.scores import Courses
from demo.world import World
from patients import ages
from patients.builders import Person
from patients.models import Access, DataKey

_ZONE = ZoneInfo("America/Mexico_City")
_HOURS = 9, 8  # first hour of an outing's day and its length


class Records:
    """Builds the rows of a plan, day by day, with the builders that the services use."""

    def __init__(
        self,
        world: World,
        people: dict[int, Person],
        births: dict[int, date],
        rng: Random,
        *,
        episodes: Mapping[int, Episode] | None = None,
        courses: Courses | None = None,
        capacity: Capacity | None = None,
    ) -> None:
        self._world = world
        self._people = people
        self._births = births
        self._rng = rng
        self._answers = Answers(rng)
        self._outings: dict[tuple[str, str, date], Outing] = {}
        self._visits: dict[tuple[Any, Any], Visit] = {}
        self._staff: set[tuple[Any, str]] = set()
        self._needs: dict[tuple[Any, str], dict[str, Need]] = defaultdict(dict)
        self._seen_in: set[tuple[Any, str]] = set()
        self._headers: dict[int, Consultation] = {}
        self._first: dict[tuple[int, date], Consultation] = {}
        self.episodes: Mapping[int, Episode] = episodes or {}
        self._courses, self._capacity = courses, capacity
        # The stay opens the person to the centre.
        self._seen_in.update((people[number].patient.pk, "CAI") for number in self.episodes)
        self._clock: dict[Any, int] = defaultdict(int)

    def person(self, number: int) -> Person:
        return self._people[number]

    def header(self, contact: ContactPlan) -> Consultation:
        """The consultation that a contact became."""
        return self._headers[id(contact)]

    def first_at_centre(self, number: int, day: date) -> Consultation:
        """With which a person admitted that day began."""
        return self._first[number, day]

    def of(self, contact: ContactPlan) -> Iterator[Any]:
        """The rows of one consultation, with the outing and the visit where they are new."""
        person = self._people[contact.person.number]
        outing = yield from self._outing(contact)
        visit = yield from self._visit(outing, person)
        if (person.patient.pk, contact.programme) not in self._seen_in:
            self._seen_in.add((person.patient.pk, contact.programme))
            yield Access(
                patient_id=person.patient.pk,
                programme_id=outing.programme_id,
                basis=Access.Basis.CONSULTED,
                since=datetime.combine(contact.day, time(15), UTC),
            )
        yield from self._consultation(contact, person, outing, visit)

    def _outing(self, contact: ContactPlan) -> Generator[Any, None, Outing]:
        key = (contact.programme, contact.site, contact.day)
        outing = self._outings.get(key)
        member = self._world.who(contact.programme, contact.discipline)
        if outing is None:
            opened = _opening(contact)
            outing = self._outings[key] = Outing(
                programme=self._world.programmes[contact.programme],
                site=self._world.sites[contact.site],
                local_date=contact.day,
                state=Outing.State.CLOSED,
                planned=True,
                private_space=self._rng.random() < 0.7,
                opened_by=member,
                opened_at=opened,
                closed_by=member,
                closed_at=opened + timedelta(hours=10),
            )
            yield outing
        if (outing.pk, contact.discipline) not in self._staff:
            self._staff.add((outing.pk, contact.discipline))
            yield OutingStaff(outing=outing, discipline=contact.discipline)
            yield OutingMember(outing=outing, user=member, joined_at=_opening(contact))
        return outing

    def _visit(self, outing: Outing, person: Person) -> Generator[Any, None, Visit]:
        key = (outing.pk, person.patient.pk)
        visit = self._visits.get(key)
        if visit is None:
            visit = self._visits[key] = Visit(
                outing=outing,
                patient=person.patient,
                state=Visit.State.SEEN,
                arrived_at=self._moment(outing, 0),
            )
            yield visit
        return visit

    def _moment(self, outing: Outing, after: int) -> datetime:
        """An instant of the outing's day, each a little later than the one before."""
        position = self._clock[outing.pk] = self._clock[outing.pk] + 1
        start = datetime.combine(outing.local_date, time(_HOURS[0]), _ZONE)
        return start + timedelta(seconds=position * 97 % (_HOURS[1] * 3600) + after)

    def _consultation(
        self, contact: ContactPlan, person: Person, outing: Outing, visit: Visit
    ) -> Iterator[Any]:
        payload = self._answers.of(contact)
        if self._courses and self._courses.measures(contact):
            payload |= self._courses.of(contact, payload)
        if contact.supports is not None:
            payload["supported"] = str(self._headers[id(contact.supports)].pk)
        length = minutes(contact.discipline, self._rng)
        started = self._moment(outing, 60)
        key = _narrative(person)
        episode = self.episodes.get(contact.person.number) if contact.programme == "CAI" else None
        row = Consultation()
        header = build_header(
            payload,
            key,
            id=row.pk,
            patient_id=person.patient.pk,
            visit_id=visit.pk,
            outing_id=outing.pk,
            programme_id=outing.programme_id,
            site_id=outing.site_id,
            professional_id=self._world.who(contact.programme, contact.discipline).pk,
            discipline=contact.discipline,
            local_date=contact.day,
            age_years=ages.years(self._births[contact.person.number], contact.day),
            started_at=started,
            signed_at=started + timedelta(minutes=length),
            minutes=length,
            episode_id=episode.pk if episode else None,
        )
        self._headers[id(contact)] = header
        if episode:
            self._at_centre(contact, header)
        yield header
        open_needs = self._needs[person.patient.pk, contact.programme]
        built = build_details(header, payload, key, open_needs=open_needs, sex=contact.person.sex)
        for rows in built.rows:
            yield from rows
            if isinstance(rows[0], Need):
                open_needs.update({need.need_id: need for need in rows if isinstance(need, Need)})
        for code in [code for code, need in open_needs.items() if need.closed_on]:
            del open_needs[code]

    def _at_centre(self, contact: ContactPlan, header: Consultation) -> None:
        if contact.discipline == Discipline.PSYCHOLOGY:
            self._first.setdefault((contact.person.number, contact.day), header)
        if self._capacity is not None:
            self._capacity.met(header)


def _narrative(person: Person) -> DataKey:
    return next(key for key in person.keys if key.purpose == DataKey.Purpose.NARRATIVE)


def _opening(contact: ContactPlan) -> datetime:
    """When the team opened the outing: half an hour before the first hour."""
    return datetime.combine(contact.day, time(_HOURS[0] - 1, 30), _ZONE)
