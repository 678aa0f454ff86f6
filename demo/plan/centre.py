"""The comprehensive care centre, January to October 2025: stays, and several disciplines a day."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

from demo.plan.calendar import days_of
from demo.plan.model import ContactPlan, PersonPlan, Plan, StayPlan, service
from demo.plan.numbers import apportion, cells, counts, dealt, shares
from demo.plan.people import make, sexes_and_ages

PROGRAMME = "CAI"
_DAY_LIMIT = 4  # consultations of one person a day


def plan(
    rng: Random, mobile: list[PersonPlan], first_seen: dict[int, date], scale: int = 1
) -> Plan:
    """4,250 consultations of 110 people (times `scale`): 38 in care on 1 January, 72 admitted.

    Those admitted were seen by the mobile teams before (`first_seen` by person number).
    """
    cohort = counts("cai_cohort", scale)
    known = _referred(rng, mobile, first_seen, scale)
    earlier = make(
        PROGRAMME,
        apportion(cohort["active_1_jan"], shares("nationality_use_cai")),
        sexes_and_ages(cohort["active_1_jan"], "sex_age_use_cai", rng),
        rng,
        first_number=len(mobile),
    )
    stays = [StayPlan(person, _admitted_2024(rng)) for person in earlier] + known
    for person in earlier:
        person.arrives = next(stay.admitted for stay in stays if stay.person is person)
    _close(stays, rng, scale)
    contacts = _contacts(stays, rng, scale)
    _mark(contacts, {stay.person.number for stay in stays if stay.admitted.year == 2024})
    return Plan(earlier, contacts, stays)


def _admitted_2024(rng: Random) -> date:
    """Stays are right-skewed: log-normal, so that some have been here for long."""
    days = int(rng.lognormvariate(4.2, 0.7))
    day = date(2024, 12, 31) - timedelta(days=min(days, 330))
    return day - timedelta(days=max(0, day.weekday() - 4))


def _referred(
    rng: Random, mobile: list[PersonPlan], first_seen: dict[int, date], scale: int
) -> list[StayPlan]:
    """People of the mobile teams who are admitted, month by month."""
    total = counts("cai_cohort", scale)["admissions_jan_oct"]
    nationalities = dealt(apportion(total, shares("nationality_use_cai")), rng)
    waiting: dict[str, list[PersonPlan]] = defaultdict(list)
    for person in sorted(mobile, key=lambda p: first_seen[p.number]):
        if person.age >= 12 or person.travel == "family_children":
            waiting[person.nationality].append(person)
    stays = []
    for month, count in counts("cai_admission_month", scale).items():
        weekdays = [day for day in days_of(month) if day.weekday() < 5]
        for _ in range(count):
            day = rng.choice(weekdays[2:])
            stays.append(StayPlan(_seen_before(day, nationalities, waiting, first_seen, rng), day))
    return stays


def _seen_before(
    day: date,
    nationalities: list[str],
    waiting: dict[str, list[PersonPlan]],
    first_seen: dict[int, date],
    rng: Random,
) -> PersonPlan:
    for position, nationality in enumerate(nationalities):
        fits = [
            person
            for person in waiting[nationality]
            if timedelta(days=1) <= day - first_seen[person.number] <= timedelta(days=60)
        ]
        if fits:
            nationalities.pop(position)
            person = rng.choice(fits)
            waiting[nationality].remove(person)
            return person
    raise LookupError(f"nobody to admit on {day}")


def _close(stays: list[StayPlan], rng: Random, scale: int) -> None:
    """Exits by month and outcome: the longest in care leave more often; nobody leaves within
    three weeks."""
    outcomes = dealt(counts("cai_exit", scale), rng)
    for month, count in counts("cai_exit_month", scale).items():
        weekdays = [day for day in days_of(month) if day.weekday() < 5]
        first = weekdays[0]
        ready = [
            stay
            for stay in stays
            if stay.closed is None and first - stay.admitted >= timedelta(days=21)
        ]
        ready.sort(key=lambda stay: stay.admitted)
        for _ in range(count):
            back = int(rng.expovariate(1 / (0.3 * len(ready)))) % len(ready)
            stay = ready.pop(back)
            stay.closed = rng.choice(weekdays[3:])
            stay.outcome = outcomes.pop()


def _contacts(stays: list[StayPlan], rng: Random, scale: int) -> list[ContactPlan]:
    months: dict[str, dict[str, int]] = defaultdict(dict)
    for (discipline, month), count in cells("cai_discipline_month", scale).items():
        months[month][discipline] = count
    contacts: list[ContactPlan] = []
    for month, wanted in months.items():
        contacts += _month(month, wanted, stays, rng)
    return contacts


def _month(
    month: str, wanted: dict[str, int], stays: list[StayPlan], rng: Random
) -> list[ContactPlan]:
    weekdays = [day for day in days_of(month) if day.weekday() < 5]
    present = {
        stay: [
            d for d in weekdays if stay.admitted <= d and (stay.closed is None or d <= stay.closed)
        ]
        for stay in stays
    }
    present = {stay: days for stay, days in present.items() if days}
    # Days on which each person comes: about two a week, the same for all disciplines.
    comes = {
        stay: sorted(rng.sample(days, min(len(days), max(1, round(len(days) * 0.42)))))
        for stay, days in present.items()
    }
    load: dict[tuple[int, date], int] = defaultdict(int)
    contacts = []
    for position, (discipline, count) in enumerate(wanted.items()):
        shared = _share(count, comes, present, everybody=position == 0)
        for stay, times in shared.items():
            days = _days(times, comes[stay], present[stay], stay, load, rng)
            contacts += [
                ContactPlan(stay.person, PROGRAMME, "CAI", day, discipline) for day in days
            ]
    return contacts


def _share(
    count: int,
    comes: dict[StayPlan, list[date]],
    present: dict[StayPlan, list[date]],
    *,
    everybody: bool,
) -> dict[StayPlan, int]:
    """A discipline's consultations over the people in care: the main one sees everybody."""
    base = 1 if everybody and count >= len(comes) else 0
    parts = apportion(count - base * len(comes), {s: len(d) for s, d in comes.items()})
    parts = {stay: n + base for stay, n in parts.items()}
    over = 0
    for stay, n in parts.items():
        if n > len(present[stay]):
            over += n - len(present[stay])
            parts[stay] = len(present[stay])
    for stay in sorted(parts, key=lambda s: parts[s] - len(present[s])):
        room = min(over, len(present[stay]) - parts[stay])
        parts[stay] += room
        over -= room
    return parts


def _days(
    times: int,
    comes: list[date],
    present: list[date],
    stay: StayPlan,
    load: dict[tuple[int, date], int],
    rng: Random,
) -> list[date]:
    """The person's days of one discipline: on days they come anyway while there is room."""
    number_ = stay.person.number
    free = [day for day in comes if load[(number_, day)] < _DAY_LIMIT]
    rng.shuffle(free)
    others = [day for day in present if day not in free]
    others.sort(key=lambda day: (load[(number_, day)], rng.random()))
    chosen = (free + others)[:times]
    for day in chosen:
        load[(number_, day)] += 1
    return chosen


def _mark(contacts: list[ContactPlan], earlier: set[int]) -> None:
    """First in the service group for those admitted this year; all else is follow-up."""
    contacts.sort(key=lambda contact: (contact.day, contact.person.number, contact.discipline))
    seen: set[tuple[int, str]] = set()
    for contact in contacts:
        pair = (contact.person.number, service(contact.discipline))
        if pair not in seen and contact.person.number not in earlier:
            contact.visit_type = "first"
        seen.add(pair)
