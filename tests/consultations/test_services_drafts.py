"""Drafts: whose they are, and how those of colleagues who left end."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from accounts.models import AccessEvent
from accounts.rows import uuid7
from consultations.models import Consultation, Draft, Visit
from consultations.services import drafts
from consultations.services.drafts import DraftConflict
from consultations.services.refusal import Refused
from patients.models import Access
from tests.accounts.factories import UserFactory
from tests.consultations.factories import DraftFactory, OutingFactory
from tests.patients.factories import PatientFactory


def save(by, person, outing, **more):
    return drafts.save(
        id=more.pop("id", uuid7()),
        patient=person,
        discipline=more.pop("discipline", "medical"),
        outing=outing,
        body=more.pop("body", {"exam": ["a"]}),
        by=by,
        **more,
    )


def test_a_draft_puts_the_person_in_care_and_lets_the_programme_know(doctor, person, outing):
    draft = save(doctor, person, outing)
    assert Visit.objects.get(pk=draft.visit_id).state == Visit.State.IN_CARE
    assert Access.objects.filter(
        patient=person, programme=outing.programme, basis="consulted"
    ).exists()


def test_one_open_draft_for_a_person_outing_and_discipline(doctor, person, outing):
    first = save(doctor, person, outing)
    with pytest.raises(DraftConflict) as conflict:
        save(doctor, person, outing)
    assert conflict.value.theirs == first


def test_the_database_allows_one_open_draft_only(doctor, person, outing):
    first = save(doctor, person, outing)
    with pytest.raises(IntegrityError):
        Draft.objects.create(
            author=doctor,
            patient=person,
            visit=first.visit,
            outing=outing,
            discipline="medical",
        )


def test_a_draft_is_of_one_person_and_discipline(doctor, person, outing):
    first = save(doctor, person, outing)
    with pytest.raises(Draft.DoesNotExist):
        save(doctor, PatientFactory(by=doctor), outing, id=first.pk)
    with pytest.raises(Draft.DoesNotExist):
        save(doctor, person, outing, id=first.pk, discipline="nursing")


def test_nobody_drafts_what_they_may_not_sign(social_worker, person, outing):
    with pytest.raises(PermissionDenied):
        save(social_worker, person, outing)


def test_every_saving_is_in_the_log(doctor, person, outing):
    draft = save(doctor, person, outing)
    save(doctor, person, outing, id=draft.pk, expected=1)
    events = AccessEvent.objects.filter(action="draft.saved", subject=person.code)
    assert events.count() == 2


def test_a_draft_is_never_a_consultation(doctor, person, outing):
    save(doctor, person, outing)
    assert not Consultation.objects.exists()


def test_only_the_author_discards(doctor, psychologist, person, outing):
    draft = save(doctor, person, outing)
    with pytest.raises(Draft.DoesNotExist):
        drafts.discard(draft, by=psychologist)


def test_a_coordinator_closes_the_draft_of_who_left_without_reading(
    doctor, coordinator, person, outing, programme
):
    draft = save(doctor, person, outing)
    doctor.postings.update(until=programme.today() - timedelta(days=1))

    drafts.close_unread(draft, by=coordinator)

    draft.refresh_from_db()
    assert (draft.end, draft.body, draft.ended_by) == ("closed", None, coordinator)
    assert not Consultation.objects.exists()
    event = AccessEvent.objects.order_by("-pk").first()
    assert event.action == "draft.closed"


def test_the_draft_of_who_still_works_here_is_not_closed(doctor, coordinator, person, outing):
    draft = save(doctor, person, outing)
    with pytest.raises(Refused):
        drafts.close_unread(draft, by=coordinator)


def test_the_draft_of_a_deactivated_colleague_may_be_closed(doctor, coordinator, person, outing):
    draft = save(doctor, person, outing)
    type(doctor).objects.filter(pk=doctor.pk).update(is_active=False)
    draft = Draft.objects.get(pk=draft.pk)
    drafts.close_unread(draft, by=coordinator)
    draft.refresh_from_db()
    assert draft.end == Draft.End.CLOSED


def test_only_a_coordinator_of_the_programme_closes(doctor, person, outing):
    draft = save(doctor, person, outing)
    for user in (doctor, UserFactory(role="coordinator")):
        with pytest.raises(PermissionDenied):
            drafts.close_unread(draft, by=user)


def test_the_text_of_an_ended_draft_is_gone_by_constraint(doctor, person, outing):
    draft = save(doctor, person, outing)
    with pytest.raises(IntegrityError):
        Draft.objects.filter(pk=draft.pk).update(end="signed", ended_at=draft.saved_at)


def test_a_draft_in_a_past_outing_is_allowed(doctor, person, programme):
    outing = OutingFactory(by=doctor, on=programme.today() - timedelta(days=2))
    assert DraftFactory(by=doctor, patient=person, outing=outing).outing == outing
