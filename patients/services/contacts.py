"""Trying to reach a person: only by a way they agreed to, and not after it was unsafe."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.rows import uuid7
from accounts.services import record
from patients import idempotency
from patients.models import ContactAttempt, Patient
from patients.queries import current_identity
from patients.queries.contacts import allows_method, stopped_by
from patients.services.keys import key_of
from patients.services.locking import locked
from patients.services.refusal import Refused

NOTE = 300  # characters (contact_attempt.note)


@transaction.atomic
def record_attempt(
    patient: Patient,
    *,
    programme: Programme,
    method: str,
    purpose: str,
    outcome: str,
    by: User,
    at: datetime | None = None,
    next_attempt: datetime | None = None,
    note: str = "",
    id: UUID | None = None,
) -> ContactAttempt:
    """Record one try to reach the person. Values of lists are concept keys; `at` unsaid is now.

    Refused: a way the person did not agree to or a rule disables, any way where contact is
    refused, any try while an unsafe or declined one is not reviewed, a next try on the same day.
    The same id and body again gives the same row (`SameIdOtherBody`, `DoesNotExist` otherwise).
    """
    policy.require(by, Permission.EDIT_PERSON, programme)
    current = locked(patient)
    now = timezone.now()
    said = {
        "patient": str(current.pk),
        "programme": str(programme.pk),
        "method": method,
        "purpose": purpose,
        "outcome": outcome,
        "at": at,
        "next": next_attempt,
        "note": note,
    }
    body = idempotency.payload(said)
    if id is not None:
        rows = ContactAttempt.objects.filter(pk=id)
        there = idempotency.earlier(rows, body=body, by=by, author="by_id")
        if there is not None:
            return there
    _check(current, method, at or now, next_attempt, note, programme)
    row = ContactAttempt(
        id=id or uuid7(),
        patient=current,
        programme=programme,
        at=at or now,
        local_date=_local(at or now, programme).date(),
        method_id=method,
        purpose_id=purpose,
        outcome_id=outcome,
        next_attempt=next_attempt,
        by=by,
        payload_mac=idempotency.mark(ContactAttempt, body),
    )
    if note:
        row.seal(key_of(current), note=note)
    row.save(force_insert=True)
    record(
        by=by,
        action="contact.attempted",
        subjects=[current],
        privacy_class=PrivacyClass.CLINICAL,
        programme=programme,
    )
    return row


def _check(
    patient: Patient,
    method: str,
    at: datetime,
    next_attempt: datetime | None,
    note: str,
    programme: Programme,
) -> None:
    if not allows_method(current_identity(patient), method):
        raise Refused(_("The person did not agree to be reached in this way."))
    if stopped_by(patient) is not None:
        raise Refused(_("Contact was stopped. A coordinator must look at it before a new attempt."))
    if at > timezone.now():
        raise Refused(_("This moment has not come yet."))
    day = _local(at, programme).date()
    if next_attempt is not None and _local(next_attempt, programme).date() <= day:
        raise Refused(_("The next attempt is on another, later day."))
    if len(note) > NOTE:
        raise Refused(_("The note is too long."))


def _local(moment: datetime, programme: Programme) -> datetime:
    return moment.astimezone(ZoneInfo(programme.time_zone))


@transaction.atomic
def review_attempt(attempt: ContactAttempt, *, by: User) -> ContactAttempt:
    """A coordinator has looked at an unsafe or declined attempt; others may try again. One that
    was reviewed already stays as it is."""
    policy.require(by, Permission.REVIEW_CONTACT, attempt.programme)
    rows = ContactAttempt.objects.select_for_update().select_related("patient", "programme")
    current = rows.get(pk=attempt.pk)
    if current.reviewed_at is None:
        current.reviewed_at, current.reviewed_by = timezone.now(), by
        current.save(update_fields=("reviewed_at", "reviewed_by"))
        record(
            by=by,
            action="contact.reviewed",
            subjects=[current.patient],
            privacy_class=PrivacyClass.CLINICAL,
            programme=current.programme,
        )
    return current
