from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import User
from accounts.rows import EditConflict
from patients.models import Patient


def locked(patient: Patient, *, expected: int | None = None) -> Patient:
    """The row as it stands, locked until the transaction ends.

    Raises `EditConflict` when somebody saved it since the form that expects a version was shown.
    """
    current = Patient.objects.select_for_update().get(pk=patient.pk)
    if expected is not None and current.version != expected:
        raise EditConflict(current)
    return current


def save(patient: Patient, *fields: str) -> None:
    """Save these fields of a locked row as a new version."""
    patient.version += 1
    patient.save(update_fields=(*fields, "version"))


def today(by: User) -> date:
    """The date now where the user works."""
    posting = None if by.is_system else by.posting
    if posting is None or posting.programme is None:
        return timezone.localdate()
    return timezone.localdate(timezone=ZoneInfo(posting.programme.time_zone))
