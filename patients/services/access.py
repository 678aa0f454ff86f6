"""Who may know of a person. Scope is data: these functions are its only writers."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.services import record
from patients import codes
from patients.models import Access, Patient
from patients.queries import consent_in_force
from patients.services.locking import locked, save

CARD_HOURS = 24  # a card opens the record for a day; what is recorded then opens it for longer


def grant_access(
    patient: Patient,
    *,
    basis: str,
    programme: Programme | UUID | None = None,
    user: User | None = None,
    until: datetime | None = None,
    shares_history: bool | None = None,
) -> Access:
    """Let a programme, or one user, know of the person; the open row of this basis if there is
    one. `shares_history` unsaid: as the person's consent to internal sharing says.

    Part of the caller's transaction, which writes the event.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("access is granted inside a service")
    programme_id = programme.pk if isinstance(programme, Programme) else programme
    holder = {"programme_id": programme_id, "user_id": user.pk if user else None}
    existing = Access.objects.filter(patient=patient, basis=basis, **holder).filter(
        Q(until__isnull=True) if until is None else Q(until__gte=until) | Q(until__isnull=True)
    )
    found = existing.first()
    if found is not None:
        return found
    if shares_history is None:
        shares_history = shares_internally(patient)
    return Access.objects.create(
        patient=patient, basis=basis, until=until, shares_history=shares_history, **holder
    )


def shares_internally(patient: Patient) -> bool:
    """Whether the person agreed, and still does, to sharing between the programmes."""
    answer = consent_in_force(patient, "sharing_internal")
    if answer is None or answer.decision_id != "consent_decisions:given":
        return False
    return answer.expires_on is None or answer.expires_on >= timezone.localdate()


def end_access(
    patient: Patient,
    *,
    basis: str,
    programme: Programme | UUID | None = None,
    user: User | None = None,
) -> int:
    """End the open rows of this basis; how many there were. Part of the caller's transaction."""
    programme_id = programme.pk if isinstance(programme, Programme) else programme
    rows = Access.objects.open().filter(
        patient=patient, basis=basis, programme=programme_id, user=user
    )
    return rows.update(until=timezone.now())


@transaction.atomic
def open_by_code(typed: str, *, by: User) -> Patient | None:
    """The person who carries the code. Outside the user's scope, the card opens it for a day to
    the user's programme (to the user alone where the person is hidden), for the DPO to see.

    None for a code that nobody carries, or whose record is blocked.
    """
    policy.require(by, Permission.SEARCH_PEOPLE)
    code = codes.normalise(typed)
    if not codes.check(code):
        return None
    patient = Patient.objects.current().with_code(code).first()
    if patient is None or Patient.objects.visible_to(by).filter(pk=patient.pk).exists():
        return patient
    _open_with_card(patient, by)
    action = "person.opened_hidden" if patient.hidden else "person.opened_by_card"
    record(by=by, action=action, subjects=[patient], privacy_class=PrivacyClass.IDENTITY)
    return patient


def _open_with_card(patient: Patient, by: User) -> None:
    until = timezone.now() + timedelta(hours=CARD_HOURS)
    programme = by.posting.programme_id if by.posting else None
    if patient.hidden or programme is None:
        grant_access(patient, basis=Access.Basis.CARD, user=by, until=until)
    else:
        grant_access(patient, basis=Access.Basis.CARD, programme=programme, until=until)


@transaction.atomic
def hide(patient: Patient, *, by: User, expected: int | None = None) -> Patient:
    """Take the person out of lists and searches. Who hides keeps access; others find them by
    code, clinical staff also by exact name and birth year."""
    return _set_hidden(patient, True, by, expected)


@transaction.atomic
def unhide(patient: Patient, *, by: User, expected: int | None = None) -> Patient:
    return _set_hidden(patient, False, by, expected)


def _set_hidden(patient: Patient, hidden: bool, by: User, expected: int | None) -> Patient:
    policy.require(by, Permission.EDIT_PERSON)
    current = locked(patient, expected=expected)
    if current.hidden != hidden:
        current.hidden = hidden
        save(current, "hidden")
        if hidden:
            grant_access(current, basis=Access.Basis.CONSULTED, user=by)
    action = "person.hidden" if hidden else "person.unhidden"
    record(by=by, action=action, subjects=[current], privacy_class=PrivacyClass.IDENTITY)
    return current
