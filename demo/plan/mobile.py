"""The mobile clinics of Mexico City, January to October 2025."""

from collections import defaultdict
from datetime import date
from random import Random

from demo.plan.assign import Assigner, Place, spread
from demo.plan.calendar import outings, sites
from demo.plan.model import ContactPlan, PersonPlan, Plan, service
from demo.plan.numbers import apportion, cells, counts, dealt, shares
from demo.plan.people import make, sexes_and_ages

PROGRAMME = "CDMX-MOBILE"
_MEDIATION = "cultural_mediation"
_DISCIPLINES: dict[str, tuple[str, ...]] = {
    "mental_health": ("psychology",),
    "primary_health_care": ("medical",),
    "social_work": ("social_work",),
    "health_promotion": ("health_promotion",),
}
_MODES = ("in_person", "in_person", "in_person", "in_person", "phone", "video")


def plan(rng: Random, scale: int = 1) -> Plan:
    """20,273 consultations of 7,600 people (times `scale`), every margin as given."""
    total = counts("msf_people", scale)["unique_people"]
    nationalities = apportion(total, shares("nationality_use_cdmx"))
    everyone = make(PROGRAMME, nationalities, sexes_and_ages(total, "sex_age_use_mobile", rng), rng)
    by_language: dict[str, list[PersonPlan]] = defaultdict(list)
    for person in everyone:
        by_language[person.language].append(person)
    places = _places(rng, scale)
    interpreted = _tag(places, by_language, rng, scale)
    successors = {site.code: site.successor for site in sites(PROGRAMME) if site.successor}
    contacts: list[ContactPlan] = []
    for language, group in interpreted.items():
        people = by_language[language]
        crossings = round(0.3 * (len(group) - len(people)))
        contacts += Assigner(people, rng, crossings=crossings, successors=successors).deal(group)
    mediated = _mediations(contacts, rng)
    firsts = counts("msf_visit_type", scale)["first"]
    pairs = len({(c.person.number, service(c.discipline)) for c in contacts + mediated})
    spanish = by_language["spa"]
    crossings = firsts - pairs - len(spanish)
    contacts += Assigner(spanish, rng, crossings=crossings, successors=successors).deal(
        [place for place in places if not place.mediation]
    )
    contacts += mediated
    mark_visit_types(contacts, counts("msf_visit_type", scale)["new_episode"], rng)
    return Plan(everyone, contacts)


def _places(rng: Random, scale: int) -> list[Place]:
    months: dict[str, dict[str, int]] = defaultdict(dict)
    for (kind, month), count in cells("msf_service_month", scale).items():
        if kind != _MEDIATION:
            months[month][kind] = count
    places = []
    for month, wanted in months.items():
        places += spread(PROGRAMME, _DISCIPLINES, wanted, outings(PROGRAMME, month), rng)
    return places


def _tag(
    places: list[Place], by_language: dict[str, list[PersonPlan]], rng: Random, scale: int
) -> dict[str, list[Place]]:
    """Choose the places of people who need an interpreter, and what became of it."""
    plain = counts("mediation", scale)
    with_mediator = dealt(counts("mediation_language", scale), rng)
    monthly = {
        month: count
        for (kind, month), count in cells("msf_service_month", scale).items()
        if kind == _MEDIATION
    }
    without = ["ad_hoc"] * plain["ad_hoc"] + ["none_available"] * plain["none_available"]
    rng.shuffle(without)
    more = apportion(len(without), monthly)
    spoken_without = _without_mediator(by_language, with_mediator, len(without), rng)
    by_month: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        by_month[f"{place.day:%Y-%m}"].append(place)
    groups: dict[str, list[Place]] = defaultdict(list)
    for month, count in monthly.items():
        chosen = rng.sample(by_month[month], count + more[month])
        for place in chosen[:count]:
            place.mediation = rng.choice(_MODES)
            groups[with_mediator.pop()].append(place)
        for place in chosen[count:]:
            place.mediation = without.pop()
            groups[spoken_without.pop()].append(place)
    return groups


def _without_mediator(
    by_language: dict[str, list[PersonPlan]], mediated: list[str], total: int, rng: Random
) -> list[str]:
    """Languages of the consultations without a trained mediator: enough that everybody of a
    language is seen at least once, the rest as the language is spoken."""
    foreign = {name: len(group) for name, group in by_language.items() if name != "spa"}
    least = {name: max(0, n - mediated.count(name)) for name, n in foreign.items()}
    rest = total - sum(least.values())
    if rest < 0:
        raise ValueError("more people need an interpreter than are seen")
    extra = apportion(rest, foreign)
    return dealt({name: least[name] + extra[name] for name in foreign}, rng)


def _mediations(contacts: list[ContactPlan], rng: Random) -> list[ContactPlan]:
    """One mediation for each consultation that had a mediator, linked to it."""
    return [
        ContactPlan(
            contact.person,
            contact.programme,
            contact.site,
            contact.day,
            _MEDIATION,
            mediation=contact.mediation,
            supports=contact,
        )
        for contact in contacts
        if contact.mediation not in ("", "ad_hoc", "none_available")
    ]


def mark_visit_types(contacts: list[ContactPlan], new_episodes: int, rng: Random) -> None:
    """First: the person's first in the service group. New episode: the longest gaps. The rest
    are follow-ups."""
    contacts.sort(key=lambda contact: (contact.day, contact.site, contact.person.number))
    last: dict[tuple[int, str], date] = {}
    gaps: list[tuple[int, float, ContactPlan]] = []
    for contact in contacts:
        pair = (contact.person.number, service(contact.discipline))
        if pair in last:
            gaps.append(((contact.day - last[pair]).days, rng.random(), contact))
        else:
            contact.visit_type = "first"
        last[pair] = contact.day
    gaps.sort(key=lambda gap: gap[:2], reverse=True)
    for _days, _draw, contact in gaps[:new_episodes]:
        contact.visit_type = "new_episode"
