"""Loading a scenario: plan, people, consultations, in bulk and with a progress report."""

import gc
from collections.abc import Callable
from datetime import date
from random import Random

from django.db import connection, transaction

from accounts import services as accounts
from consultations.models import Outing
from demo import cast, world
from demo.plan import centre, frontier, mobile
from demo.plan.model import Plan
from demo.records import Records
from demo.store import Store
from patients.builders import Person

Progress = Callable[[int, int], None]
_CHUNK = 60_000  # rows held before they are written


class AlreadyLoaded(Exception):
    """The database holds this scenario."""


def _mexico_city_2025(rng: Random) -> Plan:
    plan = mobile.plan(rng)
    seen: dict[int, date] = {person.number: person.arrives for person in plan.people}
    plan.add(centre.plan(rng, plan.people, seen))
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
    plan_of, year, _programme = SCENARIOS[name]
    store = Store()
    gc.disable()  # hundreds of thousands of live rows: looking through them finds nothing
    try:
        with transaction.atomic():
            here = world.build()
            if name == "tapachula-colima-2020":
                for rows in world.street_activities(here):
                    store.add(rows)
            for copy in range(scale):
                rng = Random(f"{name}:{copy}")  # noqa: S311
                _write(plan_of(rng), here, rng, copy, store, _part(progress, copy, scale))
            store.flush()
            accounts.record(by=here.registrar, action="demo.loaded", purpose=name)
    finally:
        gc.enable()
    _analyse()
    return store.saved


def _part(progress: Progress, copy: int, scale: int) -> Progress:
    return lambda done, whole: progress(copy * whole + done, scale * whole)


def _write(
    plan: Plan, here: world.World, rng: Random, copy: int, store: Store, progress: Progress
) -> None:
    whole = len(plan.people) + len(plan.contacts)
    first_site = {}
    for contact in plan.contacts:
        first_site.setdefault(contact.person.number, contact.site)
    people: dict[int, Person] = {}
    births: dict[int, date] = {}
    for done, person in enumerate(plan.people):
        site = first_site[person.number]
        built, births[person.number] = cast.rows(person, here, site, rng, copy)
        people[person.number] = built
        for _model, rows in built.batches():
            store.add(rows)
        if done % 250 == 0:
            progress(done, whole)
    records = Records(here, people, births, rng)
    store.add(records.stays(plan.stays))
    for done, contact in enumerate(plan.contacts, start=len(plan.people)):
        store.add(records.of(contact))
        if done % 250 == 0:
            progress(done, whole)
        if store.size >= _CHUNK and contact.supports is None:
            store.flush()
    store.flush()
    progress(whole, whole)


def _analyse() -> None:
    """Fresh statistics, so that the first pages are planned well."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
