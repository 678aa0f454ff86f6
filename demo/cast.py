"""From a planned person to the card that a registration gives, and to its rows."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from demo import people
from demo.plan.model import PersonPlan
from demo.world import World
from patients import ages, builders, codes
from patients.ages import Birth, Precision
from patients.card import AllergyAnswer, ConsentAnswer, Contact, Names, PersonCard
from patients.models import Allergy

_REFUSES = 0.012  # of people who do not want their data kept
_PHONE = 0.55


def birth(plan: PersonPlan, rng: Random) -> Birth:
    """A birth date on which the person is exactly as old as planned on arrival."""
    for _ in range(50):
        day = plan.arrives - timedelta(days=round(365.25 * plan.age) + rng.randint(1, 364))
        if ages.years(day, plan.arrives) == plan.age:
            break
    else:
        day = _years_before(plan.arrives, plan.age)
    precision = rng.choices(
        (Precision.DAY, Precision.MONTH, Precision.YEAR, Precision.ESTIMATED), (70, 6, 8, 16)
    )[0]
    return Birth(day, precision)


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28))


def card(plan: PersonPlan, rng: Random) -> PersonCard:
    name = people.person(plan.nationality, plan.sex, rng)
    child = plan.age < 18
    refuses = rng.random() < _REFUSES
    giver = "mother_father" if child else "self"
    if child and plan.travel.startswith("uasc"):
        giver = "nna_no_adult_assent"
    phone = people.phone(plan.nationality, rng) if not child and rng.random() < _PHONE else ""
    return PersonCard(
        consent=ConsentAnswer(
            decision=f"consent_decisions:{'refused' if refuses else 'given'}",
            giver=f"consent_givers:{giver}",
            language=f"languages:{plan.language}",
            folio=f"P-{plan.number:06d}",
        ),
        names=Names()
        if refuses
        else Names(given_name=name.given, family_name=name.family, mother_name=name.mother),
        sex=plan.sex,
        birth=birth(plan, rng),
        nationality=f"countries:{plan.nationality}",
        language=f"languages:{plan.language}",
        interpreter_needed=plan.needs_interpreter,
        gender_identity=f"sex_gender:{plan.gender}" if plan.gender else "",
        travel_composition=f"travel_composition:{plan.travel}",
        profile=f"migration_profile:{plan.profile}" if plan.profile else "",
        phone="" if refuses else phone,
        contact=_contact(rng) if phone and not refuses else Contact(),
        allergy=_allergy(rng),
    )


def _contact(rng: Random) -> Contact:
    methods = rng.choice((("call",), ("whatsapp_neutral",), ("next_outing",), ("sms_neutral",)))
    rules = {"safe_contact_rules:phone_shared": ""} if rng.random() < 0.15 else {}
    return Contact(methods=tuple(f"safe_contact_methods:{m}" for m in methods), rules=rules)


def _allergy(rng: Random) -> AllergyAnswer | None:
    draw = rng.random()
    if draw < 0.03:
        return AllergyAnswer(
            state=Allergy.State.LISTED, substances=rng.choice(("Penicilina", "AINE", "Sulfas"))
        )
    return AllergyAnswer(state=Allergy.State.NONE) if draw < 0.6 else None


def rows(
    plan: PersonPlan, world: World, site: str, rng: Random, copy: int
) -> tuple[builders.Person, PersonCard]:
    """The unsaved rows of a person, registered on the morning of arrival; and the card."""
    filled = card(plan, rng)
    at = datetime.combine(plan.arrives, time(15), UTC)  # nine in the morning in Mexico City
    built = builders.person(
        filled,
        by=world.who(*_registering(plan.programme)),
        programme_id=world.programmes[plan.programme].pk,
        at=at,
        on=plan.arrives,
        site_id=world.sites[site].pk,
        code=codes.code_from(f"{plan.programme}:{plan.number}:{copy}".encode()),
    )
    return built, filled


def _registering(programme: str) -> tuple[str, str]:
    return programme, "health_promotion"
