"""A working day of today in the mobile clinics: people waiting, notes begun, appointments due,
people in care at the centre. Outside the published periods; loaded once a day at most."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.policy import Discipline
from accounts.rows import uuid7
from consultations.models import Appointment, Need, Outing, OutingMember, OutingStaff, Visit
from consultations.services import drafts
from demo import cast, live_centre, world
from demo.capacity import Capacity
from demo.care import Care, at
from demo.live_centre import CASES, Case, Hours, Queue
from demo.plan.calendar import SampleSite, sites
from demo.plan.model import ContactPlan, PersonPlan, StayPlan
from demo.plan.numbers import apportion, counts, shares
from demo.plan.people import make, sexes_and_ages
from demo.records import Records
from demo.scores import Courses
from demo.store import Rows, write
from partners.models import Agreement, Organisation
from patients.builders import Person

_PROGRAMME = "CDMX-MOBILE"
_TEAM = ("medical", "psychology", "social_work", "health_promotion")
_ZONE = ZoneInfo("America/Mexico_City")
_BACK = 21  # days before today on which these people were seen


def load() -> int:
    """Add the day; returns the number of people, 0 when today has its outings already."""
    here = world.build()
    today = here.programmes[_PROGRAMME].today()
    if Outing.objects.filter(
        programme=here.programmes[_PROGRAMME], local_date=today, opened_by__isnull=False
    ).exists():
        return 0
    wanted = counts("live_tail")
    rng = Random(f"live:{today}")  # noqa: S311
    people = _people(wanted["people"], rng)
    stays = live_centre.stays([person for person in people if person.age >= 18], today)
    in_care = {stay.person.number for stay in stays}
    mobile = [person for person in people if person.number not in in_care]
    cases, contacts = _cases(mobile, today, rng)
    contacts += live_centre.contacts(stays, lambda day: _site(day, rng), today, rng)
    contacts.sort(key=lambda contact: contact.day)
    with transaction.atomic():
        live_centre.leave(here, today, rng)
        built = _write(people, contacts, stays, cases, here, today, rng)
        rows = Rows()
        visits = _today(here, built, mobile, wanted, today, rng, rows)
        _appointments(here, built, mobile, wanted, today, rng, rows)
        write(rows.take(last=True))
        _agreement(here, today)
        accounts.record(by=here.registrar, action="demo.loaded", purpose="live-day")
    _drafts(visits[: wanted["drafts_unsigned"]], here)
    return len(people)


def _people(count: int, rng: Random) -> list[PersonPlan]:
    cells = sexes_and_ages(count, "sex_age_use_mobile", rng)
    return make(_PROGRAMME, apportion(count, shares("nationality_use_cdmx")), cells, rng)


def _open_sites(day: date) -> list[SampleSite]:
    places = [s for s in sites(_PROGRAMME) if s.open_on(day) and s.code != "R01"]
    return [s for s in places if day.weekday() in s.weekdays] or places


def _site(day: date, rng: Random) -> str:
    return rng.choice(_open_sites(day)).code


def _cases(
    people: list[PersonPlan], today: date, rng: Random
) -> tuple[list[tuple[Case, ContactPlan]], list[ContactPlan]]:
    """Consultations of the last weeks, and the referrals that come from the last one of some."""
    cases: list[tuple[Case, ContactPlan]] = []
    contacts: list[ContactPlan] = []
    for position, person in enumerate(people):
        case = CASES[position] if position < len(CASES) else None
        found = list(_of_person(person, case.back if case else None, today, rng))
        contacts += found
        if case is not None:
            cases.append((case, found[-1]))
    return cases, contacts


def _of_person(
    person: PersonPlan, last: int | None, today: date, rng: Random
) -> Iterator[ContactPlan]:
    """One to three consultations on days before today; where it is given, the last so many days
    ago by who may refer, a doctor every other time."""
    days = sorted(rng.sample(range(1, _BACK), rng.randint(1, 3)), reverse=True)
    if last is not None:
        days = [back for back in days if back > last] + [last]
    person.arrives = today - timedelta(days=days[0])
    seen: set[str] = set()
    for back in days:
        day = today - timedelta(days=back)
        site = rng.choice(_open_sites(day))
        teams = [d for d in _TEAM if d in site.teams] or ["medical"]
        discipline = rng.choice(teams)
        if back == last:
            sending = [d for d in teams if d != "health_promotion"]
            discipline = "medical" if rng.random() < 0.5 else rng.choice(sending or ["medical"])
        kind = "follow_up" if discipline in seen else "first"
        seen.add(discipline)
        yield ContactPlan(person, _PROGRAMME, site.code, day, discipline, kind)


def _write(
    people: list[PersonPlan],
    contacts: list[ContactPlan],
    stays: list[StayPlan],
    cases: list[tuple[Case, ContactPlan]],
    here: world.World,
    today: date,
    rng: Random,
) -> dict[int, Person]:
    rows, salt, now = Rows(), today.toordinal(), timezone.now()
    first_site: dict[int, str] = {}
    for contact in contacts:
        first_site.setdefault(contact.person.number, contact.site)
    built: dict[int, Person] = {}
    births: dict[int, date] = {}
    names: dict[int, str] = {}
    for person in people:
        site = first_site[person.number]
        built[person.number], card = cast.rows(person, here, site, rng, salt)
        births[person.number], names[person.number] = card.birth.date, card.names.full
        for _model, part in built[person.number].batches():
            rows.add(part)
    care = Care(here, built, stays, rng)
    courses = Courses(stays, contacts, rng)
    capacity = Capacity(here, live_centre.past_days(today), rng)
    records = Records(
        here, built, births, rng, episodes=care.episodes, courses=courses, capacity=capacity
    )
    rows.add(care.access())
    for contact in contacts:
        for row in records.of(contact):
            (rows.hold if isinstance(row, Need) else rows.add)((row,))
    yesterday = today - timedelta(days=1)
    rows.add(care.rows(courses, yesterday, {}, late=live_centre.late_reviews(stays)))
    for stay, day in live_centre.silent(stays, today):
        rows.add([care.attempt(stay, at(day, 12), "missed_appointment", "no_answer")])
    rows.add(live_centre.safety(records, contacts, here))
    hours = Hours(here, today, rng)
    queue = Queue(here, records, names, hours, capacity, now, rng)
    rows.hold(queue.rows(cases))
    hours.expect(stays, built, now - timedelta(days=5))
    rows.add(hours.rows())
    rows.add(capacity.rows())
    write(rows.take(last=True))
    return built


def _today(
    here: world.World,
    built: dict[int, Person],
    people: list[PersonPlan],
    wanted: dict[str, int],
    today: date,
    rng: Random,
    rows: Rows,
) -> list[Visit]:
    """Two open outings; at the first, people waiting and people whose note is begun."""
    visits: list[Visit] = []
    places = sorted(_open_sites(today), key=lambda site: -len(site.teams))
    for site in places[: wanted["outings_today"]]:
        opened = datetime.combine(today, time(8, 30), _ZONE)
        outing = Outing(
            programme=here.programmes[_PROGRAMME],
            site=here.sites[site.code],
            local_date=today,
            planned=True,
            opened_by=here.who(_PROGRAMME, "medical"),
            opened_at=opened,
        )
        rows.add([outing])
        team = {here.who(_PROGRAMME, d) for d in (*_TEAM, "cultural_mediation", "nursing")}
        rows.add(OutingMember(outing=outing, user=user, joined_at=opened) for user in team)
        rows.add(OutingStaff(outing=outing, discipline=d) for d in _TEAM)
        if not visits:
            number = wanted["visits_waiting"] + wanted["drafts_unsigned"]
            chosen = rng.sample(people, number)
            visits = [
                Visit(
                    outing=outing,
                    patient=built[person.number].patient,
                    waits_for=[rng.choice(_TEAM)],
                    arrived_at=opened + timedelta(minutes=7 * position),
                )
                for position, person in enumerate(chosen)
            ]
            rows.add(visits)
    return visits


def _appointments(
    here: world.World,
    built: dict[int, Person],
    people: list[PersonPlan],
    wanted: dict[str, int],
    today: date,
    rng: Random,
    rows: Rows,
) -> None:
    days = (
        [today] * wanted["appointments_due_today"]
        + [today - timedelta(days=rng.randint(1, 6)) for _ in range(wanted["appointments_overdue"])]
        + [
            today + timedelta(days=rng.randint(1, 7))
            for _ in range(wanted["appointments_next_7_days"])
        ]
    )
    chosen = rng.sample(people, len(days))
    site = here.sites[_open_sites(today)[0].code]
    for day, person in zip(days, chosen, strict=True):
        discipline = rng.choice(_TEAM)
        rows.add(
            [
                Appointment(
                    patient=built[person.number].patient,
                    programme=here.programmes[_PROGRAMME],
                    site=site,
                    discipline=discipline,
                    local_date=day,
                    booked_by=here.who(_PROGRAMME, discipline),
                    booked_at=datetime.combine(day - timedelta(days=7), time(11), _ZONE),
                )
            ]
        )


def _agreement(here: world.World, today: date) -> None:
    """One agreement that ends within 60 days."""
    partner = Organisation.objects.order_by("code").first()
    if partner is None:
        return
    agreement = Agreement.objects.create(
        organisation=partner,
        agreement_type_id="agreement_types:specific",
        status_id="agreement_statuses:signed",
        signed_on=today - timedelta(days=330),
        valid_from=today - timedelta(days=325),
        valid_to=today + timedelta(days=40),
    )
    agreement.programmes.set([here.programmes[_PROGRAMME]])


def _drafts(visits: list[Visit], here: world.World) -> None:
    """Notes begun and not signed."""
    author = here.who(_PROGRAMME, Discipline.MEDICAL)
    for visit in visits:
        drafts.save(
            id=uuid7(),
            patient=visit.patient,
            discipline=Discipline.MEDICAL,
            outing=visit.outing,
            body={"advice_plan": ["Por completar."]},
            by=author,
        )
