"""Two records of one person. A merge is a pointer: nothing moves, an undo removes it."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.services import record
from patients.models import Access, LookAlike, Patient
from patients.services.access import grant_access
from patients.services.locking import locked, save


class CannotMerge(Exception):
    """The two records cannot be merged this way round."""


@transaction.atomic
def merge(survivor: Patient, merged: Patient, *, by: User) -> Patient:
    """Let `merged` point to `survivor`. Whoever had access to the one has it to the other.

    Raises `CannotMerge` where `merged` has records merged into itself (merge the other way
    round: pointers are one step long), or either is merged away or blocked.
    """
    policy.require(by, Permission.MERGE_PEOPLE)
    # Always in the same order, so that two merges of the same pair do not wait for each other.
    rows = {row.pk: row for row in (locked(p) for p in sorted((survivor, merged), key=_pk))}
    survivor, merged = rows[survivor.pk], rows[merged.pk]
    if survivor == merged or any(row.merged_into_id or row.blocked_at for row in rows.values()):
        raise CannotMerge
    if Patient.objects.filter(merged_into=merged).exists():
        raise CannotMerge
    merged.merged_into = survivor
    save(merged, "merged_into")
    save(survivor)
    for access in Access.objects.open().filter(patient=merged):
        grant_access(
            survivor,
            basis=access.basis,
            programme=access.programme_id,
            user=access.user,
            until=access.until,
            shares_history=access.shares_history,
        )
    _decide(survivor, merged, LookAlike.Decision.MERGED, by)
    _record("person.merged", survivor, merged, by)
    return survivor


def _pk(patient: Patient) -> str:
    return str(patient.pk)


@transaction.atomic
def undo_merge(merged: Patient, *, by: User) -> Patient:
    """Make two records of a merged one again, as they were."""
    policy.require(by, Permission.MERGE_PEOPLE)
    current = locked(merged)
    survivor = current.merged_into
    if survivor is None:
        return current
    current.merged_into = None
    save(current, "merged_into")
    _decide(survivor, current, LookAlike.Decision.TWO_PEOPLE, by)
    _record("person.merge_undone", survivor, current, by)
    return current


@transaction.atomic
def keep_apart(pair: LookAlike, *, by: User) -> LookAlike:
    """Settle that two like records are of two people."""
    policy.require(by, Permission.MERGE_PEOPLE)
    current = LookAlike.objects.select_for_update().get(pk=pair.pk)
    if current.decision == LookAlike.Decision.OPEN:
        _decide(current.earlier, current.later, LookAlike.Decision.TWO_PEOPLE, by)
        _record("person.kept_apart", current.earlier, current.later, by)
        current.refresh_from_db()
    return current


def _decide(one: Patient, other: Patient, decision: str, by: User) -> None:
    pair = Q(earlier=one, later=other) | Q(earlier=other, later=one)
    LookAlike.objects.filter(pair).update(
        decision=decision, decided_at=timezone.now(), decided_by=by
    )


def _record(action: str, one: Patient, other: Patient, by: User) -> None:
    record(by=by, action=action, subjects=[one, other], privacy_class=PrivacyClass.IDENTITY)
