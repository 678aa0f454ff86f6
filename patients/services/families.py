from django.db import transaction
from django.db.models import Q

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.services import record
from patients.models import FamilyLink, Patient
from patients.services.locking import locked, today


@transaction.atomic
def link_family(patient: Patient, relative: Patient, relation: str, *, by: User) -> FamilyLink:
    """Say that `relative` is the `relation` (concept key) of `patient`. One open link a pair: a
    link there already, from either side, is ended when it says something else."""
    policy.require(by, Permission.EDIT_PERSON)
    locked(patient)
    on = today(by)
    pair = Q(patient=patient, relative=relative) | Q(patient=relative, relative=patient)
    existing = FamilyLink.objects.open().filter(pair).first()
    if existing is not None:
        if existing.patient_id == patient.pk and existing.relation_id == relation:
            return existing
        existing.ended_on = max(on, existing.since)
        existing.save(update_fields=("ended_on",))
    link = FamilyLink.objects.create(
        patient=patient, relative=relative, relation_id=relation, since=on, recorded_by=by
    )
    _record("family.linked", link, by)
    return link


@transaction.atomic
def unlink_family(link: FamilyLink, *, by: User) -> FamilyLink:
    """End a link; an ended one stays as it is."""
    policy.require(by, Permission.EDIT_PERSON)
    current = FamilyLink.objects.select_for_update().get(pk=link.pk)
    if current.ended_on is None:
        current.ended_on = max(today(by), current.since)
        current.save(update_fields=("ended_on",))
        _record("family.unlinked", current, by)
    return current


def _record(action: str, link: FamilyLink, by: User) -> None:
    record(
        by=by,
        action=action,
        subjects=[link.patient, link.relative],
        privacy_class=PrivacyClass.IDENTITY,
    )
