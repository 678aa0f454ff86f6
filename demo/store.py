"""Bulk saving in the order of the foreign keys."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction

from consultations import models as consultations
from patients import models as patients

# Parents before children.
ORDER: tuple[type[models.Model], ...] = (
    patients.Patient,
    patients.DataKey,
    patients.Identity,
    patients.Access,
    patients.Consent,
    patients.SearchToken,
    patients.PersonState,
    patients.Vulnerability,
    patients.Allergy,
    patients.ProtectionTask,
    consultations.Outing,
    consultations.OutingStaff,
    consultations.OutingMember,
    consultations.Visit,
    consultations.Episode,
    consultations.Consultation,
    consultations.Need,
    consultations.MedicalDetail,
    consultations.MentalHealthDetail,
    consultations.SocialWorkDetail,
    consultations.MediationDetail,
    consultations.PromotionDetail,
    consultations.RehabilitationDetail,
    consultations.MediationLink,
    consultations.NeedStep,
    consultations.VitalSigns,
    consultations.Choice,
    consultations.Diagnosis,
    consultations.Prescription,
    consultations.TestResult,
    consultations.ItemDistribution,
    consultations.ScaleResult,
    consultations.SessionGoal,
    consultations.Appointment,
    consultations.GroupActivity,
    consultations.ActivityTopic,
)
_BATCH = 2000


class Store:
    """Rows waiting to be written, by model."""

    def __init__(self) -> None:
        self._waiting: dict[type[models.Model], list[Any]] = defaultdict(list)
        self.saved = 0

    def add(self, rows: Iterable[models.Model]) -> None:
        for row in rows:
            self._waiting[type(row)].append(row)

    @property
    def size(self) -> int:
        return sum(map(len, self._waiting.values()))

    def flush(self) -> None:
        """Write all that waits, in one transaction."""
        unknown = set(self._waiting) - set(ORDER)
        if unknown:
            raise LookupError(f"no order for {unknown}")
        with transaction.atomic():
            for model in ORDER:
                rows = self._waiting.pop(model, [])
                model._default_manager.bulk_create(rows, batch_size=_BATCH)
                self.saved += len(rows)
