"""Where a person can be sent, the best place first, with what speaks for and against each.

Ranked by: agreement in force and its data sharing, the service asked for, the language, who is
accepted, open at all hours, last verified. What does not fit is shown lower and says so; nothing
is hidden, because the directory may be wrong and the phone is at hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Programme, User
from partners.models import Agreement, Organisation, Service
from patients.models import Patient
from referrals.queries.consents import best_agreement
from referrals.rules import (
    centre_is_open,
    kind_of_target,
    services_for,
    suggested_targets,
)
from terminology import lists
from terminology.models import Concept

MEXICO = "countries:MEX"
MOST = 20
HOSPITAL_SERVICES = ("service_taxonomy:hospital", "service_taxonomy:emergency_care")


class Mark(NamedTuple):
    words: str
    kind: str  # ok, warn, danger, plain


@dataclass
class Destination:
    """One place. `key` is the value of the form; `score` orders, higher first."""

    key: str
    kind: str
    target: str
    label: str
    programme: Programme | None = None
    service: Service | None = None
    organisation: Organisation | None = None
    agreement: Agreement | None = None
    may_share: bool = False
    open_now: bool | None = None  # None: not known
    accepts: bool = True
    speaks: bool | None = None
    stale: bool = False
    last_verified_on: date | None = None
    marks: list[Mark] = field(default_factory=list)
    score: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Wish:
    """What the person needs of a place."""

    patient: Patient
    services: list[str]
    targets: list[str]
    language: str
    age: int | None
    at: datetime
    programme: Programme | None


def destinations(
    patient: Patient,
    reasons: Iterable[str],
    *,
    by: User,
    language: str,
    at: datetime,
    age: int | None = None,
) -> list[Destination]:
    """Our own programmes and services of partners. Five statements, whatever their number."""
    reasons = list(reasons)
    wish = _Wish(
        patient,
        services_for(reasons),
        suggested_targets(reasons),
        language,
        age,
        at,
        by.posting.programme if by.posting else None,
    )
    found = _programmes(wish) + _services(wish)
    return sorted(found, key=lambda place: (place.score, place.label), reverse=True)[:MOST]


def open_services(
    reasons: Iterable[str], at: datetime, *, programme: Programme | None = None
) -> list[Destination]:
    """Services open at all hours: those for the reasons first, then emergency care and hospitals."""
    wanted = [*services_for(reasons), *HOSPITAL_SERVICES]
    rows = _current().filter(open_24h=True, service__in=wanted)
    on = _local(at, programme)
    places = []
    for row in rows:
        place = _partner_place(row, on, programme)
        place.score = (place.agreement is not None, -wanted.index(str(row.service_id)))
        places.append(place)
    return sorted(places, key=lambda place: place.score, reverse=True)[:MOST]


def find_destination(key: str, *, by: User, at: datetime) -> Destination | None:
    """The place that a form's value names; None for what does not exist or takes nobody."""
    kind, _colon, pk = key.partition(":")
    on = _local(at, by.posting.programme if by.posting else None)
    if kind == "programme":
        row = _receiving(on).filter(pk=pk).first()
        return _programme_place(row, at) if row else None
    if kind == "service":
        service = _current().filter(pk=pk).first()
        return _partner_place(service, on) if service else None
    return None


# -- Our own programmes ------------------------------------------------------------------------
def _receiving(on: date) -> QuerySet[Programme]:
    return Programme.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)


def _programmes(wish: _Wish) -> list[Destination]:
    rows = _receiving(_local(wish.at, wish.programme))
    if wish.programme is not None:
        rows = rows.exclude(pk=wish.programme.pk)
    places = [_programme_place(row, wish.at) for row in rows]
    for place in places:
        # Ours before partners where the reasons call for it; else after those that fit.
        fits = place.target in wish.targets
        place.score = (3 if fits else 1, 1, -_index(wish.targets, place.target), 0, 0, 0)
        if fits:
            place.marks.insert(0, Mark(_("for these reasons"), "ok"))
    return places


def _programme_place(row: Programme, at: datetime) -> Destination:
    is_centre = row.kind == Programme.Kind.CENTRE
    opened = centre_is_open(at, row.time_zone) if is_centre else None
    marks = []
    if opened is not None:
        marks.append(Mark(_("open now"), "ok") if opened else Mark(_("closed now"), "warn"))
    return Destination(
        key=f"programme:{row.pk}",
        kind="programme",
        target=kind_of_target(row),
        label=row.name,
        programme=row,
        may_share=True,
        open_now=opened,
        marks=marks,
    )


# -- Partners ----------------------------------------------------------------------------------
def _current() -> QuerySet[Service]:
    keys = Concept.objects.only("key")
    agreements = Agreement.objects.prefetch_related("programmes")
    return (
        Service.objects.current()
        .filter(organisation__retired_on__isnull=True)
        .select_related("organisation")
        .prefetch_related(
            Prefetch("languages", keys),
            Prefetch("nationalities", keys),
            Prefetch("documents", keys),
            Prefetch("organisation__agreements", agreements),
        )
    )


def _services(wish: _Wish) -> list[Destination]:
    if not wish.services:
        return []
    on = _local(wish.at, wish.programme)
    places = []
    for row in _current().filter(service__in=wish.services):
        place = _partner_place(row, on, wish.programme)
        _judge(place, row, wish)
        places.append(place)
    return places


def _partner_place(row: Service, on: date, programme: Programme | None = None) -> Destination:
    in_force = [each for each in row.organisation.agreements.all() if each.is_in_force(on)]
    agreement = best_agreement(in_force, programme)
    verified = row.last_verified_on or row.organisation.last_verified_on
    limit = on - timedelta(days=settings.PARTNER_STALE_DAYS)
    place = Destination(
        key=f"service:{row.pk}",
        kind="service",
        target="hospital" if row.service_id in HOSPITAL_SERVICES else "partner",
        label=f"{row.organisation.name} · {lists.label(row.service_id)}",
        service=row,
        organisation=row.organisation,
        agreement=agreement,
        may_share=agreement is not None and agreement.data_sharing,
        open_now=True if row.open_24h else None,
        last_verified_on=verified,
        stale=verified is None or verified < limit,
    )
    place.marks = _own_marks(place)
    return place


def _own_marks(place: Destination) -> list[Mark]:
    marks = []
    if place.agreement is None:
        marks.append(Mark(_("no agreement in force"), "danger"))
    elif place.may_share:
        marks.append(Mark(_("agreement allows sharing data"), "ok"))
    else:
        marks.append(Mark(_("agreement: minimum of data only"), "warn"))
    if place.open_now:
        marks.append(Mark(_("24 hours"), "ok"))
    if place.last_verified_on is None:
        marks.append(Mark(_("never verified"), "warn"))
    elif place.stale:
        day = date_format(place.last_verified_on, "SHORT_DATE_FORMAT")
        marks.append(Mark(_("last verified on %(day)s") % {"day": day}, "warn"))
    return marks


def _judge(place: Destination, row: Service, wish: _Wish) -> None:
    obstacles = _obstacles(row, wish)
    languages = [each.pk for each in row.languages.all()]
    place.accepts = not obstacles
    place.speaks = wish.language in languages if languages else None
    place.marks += [Mark(words, "danger") for words in obstacles]
    if place.speaks:
        label = lists.label(wish.language)
        place.marks.append(Mark(_("speaks %(language)s") % {"language": label}, "ok"))
    elif place.speaks is False:
        place.marks.append(Mark(_("needs an interpreter"), "warn"))
    documents = [each.pk for each in row.documents.all()]
    if documents:
        asked = lists.labels(documents)
        place.marks.append(Mark(_("asks for: %(documents)s") % {"documents": asked}, "warn"))
    place.score = (
        2 if place.accepts and place.agreement else 0,
        2 * (place.agreement is not None) + place.may_share,
        -_index(wish.services, str(row.service_id)),
        {True: 2, None: 1, False: 0}[place.speaks],
        bool(place.open_now) - bool(documents),
        0 if place.stale else 1,
    )


def _obstacles(row: Service, wish: _Wish) -> list[str]:
    """Whom the service does not take; what is not known excludes nobody."""
    found = []
    if not row.accepts(age=wish.age, sex=""):
        found.append(_("not for this age"))
    if not row.accepts(age=None, sex=wish.patient.sex):
        found.append(_("not for this sex"))
    if not _takes_nationality(row, wish.patient):
        found.append(_("not for this nationality"))
    return found


def _takes_nationality(row: Service, patient: Patient) -> bool:
    nationality = patient.nationality_id
    if row.nationality_rule == Service.Nationality.FOREIGN:
        return bool(nationality != MEXICO)
    if row.nationality_rule == Service.Nationality.LISTED:
        return nationality in [country.pk for country in row.nationalities.all()]
    return True


def _index(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _local(at: datetime, programme: Programme | None) -> date:
    zone = programme.time_zone if programme is not None else settings.TIME_ZONE
    return at.astimezone(ZoneInfo(zone)).date()
