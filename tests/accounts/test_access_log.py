"""The log is written whole, chained, and every way of tampering with it is named."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import queries, services, tasks, triggers
from accounts.models import AccessEvent, LogHead, LogVerification, User
from accounts.privacy import PrivacyClass
from accounts.rows import uuid7
from tests.accounts.factories import PostingFactory, ProgrammeFactory, UserFactory

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Person:
    code: str
    pk: UUID = field(default_factory=uuid7)


@pytest.fixture
def doctor() -> User:
    return UserFactory(role="doctor")


def write(by: User | None, count: int = 1, **values) -> list[AccessEvent]:
    with transaction.atomic():
        return [services.record(by=by, action="test.done", **values) for _ in range(count)]


def reason_and_row() -> tuple[str, int | None]:
    result = services.verify_access_log(by=User.objects.system("test"))
    return result.reason, result.broken_event


# -- Writing -----------------------------------------------------------------------------------
def test_an_event_says_who_in_which_role_for_which_programme(doctor):
    ana = Person("ABCDEFGH1")
    services.disclose(
        by=doctor,
        action="person.opened",
        subjects=[ana],
        privacy_class=PrivacyClass.CLINICAL,
        purpose="follow-up",
    )

    event = AccessEvent.objects.get()
    assert (event.actor, event.role, event.programme) == (
        doctor,
        "doctor",
        doctor.posting.programme,
    )
    assert (event.action, event.privacy_class) == ("person.opened", "clinical")
    assert (event.subject, event.listed, event.codes) == ("ABCDEFGH1", 0, ["ABCDEFGH1"])
    assert event.purpose == "follow-up"


def test_the_posting_chosen_for_the_session_is_the_role_in_the_log(doctor):
    other = PostingFactory(user=doctor, role="coordinator")
    doctor.posting = other

    (event,) = write(doctor)

    assert (event.role, event.programme_id) == ("coordinator", other.programme_id)


def test_a_programme_given_counts_before_that_of_the_posting(doctor):
    other = ProgrammeFactory()

    (by_row,) = write(doctor, programme=other)
    (by_id,) = write(doctor, programme=other.pk)

    assert by_row.programme_id == by_id.programme_id == other.pk


def test_a_list_is_one_event_with_all_codes(doctor):
    people = [Person("ABCDEFGH1"), Person("ABCDEFGH2")]

    services.disclose(by=doctor, action="people.listed", subjects=people)

    event = AccessEvent.objects.get()
    assert (event.codes, event.listed) == (["ABCDEFGH1", "ABCDEFGH2"], 2)


def test_a_system_actor_is_named_as_such():
    (event,) = write(User.objects.system("nightly"))

    assert (event.actor.name, event.role) == ("nightly", "system")


def test_record_belongs_to_a_transaction(doctor, monkeypatch):
    outside = SimpleNamespace(in_atomic_block=False)
    monkeypatch.setattr("accounts.services.log.connection", outside)

    with pytest.raises(transaction.TransactionManagementError):
        services.record(by=doctor, action="test.done")


def test_disclose_refuses_to_wait_for_somebody_elses_commit(doctor):
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        services.disclose(by=doctor, action="person.opened")


@pytest.mark.parametrize("write_one", ["record", "disclose"])
def test_an_event_costs_three_statements(doctor, write_one):
    write(doctor)  # the head of the log is there, the postings are read
    with CaptureQueriesContext(connection) as captured, transaction.atomic(durable=True):
        if write_one == "record":
            services.record(by=doctor, action="test.done")
    if write_one == "disclose":
        with CaptureQueriesContext(connection) as captured:
            services.disclose(by=doctor, action="person.opened", subjects=[Person("ABCDEFGH1")])

    control = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    statements = [q["sql"] for q in captured if not q["sql"].startswith(control)]
    assert [sql.split()[0] for sql in statements] == ["SELECT", "INSERT", "UPDATE"]


def test_an_event_of_a_transaction_that_failed_never_was(doctor):
    write(doctor)
    with transaction.atomic():
        services.record(by=doctor, action="test.done")
        transaction.set_rollback(True)
    write(doctor)

    assert list(AccessEvent.objects.order_by("pk").values_list("pk", flat=True)) == [1, 2]
    assert reason_and_row() == ("", None)


# -- Verifying ---------------------------------------------------------------------------------
def test_an_empty_log_is_sound():
    assert reason_and_row() == ("", None)


def test_a_sound_log_is_verified_and_the_verification_is_in_it(doctor):
    write(doctor, 3)

    result = services.verify_access_log(by=doctor)

    assert (result.events, result.last_event, result.intact) == (3, 3, True)
    assert AccessEvent.objects.newest_first().first().action == "access_log.verified"
    assert reason_and_row() == ("", None)


@pytest.fixture
def log(doctor) -> SimpleNamespace:
    """Six events, and no trigger that would protect them."""
    triggers.remove()
    return SimpleNamespace(events=write(doctor, 6), rows=AccessEvent.objects)


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": "another"},
        {"actor": None},
        {"role": "dpo"},
        {"action": "other.done"},
        {"privacy_class": "protected"},
        {"subject": "ABCDEFGH1"},
        {"listed": 4},
        {"at": timezone.now()},
        {"mac": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_row_is_named(log, change):
    log.rows.filter(pk=3).update(**change)

    assert reason_and_row() == ("changed", 3)


def test_a_change_of_programme_is_named(log):
    log.rows.filter(pk=3).update(programme=ProgrammeFactory())

    assert reason_and_row() == ("changed", 3)


@pytest.mark.parametrize("gone", [1, 3])
def test_a_deleted_row_is_named(log, gone):
    log.rows.filter(pk=gone).delete()

    assert reason_and_row() == ("missing", gone)


def test_deleted_rows_are_named_although_the_rest_was_counted_anew(log):
    log.rows.filter(pk=3).delete()
    for pk in (4, 5, 6):
        log.rows.filter(pk=pk).update(id=pk - 1)

    assert reason_and_row() == ("changed", 3)


def test_swapped_rows_are_named(log):
    log.rows.filter(pk=2).update(id=99)
    log.rows.filter(pk=4).update(id=2)
    log.rows.filter(pk=99).update(id=4)

    assert reason_and_row() == ("changed", 2)


def test_an_added_row_is_named(log):
    forged = log.rows.get(pk=6)
    forged.pk = 7
    forged.save(force_insert=True)

    assert reason_and_row() == ("changed", 7)


@pytest.mark.parametrize("left", [5, 3, 0])
def test_a_tail_cut_off_is_named_though_never_verified(log, left):
    log.rows.filter(pk__gt=left).delete()

    assert reason_and_row() == ("missing", left + 1)


def test_a_tail_cut_off_is_named_though_the_head_was_set_back(log):
    log.rows.filter(pk__gt=4).delete()
    LogHead.objects.update(event=4, event_mac=log.events[3].mac)

    assert reason_and_row() == ("head", 5)


def test_a_tail_cut_off_is_named_though_the_head_was_taken_away(log):
    log.rows.filter(pk__gt=4).delete()
    LogHead.objects.all().delete()

    assert reason_and_row() == ("head", 5)


def test_work_goes_on_after_the_head_was_taken_away_and_the_place_is_named(log, doctor):
    log.rows.filter(pk__gt=4).delete()
    LogHead.objects.all().delete()

    write(doctor, 2)

    assert reason_and_row() == ("changed", 5)


def test_a_log_emptied_altogether_is_named_by_what_was_verified_before(log):
    services.verify_access_log(by=log.events[0].actor)
    log.rows.all().delete()
    LogHead.objects.all().delete()

    assert reason_and_row() == ("missing", 1)


def test_a_log_written_anew_with_the_key_is_named_by_what_was_verified_before(log, doctor):
    services.verify_access_log(by=doctor)
    log.rows.all().delete()
    LogHead.objects.all().delete()
    write(doctor, 9)

    assert reason_and_row() == ("rewritten", 6)


def test_the_first_of_several_broken_rows_is_named(log):
    log.rows.filter(pk__in=(3, 5)).update(purpose="another")

    assert reason_and_row() == ("changed", 3)


def test_a_log_longer_than_a_batch_is_walked_to_its_end(log, monkeypatch):
    monkeypatch.setattr("accounts.services.log._BATCH", 2)
    assert reason_and_row() == ("", None)

    log.rows.filter(pk=6).update(purpose="another")
    assert reason_and_row() == ("changed", 6)


def test_the_command_says_that_all_is_well(doctor, capsys):
    write(doctor, 2)

    call_command("verify_access_log")

    assert capsys.readouterr().out == "2 events, chain intact.\n"


def test_the_command_fails_and_names_the_row(log):
    log.rows.filter(pk=3).delete()

    with pytest.raises(CommandError, match="First broken row: 3"):
        call_command("verify_access_log")


def test_a_verification_says_why_exactly_when_it_names_a_row():
    with pytest.raises(IntegrityError), transaction.atomic():
        LogVerification.objects.create(events=1, broken_event=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        LogVerification.objects.create(events=1, reason="changed")


def test_the_database_refuses_an_event_of_an_unknown_class(doctor):
    (event,) = write(doctor)
    event.pk, event.privacy_class = 2, "secret"

    with pytest.raises(IntegrityError, match="access_event_class_is_known"), transaction.atomic():
        event.save(force_insert=True)


def test_the_log_has_one_head(doctor):
    write(doctor)

    with pytest.raises(IntegrityError, match="log_has_one_head"), transaction.atomic():
        LogHead.objects.create(pk=2)


# -- Periodic ----------------------------------------------------------------------------------
def test_the_nightly_task_keeps_its_result(doctor):
    write(doctor)

    tasks.verify_access_log()

    assert LogVerification.objects.get().events == 1


def test_a_missed_night_is_made_up_for(doctor):
    tasks.verify_access_log_if_due()
    tasks.verify_access_log_if_due()
    assert LogVerification.objects.count() == 1

    services.request_verification(by=doctor)
    tasks.verify_access_log_if_due()
    assert LogVerification.objects.count() == 2


# -- Reading -----------------------------------------------------------------------------------
def test_who_has_seen_a_record_includes_lists_and_nobody_else(doctor):
    ana, luz = Person("ABCDEFGH1"), Person("ABCDEFGH2")
    services.disclose(by=doctor, action="person.opened", subjects=[ana])
    services.disclose(by=doctor, action="person.opened", subjects=[luz])
    services.disclose(by=doctor, action="people.listed", subjects=[luz, ana])
    services.disclose(by=doctor, action="people.listed", subjects=[luz, Person("ABCDEFGH3")])

    found = queries.events_about("ABCDEFGH1")

    assert [event.pk for event in found.events] == [3, 1]
    assert found.older is None


def test_pages_follow_one_another_without_gap_or_repeat(doctor, django_assert_num_queries):
    # All at one instant: the id alone tells them apart.
    now = timezone.now()
    triggers.remove()
    write(doctor, 7)
    AccessEvent.objects.update(at=now)

    first = queries.page(AccessEvent.objects.all(), size=3)
    second = queries.page(AccessEvent.objects.all(), before=first.older, size=3)
    with django_assert_num_queries(2):
        third = queries.page(AccessEvent.objects.all(), before=second.older, size=3)

    pages = [[event.pk for event in page.events] for page in (first, second, third)]
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]
    assert third.older is None
    assert [event.pk for event in queries.every(AccessEvent.objects.all(), size=2)] == [
        7, 6, 5, 4, 3, 2, 1,
    ]  # fmt: skip


def test_a_purpose_that_names_an_account_is_shown_with_its_name(doctor):
    write(doctor, purpose=f"user {doctor.pk}")
    write(doctor, purpose="user manual")

    second, first = queries.page(AccessEvent.objects.all()).events

    assert (first.account_name, second.account_name) == (doctor.name, "")
