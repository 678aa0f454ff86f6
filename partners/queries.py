"""Reading for the pages of the directory: few statements, whatever the number of rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.crypto import INSTALLATION
from accounts.disclosure import Disclosure
from accounts.models import Programme
from partners.models import Agreement, Contact, Organisation, Service, Site, Training
from partners.models.agreement import EXPIRED, EXPIRING, SIGNED
from partners.models.site import WEEKDAYS
from terminology import lists
from terminology.models import Concept

IN_FORCE, NONE = "in_force", "none"
AGREEMENT_STATES = (
    (IN_FORCE, _("in force")),
    ("expiring", _("expiring soon")),
    ("expired", _("expired")),
    (NONE, _("none signed")),
)
_KINDS = {SIGNED: "ok", EXPIRING: "warn", EXPIRED: "danger"}


class State(NamedTuple):
    """An agreement's state on a day, for a badge."""

    label: str
    kind: str


def state_of(agreement: Agreement, today: date) -> State:
    key = agreement.state_on(today)
    return State(lists.label(key), _KINDS.get(key, "plain"))


@dataclass(frozen=True)
class DirectoryLine:
    """One organisation on the list."""

    organisation: Organisation
    services: str
    agreement: Agreement | None
    state: State | None


def directory(organisations: QuerySet[Organisation], wanted: Mapping[str, Any], today: date) -> (
    QuerySet[Organisation]
):  # fmt: skip
    """Filtered by the values of the directory's form; what is missing does not filter."""
    rows: Any = organisations
    if not wanted.get("retired"):
        rows = rows.current()
    if wanted.get("q"):
        rows = rows.with_words(wanted["q"])
    if wanted.get("type"):
        rows = rows.filter(partner_type=wanted["type"])
    if wanted.get("service"):
        rows = rows.offering(wanted["service"])
    if wanted.get("stage"):
        links = Organisation.stages.through.objects.filter(organisation=OuterRef("pk"))
        rows = rows.filter(Exists(links.filter(concept=wanted["stage"])))
    if wanted.get("programme"):
        rows = rows.filter(Exists(_agreements().filter(programmes=wanted["programme"])))
    if wanted.get("agreement"):
        rows = rows.filter(_agreement_condition(wanted["agreement"], today))
    if wanted.get("stale"):
        rows = rows.stale(today)
    return rows  # type: ignore[no-any-return]


def _agreements() -> Any:
    return Agreement.objects.filter(organisation=OuterRef("pk"))


def _agreement_condition(state: str, today: date) -> Any:
    in_force = Exists(_agreements().in_force(today))
    if state == IN_FORCE:
        return in_force
    if state == "expiring":
        return Exists(_agreements().expiring(today, settings.AGREEMENT_WARNING_DAYS))
    if state == "expired":
        return Exists(_agreements().filter(status=SIGNED, valid_to__lt=today)) & ~in_force
    return ~Exists(_agreements().filter(status=SIGNED))


def with_what_a_line_shows(organisations: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """Three statements, whatever the number of organisations."""
    return organisations.prefetch_related(
        Prefetch("services", Service.objects.current()), "agreements"
    )


def directory_line(organisation: Organisation, today: date) -> DirectoryLine:
    agreement = best_agreement(organisation.agreements.all(), today)
    return DirectoryLine(
        organisation,
        lists.labels(service.service_id for service in organisation.services.all()),
        agreement,
        state_of(agreement, today) if agreement else None,
    )


def best_agreement(agreements: Iterable[Agreement], today: date) -> Agreement | None:
    """The one in force longest from now; else the latest one."""
    return max(
        agreements,
        key=lambda a: (a.is_in_force(today), a.valid_to is None, a.valid_to or date.min),
        default=None,
    )


@dataclass(frozen=True)
class ContactCard:
    contact: Contact
    name: str
    function: str
    phone: str
    email: str


def contact_cards(organisation: Organisation, disclosure: Disclosure) -> list[ContactCard]:
    """Who can be called now, first the one to call first."""
    return [
        ContactCard(
            contact,
            *(
                disclosure.open(contact, name, INSTALLATION)
                for name in ("name", "function", "phone", "email")
            ),
        )
        for contact in organisation.contacts.current()
    ]


def remarks(row: Organisation | Agreement, disclosure: Disclosure) -> str:
    return disclosure.open(row, "note", INSTALLATION)


@dataclass(frozen=True)
class AgreementCard:
    agreement: Agreement
    state: State
    programmes: list[Programme]
    note: str
    editable: bool


def agreement_cards(
    organisation: Organisation, today: date, disclosure: Disclosure, own: set[str]
) -> list[AgreementCard]:
    """The agreements of an organisation, the latest first; editable those of own programmes."""
    cards = []
    for agreement in organisation.agreements.prefetch_related("programmes"):
        programmes = list(agreement.programmes.all())
        editable = any(str(programme.pk) in own for programme in programmes)
        state = state_of(agreement, today)
        note = remarks(agreement, disclosure)
        cards.append(AgreementCard(agreement, state, programmes, note, editable))
    return cards


@dataclass(frozen=True)
class ServiceCard:
    """What an organisation offers, in words."""

    service: Service
    label: str
    hours: str
    languages: str
    ages: str
    sexes: str
    nationalities: str
    documents: str


def service_cards(organisation: Organisation) -> list[ServiceCard]:
    """What is offered now. Four statements, whatever the number of services."""
    columns = ("languages", "nationalities", "documents")
    keys = [Prefetch(column, Concept.objects.only("key")) for column in columns]
    cards = [_service_card(row) for row in organisation.services.current().prefetch_related(*keys)]
    return sorted(cards, key=lambda card: card.label)


def _service_card(service: Service) -> ServiceCard:
    listed = lists.labels(country.pk for country in service.nationalities.all())
    rule = "" if service.nationality_rule == "any" else service.get_nationality_rule_display()
    return ServiceCard(
        service,
        lists.label(service.service_id),
        gettext("24 hours") if service.open_24h else service.opening_hours,
        lists.labels(language.pk for language in service.languages.all()),
        _ages(service),
        lists.labels(f"sex_gender:{sex}" for sex in service.sexes),
        listed or rule,
        lists.labels(document.pk for document in service.documents.all()),
    )


def _ages(service: Service) -> str:
    low, high = service.age_min, service.age_max
    if low is not None and high is not None:
        return gettext("%(low)d to %(high)d years") % {"low": low, "high": high}
    if low is not None:
        return gettext("from %(low)d years") % {"low": low}
    return gettext("up to %(high)d years") % {"high": high} if high is not None else ""


def expiring_agreements(
    today: date, days: int, programmes: Iterable[UUID] | None
) -> QuerySet[Agreement]:
    """In force and ending within the days, those that end first on top."""
    return _listed(Agreement.objects.expiring(today, days), programmes)


def expired_agreements(
    today: date, days: int, programmes: Iterable[UUID] | None
) -> QuerySet[Agreement]:
    """Ended within the last days, and nothing signed with the organisation since."""
    newer = Agreement.objects.in_force(today).filter(organisation=OuterRef("organisation"))
    ended = Agreement.objects.filter(
        ~Exists(newer), status=SIGNED, valid_to__range=(today - timedelta(days=days), today - _DAY)
    )
    return _listed(ended, programmes)


_DAY = timedelta(days=1)


def _listed(
    agreements: QuerySet[Agreement], programmes: Iterable[UUID] | None
) -> QuerySet[Agreement]:
    if programmes is not None:
        links = Agreement.programmes.through.objects.filter(programme__in=list(programmes))
        agreements = agreements.filter(pk__in=links.values("agreement"))
    rows = agreements.filter(organisation__retired_on__isnull=True)
    return (
        rows.select_related("organisation")
        .prefetch_related("programmes")
        .order_by("valid_to", "organisation__name_es", "pk")
    )


def week(sites: Iterable[Site]) -> list[tuple[str, list[Site]]]:
    """Each day of the week with the sites visited on it."""
    shown = list(sites)
    return [(day, [site for site in shown if day in site.weekdays]) for day in WEEKDAYS]


def programmes_by_code() -> dict[str, Programme]:
    return {programme.code: programme for programme in Programme.objects.order_by("code")}


def trainings_of(organisation: Organisation, limit: int = 10) -> QuerySet[Training]:
    return organisation.trainings.select_related("programme").order_by("-date", "-pk")[:limit]


DIRECTORY_COLUMNS = (
    "code", "name_es", "name_en", "name_fr", "type", "place", "stages", "services", "programmes",
    "agreement", "valid_from", "valid_to", "website", "last_verified_on",
)  # fmt: skip


def directory_rows(organisations: QuerySet[Organisation], today: date) -> Iterator[list[Any]]:
    """The directory as a table, without contact persons and remarks."""
    yield list(DIRECTORY_COLUMNS)
    rows = organisations.prefetch_related(
        Prefetch("services", Service.objects.current()),
        Prefetch("agreements", Agreement.objects.prefetch_related("programmes")),
        Prefetch("stages", Concept.objects.only("key")),
    )
    for row in rows:
        agreements = row.agreements.all()
        best = best_agreement(agreements, today)
        programmes = {p.code for agreement in agreements for p in agreement.programmes.all()}
        yield [
            row.code, row.name_es, row.name_en, row.name_fr,
            lists.label(row.partner_type_id), lists.label(row.place_id),
            lists.labels(stage.pk for stage in row.stages.all()),
            lists.labels(service.service_id for service in row.services.all()),
            ", ".join(sorted(programmes)),
            state_of(best, today).label if best else "",
            best and best.valid_from, best and best.valid_to, row.website, row.last_verified_on,
        ]  # fmt: skip
