"""Loading a scenario: plan, people, consultations, in bulk and with a progress report."""

import gc
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from random import Random
from typing import Any

from django.db import connection, transaction

from accounts import services as accounts
from consultations.models import Need, Outing
from demo import cast, world
from demo.capacity import Capacity
from demo.care import Care
from demo.plan import centre, frontier, mobile, referrals
from demo.plan.centre import LAST_DAY, open_days
from demo.plan.model import Plan
from demo.records import Records
from demo.referred import Referred
from demo.scores import Courses
from demo.store import Message, Rows, in_a_child, in_bulk, write
from patients.builders import Person
from terminology import lists

Progress = Callable[[int, int], None]


class AlreadyLoaded(Exception):
    """The database holds this scenario."""


def _mexico_city_2025(rng: Random) -> Plan:
    plan = mobile.plan(rng)
    plan.add(centre.plan(rng, plan))
    plan.referrals += referrals.to_partners(rng, plan)
    return plan


SCENARIOS: dict[str, tuple[Callable[[Random], Plan], int, str]] = {
    "mexico-city-2025": (_mexico_city_2025, 2025, "CDMX-MOBILE"),
    "tapachula-colima-2020": (frontier.plan, 2020, "TAP-ACCESS"),
}


def is_loaded(name: str) -> bool:
    _plan, year, programme = SCENARIOS[name]
    return Outing.objects.filter(programme__code=programme, local_date__year=year).exists()


def load(name: str, *, scale: int = 1, progress: Progress = lambda _done, _of: None) -> int:
    """Write a scenario `scale` times over; returns the number of rows. All of it or nothing.

    Deterministic: the same people with the same codes do the same things each time.
    """
    if is_loaded(name):
        raise AlreadyLoaded(name)
    count = 0
    with in_bulk(), transaction.atomic():
        here = world.build()
        lists.all("countries")  # read here: the child leaves the database alone
        activities = world.street_activities(here) if name == "tapachula-colima-2020" else []
        for kind, content in in_a_child(partial(_build, name, scale, here, activities)):
            if kind == "rows":
                count += write(content)
            else:
                progress(*content)
        accounts.record(by=here.registrar, action="demo.loaded", purpose=name)
    _analyse()
    return count


def _build(
    name: str, scale: int, here: world.World, activities: list[list[Any]]
) -> Iterator[Message]:
    """Rows and progress of a scenario. Reads nothing but the lists in memory."""
    gc.disable()  # hundreds of thousands of live rows: looking through them finds nothing
    lists.hold()
    rows = Rows()
    for part in activities:
        rows.add(part)
    for copy in range(scale):
        rng = Random(f"{name}:{copy}")  # noqa: S311
        plan = SCENARIOS[name][0](rng)
        for done, whole in _rows_of(plan, here, rng, copy, rows):
            yield "progress", (copy * whole + done, scale * whole)
            if rows.full:
                yield "rows", rows.take()
        yield "rows", rows.take(last=True)
        gc.collect()


def _rows_of(
    plan: Plan, here: world.World, rng: Random, copy: int, rows: Rows
) -> Iterator[tuple[int, int]]:
    """Fill `rows` from a plan; yields how far it is every so often."""
    whole = len(plan.people) + len(plan.contacts)
    first_site: dict[int, str] = {}
    for contact in plan.contacts:
        first_site.setdefault(contact.person.number, contact.site)
    referred = {each.contact.person.number for each in plan.referrals}
    people: dict[int, Person] = {}
    births: dict[int, date] = {}
    names: dict[int, str] = {}
    for done, person in enumerate(plan.people):
        site = first_site[person.number]
        built, card = cast.rows(person, here, site, rng, copy)
        people[person.number], births[person.number] = built, card.birth.date
        if person.number in referred:
            names[person.number] = card.names.full
        for _model, part in built.batches():
            rows.add(part)
        if done % 200 == 0:
            yield done, whole
    care = Care(here, people, plan.stays, rng)
    courses = Courses(plan.stays, plan.contacts, rng)
    capacity = Capacity(here, open_days() if plan.stays else [], rng, copy)
    records = Records(
        here, people, births, rng, episodes=care.episodes, courses=courses, capacity=capacity
    )
    rows.add(care.access())
    for done, contact in enumerate(plan.contacts, start=len(plan.people)):
        _sort(records.of(contact), rows)
        if done % 200 == 0:
            yield done, whole
    handed_over = Referred(here, records, names, capacity, rng)
    rows.hold(handed_over.rows(plan.referrals))
    rows.add(care.rows(courses, LAST_DAY, handed_over.criteria))
    if plan.stays:
        stays = [(stay, people[stay.person.number].patient.pk) for stay in plan.stays]
        capacity.miss(stays)
        rows.add(capacity.rows())
    yield whole, whole


def _sort(built: Iterator[Any], rows: Rows) -> None:
    """A need may be closed by a later consultation: it is written last."""
    for row in built:
        (rows.hold if isinstance(row, Need) else rows.add)((row,))


def _analyse() -> None:
    """Fresh statistics, so that the first pages are planned well."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
