"""Making editions: once, whole, frozen, whatever happens to the worker."""

import io
import json
import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import AccessEvent, Programme, User
from reports import editions, outputs, services
from reports.models import Audience, Report, ReportDefinition, ReportFile, Snapshot, State
from reports.services import building
from reports.services.definitions import due
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import ConsultationFactory
from tests.patients.factories import PatientFactory

CODE = re.compile(r"[A-Z]{2,3}\d\d\b")


@pytest.fixture
def mobile(db: None) -> Programme:
    return ProgrammeFactory(code="ONE")


@pytest.fixture
def doctor(mobile: Programme) -> User:
    return UserFactory(role="doctor", programme=mobile)


@pytest.fixture
def manager(db: None) -> User:
    return UserFactory(role="manager", language="en")


@pytest.fixture
def today(mobile: Programme) -> date:
    return mobile.today()


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test has just signed is in; the cut-off has a test of its own."""
    monkeypatch.setattr(building, "SETTLED", timedelta(0))


def consult(doctor: User, count: int) -> None:
    for _ in range(count):
        ConsultationFactory(by=doctor, patient=PatientFactory(by=doctor))


def asked(manager: User, day: date, **more: Any) -> Report:
    first = day.replace(day=1)
    values = {"name": "Monthly", "start": first, "end": day, "sections": ["GEN"], "language": "en"}
    return services.ask(by=manager, **(values | more))


def built(report: Report) -> Report:
    done = services.build(report.pk)
    assert done is not None, Report.objects.get(pk=report.pk).failure
    return done


def test_an_edition_is_built_once_with_every_file(manager: User, doctor: User, today: date) -> None:
    consult(doctor, 3)
    report = built(asked(manager, today))

    assert (report.state, report.progress, report.edition) == (State.READY, 100, 1)
    assert report.snapshot.document["figures"]["GEN01"]["value"] == 3
    assert report.snapshot.sha256 == editions.sha256(report.snapshot.document)
    assert sorted(report.files.values_list("name", flat=True)) == sorted(outputs.MAKERS)
    assert services.build(report.pk) is None, "a report that is made stays as it was made"
    assert AccessEvent.objects.filter(action="report.built").count() == 1


def test_what_is_frozen_cannot_be_changed(manager: User, doctor: User, today: date) -> None:
    report = built(asked(manager, today))

    for change in (
        lambda: Snapshot.objects.update(sha256="0" * 64),
        lambda: ReportFile.objects.update(size=1),
        lambda: Report.objects.filter(pk=report.pk).update(ends_on=today + timedelta(days=1)),
        lambda: Snapshot.objects.all().delete(),
        lambda: ReportFile.objects.all()._raw_delete("default"),
    ):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
            change()


def test_a_late_record_changes_no_report_and_is_named_by_the_next_edition(
    manager: User, doctor: User, today: date
) -> None:
    consult(doctor, 2)
    first = built(asked(manager, today))
    before = first.snapshot.sha256
    consult(doctor, 1)

    assert services.late_records(first) == 1
    second = built(asked(manager, today))

    first.snapshot.refresh_from_db()
    assert first.snapshot.sha256 == before
    assert first.snapshot.document["figures"]["GEN01"]["value"] == 2
    assert (second.edition, second.previous_id) == (2, first.pk)
    assert second.snapshot.difference["GEN01"] == [2, 3]


def test_what_was_signed_in_the_last_minute_waits_for_the_next_edition(
    manager: User, doctor: User, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "SETTLED", timedelta(seconds=60))
    consult(doctor, 1)

    report = built(asked(manager, today))

    assert report.snapshot.document["figures"]["GEN01"]["value"] == 0
    assert services.late_records(report) == 1


# -- Killed, twice, lost -----------------------------------------------------------------------------
class Killed(BaseException):
    """As by `kill -9`: nothing of the worker runs afterwards."""


@pytest.mark.parametrize("name", list(outputs.MAKERS))
def test_a_worker_killed_at_any_file_leaves_a_report_that_is_finished_later(
    name: str, manager: User, doctor: User, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    consult(doctor, 1)
    report = asked(manager, today, sections=["CM"])

    def dies(_edition: Any) -> bytes:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setitem(outputs.MAKERS, name, dies)
        with pytest.raises(Killed):
            services.build(report.pk)
    taken = Snapshot.objects.get(pk=report.pk).sha256
    assert services.sweep() == [], "in the hands of a worker until the lease ends"
    assert services.build(report.pk) is None
    Report.objects.filter(pk=report.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    assert services.sweep() == [str(report.pk)]
    done = built(report)

    assert (done.state, done.snapshot.sha256) == (State.READY, taken)
    assert done.files.count() == len(outputs.MAKERS)


def test_a_worker_that_lost_its_lease_writes_nothing_more(
    manager: User, doctor: User, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = asked(manager, today)
    real = outputs.MAKERS["report.pdf"]

    def slow(edition: outputs.Edition) -> bytes:
        Report.objects.filter(pk=report.pk).update(lease=uuid.uuid4())  # another took over
        return real(edition)

    monkeypatch.setitem(outputs.MAKERS, "report.pdf", slow)

    assert services.build(report.pk) is None
    assert not report.files.exists()
    assert Report.objects.get(pk=report.pk).state == State.BUILDING


def test_an_error_is_tried_again_and_at_last_told_by_its_kind(
    manager: User, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = asked(manager, today)

    def fails(*_: Any) -> Any:
        raise ZeroDivisionError("María, 5512345678")

    monkeypatch.setattr(editions, "take", fails)
    for _ in range(building.MOST_ATTEMPTS):
        Report.objects.filter(pk=report.pk).update(lease_until=None)
        assert services.build(report.pk) is None

    report.refresh_from_db()
    assert (report.state, report.failure) == (State.FAILED, "ZeroDivisionError")
    monkeypatch.undo()
    services.retry(report, by=manager)
    assert services.sweep() == [str(report.pk)]


# -- Schedules -----------------------------------------------------------------------------------------
@pytest.fixture
def monthly(manager: User, mobile: Programme) -> ReportDefinition:
    return services.define(
        by=manager, programmes=[mobile], name="Monthly", period_kind="month", sections=["GEN"],
        language="es", audience=Audience.INTERNAL, first_day=date(2025, 1, 1), days_after=5,
    )  # fmt: skip


def test_each_due_period_is_asked_for_once_and_missed_ones_are_made_up_for(
    monthly: ReportDefinition,
) -> None:
    assert services.ask_what_is_due(date(2025, 2, 4)) == []
    assert [r.starts_on for r in services.ask_what_is_due(date(2025, 2, 6))] == [date(2025, 1, 1)]
    assert services.ask_what_is_due(date(2025, 2, 6)) == []
    # The scheduler was down for two periods.
    late = services.ask_what_is_due(date(2025, 4, 20))
    assert [r.starts_on for r in late] == [date(2025, 2, 1), date(2025, 3, 1)]
    assert sorted(services.sweep()) == sorted(str(r.pk) for r in Report.objects.all())


def test_the_database_refuses_a_due_period_twice(monthly: ReportDefinition) -> None:
    (report,) = services.ask_what_is_due(date(2025, 2, 10))
    again = {
        field.name: getattr(report, field.name)
        for field in Report._meta.concrete_fields
        if field.name not in ("id", "edition")
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(**again, edition=2)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("month", [(1, 1, 31), (2, 2, 28), (3, 3, 31)]),
        ("quarter", [(1, 3, 31)]),
        ("jan_oct", []),
        ("year", []),
    ],
)
def test_periods_of_a_kind_are_due_when_they_are_over(
    monthly: ReportDefinition, kind: str, expected: list[tuple[int, int, int]]
) -> None:
    monthly.period_kind = kind
    found = due(monthly, date(2025, 4, 10))
    assert [(p.start.month, p.end.month, p.end.day) for p in found] == expected


def test_january_to_october_is_due_every_november(monthly: ReportDefinition) -> None:
    monthly.period_kind = "jan_oct"
    found = due(monthly, date(2026, 11, 20))
    assert [(p.start, p.end) for p in found] == [
        (date(year, 1, 1), date(year, 10, 31)) for year in (2025, 2026)
    ]


# -- For publication ---------------------------------------------------------------------------------
def numbers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from numbers(each)
    elif isinstance(value, list):
        for each in value:
            yield from numbers(each)
    else:
        yield value


def test_no_small_count_of_people_is_in_any_file_for_publication(
    manager: User, doctor: User, today: date
) -> None:
    consult(doctor, 3)
    report = built(asked(manager, today, audience="publication"))
    document = report.snapshot.document

    assert document["figures"]["GEN01"]["value"] == 3  # the undivided total is exempt
    assert document["figures"]["GEN03"]["value"] == "*"
    told = {
        code: {k: v for k, v in f.items() if code != "GEN01" or k not in ("value", "with_centre")}
        for code, f in document["figures"].items()
        if not editions.is_exempt(code)
    }
    for value in numbers(told):
        assert not isinstance(value, int) or value == 0 or value % 5 == 0, told
    files = {f.name: bytes(f.content) for f in report.files.all()}
    for name in ("report.xlsx", "5w.xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(files[name]))
        for sheet in book.worksheets:
            assert sheet.sheet_state == "visible"
            exempt = False
            for row in sheet.iter_rows():
                code = CODE.match(str(row[0].value or row[1].value))
                if code:
                    exempt = editions.is_exempt(code[0]) or (
                        code[0] == "GEN01" and bool(row[0].value)
                    )
                for cell in row:
                    assert cell.data_type != "f"
                    if isinstance(cell.value, (int, float)) and not exempt:
                        assert cell.value % 5 == 0, (sheet.title, cell.coordinate, cell.value)
    assert json.loads(files["report.json"])["document"] == document
    for value in json.loads(files["dhis2.json"])["dataValues"]:
        assert int(value["value"]) % 5 == 0


def test_an_internal_edition_is_exact_and_says_so(manager: User, doctor: User, today: date) -> None:
    consult(doctor, 3)
    report = built(asked(manager, today))
    files = {f.name: bytes(f.content) for f in report.files.all()}

    assert "Internal: exact figures" in json.loads(files["report.json"])["standing"]
    book = openpyxl.load_workbook(io.BytesIO(files["report.xlsx"]))
    for sheet in book.worksheets:
        assert "Internal" in (sheet.oddFooter.left.text or "")
        assert str(report.pk) in (sheet.oddFooter.center.text or "")
    values = {row[0].value: row[2].value for row in book.worksheets[1].iter_rows(min_row=4)}
    assert values["GEN01"] == 3
    assert values["GEN03"] == 3
