from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.rows import uuid7
from accounts.services import record
from partners.models import Site
from patients import builders, consent_texts, hooks, idempotency
from patients.card import PersonCard
from patients.models import FamilyLink, LookAlike, Patient
from patients.queries import Found


def register(
    card: PersonCard,
    *,
    by: User,
    id: UUID | None = None,
    payload: bytes = b"",
    programme: Programme | None = None,
    site: Site | None = None,
    look_alikes: Iterable[Found] = (),
) -> Patient:
    """Register a person in the programme the user works for (or the one named).

    The same id and payload again gives the same person. Raises `SameIdOtherBody`, or
    `Patient.DoesNotExist` for another author's id. `look_alikes`: shown to the user, who said
    that this is another person; kept for the coordinator.
    """
    return _register(card, by, id or uuid7(), payload, programme, site, look_alikes, None, "")


def add_family_member(
    card: PersonCard,
    *,
    of: Patient,
    relation: str,
    by: User,
    id: UUID | None = None,
    payload: bytes = b"",
    programme: Programme | None = None,
    site: Site | None = None,
    look_alikes: Iterable[Found] = (),
) -> Patient:
    """Register somebody who comes with a registered person. `relation` (concept key) is what the
    new person is to the one registered. The consent on the card is the new person's own."""
    return _register(card, by, id or uuid7(), payload, programme, site, look_alikes, of, relation)


def _register(
    card: PersonCard,
    by: User,
    id: UUID,
    payload: bytes,
    programme: Programme | None,
    site: Site | None,
    look_alikes: Iterable[Found],
    of: Patient | None,
    relation: str,
) -> Patient:
    programme = programme or _programme(by)
    policy.require(by, Permission.REGISTER_PERSON, programme)
    try:
        with transaction.atomic():
            existing = _earlier(id, payload, by)
            if existing is not None:
                return existing
            return _create(card, by, id, payload, programme, site, look_alikes, of, relation)
    except IntegrityError:
        # The same form sent twice at the same moment: the other one was first.
        existing = _earlier(id, payload, by)
        if existing is None:
            raise
        return existing


def _earlier(id: UUID, payload: bytes, by: User) -> Patient | None:
    return idempotency.earlier(
        Patient.objects.filter(pk=id), body=payload, by=by, author="registered_by_id"
    )


def _programme(by: User) -> Programme:
    posting = by.posting
    if posting is None or posting.programme is None:
        raise PermissionDenied("people are registered in a programme")
    return posting.programme


def _create(
    card: PersonCard,
    by: User,
    id: UUID,
    payload: bytes,
    programme: Programme,
    site: Site | None,
    look_alikes: Iterable[Found],
    of: Patient | None,
    relation: str,
) -> Patient:
    at = timezone.now()
    on = timezone.localdate(at, ZoneInfo(programme.time_zone))
    site = site or hooks.current_site(by)
    built = builders.person(
        replace(card, consent=consent_texts.stamped(card.consent)),
        by=by,
        programme_id=programme.pk,
        at=at,
        on=on,
        site_id=site.pk if site else None,
        id=id,
    )
    patient = built.patient
    patient.payload_mac = idempotency.mark(Patient, payload)
    for model, rows in built.batches():
        model._default_manager.bulk_create(rows)
    if of is not None:
        FamilyLink.objects.create(
            patient=of, relative=patient, relation_id=relation, since=on, recorded_by=by
        )
    LookAlike.objects.bulk_create(
        LookAlike(earlier_id=found.patient.pk, later=patient, likeness=round(found.match.score))
        for found in look_alikes
    )
    record(
        by=by,
        action="person.registered",
        subjects=[patient] if of is None else [patient, of],
        privacy_class=PrivacyClass.IDENTITY,
        programme=programme,
    )
    return patient
