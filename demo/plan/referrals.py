"""Who is referred in the year: to the centre, exactly as the distributions say; to partners."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from random import Random

from demo.plan.calendar import days_of
from demo.plan.model import ContactPlan, PersonPlan, Plan, ReferralPlan, StayPlan
from demo.plan.numbers import apportion, cells, counts, dealt, number, shares

LAST_SENT = date(2025, 10, 17)  # to the centre; all are over by the end of the month
_LAST_TO_PARTNERS = date(2025, 9, 30)
_SENDING = ("medical", "psychology", "social_work")
_REMOTE = "R01"
# What is asked of partners, by the discipline that refers: services of our partners' list.
_SERVICES: dict[str, dict[str, int]] = {
    "medical": {"hospital": 5, "primary_care": 4, "hiv_sti": 2, "emergency_care": 1},
    "psychology": {"mhpss_specialised": 3, "gbv_response": 2, "mhpss_community_support": 1},
    "social_work": {
        "legal_asylum": 6, "shelter_general": 5, "shelter_women": 2, "cash": 3, "employment": 2,
        "documentation": 2, "education": 2, "child_protection": 1, "food": 1,
    },
}  # fmt: skip


def to_centre(rng: Random, contacts: list[ContactPlan], scale: int = 1) -> list[ReferralPlan]:
    """140 referrals (times `scale`) by month of sending and what became of them; who is admitted
    is admitted in the month given. Nobody is referred twice."""
    wanted: dict[tuple[str, str], int] = {
        (result, month): count
        for (result, month), count in cells("referral_cai_result_month", scale).items()
    }
    by_month = _by_month(contacts)
    used: set[int] = set()
    found = list(_admitted(rng, wanted, by_month, used, scale))
    for result, variable in (
        ("lost", "referral_cai_lost_outcome"), ("declined", "referral_cai_decline_reason"),
    ):  # fmt: skip
        details = dealt(counts(variable, scale), rng)
        for month in by_month:
            for _ in range(wanted.get((result, month), 0)):
                contact = _pick(rng, by_month[month], used, _any)
                found.append(ReferralPlan(contact, result, details.pop()))
    # One is sent on the last day.
    last = [c for c in by_month["2025-10"] if c.day == LAST_SENT and c.person.number not in used]
    if last:
        found[-1].contact = rng.choice(last)
    found.sort(key=lambda each: (each.contact.day, each.contact.person.number))
    return found


def _any(_contact: ContactPlan) -> bool:
    return True


def _by_month(contacts: Iterable[ContactPlan]) -> dict[str, list[ContactPlan]]:
    months: dict[str, list[ContactPlan]] = defaultdict(list)
    for contact in contacts:
        if contact.day <= LAST_SENT and _may_send(contact) and _may_stay(contact.person):
            months[f"{contact.day:%Y-%m}"].append(contact)
    return months


def _may_send(contact: ContactPlan) -> bool:
    return contact.discipline in _SENDING and contact.site != _REMOTE


def _may_stay(person: PersonPlan) -> bool:
    return person.age >= 12 or person.travel == "family_children"


def _pick(
    rng: Random,
    contacts: list[ContactPlan],
    used: set[int],
    fits: Callable[[ContactPlan], bool],
) -> ContactPlan:
    ready = [each for each in contacts if each.person.number not in used and fits(each)]
    if not ready:
        raise LookupError("nobody to refer")
    contact = rng.choice(ready)
    used.add(contact.person.number)
    return contact


def _admitted(
    rng: Random,
    wanted: dict[tuple[str, str], int],
    by_month: dict[str, list[ContactPlan]],
    used: set[int],
    scale: int,
) -> Iterator[ReferralPlan]:
    """First sent, first admitted: the months of sending and of admission meet in order."""
    admissions = counts("cai_admission_month", scale)
    sent = [month for month in by_month for _ in range(wanted["admitted", month])]
    admitted = [month for month, count in admissions.items() for _ in range(count)]
    pairs = list(zip(sent, admitted, strict=True))
    rng.shuffle(pairs)
    nationalities = dealt(apportion(len(sent), shares("nationality_use_cai")), rng)
    # The rarest first: later nobody of theirs may be left.
    often = Counter(nationalities)
    nationalities.sort(key=lambda nationality: often[nationality])
    for nationality in nationalities:
        contact, receiving = _first_of(nationality, pairs, by_month, used, rng)
        used.add(contact.person.number)
        stay = StayPlan(contact.person, _admission(rng, contact.day, receiving))
        yield ReferralPlan(contact, "admitted", "service_ongoing", stay)


def _first_of(
    nationality: str,
    pairs: list[tuple[str, str]],
    by_month: dict[str, list[ContactPlan]],
    used: set[int],
    rng: Random,
) -> tuple[ContactPlan, str]:
    """Somebody of the nationality for the first months in which there is one; and the month of
    admission. Takes these months out of `pairs`."""
    for position, (sending, receiving) in enumerate(pairs):
        early, late = _window(sending, receiving)
        fits = [
            contact
            for contact in by_month[sending]
            if early <= contact.day <= late
            and contact.person.nationality == nationality
            and contact.person.number not in used
        ]
        if fits:
            pairs.pop(position)
            return rng.choice(fits), receiving
    raise LookupError("nobody to admit")


def _window(sending: str, receiving: str) -> tuple[date, date]:
    """Days of sending from which an admission in the month is near."""
    days = list(days_of(sending))
    if sending == receiving:
        return days[0], days[-1] - timedelta(days=10)
    return days[-1] - timedelta(days=12), days[-1]


def _admission(rng: Random, sent: date, receiving: str) -> date:
    """A weekday of the month, two to twelve days after; where that is too early, its first."""
    days = [day for day in days_of(receiving) if day.weekday() < 5]
    near = [day for day in days if 2 <= (day - sent).days <= 12]
    return rng.choice(near or days[1:5])


def to_partners(rng: Random, plan: Plan) -> list[ReferralPlan]:
    """Referrals out of first visits to services of partners: with those to the centre the share
    that the distributions give. Nobody is referred twice."""
    firsts = counts("msf_visit_type")["first"]
    total = round(number("referral", "first_visits_referred") * firsts) - len(plan.referrals)
    used = {each.contact.person.number for each in plan.referrals}
    used |= {stay.person.number for stay in plan.stays}
    ready = [
        contact
        for contact in plan.contacts
        if contact.visit_type == "first"
        and contact.programme == "CDMX-MOBILE"
        and contact.day <= _LAST_TO_PARTNERS
        and _may_send(contact)
    ]
    rng.shuffle(ready)
    received = number("referral", "external_service_received")
    found: list[ReferralPlan] = []
    for contact in ready:
        if len(found) == total:
            break
        if contact.person.number in used:
            continue
        used.add(contact.person.number)
        services = _SERVICES[contact.discipline]
        service = rng.choices(list(services), list(services.values()))[0]
        result = "received" if rng.random() < received else "lost"
        found.append(ReferralPlan(contact, result, service=f"service_taxonomy:{service}"))
    found.sort(key=lambda each: (each.contact.day, each.contact.person.number))
    return found
