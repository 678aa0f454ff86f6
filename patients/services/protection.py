from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.services import record
from patients.models import Patient, ProtectionTask
from patients.queries import may_close
from patients.services.keys import key_of


@transaction.atomic
def open_safety_task(
    patient: Patient, *, programme_id: UUID, due_at: datetime, by: User
) -> ProtectionTask:
    """Ask the supervisor to see to a person's safety by a time. There is one at a time: a second
    alarm brings the clock of the first forward. Called inside the transaction of what it follows
    from, which is what the access log tells of."""
    kind = ProtectionTask.Kind.SAFETY
    there = ProtectionTask.objects.select_for_update().open().filter(patient=patient, kind=kind)
    task = there.first()
    if task is None:
        return ProtectionTask.objects.create(
            patient=patient, kind=kind, programme_id=programme_id, due_at=due_at, opened_by=by
        )
    if due_at < task.due_at:
        task.due_at = due_at
        task.save(update_fields=("due_at",))
    return task


def follow_risk(
    patient: Patient, risk: str | None, *, programme_id: UUID, at: datetime, by: User
) -> None:
    """A moderate or high suicide risk (key of `mh_risk_levels`), wherever it was found, starts
    a clock for the supervisor. Called as `open_safety_task`."""
    hours = {
        "mh_risk_levels:high": settings.HIGH_RISK_HOURS,
        "mh_risk_levels:moderate": settings.MODERATE_RISK_HOURS,
    }
    if risk in hours:
        due_at = at + timedelta(hours=hours[risk])
        open_safety_task(patient, programme_id=programme_id, due_at=due_at, by=by)


@transaction.atomic
def close_protection_task(task: ProtectionTask, outcome: str, *, by: User) -> ProtectionTask:
    """Close with what was decided and by whom (sealed); a closed task stays as it is."""
    policy.require(by, Permission.EDIT_PERSON)
    if not may_close(by, task):
        raise PermissionDenied("this task is closed by the supervisor")
    current = ProtectionTask.objects.select_for_update().select_related("patient").get(pk=task.pk)
    if current.closed_at is None:
        current.closed_at, current.closed_by = timezone.now(), by
        current.seal(key_of(current.patient), outcome=outcome)
        current.save(update_fields=("closed_at", "closed_by", "outcome"))
        record(
            by=by,
            action="protection.closed",
            subjects=[current.patient],
            privacy_class=PrivacyClass.SENSITIVE,
        )
    return current
