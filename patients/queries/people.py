"""One person, or a page of them: who they are, how old, what holds now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from accounts import disclosure, policy
from accounts.disclosure import Disclosure
from accounts.models import User
from accounts.policy import Reach
from accounts.privacy import PrivacyClass, stricter
from patients import ages, hooks
from patients.card import Contact, Names
from patients.models import (
    Allergy,
    Consent,
    FamilyLink,
    Identity,
    Patient,
    Vulnerability,
)
from terminology import lists

# How the other side of a family link reads. A grandchild and a carer's child have no word of
# their own in the list.
_OTHER_SIDE = {
    "child": "mother_father",
    "mother_father": "child",
    "grandparent": "other_relative",
    "child_in_care": "companion",
    "guardian": "child_in_care",
}


def in_sight_of(user: User) -> Exists:
    """A condition on rows with a `patient`: the user may see the person in lists. What is booked
    or waits under a record that was merged is the survivor's."""
    survivor = Coalesce(OuterRef("patient__merged_into"), OuterRef("patient"))
    return Exists(Patient.objects.visible_to(user).filter(pk=survivor))


class Age(NamedTuple):
    """Completed years, and completed months in all."""

    years: int
    months: int


def current_identities(patient_ids: Iterable[UUID]) -> dict[UUID, Identity]:
    """The identity now in force of each person, with its key; one statement."""
    found = Identity.objects.filter(patient__in=list(patient_ids), superseded_at__isnull=True)
    return {identity.patient_id: identity for identity in found.select_related("key")}


def current_identity(patient: Patient) -> Identity:
    return Identity.objects.select_related("key").get(patient=patient, superseded_at__isnull=True)


def open_names(permit: Disclosure, identity: Identity) -> Names:
    """The names, opened. All empty for a pseudonymous record."""
    return Names(
        given_name=permit.open(identity, "given_name", identity.key),
        family_name=permit.open(identity, "family_name", identity.key),
        mother_name=permit.open(identity, "mother_name", identity.key),
        official_name=permit.open(identity, "official_name", identity.key),
        is_alias=identity.is_alias,
    )


def open_contact(permit: Disclosure, identity: Identity) -> Contact:
    """The ways and rules of contact, without the number."""
    return Contact.loads(permit.open(identity, "contact", identity.key))


def open_name(permit: Disclosure, identity: Identity | None) -> str:
    """The name used, for lists; empty for a pseudonymous record."""
    if identity is None:
        return ""
    given = permit.open(identity, "given_name", identity.key)
    return f"{given} {permit.open(identity, 'family_name', identity.key)}".strip()


def names_of(permit: Disclosure, patients: Iterable[Patient]) -> dict[UUID, str]:
    """The name used of each person that the disclosure names; one statement."""
    identities = current_identities(patient.pk for patient in patients)
    return {pk: open_name(permit, identity) for pk, identity in identities.items()}


def age_at(patient: Patient, on: date, identity: Identity | None = None) -> Age:
    """The age on a local date. The birth date stays sealed: only the age comes out."""
    identity = identity or current_identity(patient)

    def judge(text: str) -> Age:
        # A destroyed key leaves the year.
        born = date.fromisoformat(text) if text else date(patient.birth_year, 7, 1)
        return Age(ages.years(born, on), ages.months(born, on))

    return disclosure.compare(identity, "birth_date", identity.key, judge)


def person_by_code(user: User, code: str) -> Patient | None:
    """The person within the user's scope who carries the code, or the survivor of a merge."""
    return Patient.objects.visible_to(user).with_code(code).first()


def record_ids(patient: Patient) -> list[UUID]:
    """Ids under which the person has rows: their own, then those of records merged into it."""
    merged = Patient.objects.filter(merged_into=patient).values_list("pk", flat=True)
    return [patient.pk, *merged]


def may_read(
    user: User, privacy_class: str, patient: Patient, *, own: bool = False, summary: bool = False
) -> bool:
    """Whether the user may read something of this class about the person.

    `own`: the user recorded it. `summary`: it belongs to what every team may know (allergies).
    """
    reach = policy.reach(user.roles, PrivacyClass(privacy_class))
    if Reach.ALL in reach or (own and reach != {Reach.NONE}):
        return True
    if summary and Reach.SHARED_SUMMARY in reach:
        return True
    return Reach.TREATING_TEAM in reach and hooks.is_treating(user, patient)


def readable(user: User, patient: Patient, classes: Mapping[str, PrivacyClass]) -> set[str]:
    """Names of the fields that the user may read, of these with their classes."""
    own = patient.registered_by_id == user.pk
    return {
        name
        for name, privacy_class in classes.items()
        if may_read(user, privacy_class, patient, own=own)
    }


def vulnerabilities(patient: Patient, user: User) -> list[Vulnerability]:
    """Open ones that the user may read, most pressing first; one statement."""
    rows = Vulnerability.objects.open().filter(patient=patient)
    return sorted(
        (row for row in rows if may_read_vulnerability(user, row, patient)),
        key=lambda row: (priority(row), lists.get(row.criterion_id).position),
    )


def may_read_vulnerability(user: User, row: Vulnerability, patient: Patient) -> bool:
    """The class of the field or, where stricter, of the criterion chosen."""
    privacy = stricter(row.PRIVACY["criterion"], lists.get(row.criterion_id).privacy)
    return may_read(user, privacy, patient, own=row.recorded_by_id == user.pk)


def priority(row: Vulnerability) -> int:
    """0 for critical, which stands at the top of every page of the person."""
    order = ("critical", "high", "medium", "low")
    return order.index(lists.get(row.criterion_id).attributes["priority"])


def allergies(patient: Patient, user: User) -> list[Allergy]:
    """What is known of allergies, also from merged records. Part of the shared summary."""
    if not may_read(user, PrivacyClass.CLINICAL, patient, summary=True):
        return []
    rows = Allergy.objects.filter(
        Q(patient=patient) | Q(patient__merged_into=patient), superseded_at__isnull=True
    )
    return list(rows.select_related("key", "patient"))


def consents_in_force(patient: Patient) -> list[Consent]:
    """The latest answer per type and partner, in the order of the list; one statement."""
    latest: dict[tuple[str, UUID | None], Consent] = {}
    for row in patient.consents.latest_first().select_related("partner"):
        latest.setdefault((row.type_id, row.partner_id), row)
    return sorted(latest.values(), key=lambda row: lists.get(row.type_id).position)


def consent_in_force(patient: Patient, type: str, partner_id: UUID | None = None) -> Consent | None:
    """The latest answer to one consent. `type` is a concept key or its code."""
    key = type if ":" in type else f"consent_types:{type}"
    rows = Consent.objects.filter(patient=patient, type=key, partner=partner_id)
    return rows.latest_first().first()


@dataclass
class Relative:
    """A person linked to another, read from that other's side."""

    link: FamilyLink
    identity: Identity
    relation: str  # concept key: what this person is to the other
    name: str = ""  # once opened

    @property
    def patient(self) -> Patient:
        return self.identity.patient


def relatives(patient: Patient, user: User) -> list[Relative]:
    """Family and companions within the user's scope: others are not confirmed."""
    links = FamilyLink.objects.open().about(patient.pk).order_by("since", "pk")
    others = {
        link.relative_id if link.patient_id == patient.pk else link.patient_id: link
        for link in links
    }
    if not others:
        return []
    identities = {
        identity.patient_id: identity
        for identity in Identity.objects.filter(
            patient__in=Patient.objects.visible_to(user).filter(pk__in=list(others)),
            superseded_at__isnull=True,
        ).select_related("patient", "key")
    }
    return [
        Relative(link, identities[pk], _relation(link, patient))
        for pk, link in others.items()
        if pk in identities
    ]


def _relation(link: FamilyLink, seen_from: Patient) -> str:
    if link.patient_id == seen_from.pk:
        return str(link.relation_id)
    code = str(link.relation_id).rpartition(":")[2]
    return f"family_relations:{_OTHER_SIDE.get(code, code)}"
