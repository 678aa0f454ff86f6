"""A person's notes over time, page by page, each told as far as its reader may know."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count

from accounts.models import User
from accounts.policy import Discipline
from accounts.privacy import PrivacyClass
from consultations.models import Consultation
from consultations.queries.coded import Coded, coded
from consultations.queries.reach import GROUPS, Reader, of_person
from patients.models import Patient
from terminology import lists

PER_PAGE = 12
KINDS = ("diagnoses", "needs", "choices")
# Of the questions with several answers, those that say what a contact was about.
_TOLD = ("diagnosis", "needs", "topic", "topics")
_MOST = 3


@dataclass(frozen=True)
class Moment:
    """One note of the timeline; `confidential`: that there is one is all the reader may know."""

    note: Consultation
    discipline: str
    about: tuple[str, ...] = ()
    more: int = 0  # what it is about beyond what is shown
    confidential: bool = False


class Notes(Paginator[Consultation]):
    """Notes of which the number is known already."""

    def __init__(self, notes: Any, known: int) -> None:
        super().__init__(notes, PER_PAGE, allow_empty_first_page=True)
        self.known = known

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        return self.known


@dataclass(frozen=True)
class Timeline:
    page: Page[Any]
    moments: list[Moment]
    counts: dict[str, int]  # by group of disciplines


def of(
    patient: Patient, user: User, reader: Reader, *, number: Any = 1, group: str = ""
) -> Timeline:
    """Three statements: how many, one page of notes, what they are about."""
    notes = Consultation.objects.visible_to(user).filter(of_person(patient))
    counts = _by_group(notes.order_by().values_list("discipline").annotate(Count("pk")))
    if group in counts:
        notes = notes.filter(discipline__in=[d for d, of in GROUPS.items() if of == group])
    total = counts[group] if group in counts else sum(counts.values())
    ordered = notes.order_by("-local_date", "-signed_at").select_related("professional", "site")
    page = Notes(ordered, total).get_page(number)
    shown = list(page)
    lines = coded(shown, KINDS)
    moments = [_moment(note, lines[note.pk], reader) for note in shown]
    return Timeline(page, moments, counts)


def _by_group(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    found = dict(rows)
    counts: dict[str, int] = {}
    for discipline in Discipline:
        if found.get(discipline):
            group = GROUPS[discipline]
            counts[group] = counts.get(group, 0) + found[discipline]
    return counts


def _moment(note: Consultation, lines: list[Coded], reader: Reader) -> Moment:
    discipline = reader.shown_discipline(note)
    if not reader.may_summary(note, PrivacyClass.CLINICAL):
        return Moment(note, discipline, confidential=True)
    about = [lists.label(line.key) for line in lines if _told(note, line, reader)]
    return Moment(note, discipline, tuple(about[:_MOST]), max(0, len(about) - _MOST))


def _told(note: Consultation, line: Coded, reader: Reader) -> bool:
    if line.field not in _TOLD:
        return False
    privacy = (PrivacyClass.CLINICAL, lists.get(line.key).privacy)
    if line.field == "diagnosis":
        return reader.may_summary(note, *privacy)
    return reader.may(note, *privacy)
