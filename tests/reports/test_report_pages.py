"""Reports on the page: three clicks, progress, two people, each to those who may."""

import gzip
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessEvent, Programme, User
from reports import services
from reports.models import ExchangeCode, Report, ReportDefinition, State
from reports.services.codes import set_code
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.reports.factories import DefinitionFactory, ReportFactory


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager(db: None) -> User:
    return UserFactory(role="manager", language="en")


@pytest.fixture
def here(db: None) -> Programme:
    return ProgrammeFactory(code="HERE")


@pytest.fixture
def coordinator(here: Programme) -> User:
    return UserFactory(role="coordinator", programme=here, language="en")


def page(user: User, report: Report, **query: Any) -> str:
    answer = as_user(user).get(reverse("reports:report", args=[report.pk]), query)
    assert answer.status_code == 200
    assert len(gzip.compress(answer.content)) <= 14_000
    return answer.content.decode()


def test_a_report_is_asked_for_with_one_form_and_shows_its_progress(manager: User) -> None:
    asked = {"period": "jan_oct", "audience": "publication", "language": "en"}
    answer = as_user(manager).post(reverse("reports:list"), asked)

    report = Report.objects.get()
    assert answer.headers["Location"] == reverse("reports:report", args=[report.pk])
    assert (report.starts_on.month, report.ends_on.month, report.ends_on.day) == (1, 10, 31)
    assert (report.state, report.asked_by, report.audience) == ("asked", manager, "publication")
    Report.objects.update(state=State.BUILDING, progress=45)
    text = page(manager, report)
    assert 'value="45"' in text
    assert "every 2s" in text
    assert not AccessEvent.objects.filter(action="report.read").exists()


def test_days_out_of_order_are_refused_and_kept(manager: User) -> None:
    asked = {
        "audience": "internal", "language": "es", "start": "2025-03-01", "end": "2025-02-01",
    }  # fmt: skip
    answer = as_user(manager).post(reverse("reports:list"), asked)

    assert answer.status_code == 400
    assert "The last day is before the first." in answer.content.decode()
    assert not Report.objects.exists()


def test_a_page_that_waits_is_loaded_anew_when_the_report_is_ready(manager: User) -> None:
    report = ReportFactory()
    client = as_user(manager)

    answer = client.get(reverse("reports:report", args=[report.pk]), headers={"HX-Request": "true"})

    assert answer.headers["HX-Refresh"] == "true"


def test_one_person_approves_and_another_publishes(manager: User, coordinator: User) -> None:
    report = ReportFactory()
    address = {
        name: reverse(f"reports:{name}", args=[report.pk]) for name in ("approve", "publish")
    }
    as_user(manager).post(address["approve"])
    as_user(manager).post(address["publish"], {"to": "COMAR"})
    report.refresh_from_db()
    assert report.state == State.APPROVED, "the same person does not do both"

    other = UserFactory(role="manager", language="en")
    as_user(other).post(address["publish"], {"to": "OCHA, website"})

    report.refresh_from_db()
    assert (report.state, report.approved_by, report.published_by) == ("published", manager, other)
    text = page(manager, report)
    assert "OCHA, website" in text
    ReportFactory(name="Not out yet")
    listed = as_user(manager).get(reverse("reports:list"), {"state": "published"}).content.decode()
    assert "OCHA, website" in listed
    assert "Not out yet" not in listed
    told = set(AccessEvent.objects.values_list("action", flat=True))
    assert {"report.approved", "report.published", "report.read"} <= told


def test_a_report_is_not_published_before_it_is_approved(manager: User) -> None:
    with pytest.raises(services.NotNow):
        services.publish(ReportFactory(), by=manager, to="somebody")


def test_withdrawing_needs_a_reason_and_shows_it(manager: User) -> None:
    report = ReportFactory()
    address = reverse("reports:withdraw", args=[report.pk])

    as_user(manager).post(address, {"because": ""})
    report.refresh_from_db()
    assert report.state == State.READY
    as_user(manager).post(address, {"because": "A site was missing."})

    report.refresh_from_db()
    assert report.state == State.WITHDRAWN
    assert "A site was missing." in page(manager, report)


def test_a_file_is_downloaded_by_those_who_may_and_logged(
    manager: User, coordinator: User, here: Programme
) -> None:
    ours, foreign = ReportFactory(programmes=[here]), ReportFactory(programmes=[ProgrammeFactory()])
    whole = ReportFactory(name="All programmes")

    def status(user: User, report: Report, name: str = "report.pdf") -> int:
        address = reverse("reports:file", args=[report.pk, name])
        return int(as_user(user).get(address).status_code)

    assert [status(manager, each) for each in (ours, foreign, whole)] == [200, 200, 200]
    assert [status(coordinator, each) for each in (ours, foreign, whole)] == [200, 404, 404]
    assert status(manager, ours, "nothing.pdf") == 404
    for role in ("doctor", "dpo", "administrator"):
        assert status(UserFactory(role=role), ours) == 403
    assert AccessEvent.objects.filter(action="report.downloaded").count() == 4


def test_a_right_that_ended_ends_the_download(manager: User) -> None:
    report = ReportFactory()
    address = reverse("reports:file", args=[report.pk, "report.pdf"])
    client = as_user(manager)
    assert client.get(address).status_code == 200
    manager.postings.update(since=date(2020, 1, 1), until=date(2020, 1, 2))

    assert client.get(address).status_code == 403


def test_a_coordinator_asks_for_own_programmes_only(coordinator: User, here: Programme) -> None:
    asked = {"period": "last_month", "audience": "internal", "language": "es"}
    as_user(coordinator).post(reverse("reports:list"), asked)

    assert Report.objects.get().parameters["programmes"] == ["HERE"]
    foreign = ProgrammeFactory(code="THERE")
    answer = as_user(coordinator).post(reverse("reports:list"), {**asked, "programme": "THERE"})
    assert answer.status_code == 400
    assert not Report.objects.filter(programmes=foreign).exists()


def test_a_new_edition_asks_the_same_again(manager: User, here: Programme) -> None:
    client = as_user(manager)
    asked = {"period": "last_year", "audience": "internal", "language": "fr", "programme": "HERE"}
    client.post(reverse("reports:list"), asked)
    first = Report.objects.get()

    client.post(reverse("reports:again", args=[first.pk]))

    second = Report.objects.exclude(pk=first.pk).get()
    assert (second.key, second.edition) == (first.key, 2)


@pytest.mark.parametrize("rows", [1, 50])
def test_the_list_takes_as_many_statements_whatever_its_length(
    rows: int, manager: User, here: Programme, django_assert_max_num_queries: Any
) -> None:
    for number in range(rows):
        ReportFactory(by=manager, programmes=[here], edition=number + 1)
    client = as_user(manager)
    with django_assert_max_num_queries(21):
        answer = client.get(reverse("reports:list"))

    assert answer.status_code == 200
    assert len(gzip.compress(answer.content)) <= 14_000


def test_the_page_of_a_report_keeps_to_its_statements(
    manager: User, django_assert_max_num_queries: Any
) -> None:
    report = ReportFactory()
    client = as_user(manager)
    client.get(reverse("reports:list"))
    client.get(reverse("reports:report", args=[report.pk]))
    with django_assert_max_num_queries(21):
        client.get(reverse("reports:report", args=[report.pk]))


# -- Schedules and codes -------------------------------------------------------------------------------
def test_a_schedule_is_written_down_and_changed(manager: User, here: Programme) -> None:
    client = as_user(manager)
    answers = {
        "name": "Monthly", "period_kind": "month", "audience": "internal", "language": "es",
        "first_day": "2025-01-01", "days_after": "5", "programme": "HERE", "sections": "GEN",
        "active": "yes",
    }  # fmt: skip
    client.post(reverse("reports:new_definition"), answers)
    found = ReportDefinition.objects.get()
    assert (list(found.programmes.all()), found.sections) == ([here], ["GEN"])

    address = reverse("reports:definition", args=[found.pk])
    client.post(address, {**answers, "active": "no", "version": found.version})
    found.refresh_from_db()
    assert not found.active
    client.post(address, {**answers, "name": "Too late", "version": 1})
    found.refresh_from_db()
    assert found.name == "Monthly"


def test_the_list_of_schedules_names_their_programmes(
    coordinator: User, here: Programme, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        DefinitionFactory(name=f"Ours {number}", programmes=[here])
    DefinitionFactory(name="Theirs", programmes=[ProgrammeFactory()])
    client = as_user(coordinator)
    with django_assert_max_num_queries(21):
        text = client.get(reverse("reports:definitions")).content.decode()

    assert "Ours 1" in text
    assert "Theirs" not in text


def test_an_administrator_keeps_the_codes_of_other_systems(db: None) -> None:
    administrator = UserFactory(role="administrator", language="en")
    client = as_user(administrator)
    entry = {"kind": "data_element", "ours": "GEN01", "theirs": "fbfJHSPpUQD"}
    client.post(reverse("reports:codes"), entry)
    client.post(reverse("reports:codes"), {**entry, "theirs": "cYeuwXTCPkU"})

    code = ExchangeCode.objects.get()
    assert code.theirs == "cYeuwXTCPkU"
    assert "cYeuwXTCPkU" in client.get(reverse("reports:codes")).content.decode()
    client.post(reverse("reports:drop_code", args=[code.pk]))
    assert not ExchangeCode.objects.exists()
    with pytest.raises(Exception, match="map_codes"):
        set_code(by=UserFactory(role="manager"), kind="org_unit", ours="A", theirs="B")
