"""Tapachula and Colima, 2020: three programmes with people, one with trainings and partners."""

from collections import defaultdict
from random import Random

from demo.plan.assign import Assigner, Place, spread
from demo.plan.calendar import outings
from demo.plan.mobile import mark_visit_types
from demo.plan.model import Plan
from demo.plan.numbers import cells, counts
from demo.plan.people import in_bands, make

PROGRAMMES = ("TAP-ACCESS", "TAP-PROTECTION", "TAP-COVID", "COL-GBV")
_DISCIPLINES: dict[str, tuple[str, ...]] = {
    "primary_health_care": ("medical", "nursing"),
    "mental_health": ("psychology",),
    "social_work": ("social_work",),
    "health_promotion": ("health_promotion",),
}


def plan(rng: Random, scale: int = 1) -> Plan:
    """2,978 consultations of 1,489 people (times `scale`) in three programmes."""
    whole = Plan()
    for programme, people in counts("mdm_people", scale).items():
        if people:
            whole.add(_programme(programme, rng, scale, first_number=len(whole.people)))
    return whole


def _programme(programme: str, rng: Random, scale: int, first_number: int) -> Plan:
    nationalities = {
        n: c for (p, n), c in cells("mdm_nationality", scale).items() if p == programme
    }
    bands = {
        (sex, band): c
        for (p, sex, band), c in cells("mdm_sex_age", scale).items()
        if p == programme
    }
    people = make(programme, nationalities, in_bands(bands, rng), rng, first_number)
    new_by_month = {
        m: c for (p, m), c in cells("mdm_people_month", scale).items() if p == programme
    }
    places = _places(programme, rng, scale)
    crossings = round(0.35 * (len(places) - len(people)))
    contacts = Assigner(people, rng, crossings=crossings, new_by_month=new_by_month).deal(places)
    for contact in contacts:
        if contact.person.needs_interpreter:
            contact.mediation = rng.choices(("ad_hoc", "none_available"), (0.4, 0.6))[0]
    mark_visit_types(contacts, round(0.05 * len(contacts)), rng)
    return Plan(people, contacts)


def _places(programme: str, rng: Random, scale: int) -> list[Place]:
    months: dict[str, dict[str, int]] = defaultdict(dict)
    for (p, kind, month), count in cells("mdm_programme_service_month", scale).items():
        if p == programme:
            months[month][kind] = count
    places = []
    for month, wanted in months.items():
        places += spread(programme, _DISCIPLINES, wanted, outings(programme, month), rng)
    return places
