"""What earlier notes say about the next one: first or follow-up, how many, what stands open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import DateField, OuterRef, Subquery, Value

from accounts.models import Programme
from consultations.models import Consultation, Episode, VisitType
from consultations.queries.reach import of_person, service_of
from patients.models import Patient


@dataclass(frozen=True)
class Head:
    """As much of a signed note as its header says."""

    id: UUID
    discipline: str
    visit_type: str
    local_date: date
    signed_at: datetime
    visit_id: UUID
    professional_id: UUID
    pregnancy: str | None  # key of the answer given in it


@dataclass(frozen=True)
class History:
    """A person's signed notes in one programme, newest first."""

    heads: Sequence[Head]
    centre: bool
    admission: date | None = None  # to the centre, while the stay is open

    def of(self, discipline: str) -> list[Head]:
        return [head for head in self.heads if head.discipline == discipline]

    def of_service(self, discipline: str) -> list[Head]:
        service = service_of(discipline)
        return [head for head in self.heads if service_of(head.discipline) == service]

    @property
    def pregnancy(self) -> str:
        """The last answer of any discipline, as a key; empty when it was never asked."""
        return next((head.pregnancy for head in self.heads if head.pregnancy), "")

    def is_first(self, discipline: str) -> bool:
        """Nobody of this service has signed a note about the person in this programme."""
        return not self.of_service(discipline)

    def visit_type(self, discipline: str) -> VisitType:
        """A suggestion: the first in the service and programme, a new start after a closure
        (at the centre: a readmission), else a follow-up."""
        before = self.of_service(discipline)
        if not before:
            return VisitType.FIRST
        if before[0].visit_type == VisitType.CLOSURE:
            return VisitType.READMISSION if self.centre else VisitType.NEW_EPISODE
        return VisitType.FOLLOW_UP


def of(patient: Patient, programme: Programme) -> History:
    """One statement; two at a centre that has not seen the person yet."""
    centre = programme.kind == Programme.Kind.CENTRE
    stay = Episode.objects.filter(programme=programme, closed_on__isnull=True)
    here = stay.filter(patient=OuterRef("patient")).values("admitted_on")[:1]
    rows = (
        Consultation.objects.filter(of_person(patient), programme=programme)
        .annotate(admission=Subquery(here) if centre else Value(None, DateField()))
        .order_by("-local_date", "-signed_at")
        .values_list(
            "id",
            "discipline",
            "visit_type",
            "local_date",
            "signed_at",
            "visit",
            "professional",
            "medicaldetail__pregnancy",
            "admission",
        )  # fmt: skip
    )
    found = list(rows)
    if centre and not found:
        admission = stay.filter(of_person(patient)).values_list("admitted_on", flat=True).first()
    else:
        admission = next((row[-1] for row in found if row[-1]), None)
    return History([Head(*row[:-1]) for row in found], centre, admission)
