"""Who takes which place: new people, known people in a new service, known people again."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from demo.plan.calendar import SampleSite
from demo.plan.model import ContactPlan, PersonPlan, service


@dataclass(slots=True, eq=False)
class Place:
    """A consultation that somebody has to take."""

    day: date
    site: SampleSite
    discipline: str
    programme: str
    mediation: str = ""


class Assigner:
    """Deals places, in order of time, to a group of people.

    Exactly `len(people)` people are new, `crossings` places go to known people in a service new
    to them, the rest are follow-ups in a service the person knows, on a later day.
    """

    _TRIES = 40
    _MANY = 14  # consultations of one person, unless nobody else can take the place

    def __init__(
        self,
        people: list[PersonPlan],
        rng: Random,
        *,
        crossings: int,
        new_by_month: dict[str, int] | None = None,
        successors: dict[str, str] | None = None,
    ) -> None:
        self._rng = rng
        self._new: Iterator[PersonPlan] = iter(people)
        self._new_left = len(people)
        self._new_by_month = new_by_month
        self._crossings = crossings
        self._successors = successors or {}
        self._at_site: dict[str, list[PersonPlan]] = defaultdict(list)
        self._knows: dict[str, list[PersonPlan]] = defaultdict(list)
        self._everybody: list[PersonPlan] = []
        self._last: dict[tuple[int, str], date] = {}
        self._seen: dict[int, int] = defaultdict(int)

    def deal(self, places: list[Place]) -> list[ContactPlan]:
        places = sorted(places, key=lambda place: (place.day, place.site.code))
        known_left = len(places) - self._new_left
        left_in_month: dict[str, int] = defaultdict(int)
        for place in places:
            left_in_month[f"{place.day:%Y-%m}"] += 1
        contacts = []
        for position, place in enumerate(places):
            month = f"{place.day:%Y-%m}"
            left = len(places) - position
            person = None
            if not self._takes_new(month, left, left_in_month[month]):
                person = self._known(place, known_left)
            if person is None:
                person = self._newcomer(month)
            else:
                known_left -= 1
            left_in_month[month] -= 1
            contacts.append(self._take(person, place))
        return contacts

    def _takes_new(self, month: str, left: int, left_in_month: int) -> bool:
        if self._new_by_month is None:
            wanted, places = self._new_left, left
        else:
            wanted, places = self._new_by_month.get(month, 0), left_in_month
        if not wanted:
            return False
        return not self._everybody or self._rng.random() * places < wanted

    def _newcomer(self, month: str) -> PersonPlan:
        person = next(self._new)
        self._new_left -= 1
        if self._new_by_month is not None:
            self._new_by_month[month] -= 1
        self._everybody.append(person)
        return person

    def _known(self, place: Place, known_left: int) -> PersonPlan | None:
        crossing = self._rng.random() * known_left < self._crossings
        first, second = (
            (self._crosser, self._returner) if crossing else (self._returner, self._crosser)
        )
        person = first(place) or second(place)
        if person is None:
            return None
        if (person.number, service(place.discipline)) not in self._last:
            self._crossings -= 1
        return person

    def _crosser(self, place: Place) -> PersonPlan | None:
        kind = service(place.discipline)
        pools = (self._pool(place.site.code), self._everybody)
        return self._pick(pools, lambda person: (person.number, kind) not in self._last)

    def _returner(self, place: Place) -> PersonPlan | None:
        kind = service(place.discipline)

        def fits(person: PersonPlan) -> bool:
            return self._last.get((person.number, kind), date.max) < place.day

        return self._pick((self._pool(place.site.code), self._knows[kind]), fits)

    def _pool(self, site: str) -> list[PersonPlan]:
        return self._at_site[site]

    def _pick(self, pools: tuple[list[PersonPlan], ...], fits) -> PersonPlan | None:  # type: ignore[no-untyped-def]
        for pool in pools:
            # Recent people more often than old acquaintances: most move on within weeks.
            for _ in range(min(self._TRIES, 3 * len(pool))):
                back = int(self._rng.expovariate(1 / (1 + 0.35 * len(pool))))
                person = pool[-1 - back % len(pool)]
                if self._seen[person.number] < self._MANY and fits(person):
                    return person
        rest = [person for person in pools[-1] if fits(person)]
        return min(rest, key=lambda person: self._seen[person.number], default=None)

    def _take(self, person: PersonPlan, place: Place) -> ContactPlan:
        kind = service(place.discipline)
        person.arrives = min(person.arrives, place.day)
        if (person.number, kind) not in self._last:
            self._knows[kind].append(person)
        self._last[(person.number, kind)] = place.day
        self._seen[person.number] += 1
        site = place.site.code
        if person not in self._at_site[site][-60:]:
            self._at_site[site].append(person)
        successor = self._successors.get(site)
        if successor and place.site.closed and place.site.closed - place.day < timedelta(days=21):
            self._at_site[successor].append(person)
        return ContactPlan(
            person, place.programme, site, place.day, place.discipline, mediation=place.mediation
        )


def spread(
    programme: str,
    discipline_of: dict[str, tuple[str, ...]],
    month_counts: dict[str, int],
    open_days: list[tuple[date, SampleSite]],
    rng: Random,
) -> list[Place]:
    """Places of one month: the count of each service over the outings that offer it."""
    places = []
    for kind, count in month_counts.items():
        offers = [
            (day, site, discipline)
            for day, site in open_days
            for discipline in discipline_of[kind]
            if discipline in site.teams
        ]
        if not offers and count:
            raise LookupError(f"no outing offers {kind}")
        # Everyone once, then at random: no outing of the calendar stays without people.
        chosen = rng.sample(offers, min(count, len(offers)))
        weights = [0.25 if site.code == "R01" else 1.0 for _day, site, _d in offers]
        chosen += rng.choices(offers, weights, k=count - len(chosen)) if offers else []
        places += [Place(day, site, discipline, programme) for day, site, discipline in chosen]
    return places
