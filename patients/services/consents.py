from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.rows import uuid7
from accounts.services import record
from partners.models import Organisation, Site
from patients import builders, consent_texts, hooks, idempotency
from patients.card import ConsentAnswer
from patients.models import Access, Consent, Patient
from patients.services.identity import make_pseudonymous
from patients.services.keys import keys_of
from patients.services.locking import locked, save, today

DATA = "consent_types:data_processing"
INTERNAL = "consent_types:sharing_internal"


def record_consent(
    patient: Patient,
    answer: ConsentAnswer,
    *,
    by: User,
    id: UUID | None = None,
    payload: bytes = b"",
    partner: Organisation | None = None,
    site: Site | None = None,
) -> Consent:
    """Add an answer to a consent; withdrawing is an answer too.

    Refusing or withdrawing the consent to data makes the record pseudonymous; giving it lets
    names be recorded from then on. The answer to internal sharing follows on every open access.
    Same id and payload: the same row. Raises `SameIdOtherBody`, or `Consent.DoesNotExist`.
    """
    policy.require(by, Permission.EDIT_PERSON)
    id = id or uuid7()
    try:
        with transaction.atomic():
            existing = _earlier(id, payload, by)
            if existing is not None:
                return existing
            return _create(patient, answer, by, id, payload, partner, site)
    except IntegrityError:
        existing = _earlier(id, payload, by)
        if existing is None:
            raise
        return existing


def _earlier(id: UUID, payload: bytes, by: User) -> Consent | None:
    return idempotency.earlier(
        Consent.objects.filter(pk=id), body=payload, by=by, author="recorded_by_id"
    )


def _create(
    patient: Patient,
    answer: ConsentAnswer,
    by: User,
    id: UUID,
    payload: bytes,
    partner: Organisation | None,
    site: Site | None,
) -> Consent:
    current = locked(patient)
    site = site or hooks.current_site(by)
    row = builders.consent(
        consent_texts.stamped(answer),
        current.pk,
        keys_of(current),
        by=by,
        at=timezone.now(),
        on=today(by),
        site_id=site.pk if site else None,
        partner_id=partner.pk if partner else None,
        id=id,
    )
    row.payload_mac = idempotency.mark(Consent, payload)
    row.save(force_insert=True)
    if answer.type == DATA:
        _follow_data_consent(current, answer, by)
    elif answer.type == INTERNAL:
        Access.objects.open().filter(patient=current).update(shares_history=answer.given)
    record(
        by=by,
        action="consent.recorded",
        subjects=[current],
        privacy_class=PrivacyClass.OPEN,
        purpose=f"{answer.type.rpartition(':')[2]} {answer.decision.rpartition(':')[2]}",
    )
    return row


_DATA_CONSENT = {
    "consent_decisions:given": Patient.DataConsent.GIVEN,
    "consent_decisions:refused": Patient.DataConsent.REFUSED,
    "consent_decisions:withdrawn": Patient.DataConsent.WITHDRAWN,
}


def _follow_data_consent(patient: Patient, answer: ConsentAnswer, by: User) -> None:
    decided = _DATA_CONSENT.get(answer.decision)
    if decided is None or decided == patient.data_consent:
        return
    was_named = not patient.is_pseudonymous
    patient.data_consent = decided
    patient.consent_giver_id = answer.giver
    save(patient, "data_consent", "consent_giver")
    if was_named and patient.is_pseudonymous:
        make_pseudonymous(patient, by=by)
