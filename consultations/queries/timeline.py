"""A person's notes over time, page by page, each told as far as its reader may know."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F
from django.utils.translation import get_language

from accounts.models import User
from accounts.privacy import PrivacyClass
from consultations.models import Consultation
from consultations.queries.coded import Coded, coded
from consultations.queries.reach import GROUPS, Reader, of_person
from patients.models import Patient
from terminology import lists
from terminology.models import LANGUAGES

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
    professional: str
    site: str
    about: tuple[str, ...] = ()
    more: int = 0  # what it is about beyond what is shown
    confidential: bool = False


@dataclass(frozen=True)
class Timeline:
    page: Page[Any]
    moments: list[Moment]
    counts: dict[str, int]  # by group of disciplines


def of(
    patient: Patient, user: User, reader: Reader, *, number: Any = 1, group: str = ""
) -> Timeline:
    """Two statements: the heads of all notes, and what those of one page are about."""
    heads = _heads(patient, user)
    counts = Counter(GROUPS[head[1]] for head in heads)
    ordered = {name: counts[name] for name in dict.fromkeys(GROUPS.values()) if counts[name]}
    if group in ordered:
        heads = [head for head in heads if GROUPS[head[1]] == group]
    page = Paginator(heads, PER_PAGE).get_page(number)
    lines = coded([head[0] for head in page], KINDS)
    moments = [_moment(head, lines[head[0]], reader) for head in page]
    return Timeline(page, moments, ordered)


def _heads(patient: Patient, user: User) -> list[Sequence[Any]]:
    """As little of each note as the timeline needs, newest first: a chart may have hundreds."""
    language = (get_language() or "es")[:2]
    site = f"site__name_{language if language in LANGUAGES else 'es'}"
    rows = (
        Consultation.objects.visible_to(user)
        .filter(of_person(patient))
        .order_by("-local_date", "-signed_at")
        .values_list(
            "pk",
            "discipline",
            "visit_type",
            "local_date",
            "signed_at",
            "programme_id",
            "professional_id",
            F("professional__name"),
            F(site),
        )  # fmt: skip
    )
    return list(rows)


def _moment(head: Sequence[Any], lines: list[Coded], reader: Reader) -> Moment:
    pk, discipline, visit_type, day, signed_at, programme, author, name, site = head
    note = Consultation(
        pk=pk,
        discipline=discipline,
        visit_type=visit_type,
        local_date=day,
        signed_at=signed_at,
        programme_id=programme,
        professional_id=author,
    )
    shown = reader.shown_discipline(note)
    if not reader.may_summary(note, PrivacyClass.CLINICAL):
        return Moment(note, shown, name, site, confidential=True)
    about = [lists.label(line.key) for line in lines if _told(note, line, reader)]
    return Moment(note, shown, name, site, tuple(about[:_MOST]), max(0, len(about) - _MOST))


def _told(note: Consultation, line: Coded, reader: Reader) -> bool:
    if line.field not in _TOLD:
        return False
    privacy = (PrivacyClass.CLINICAL, lists.get(line.key).privacy)
    if line.field == "diagnosis":
        return reader.may_summary(note, *privacy)
    return reader.may(note, *privacy)
