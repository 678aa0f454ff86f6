"""Drafts: always saved, never counted, their author's alone."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import disclosure, policy
from accounts.crypto import Key
from accounts.models import Posting, User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.services import record
from consultations.models import Consultation, Draft, Outing, Visit
from consultations.services import visits
from consultations.services.marks import WINDOW
from consultations.services.refusal import Refused
from consultations.services.rights import require_discipline
from patients.models import Access, Patient
from patients.services import grant_access, key_of


class DraftConflict(Exception):
    """The draft moved on meanwhile: another window saved it, or it was ended. `theirs` is what
    stands; None when the note was signed without one."""

    def __init__(self, theirs: Draft | None) -> None:
        super().__init__("the draft was saved from another window")
        self.theirs = theirs


@transaction.atomic
def save(
    *,
    id: UUID,
    patient: Patient,
    discipline: str,
    outing: Outing,
    body: Mapping[str, Any],
    by: User,
    expected: int = 0,
) -> Draft:
    """Keep the form as it was typed, whatever is in it.

    `expected` is the revision that the form was read at, 0 for a new one; a window that did not
    hear of its own last saving is known by its name. Raises `Draft.DoesNotExist` for the id of
    another author or another note, and `DraftConflict`: then neither text is lost.
    """
    require_discipline(by, discipline, outing.programme)
    visit = visits.lock_or_create(patient, outing, state=Visit.State.IN_CARE)
    draft = find(id, patient=patient, discipline=discipline, by=by)
    key = key_of(patient)
    if draft is None:
        draft = _begin(id, visit, discipline, by)
        grant_access(patient, programme=outing.programme, basis=Access.Basis.CONSULTED)
    else:
        check_current(draft, body, key, expected)
        draft.revision += 1
    draft.seal(key, body=json.dumps(body, ensure_ascii=False))
    draft.saved_at = timezone.now()
    draft.save()
    record(
        by=by,
        action="draft.saved",
        subjects=[patient],
        privacy_class=PrivacyClass.CLINICAL,
        programme=outing.programme,
    )
    return draft


@transaction.atomic
def discard(draft: Draft, *, by: User) -> None:
    """Its author gives it up; the text is gone."""
    if draft.author_id != by.pk:
        raise Draft.DoesNotExist
    _end(draft, Draft.End.DISCARDED, by)
    record(
        by=by, action="draft.discarded", subjects=[draft.patient], programme=draft.outing.programme
    )


@transaction.atomic
def close_unread(draft: Draft, *, by: User) -> None:
    """A coordinator ends the draft of someone who left: unsigned, never counted, never read.

    Raises `Refused` while the author still works for the programme.
    """
    policy.require(by, Permission.CLOSE_DRAFTS, draft.outing.programme)
    if still_here(draft):
        raise Refused(_("Its author still works here and can finish it."))
    _end(draft, Draft.End.CLOSED, by)
    record(by=by, action="draft.closed", subjects=[draft.patient], programme=draft.outing.programme)


def still_here(draft: Draft) -> bool:
    """Whether the author has a posting in force in the programme of the outing."""
    today = draft.outing.programme.today()
    posted = Posting.objects.filter(
        user=draft.author_id, programme=draft.outing.programme_id, since__lte=today
    ).exclude(until__lt=today)
    return draft.author.is_active and posted.exists()


def find(id: UUID, *, patient: Patient, discipline: str, by: User) -> Draft | None:
    """The draft of this id, locked; None when there is none. Raises `Draft.DoesNotExist` when
    the id belongs to another author, person or discipline. Inside a transaction."""
    draft = Draft.objects.select_for_update().filter(pk=id).first()
    if draft is None:
        return None
    if (draft.author_id, draft.patient_id, draft.discipline) != (by.pk, patient.pk, discipline):
        raise Draft.DoesNotExist
    return draft


def check_current(draft: Draft, body: Mapping[str, Any], key: Key, expected: int) -> None:
    """Raises `DraftConflict` when the draft was ended, or saved from another window since the
    form was read at the revision `expected`."""

    def same_window(text: str) -> bool:
        window = json.loads(text).get(WINDOW) if text else None
        return window is not None and window == body.get(WINDOW)

    if draft.ended_at is not None:
        raise DraftConflict(draft)
    if draft.revision != expected and not disclosure.compare(draft, "body", key, same_window):
        raise DraftConflict(draft)


def finish(draft: Draft, end: str, by: User) -> None:
    """Empty the draft: what was signed from it stands in its own rows."""
    draft.ended_at, draft.end, draft.ended_by, draft.body = timezone.now(), end, by, None
    draft.save(update_fields=("ended_at", "end", "ended_by", "body"))


def _begin(id: UUID, visit: Visit, discipline: str, by: User) -> Draft:
    signed = Consultation.objects.filter(pk=id).values_list("professional", flat=True).first()
    if signed is not None:
        if signed != by.pk:
            raise Draft.DoesNotExist
        raise DraftConflict(None)
    there = (
        Draft.objects.open()
        .filter(author=by, patient=visit.patient_id, outing=visit.outing_id, discipline=discipline)
        .first()
    )
    if there is not None:
        raise DraftConflict(there)
    return Draft(
        id=id,
        author=by,
        patient_id=visit.patient_id,
        visit=visit,
        outing_id=visit.outing_id,
        discipline=discipline,
    )


def _end(draft: Draft, end: str, by: User) -> None:
    visit = Visit.objects.select_for_update().get(pk=draft.visit_id)
    current = Draft.objects.select_for_update().get(pk=draft.pk)
    if current.ended_at is not None:
        raise Refused(_("This draft is ended already."))
    finish(current, end, by)
    visits.settle(visit)
