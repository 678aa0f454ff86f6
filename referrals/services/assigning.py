from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.services import record
from consultations.services.refusal import Refused
from patients.models import Patient
from referrals.models import Referral
from referrals.models.status import OPEN
from referrals.queries.queue import assignable


@transaction.atomic
def assign(referral_ids: Iterable[UUID | str], user: User | None, *, by: User) -> int:
    """Give open referrals of own queues to a colleague, or to nobody; how many there were.

    What is out of scope is passed over unsaid. Refused: a colleague who does not work where one
    of them is received.
    """
    own = policy.programmes_where(by, Permission.TRIAGE_REFERRAL)
    if not own:
        policy.require(by, Permission.TRIAGE_REFERRAL)
    rows = list(
        Referral.objects.visible_to(by)
        .filter(pk__in=list(referral_ids), to_programme__in=own, status__in=OPEN)
        .select_for_update(of=("self",))
        .order_by("pk")
        .only("pk", "to_programme_id", "patient_id")
    )
    programmes = {row.to_programme_id for row in rows}
    for programme in programmes:
        if user is not None and programme is not None and user not in assignable(programme):
            raise Refused(_("This colleague does not work there today."))
    found = Referral.objects.filter(pk__in=[row.pk for row in rows]).update(assigned_to=user)
    if rows:
        people = Patient.objects.filter(pk__in=[row.patient_id for row in rows])
        record(
            by=by,
            action="referral.assigned",
            subjects=list(people),
            programme=programmes.pop() if len(programmes) == 1 else None,
        )
    return found
