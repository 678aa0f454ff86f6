"""One signed note as its reader may see it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.crypto import Key
from accounts.disclosure import Disclosure
from accounts.privacy import PrivacyClass
from accounts.rows import Row
from consultations.definitions import form_of
from consultations.models import Addendum, Consultation, MediationLink, VitalSigns
from consultations.queries.reach import GROUPS, Reader
from consultations.queries.whole import gather, related
from consultations.summaries import DETAIL, Open, Payload, Shown, read, shown, text, vitals_of
from terminology import lists

# What every team may know of a note, as names of a payload.
SUMMARY = ("diagnosis", "risk", "plan", "advice_plan", "follow_up")
CLOSED = "…"  # stands for a text that is there and not for this reader


@dataclass(frozen=True)
class Added:
    addendum: Addendum
    reason: str
    text: str


@dataclass(frozen=True)
class NotePage:
    """What the page of a note shows. `hidden`: something stands in it that the reader may not
    know; `summary`: the reader sees no more than every team may."""

    note: Consultation
    discipline: str
    answers: list[Shown] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)
    giver: str = ""  # who gave consent, as a key
    addenda: list[Added] = field(default_factory=list)
    supported: Consultation | None = None
    mediations: list[Consultation] = field(default_factory=list)
    hidden: bool = False
    summary: bool = False


def find(user: object, pk: UUID) -> Consultation:
    """A note of the user's scope with its typed row. Raises `Consultation.DoesNotExist`."""
    note: Consultation = (
        Consultation.objects.visible_to(user)
        .select_related(
            "patient",
            "patient__merged_into",
            "professional",
            "site",
            "programme",
            "outing",
            *related(GROUPS),
        )  # fmt: skip
        .get(pk=pk)
    )
    return note


def strictest_class(note: Consultation, reader: Reader) -> PrivacyClass:
    """The class of the access event that opens the note for this reader."""
    if reader.may(note, PrivacyClass.PROTECTED) or reader.may_session_notes(note):
        return PrivacyClass.PROTECTED
    return PrivacyClass.CLINICAL


def opener(permit: Disclosure | None, key: Key, note: Consultation, reader: Reader) -> Open:
    """Opens the texts of a note that its reader may read; of others it says that they are there.

    Without a disclosure every text stays closed: to check a form needs codes only.
    """

    def open_text(row: Row, name: str) -> str:
        if getattr(row, name) is None:
            return ""
        privacy = row.PRIVACY.get(name, PrivacyClass.PROTECTED)
        if permit is None or not may(note, name, (privacy,), reader):
            return CLOSED
        return permit.open(row, name, key)

    return open_text


def may(note: Consultation, name: str, classes: Iterable[str], reader: Reader) -> bool:
    """Whether the user reads what stands under a name of the payload, given its classes."""
    if name == "session_note":
        return reader.may_session_notes(note)
    if name in SUMMARY:
        return reader.may_summary(note, *classes)
    return reader.may(note, *classes)


def page(note: Consultation, reader: Reader, permit: Disclosure, key: Key) -> NotePage:
    """Seven statements or fewer, whatever the discipline."""
    gather([note])
    payload = read(note, opener(permit, key, note, reader))
    answers, hidden = readable(note, payload, reader)
    clinical = reader.may(note, PrivacyClass.CLINICAL)
    links = _links(note) if clinical else []
    added = list(_addenda(note, reader, permit, key))
    return NotePage(
        note=note,
        discipline=reader.shown_discipline(note),
        answers=answers,
        giver=_giver(note, reader),
        measured=_measured(note) if clinical else [],
        addenda=[each for each in added if each is not None],
        supported=next((link.supported for link in links if link.mediation_id == note.pk), None),
        mediations=[link.mediation for link in links if link.supported_id == note.pk],
        hidden=hidden or None in added,
        summary=not clinical,
    )


def _giver(note: Consultation, reader: Reader) -> str:
    shown = reader.may(note, Consultation.PRIVACY["consent_giver"])
    return str(note.consent_giver_id or "") if shown else ""


def readable(note: Consultation, payload: Payload, reader: Reader) -> tuple[list[Shown], bool]:
    """Answers in words that the user may read, and whether something was left out.

    Of several answers only those are left out that are too private, as a diagnosis of HIV.
    """
    kept = allowed(note, payload, reader)
    answers = shown(note.discipline, kept)
    return answers, len(answers) < len(shown(note.discipline, payload)) or any(
        kept[name] != payload[name] for name in kept
    )


def allowed(note: Consultation, payload: Payload, reader: Reader) -> Payload:
    """As much of a payload as the user may read."""
    kept: Payload = {}
    for name, value in payload.items():
        own = _class_of(note, name)
        if isinstance(value, list):
            lines = [line for line in value if may(note, name, (own, *_classes(line)), reader)]
            kept |= {name: lines} if lines else {}
        elif may(note, name, (own, *_classes(value)), reader):
            kept[name] = value
    return kept


def _class_of(note: Consultation, name: str) -> PrivacyClass:
    """The class of a name of the payload: that of its field, else of its column."""
    form = form_of(note.discipline)
    name = {"mediation_mode": "mode"}.get(name, name)
    if name in form:
        return form[name].privacy
    detail = getattr(note, DETAIL[note.discipline])
    for row in (detail, note):
        if name in row.PRIVACY:
            return PrivacyClass(row.PRIVACY[name])
    return PrivacyClass.OPEN if name == "follow_up" else PrivacyClass.CLINICAL


def _classes(value: Any) -> Iterator[PrivacyClass]:
    """Classes of the codes that stand in a value or a line."""
    for key in value.values() if isinstance(value, Mapping) else (value,):
        if isinstance(key, str) and ":" in key:
            with suppress(lists.UnknownConcept):  # words that a colleague wrote
                yield lists.get(key).privacy


def _links(note: Consultation) -> list[MediationLink]:
    either = Q(mediation=note) | Q(supported=note)
    rows = MediationLink.objects.filter(either).select_related("mediation", "supported")
    return list(rows)


def _measured(note: Consultation) -> list[str]:
    """What was measured at the visit, in triage or here, latest first."""
    if GROUPS[note.discipline] != "medical":
        return []
    rows = VitalSigns.objects.filter(visit=note.visit_id)
    return [text("vitals", {"vitals": vitals_of(row)}) for row in rows]


def _addenda(
    note: Consultation, reader: Reader, permit: Disclosure, key: Key
) -> Iterator[Added | None]:
    """Corrections in their order; None for one that the reader may not know."""
    session = GROUPS[note.discipline] == "mental_health"
    for row in Addendum.objects.filter(consultation=note).select_related("author"):
        if session and row.privacy_class == PrivacyClass.PROTECTED:
            allowed = reader.may_session_notes(note)
        else:
            allowed = reader.may(note, row.privacy_class)
        if not allowed:
            yield None
        else:
            yield Added(row, permit.open(row, "reason", key), permit.open(row, "text", key))
