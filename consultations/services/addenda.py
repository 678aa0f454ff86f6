"""Corrections and completions of a signed note (NOM-004: nothing is overwritten)."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.privacy import PrivacyClass
from accounts.services import record
from consultations.models import Addendum, Consultation
from consultations.services.rights import require_discipline
from patients.services import key_of


@transaction.atomic
def add(
    consultation: Consultation,
    *,
    by: User,
    id: UUID,
    reason: str,
    text: str,
    privacy_class: str = PrivacyClass.CLINICAL,
) -> Addendum:
    """Add to a note of one's own discipline in one's own programme. The same id again gives the
    same addendum; the id of another one raises `Addendum.DoesNotExist`."""
    require_discipline(by, consultation.discipline, consultation.programme)
    # The header is locked so that a double tap finds the first row.
    Consultation.objects.select_for_update().get(pk=consultation.pk)
    there = Addendum.objects.filter(pk=id).first()
    if there is not None:
        if (there.author_id, there.consultation_id) != (by.pk, consultation.pk):
            raise Addendum.DoesNotExist
        return there
    addendum = Addendum(id=id, consultation=consultation, author=by, privacy_class=privacy_class)
    addendum.seal(key_of(consultation.patient), reason=reason, text=text)
    addendum.save(force_insert=True)
    record(
        by=by,
        action="consultation.added_to",
        subjects=[consultation.patient],
        privacy_class=PrivacyClass(privacy_class),
        programme=consultation.programme,
    )
    return addendum
