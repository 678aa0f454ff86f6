"""Signed notes with everything that was born with them, in few statements.

`summaries.read` walks through the related rows of a note; here they are fetched for several notes
at once: what is coded in one statement, what carries sealed text with one each.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model

from accounts.policy import Discipline
from consultations.models import (
    Appointment,
    Choice,
    Consultation,
    Diagnosis,
    ItemDistribution,
    Need,
    NeedStep,
    Prescription,
    ScaleResult,
    SessionGoal,
    TestResult,
)
from consultations.queries.coded import Coded, coded
from consultations.queries.reach import GROUPS
from consultations.summaries import DETAIL

# Which tables hold rows of a group of disciplines: coded ones, and those with texts.
_CODED = {
    "medical": ("choices", "diagnoses", "tests", "items", "scores"),
    "mental_health": ("choices", "diagnoses", "scores"),
    "social_work": ("choices", "items"),
    "cultural_mediation": ("choices",),
    "health_promotion": ("choices", "items"),
    "rehabilitation": ("choices", "scores"),
}
_CACHES = (
    "choices", "diagnoses", "test_results", "items", "scores", "prescriptions", "goals",
    "need_steps", "appointments",
)  # fmt: skip


def related(disciplines: Iterable[str]) -> list[str]:
    """What to `select_related` with notes of these disciplines."""
    return ["supported_link", *sorted({DETAIL[d] for d in disciplines if d in DETAIL})]


def gather(notes: Sequence[Consultation], *, appointments: bool = True) -> None:
    """Fill in the related rows of notes of one group of disciplines: two to four statements."""
    rows: dict[str, list[Any]] = {name: [] for name in _CACHES}
    if notes:
        group = GROUPS[notes[0].discipline]
        for lines in coded(notes, _CODED[group]).values():
            for line in lines:
                _sort_in(line, rows)
        written = {note.discipline for note in notes}
        if group == "medical" or Discipline.PSYCHIATRY in written:
            rows["prescriptions"] = list(Prescription.objects.filter(consultation__in=notes))
        if Discipline.PSYCHOLOGY in written:
            rows["goals"] = list(SessionGoal.objects.filter(consultation__in=notes))
        if group == "social_work":
            steps = NeedStep.objects.filter(consultation__in=notes).select_related("need")
            rows["need_steps"] = list(steps)
        if appointments:
            rows["appointments"] = list(Appointment.objects.filter(booked_in__in=notes))
    _fill(notes, rows)


def gather_headlines(notes: Sequence[Consultation]) -> None:
    """What notes of any discipline are about (`summaries.HEADLINE`): two statements at most."""
    rows: dict[str, list[Any]] = {name: [] for name in _CACHES}
    for lines in coded(notes, ("choices", "diagnoses")).values():
        for line in lines:
            _sort_in(line, rows)
    social = [note for note in notes if GROUPS[note.discipline] == "social_work"]
    if social:
        steps = NeedStep.objects.filter(consultation__in=social).select_related("need")
        rows["need_steps"] = list(steps)
    _fill(notes, rows)


def _sort_in(line: Coded, rows: dict[str, list[Any]]) -> None:
    if line.table == "choices":
        rows["choices"].append(
            Choice(
                consultation_id=line.note,
                field=line.field,
                concept_id=line.key,
                position=line.position,
            )
        )
    elif line.table == "diagnoses":
        rows["diagnoses"].append(
            Diagnosis(
                consultation_id=line.note,
                concept_id=line.key,
                position=line.position,
                certainty=line.other,
                novelty=line.more,
            )
        )
    elif line.table == "tests":
        rows["test_results"].append(
            TestResult(consultation_id=line.note, test_id=line.key, result_id=line.other)
        )
    elif line.table == "items":
        rows["items"].append(
            ItemDistribution(consultation_id=line.note, item_id=line.key, quantity=line.number or 0)
        )
    elif line.table == "scores":
        rows["scores"].append(
            ScaleResult(
                consultation_id=line.note,
                scale_id=line.key,
                field=line.field,
                value=line.number,
                state=line.other,
                band_id=line.more or None,
            )
        )


def _fill(notes: Sequence[Consultation], rows: dict[str, list[Any]]) -> None:
    """Put the rows where `note.choices.all()` looks first, as a prefetch would."""
    for note in notes:
        caches = note.__dict__.setdefault("_prefetched_objects_cache", {})
        for name in _CACHES:
            mine = [row for row in rows[name] if _note_of(row) == note.pk]
            found = getattr(note, name).get_queryset()
            found._result_cache, found._prefetch_done = mine, True
            caches[name] = found


def _note_of(row: Model) -> UUID:
    pk: UUID = getattr(row, "booked_in_id", None) or row.consultation_id  # type: ignore[attr-defined]
    return pk


def open_needs(patient_id: UUID, programme_id: UUID) -> list[Need]:
    rows = Need.objects.filter(patient=patient_id, programme=programme_id, closed_on__isnull=True)
    return list(rows)
