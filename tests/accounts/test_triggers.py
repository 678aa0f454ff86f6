"""Rows that never change are refused by the database itself, on either engine."""

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from accounts import services, triggers
from accounts.models import AccessEvent, LogVerification, Programme
from accounts.triggers import Guard
from tests.accounts.factories import ProgrammeFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> AccessEvent:
    with transaction.atomic():
        return services.record(by=UserFactory(role="dpo"), action="access_log.read")


def test_an_event_cannot_be_changed(event):
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        AccessEvent.objects.filter(pk=event.pk).update(purpose="another")


def test_an_event_cannot_be_deleted(event):
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        AccessEvent.objects.filter(pk=event.pk).delete()


def test_a_verification_cannot_be_changed(event):
    services.verify_access_log(by=event.actor)

    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        LogVerification.objects.update(broken_event=1, reason="changed")


def test_the_log_cannot_be_emptied(event):
    if connection.vendor != "postgresql":
        pytest.skip("TRUNCATE is PostgreSQL's")
    connection.check_constraints()  # nothing of this test may wait for its commit
    with (
        pytest.raises(DatabaseError, match="never change"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE accounts_accessevent")


def test_none_is_missing_after_migrate():
    assert triggers.missing() == []


def test_the_check_names_what_is_missing():
    triggers.remove()

    found = [message.msg for message in run_checks(databases=["default"])]

    assert "The trigger accounts_accessevent_no_update is missing; run migrate." in found


def test_installing_again_changes_nothing():
    triggers.install()
    triggers.install()

    assert triggers.missing() == []


def test_a_field_that_may_change_must_exist(monkeypatch):
    monkeypatch.setattr(AccessEvent, "MUTABLE_FIELDS", ("purpos",), raising=False)

    with pytest.raises(TypeError, match="purpos"):
        triggers.install()


def test_only_the_named_fields_of_a_row_may_change(event, monkeypatch):
    monkeypatch.setattr(AccessEvent, "MUTABLE_FIELDS", ("purpose",), raising=False)
    triggers.install()

    AccessEvent.objects.filter(pk=event.pk).update(purpose="another", role=event.role)
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        AccessEvent.objects.filter(pk=event.pk).update(purpose="another", role="doctor")


def test_a_guard_refuses_what_other_tables_say(monkeypatch):
    """On insert, and when a watched field changes; other fields stay free."""
    guard = Guard(
        name="not_beside",
        message="there is one of this kind already",
        refused=(
            "NEW.kind = 'centre' AND EXISTS (SELECT 1 FROM accounts_programme p"
            " WHERE p.kind = 'centre' AND p.id <> NEW.id)"
        ),
        watches=("kind",),
    )
    monkeypatch.setattr(Programme, "GUARDS", (guard,), raising=False)
    triggers.install()
    centre, mobile = ProgrammeFactory(kind="centre"), ProgrammeFactory()

    with pytest.raises(DatabaseError, match="already"), transaction.atomic():
        ProgrammeFactory(kind="centre")
    with pytest.raises(DatabaseError, match="already"), transaction.atomic():
        Programme.objects.filter(pk=mobile.pk).update(kind="centre")
    Programme.objects.filter(pk=centre.pk).update(name_en="Renamed")
    Programme.objects.filter(pk=mobile.pk).update(name_en="Renamed", kind="other")

    monkeypatch.setattr(Programme, "GUARDS", (Guard("x", "x", "FALSE", ("kinds",)),))
    with pytest.raises(TypeError, match="kinds"):
        triggers.install()
