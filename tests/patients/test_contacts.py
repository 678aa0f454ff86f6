"""Attempts to reach a person: by what they agreed to, and never on after it was unsafe."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import AccessEvent
from accounts.rows import uuid7
from patients.idempotency import SameIdOtherBody
from patients.models import ContactAttempt
from patients.queries import attempts_on_distinct_days
from patients.services import record_attempt, review_attempt
from patients.services.refusal import Refused
from tests.accounts.factories import UserFactory
from tests.patients.factories import PatientFactory

METHOD = "safe_contact_methods"


@pytest.fixture
def doctor(db):
    return UserFactory(role="doctor")


@pytest.fixture
def person(doctor):
    return PatientFactory(by=doctor, phone="+525512345678", contact_methods=("call", "via_site"))


def attempt(person, by, **values):
    given = {
        "programme": by.posting.programme,
        "method": f"{METHOD}:call",
        "purpose": "contact_purposes:appointment",
        "outcome": "contact_outcomes:no_answer",
        "by": by,
        **values,
    }
    return record_attempt(person, **given)


def test_an_attempt_is_kept_with_its_local_day_and_logged(person, doctor):
    row = attempt(person, doctor, note="Nadie contestó")
    assert row.local_date == doctor.posting.programme.today()
    assert b"Nadie" not in bytes(row.note)
    assert AccessEvent.objects.latest("pk").action == "contact.attempted"


@pytest.mark.parametrize("method", ["email", "whatsapp_neutral", "no_contact"])
def test_only_a_way_that_was_agreed(person, doctor, method):
    with pytest.raises(Refused):
        attempt(person, doctor, method=f"{METHOD}:{method}")


def test_a_rule_disables_ways(doctor):
    person = PatientFactory(
        by=doctor, phone="+525512345678", contact_methods=("call", "sms_neutral"),
        contact_rules={"phone_watched": ""},
    )  # fmt: skip
    with pytest.raises(Refused):
        attempt(person, doctor, method=f"{METHOD}:sms_neutral")
    assert attempt(person, doctor).pk


@pytest.mark.parametrize("methods", [("no_contact",), ()])
def test_who_refused_contact_is_not_contacted(doctor, methods):
    person = PatientFactory(by=doctor, contact_methods=methods)
    with pytest.raises(Refused):
        attempt(person, doctor)


@pytest.mark.parametrize("outcome", ["unsafe", "declined"])
def test_nobody_tries_again_until_a_coordinator_looked_at_it(person, doctor, outcome):
    stopped = attempt(person, doctor, outcome=f"contact_outcomes:{outcome}")
    with pytest.raises(Refused):
        attempt(person, doctor)
    with pytest.raises(PermissionDenied):
        review_attempt(stopped, by=doctor)
    coordinator = UserFactory(role="coordinator", programme=doctor.posting.programme)
    review_attempt(stopped, by=coordinator)
    assert review_attempt(stopped, by=coordinator).reviewed_by == coordinator
    assert attempt(person, doctor).pk


def test_the_same_attempt_again_is_the_same_row(person, doctor):
    id = uuid7()
    assert attempt(person, doctor, id=id).pk == attempt(person, doctor, id=id).pk
    with pytest.raises(SameIdOtherBody):
        attempt(person, doctor, id=id, outcome="contact_outcomes:reached")
    other = UserFactory(role="doctor", programme=doctor.posting.programme)
    with pytest.raises(ContactAttempt.DoesNotExist):
        attempt(person, other, id=id)
    assert ContactAttempt.objects.count() == 1


def test_the_next_attempt_is_on_another_day(person, doctor):
    with pytest.raises(Refused):
        attempt(person, doctor, next_attempt=timezone.now() + timedelta(seconds=1))
    tomorrow = timezone.now() + timedelta(days=1)
    assert attempt(person, doctor, next_attempt=tomorrow).next_attempt == tomorrow


def test_no_attempt_in_the_future_and_no_long_note(person, doctor):
    with pytest.raises(Refused):
        attempt(person, doctor, at=timezone.now() + timedelta(hours=1))
    with pytest.raises(Refused):
        attempt(person, doctor, note="x" * 301)


def test_a_stranger_records_no_attempt_here(person, doctor):
    with pytest.raises(PermissionDenied):
        attempt(person, UserFactory(role="doctor"), programme=doctor.posting.programme)


def test_days_are_counted_once_and_not_when_the_person_spoke(person, doctor):
    programme, now = doctor.posting.programme, timezone.now()
    for days in (6, 4, 4, 2):
        attempt(person, doctor, at=now - timedelta(days=days))
    attempt(person, doctor, outcome="contact_outcomes:reached", at=now - timedelta(days=1))
    today = programme.today()
    assert attempts_on_distinct_days(person, programme, today - timedelta(days=9)) == 3
    assert attempts_on_distinct_days(person, programme, today - timedelta(days=4)) == 2
    other = UserFactory(role="doctor").posting.programme
    assert attempts_on_distinct_days(person, other, today - timedelta(days=9)) == 0


# -- The database ----------------------------------------------------------------------------
def test_the_database_knows_no_attempt_where_contact_is_refused(person, doctor):
    row = attempt(person, doctor)
    row.pk, row.method_id = uuid7(), f"{METHOD}:no_contact"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_the_database_changes_no_attempt(person, doctor):
    rows = ContactAttempt.objects.filter(pk=attempt(person, doctor).pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(outcome_id="contact_outcomes:reached")
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()


def test_a_review_has_its_author_and_the_next_attempt_comes_later(person, doctor):
    row = attempt(person, doctor)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactAttempt.objects.filter(pk=row.pk).update(reviewed_at=timezone.now())
    row.pk, row.next_attempt = uuid7(), row.at
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
