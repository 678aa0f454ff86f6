"""The comprehensive care centre, January to October 2025: stays, and several disciplines a day."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

from demo.plan import referrals
from demo.plan.calendar import days_of
from demo.plan.model import ContactPlan, Plan, StayPlan, service
from demo.plan.numbers import apportion, cells, counts, dealt, shares
from demo.plan.people import make, sexes_and_ages

PROGRAMME = "CAI"
_DAY_LIMIT = 4  # consultations of one person a day
_LOST_AFTER = 64  # days without contact before somebody is lost, and a few to try
_SEEN_THIS_YEAR = date(2025, 1, 10)
LAST_DAY = date(2025, 10, 31)


def open_days() -> list[date]:
    """Weekdays of the ten months."""
    return [day for month in counts("cai_month") for day in days_of(month) if day.weekday() < 5]


def plan(rng: Random, mobile: Plan, scale: int = 1) -> Plan:
    """4,250 consultations of 110 people (times `scale`): 38 in care on 1 January, 72 admitted.

    Those admitted were referred by the mobile teams. Of the 38 a first consultation in 2024, with
    their baseline, stands outside the counts.
    """
    cohort = counts("cai_cohort", scale)
    referred = referrals.to_centre(rng, mobile.contacts, scale)
    earlier = make(
        PROGRAMME,
        apportion(cohort["active_1_jan"], shares("nationality_use_cai")),
        sexes_and_ages(cohort["active_1_jan"], "sex_age_use_cai", rng),
        rng,
        first_number=len(mobile.people),
    )
    stays = [StayPlan(person, _admitted_2024(rng)) for person in earlier]
    for stay in stays:
        stay.person.arrives = stay.admitted
    baselines = [_intake(stay) for stay in stays]
    stays += [each.stay for each in referred if each.stay is not None]
    _close(stays, rng, scale)
    contacts = _contacts(stays, rng, scale)
    _mark(contacts, {stay.person.number for stay in stays if stay.admitted.year == 2024})
    return Plan(earlier, baselines + contacts, stays, referred)


def _intake(stay: StayPlan) -> ContactPlan:
    return ContactPlan(stay.person, PROGRAMME, "CAI", stay.admitted, "psychology", "first")


def _admitted_2024(rng: Random) -> date:
    """Stays are right-skewed: log-normal, so that some have been here for long."""
    days = int(rng.lognormvariate(4.2, 0.7))
    day = date(2024, 12, 31) - timedelta(days=min(days, 330))
    return day - timedelta(days=max(0, day.weekday() - 4))


def _close(stays: list[StayPlan], rng: Random, scale: int) -> None:
    """Exits by month and outcome: the longest in care leave more often; nobody leaves within
    three weeks."""
    closed: list[StayPlan] = []
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
            closed.append(stay)
    _outcomes(closed, counts("cai_exit", scale), rng)


def _outcomes(closed: list[StayPlan], wanted: dict[str, int], rng: Random) -> None:
    """The longer the stay, the more often it ends well. Who is lost was silent for 60 days, and
    was there this year before."""
    left = list(closed)
    silent = [stay for stay in left if _silence(stay) >= _LOST_AFTER]
    for stay in rng.sample(silent, wanted["lost_followup"]):
        stay.outcome = "lost_followup"
        stay.last_seen = _closing(stay) - timedelta(days=rng.randint(62, min(80, _silence(stay))))
        left.remove(stay)
    left.sort(key=lambda stay: (_closing(stay) - stay.admitted).days * rng.uniform(0.6, 1.4))
    completed = [
        name for name in ("completed_partial", "completed_goals") for _ in range(wanted[name])
    ]
    others = dealt(
        {n: c for n, c in wanted.items() if n != "lost_followup" and n not in completed}, rng
    )
    for stay, outcome in zip(left, others + completed, strict=True):
        stay.outcome = outcome


def _closing(stay: StayPlan) -> date:
    return stay.closed or date.max


def _silence(stay: StayPlan) -> int:
    """Days that a person may have been away before the exit."""
    return (_closing(stay) - max(stay.admitted + timedelta(days=5), _SEEN_THIS_YEAR)).days


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
    present = {stay: [day for day in weekdays if stay.there_on(day)] for stay in stays}
    present = {stay: days for stay, days in present.items() if days}
    # Days on which each person comes: about two a week, the same for all disciplines.
    comes = {
        stay: sorted(
            {
                *rng.sample(days, min(len(days), max(1, round(len(days) * 0.42)))),
                *(day for day in days if day == stay.admitted),
            }
        )
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
    # The day of admission first: who arrives is seen.
    free.sort(key=lambda day: day != stay.admitted)
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
