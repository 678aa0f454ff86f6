from datetime import datetime
from functools import cached_property
from uuid import UUID

from patients.models import DataKey


class NarrativeKey:
    """A person's key of free text, fetched when the first text is opened: many notes have none."""

    def __init__(self, patient_id: UUID) -> None:
        self.patient_id = patient_id

    @cached_property
    def _row(self) -> DataKey:
        return DataKey.objects.get(patient=self.patient_id, purpose=DataKey.Purpose.NARRATIVE)

    @property
    def secret(self) -> bytes:
        return self._row.secret

    @property
    def destroyed_at(self) -> datetime | None:
        return self._row.destroyed_at
