"""Requests to forget before the law allows erasing: the record is blocked (NOM-004 keeps it)."""

from django.db import transaction
from django.utils import timezone

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.services import record
from patients import codes
from patients.models import Patient
from patients.services.identity import forget_tokens, index_again
from patients.services.locking import locked, save


@transaction.atomic
def look_up_by_code(typed: str, *, by: User) -> Patient | None:
    """A record by its full code, blocked or not, for the data-protection officer."""
    policy.require(by, Permission.MANAGE_BLOCKING)
    code = codes.normalise(typed)
    patient = Patient.objects.filter(code=code).first() if codes.check(code) else None
    if patient is not None:
        record(by=by, action="person.looked_up", subjects=[patient])
    return patient


@transaction.atomic
def block(patient: Patient, *, by: User) -> Patient:
    """Hide the record from everybody but the data-protection officer; its names can no longer be
    searched."""
    policy.require(by, Permission.MANAGE_BLOCKING)
    current = locked(patient)
    if current.blocked_at is None:
        current.blocked_at = timezone.now()
        save(current, "blocked_at")
        forget_tokens(current)
        record(by=by, action="person.blocked", subjects=[current])
    return current


@transaction.atomic
def unblock(patient: Patient, *, by: User) -> Patient:
    """Undo a block made by mistake or lifted by the person."""
    policy.require(by, Permission.MANAGE_BLOCKING)
    current = locked(patient)
    if current.blocked_at is not None:
        current.blocked_at = None
        save(current, "blocked_at")
        index_again(current)
        record(by=by, action="person.unblocked", subjects=[current])
    return current
