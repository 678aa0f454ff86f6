"""What the scales said over time."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.privacy import PrivacyClass
from consultations import scales
from consultations.models import Consultation, ScaleAnswer, ScaleResult
from consultations.queries.reach import Reader, of_person
from consultations.scales import Due, Result, Scale
from patients.models import Patient
from terminology import lists


@dataclass(frozen=True)
class Score:
    """One result of one scale. `patient` is the survivor of a merge; no total (`value`) where it
    was incomplete or could not be asked."""

    id: UUID
    patient: UUID
    scale: str  # code
    on: date
    value: int | None
    state: str
    band: str | None  # key
    form: str
    consultation: UUID
    discipline: str
    programme: UUID
    episode: UUID | None
    professional: UUID
    signed_at: datetime

    @property
    def result(self) -> Result:
        """As `scales.score` would say it."""
        return Result(
            scales.of(self.scale),
            scales.State(self.state),
            total=self.value,
            band=lists.get(self.band) if self.band else None,
            form=self.form,
        )

    @property
    def note(self) -> Consultation:
        """As much of the note as the rules of reading ask for."""
        return Consultation(
            pk=self.consultation,
            discipline=self.discipline,
            programme_id=self.programme,
            professional_id=self.professional,
        )


_COLUMNS = (
    "pk", "survivor", "scale", "local_date", "value", "state", "band", "form", "consultation",
    "consultation__discipline", "consultation__programme", "consultation__episode",
    "consultation__professional", "consultation__signed_at",
)  # fmt: skip


def history(
    patient_ids: Iterable[UUID], scale_codes: Collection[str] | None = None
) -> dict[UUID, dict[str, list[Score]]]:
    """All results by person and scale, oldest first; one statement, whatever the number.

    Also those of records merged into the person. Scope and reading are the caller's part.
    """
    ids = list(patient_ids)
    rows = ScaleResult.objects.filter(
        Q(patient__in=ids) | Q(patient__merged_into__in=ids), scale__isnull=False
    )
    if scale_codes is not None:
        rows = rows.filter(scale__in=[f"scales:{code}" for code in scale_codes])
    return _sorted(rows)


def _sorted(rows: QuerySet[ScaleResult]) -> dict[UUID, dict[str, list[Score]]]:
    found: dict[UUID, dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
    rows = rows.annotate(survivor=Coalesce(F("patient__merged_into"), F("patient")))
    for row in rows.order_by("local_date", "consultation__signed_at", "pk").values_list(*_COLUMNS):
        one = Score(row[0], row[1], row[2].partition(":")[2], *row[3:])
        found[one.patient][one.scale].append(one)
    return found


def readable(patient: Patient, reader: Reader) -> dict[str, list[Score]]:
    """A person's results by scale as far as the reader may know them; one statement."""
    visible = Consultation.objects.visible_to(reader.user)
    rows = ScaleResult.objects.filter(
        of_person(patient), scale__isnull=False, consultation__in=visible
    )
    kept: dict[str, list[Score]] = {}
    for code, points in _sorted(rows).get(patient.pk, {}).items():
        seen = [point for point in points if reader.may(point.note, PrivacyClass.CLINICAL)]
        if seen:
            kept[code] = seen
    return kept


def of_episode(points: Iterable[Score]) -> list[Score]:
    """Of results of one scale, oldest first, those with a total in the stay, or out of any, in
    which the last was taken, and in its form: the first of them is the baseline."""
    whole = [point for point in points if point.value is not None]
    if not whole:
        return []
    last = whole[-1]
    return [point for point in whole if (point.episode, point.form) == (last.episode, last.form)]


def completed(known: dict[str, list[Score]], *codes: str) -> list[date]:
    """Days on which one of these scales was completed."""
    return [point.on for code in codes for point in known.get(code, ()) if point.value is not None]


def due_now(
    known: dict[str, list[Score]],
    offered: Iterable[Scale],
    today: date,
    admission: date | None,
    *,
    age: int | None,
    closing: bool = False,
) -> dict[str, Due]:
    """When each of some scales is next to be asked; a scale that stands for another of its group
    at the centre counts for it."""
    groups = {code: group for group in scales.baseline(age) for code in group}
    found = {}
    for scale in offered:
        same = groups.get(scale.code, (scale.code,)) if admission else (scale.code,)
        days = completed(known, *same)
        if days and not completed(known, scale.code):
            continue  # the other one of the group is the one that is followed
        due = scales.due(scale, days, today, admission, age=age, closing=closing)
        if due is not None:
            found[scale.code] = due
    return found


def find(pk: UUID, user: Any) -> ScaleResult:
    """One result of the user's scope. Raises `ScaleResult.DoesNotExist`."""
    return (
        ScaleResult.objects.filter(
            consultation__in=Consultation.objects.visible_to(user), scale__isnull=False
        )
        .select_related(
            "patient__merged_into", "consultation__professional", "consultation__programme"
        )
        .get(pk=pk)
    )


def answers(result: ScaleResult) -> dict[str, int]:
    """Answers by question, in the order of the scale."""
    rows = ScaleAnswer.objects.filter(result=result).values_list("item", "value")
    order = scales.of(str(result.scale_id).partition(":")[2]).items
    return dict(sorted(rows, key=lambda row: order.index(row[0]) if row[0] in order else 0))


def said(result: ScaleResult, answered: int) -> str:
    """The message of a result as it was signed."""
    return Result(
        scales.of(str(result.scale_id).partition(":")[2]),
        scales.State(result.state),
        total=result.value,
        band=lists.get(result.band_id) if result.band_id else None,
        answered=answered,
        form=result.form,
    ).message
