"""Tries to reach a person: how many, on how many days, and whether anybody may try again."""

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts import disclosure
from accounts.models import Programme
from patients.card import NO_CONTACT, Contact
from patients.models import ContactAttempt, Identity, Patient
from patients.models.contact import REACHED
from terminology import lists

METHODS = "safe_contact_methods"
RULES = "safe_contact_rules"
DECLINED = "contact_outcomes:declined"


def attempts_of(patient: Patient | UUID) -> QuerySet[ContactAttempt]:
    """Attempts to reach a person, also under records merged into it, latest first."""
    return ContactAttempt.objects.filter(_about(patient))


def _about(patient: Patient | UUID) -> Q:
    pk = getattr(patient, "pk", patient)
    return Q(patient=pk) | Q(patient__merged_into=pk)


def attempts_on_distinct_days(
    patient: Patient | UUID, programme: Programme | UUID, since: date
) -> int:
    """On how many local days, from `since` on, the programme tried and did not speak with the
    person. "Unreachable" and lost to follow-up need three."""
    rows = attempts_of(patient).filter(programme=programme, local_date__gte=since)
    unheard = rows.exclude(outcome__in=(REACHED, DECLINED))
    return unheard.order_by().values("local_date").distinct().count()


def stopped_by(patient: Patient | UUID) -> ContactAttempt | None:
    """The attempt after which nobody tries again until a coordinator has looked at it."""
    return ContactAttempt.objects.stopping().filter(_about(patient)).first()


def open_methods(contact: Contact) -> list[str]:
    """Ways (keys) by which the person may be reached now: those agreed, without what a rule
    disables; none where contact is refused or was never agreed."""
    if NO_CONTACT in contact.methods:
        return []
    closed = {code for rule in contact.rules for code in lists.find(RULES, rule).values("disables")}
    return [f"{METHODS}:{code}" for code in contact.methods if code not in closed]


def allows_method(identity: Identity, method: str) -> bool:
    """Whether the person agreed to be reached in this way (key). The rules stay sealed: only the
    judgement comes out."""
    return disclosure.compare(
        identity,
        "contact",
        identity.key,
        lambda text: method in open_methods(Contact.loads(text)),
    )


def allows_contact(identity: Identity) -> bool:
    """Whether there is any way at all."""
    return disclosure.compare(
        identity, "contact", identity.key, lambda text: bool(open_methods(Contact.loads(text)))
    )
