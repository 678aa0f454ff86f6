from django.db import transaction
from django.utils import timezone

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.services import record
from patients import builders
from patients.card import AllergyAnswer
from patients.models import Allergy, Patient
from patients.services.keys import key_of
from patients.services.locking import locked


@transaction.atomic
def set_allergy(patient: Patient, answer: AllergyAnswer, *, by: User) -> Allergy:
    """Put an answer in force; the one before is kept."""
    policy.require(by, Permission.EDIT_PERSON)
    row = store_allergy(locked(patient), answer, by=by)
    record(
        by=by, action="allergy.recorded", subjects=[patient], privacy_class=PrivacyClass.CLINICAL
    )
    return row


def store_allergy(patient: Patient, answer: AllergyAnswer, *, by: User) -> Allergy:
    """As `set_allergy`, inside the transaction of a service that writes an event of its own."""
    at = timezone.now()
    Allergy.objects.filter(patient=patient, superseded_at__isnull=True).update(superseded_at=at)
    row = builders.allergy(answer, patient.pk, key_of(patient), by, at)
    row.save(force_insert=True)
    return row
