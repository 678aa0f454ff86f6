"""What the notes before say: shown beside a form, copied only where `forms.csv` says so."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from accounts.crypto import Key
from accounts.disclosure import Disclosure
from consultations.definitions import form_of
from consultations.models import Consultation, VitalSigns
from consultations.queries.history import History
from consultations.queries.notes import allowed, opener
from consultations.queries.reach import GROUPS, Reader, of_person
from consultations.queries.whole import gather, related
from consultations.summaries import Payload, read
from patients.models import Patient

# Notes looked through for what is asked at the first visit only.
FAR_BACK = 4


class LastAnswers(NamedTuple):
    payload: Payload
    on: date | None


def answers(
    discipline: str, history: History, reader: Reader, permit: Disclosure | None, key: Key
) -> LastAnswers:
    """The answers of the last note of this discipline, as far as the user may read it; what is
    asked at the first visit only may come from an older one. Four statements or fewer."""
    heads = history.of(discipline)
    if not heads:
        return LastAnswers({}, None)
    notes = _notes([heads[0].id, *(head.id for head in heads[-FAR_BACK:])], discipline)
    gather(notes, appointments=False)
    payloads = [
        allowed(note, read(note, opener(permit, key, note, reader)), reader) for note in notes
    ]
    latest, *older = payloads
    once = [code for code, field in form_of(discipline).items() if field.first_visit_only]
    for payload in older:
        for name in once:
            for part in (name, f"{name}_text"):
                if part in payload:
                    latest.setdefault(part, payload[part])
    return LastAnswers(latest, notes[0].local_date)


def _notes(ids: Sequence[UUID], discipline: str) -> list[Consultation]:
    found = Consultation.objects.select_related(*related([discipline])).in_bulk(ids)
    return [found[pk] for pk in dict.fromkeys(ids)]


class Measured(NamedTuple):
    today: VitalSigns | None  # the last of this visit
    before: VitalSigns | None  # the last of an earlier day


def vitals(patient: Patient, visit_id: UUID | None) -> Measured:
    """The last measurements of the visit and of the time before; one statement."""
    rows = list(VitalSigns.objects.filter(of_person(patient)).order_by("-taken_at")[:12])
    return Measured(
        next((row for row in rows if row.visit_id == visit_id), None),
        next((row for row in rows if row.visit_id != visit_id), None),
    )


def is_measured(discipline: str) -> bool:
    return GROUPS[discipline] == "medical"
