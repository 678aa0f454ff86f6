"""What stands before anybody comes: programmes, staff, sites, partners, trainings, activities."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.models import Posting, Programme, User
from accounts.policy import Discipline, Role
from consultations.models import ActivityTopic, GroupActivity
from demo.plan.numbers import table
from partners.models import Agreement, Organisation, Service, Site, Training
from terminology.models import Concept

DOMAIN = "vereda.example"
SINCE = date(2020, 1, 1)

PROGRAMMES: tuple[tuple[str, str, str, str, str, date, date | None], ...] = (
    (
        "CDMX-MOBILE",
        "Mobile clinics, Mexico City",
        "Clínicas móviles, Ciudad de México",
        "Cliniques mobiles, Mexico",
        "mobile",
        date(2023, 8, 1),
        None,
    ),
    (
        "CAI",
        "Comprehensive care centre",
        "Centro de Atención Integral",
        "Centre de prise en charge intégrale",
        "centre",
        date(2016, 7, 1),
        None,
    ),
    (
        "TAP-ACCESS",
        "Access to health, Tapachula",
        "Acceso a la salud, Tapachula",
        "Accès à la santé, Tapachula",
        "mobile",
        date(2019, 9, 1),
        date(2020, 12, 31),
    ),
    (
        "TAP-PROTECTION",
        "Protection, Tapachula",
        "Protección, Tapachula",
        "Protection, Tapachula",
        "mobile",
        date(2019, 11, 1),
        date(2020, 12, 31),
    ),
    (
        "TAP-COVID",
        "COVID-19 response, Tapachula",
        "Respuesta a COVID-19, Tapachula",
        "Réponse COVID-19, Tapachula",
        "mobile",
        date(2020, 4, 1),
        date(2020, 12, 31),
    ),
    (
        "COL-GBV",
        "Gender-based violence, Colima",
        "Violencia basada en género, Colima",
        "Violences basées sur le genre, Colima",
        "other",
        date(2020, 1, 15),
        date(2020, 12, 31),
    ),
)

# E-mail, name, role, discipline, programmes. The names are functions: nobody is meant.
ACCOUNTS: tuple[tuple[str, str, Role, str, tuple[str, ...]], ...] = (
    ("doctor", "Personal médico", Role.DOCTOR, Discipline.MEDICAL, ("CDMX-MOBILE",)),
    ("nurse", "Personal de enfermería", Role.NURSE, Discipline.NURSING, ("CDMX-MOBILE",)),
    (
        "psychologist",
        "Personal de psicología",
        Role.PSYCHOLOGIST,
        Discipline.PSYCHOLOGY,
        ("CDMX-MOBILE",),
    ),
    ("psychiatrist", "Personal de psiquiatría", Role.PSYCHIATRIST, Discipline.PSYCHIATRY, ("CAI",)),
    (
        "socialworker",
        "Personal de trabajo social",
        Role.SOCIAL_WORKER,
        Discipline.SOCIAL_WORK,
        ("CDMX-MOBILE",),
    ),
    (
        "mediator",
        "Persona mediadora",
        Role.MEDIATOR,
        Discipline.CULTURAL_MEDIATION,
        ("CDMX-MOBILE",),
    ),
    (
        "promoter",
        "Persona promotora de salud",
        Role.PROMOTER,
        Discipline.HEALTH_PROMOTION,
        ("CDMX-MOBILE",),
    ),
    ("physio", "Personal de fisioterapia", Role.PHYSIO, Discipline.PHYSIOTHERAPY, ("CAI",)),
    ("coordinator", "Coordinación de clínicas móviles", Role.COORDINATOR, "", ("CDMX-MOBILE",)),
    ("cai-coordinator", "Coordinación del CAI", Role.COORDINATOR, "", ("CAI",)),
    (
        "cai-psychologist",
        "Personal de psicología del CAI",
        Role.PSYCHOLOGIST,
        Discipline.PSYCHOLOGY,
        ("CAI",),
    ),
    ("manager", "Responsable de actividades", Role.MANAGER, "", ()),
    ("dpo", "Punto focal de protección de datos", Role.DPO, "", ()),
    ("admin", "Administración", Role.ADMINISTRATOR, "", ()),
)
# Colleagues who recorded the past and cannot sign in.
_FRONTIER = ("TAP-ACCESS", "TAP-PROTECTION", "TAP-COVID")
COLLEAGUES: tuple[tuple[str, str, Role, str, tuple[str, ...]], ...] = (
    ("cai-doctor", "Personal médico del CAI", Role.DOCTOR, Discipline.MEDICAL, ("CAI",)),
    (
        "cai-socialworker",
        "Trabajo social del CAI",
        Role.SOCIAL_WORKER,
        Discipline.SOCIAL_WORK,
        ("CAI",),
    ),
    ("cai-promoter", "Promoción del CAI", Role.PROMOTER, Discipline.HEALTH_PROMOTION, ("CAI",)),
    ("tap-doctor", "Personal médico, Tapachula", Role.DOCTOR, Discipline.MEDICAL, _FRONTIER),
    ("tap-nurse", "Enfermería, Tapachula", Role.NURSE, Discipline.NURSING, _FRONTIER),
    (
        "tap-psychologist",
        "Psicología, Tapachula",
        Role.PSYCHOLOGIST,
        Discipline.PSYCHOLOGY,
        _FRONTIER,
    ),
    (
        "tap-socialworker",
        "Trabajo social, Tapachula",
        Role.SOCIAL_WORKER,
        Discipline.SOCIAL_WORK,
        _FRONTIER,
    ),
    (
        "tap-promoter",
        "Promoción, Tapachula",
        Role.PROMOTER,
        Discipline.HEALTH_PROMOTION,
        (*_FRONTIER, "COL-GBV"),
    ),
)


@dataclass(frozen=True)
class Offer:
    """A service of a partner of the mobile clinics, and the agreements with the partner."""

    service: Service
    agreements: tuple[Agreement, ...]

    def agreement_on(self, day: date) -> Agreement | None:
        return next((each for each in self.agreements if each.is_in_force(day)), None)


@dataclass
class World:
    """What the records refer to, by code."""

    programmes: dict[str, Programme] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    staff: dict[tuple[str, str], User] = field(default_factory=dict)  # programme, discipline
    coordinators: dict[str, User] = field(default_factory=dict)
    partners: dict[str, list[Offer]] = field(default_factory=dict)  # by service asked for
    registrar: User | None = None

    def who(self, programme: str, discipline: str) -> User:
        return self.staff[programme, discipline]


def build() -> World:
    """Everything that both scenarios share; what exists already is taken as it is."""
    world = World()
    for code, en, es, fr, kind, starts, ends in PROGRAMMES:
        world.programmes[code], _new = Programme.objects.get_or_create(
            code=code,
            defaults={
                "name_en": en,
                "name_es": es,
                "name_fr": fr,
                "kind": kind,
                "starts_on": starts,
                "ends_on": ends,
            },
        )
    _staff(world)
    _sites(world)
    _partners(world)
    _trainings(world)
    _offers(world)
    return world


def _staff(world: World) -> None:
    system = User.objects.system("demo")
    world.registrar = system
    password = make_password(settings.VEREDA_DEMO_PASSWORD or None)
    for rows, secret in ((ACCOUNTS, password), (COLLEAGUES, make_password(None))):
        for name, title, role, discipline, programmes in rows:
            user, new = User.objects.get_or_create(
                email=f"{name}@{DOMAIN}",
                defaults={
                    "name": title,
                    "discipline": discipline,
                    "password": secret,
                    "licence": "DEMO-0000" if role in (Role.DOCTOR, Role.PSYCHIATRIST) else "",
                },
            )
            if not new and rows is ACCOUNTS:
                user.password = secret
                user.save(update_fields=["password"])
            for code in programmes or (None,):
                programme = world.programmes[code] if code else None
                Posting.objects.get_or_create(
                    user=user,
                    programme=programme,
                    role=role,
                    defaults={"discipline": discipline, "since": SINCE, "posted_by": system},
                )
                if code and discipline:
                    world.staff[code, discipline] = user
                if code and role == Role.COORDINATOR:
                    world.coordinators[code] = user


def _concept(name: str, code: str) -> Any:
    return f"{name}:{code}" if code else None


def _day(text: str) -> Any:
    """A date, or None where the file says nothing."""
    return date.fromisoformat(text) if text else None


def _sites(world: World) -> None:
    rows = table("sample_sites")
    for row in rows:
        site, new = Site.objects.get_or_create(
            code=row["code"],
            defaults={
                "name_en": row["label_en"],
                "name_es": row["label_es"],
                "name_fr": row["label_fr"],
                "site_type_id": _concept("site_types", row["site_type"]),
                "mobile": row["mobile"] == "yes",
                "place_id": _concept("places", row["place"]),
                "latitude": Decimal(row["latitude"]) if row["latitude"] else None,
                "longitude": Decimal(row["longitude"]) if row["longitude"] else None,
                "altitude": 2240 if "CDMX" in row["programme"] or row["code"] == "CAI" else None,
                "opened": _day(row["opened"]),
                "closed": _day(row["closed"]),
                **_codes(row, "weekdays", "teams"),
            },
        )
        if new:
            site.programmes.set(world.programmes[c] for c in row["programme"].split(";"))
        world.sites[site.code] = site
    for row in rows:
        if row["successor"]:
            Site.objects.filter(code=row["code"]).update(successor=world.sites[row["successor"]])


def _partners(world: World) -> None:
    for row in table("sample_partners"):
        partner, new = Organisation.objects.get_or_create(
            code=row["code"],
            defaults={
                "name_en": row["label_en"],
                "name_es": row["label_es"],
                "name_fr": row["label_fr"],
                "partner_type_id": _concept("partner_types", row["partner_type"]),
                "place_id": _concept("places", row["place"]),
            },
        )
        if not new:
            continue
        partner.stages.set(_keys("migration_process_stages", row["stages"]))
        Service.objects.bulk_create(
            Service(organisation=partner, service_id=key)
            for key in _keys("service_taxonomy", row["services"])
        )
        if row["agreement_type"]:
            agreement = Agreement.objects.create(
                organisation=partner,
                agreement_type_id=_concept("agreement_types", row["agreement_type"]),
                status_id=_concept("agreement_statuses", row["agreement_status"]),
                signed_on=_day(row["signed"]),
                valid_from=_day(row["valid_from"]),
                valid_to=_day(row["valid_to"]),
                data_sharing=row["agreement_type"] == "referral_protocol",
            )
            agreement.programmes.set(world.programmes[c] for c in row["programmes"].split(";"))


def _offers(world: World) -> None:
    """What may be asked of whom; read here, because what builds the rows reads nothing."""
    programme = world.programmes["CDMX-MOBILE"]
    rows = Service.objects.current().filter(organisation__agreements__programmes=programme)
    rows = rows.select_related("organisation").prefetch_related("organisation__agreements")
    for service in rows.order_by("organisation__code", "service").distinct():
        agreements = tuple(
            sorted(service.organisation.agreements.all(), key=lambda each: not each.data_sharing)
        )
        if any(each.valid_from for each in agreements):
            offer = Offer(service, agreements)
            world.partners.setdefault(str(service.service_id), []).append(offer)


def _codes(row: dict[str, str], *columns: str) -> dict[str, Any]:
    return {column: row[column].split(";") for column in columns}


def _keys(name: str, codes: str) -> list[Any]:
    return [f"{name}:{code}" for code in codes.split(";") if code]


def _trainings(world: World) -> None:
    for row in table("sample_trainings"):
        if Training.objects.filter(label=row["label_es"], date=row["date"]).exists():
            continue
        training = Training.objects.create(
            label=row["label_es"],
            programme=world.programmes[row["programme"]],
            date=_day(row["date"]),
            participants_female=int(row["participants_female"]),
            participants_male=int(row["participants_male"]),
            hours=Decimal(row["hours"]),
            pre_mean=Decimal(row["pre_mean"]),
            post_mean=Decimal(row["post_mean"]),
            both_tests=int(row["both_tests"]),
            recorded_by=_registrar(world),
        )
        training.bodies.set(Organisation.objects.filter(code__in=row["bodies"].split(";")))
        training.topics.set(Concept.objects.filter(key__in=_keys("training_topics", row["topics"])))


def _registrar(world: World) -> User:
    if world.registrar is None:
        raise LookupError("the staff comes first")
    return world.registrar


def street_activities(world: World) -> list[list[Any]]:
    """The activities of 2020 for people living on the street, with their topics."""
    partners = dict(Organisation.objects.values_list("code", "pk"))
    activities, topics = [], []
    for row in table("sample_activities"):
        day = date.fromisoformat(row["date"])
        activity = GroupActivity(
            programme=world.programmes[row["programme"]],
            site=world.sites[row["site"]],
            local_date=day,
            type_id=f"group_activity_types:{row['type']}",
            minutes=int(row["minutes"]),
            women=int(row["women"]),
            men=int(row["men"]),
            girls=int(row["girls"]),
            boys=int(row["boys"]),
            partner_id=partners.get(row["partner"]),
            recorded_by=world.who(row["programme"], Discipline.HEALTH_PROMOTION),
            signed_at=datetime.combine(day, time(20), UTC),
            mark="",
        )
        activities.append(activity)
        topics += [
            ActivityTopic(activity=activity, topic_id=key)
            for key in _keys("health_promotion_topics", row["topics"])
        ]
    return [activities, topics]
