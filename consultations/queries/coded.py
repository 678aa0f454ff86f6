"""The coded lines of several notes in one statement, whatever tables they stand in."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import CharField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast, Coalesce

from consultations.models import (
    Choice,
    Consultation,
    Diagnosis,
    ItemDistribution,
    NeedStep,
    ScaleResult,
    TestResult,
)


class Coded(NamedTuple):
    """One line: the form's field, the code chosen and what belongs to it."""

    note: UUID
    table: str  # one of `SOURCES`
    field: str
    position: int
    key: str
    other: str  # result of a test, certainty of a diagnosis, action for a need, state of a score
    more: str  # novelty of a diagnosis, state of a need, band of a score
    number: int | None  # score, quantity


def _text(value: str) -> Any:
    return Cast(Value(value), CharField(max_length=120))


_NONE = Cast(Value(None), IntegerField())
_FIRST = Cast(Value(0), IntegerField())


def _columns(
    table: str,
    rows: QuerySet[Any],
    key: str,
    *,
    field: Any,
    position: Any = _FIRST,
    other: Any = None,
    more: Any = None,
    number: Any = _NONE,
) -> QuerySet[Any]:
    columns: QuerySet[Any] = (
        rows.order_by()
        .annotate(
            c_note=F("consultation"),
            c_table=_text(table),
            c_field=field,
            c_position=position,
            c_key=F(key),
            c_other=other or _text(""),
            c_more=more or _text(""),
            c_number=number,
        )
        .values_list(
            "c_note", "c_table", "c_field", "c_position", "c_key", "c_other", "c_more", "c_number"
        )
    )
    return columns


def _choices(notes: Any) -> QuerySet[Any]:
    rows = Choice.objects.filter(consultation__in=notes)
    return _columns("choices", rows, "concept", field=F("field"), position=F("position"))


def _diagnoses(notes: Any) -> QuerySet[Any]:
    return _columns(
        "diagnoses",
        Diagnosis.objects.filter(consultation__in=notes),
        "concept",
        field=_text("diagnosis"),
        position=F("position"),
        other=F("certainty"),
        more=F("novelty"),
    )


def _tests(notes: Any) -> QuerySet[Any]:
    return _columns(
        "tests",
        TestResult.objects.filter(consultation__in=notes),
        "test",
        field=_text("tests"),
        position=F("position"),
        other=F("result"),
    )


def _items(notes: Any) -> QuerySet[Any]:
    rows = ItemDistribution.objects.filter(consultation__in=notes)
    return _columns("items", rows, "item", field=_text("items"), number=F("quantity"))


def _scores(notes: Any) -> QuerySet[Any]:
    rows = ScaleResult.objects.filter(consultation__in=notes)
    return _columns(
        "scores",
        rows,
        "scale",
        field=F("field"),
        other=F("state"),
        more=Coalesce(F("band"), _text("")),
        number=F("value"),
    )


def _needs(notes: Any) -> QuerySet[Any]:
    return _columns(
        "needs",
        NeedStep.objects.filter(consultation__in=notes),
        "need__need",
        field=_text("needs"),
        position=F("position"),
        other=F("action"),
        more=F("outcome"),
    )


SOURCES = {
    "choices": _choices,
    "diagnoses": _diagnoses,
    "tests": _tests,
    "items": _items,
    "scores": _scores,
    "needs": _needs,
}
ALL = tuple(SOURCES)


def coded(
    notes: Iterable[Consultation | UUID], kinds: Collection[str] = ALL
) -> dict[UUID, list[Coded]]:
    """Coded lines by note, in their order; one statement."""
    ids = [getattr(note, "pk", note) for note in notes]
    found: dict[UUID, list[Coded]] = defaultdict(list)
    if not ids:
        return found
    first, *others = (SOURCES[kind](ids) for kind in kinds)
    for row in first.union(*others, all=True):
        line = Coded(*row)
        found[line.note].append(line)
    for lines in found.values():
        lines.sort(key=lambda line: (line.field, line.position, line.key))
    return found
