from django.db import transaction
from django.utils import timezone

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.services import record
from patients.models import ProtectionTask
from patients.services.keys import key_of


@transaction.atomic
def close_protection_task(task: ProtectionTask, outcome: str, *, by: User) -> ProtectionTask:
    """Close with what was decided and by whom (sealed); a closed task stays as it is."""
    policy.require(by, Permission.EDIT_PERSON)
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
