"""The Activity page, a figure's own page, and the files: the same numbers, each to its readers."""

import csv
import io
import re
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessEvent, Programme, User
from reports import figures
from reports.scope import Scope
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import ConsultationFactory, EpisodeFactory
from tests.patients.factories import PatientFactory


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


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


def asked(day: date, **more: Any) -> dict[str, Any]:
    return {"start": day.isoformat(), "end": day.isoformat(), **more}


def test_page_csv_xlsx_and_computation_agree(
    manager: User, doctor: User, mobile: Programme, today: date
) -> None:
    person = PatientFactory(by=doctor)
    ConsultationFactory(by=doctor, patient=person)
    worker = UserFactory(role="social_worker", programme=mobile)
    ConsultationFactory(by=worker, patient=person)
    expected = figures.compute(Scope(today, today), figures.DIMENSIONS)
    client = as_user(manager)

    page = client.get(reverse("reports:activity"), asked(today)).content.decode()
    shown = {
        name.strip(): number
        for number, name in re.findall(r"<strong>([\d,]+)</strong>([^<]+)</a>", page)
    }
    assert shown["Direct consultations"] == "2"
    assert shown["People attended (unique)"] == "1"

    text = client.get(reverse("reports:download", args=["csv"]), asked(today)).content
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("reports:download", args=["xlsx"]), asked(today)).content)
    )
    sheet = {row[0]: row[2] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)}
    for code, figure in expected.items():
        value = figure.measure.value
        whole = next(row for row in rows if row["code"] == code and not row["breakdown"])
        assert whole["value"] == ("" if value is None else str(value)), code
        assert sheet[code] == value, code
        for name in figure.measure.by:
            cells = {r["category"]: r["value"] for r in rows
                     if r["code"] == code and r["breakdown"] == name}  # fmt: skip
            assert cells == {k: str(v) for k, v in figure.measure.by[name].items()}, (code, name)


def test_no_cell_of_the_workbook_is_a_formula_and_charts_are_native(
    manager: User, doctor: User, today: date
) -> None:
    ConsultationFactory(by=doctor)
    answer = as_user(manager).get(reverse("reports:download", args=["xlsx"]), asked(today))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    kinds = {cell.data_type for sheet in book for row in sheet for cell in row}
    assert "f" not in kinds
    assert sum(len(sheet._charts) for sheet in book) >= 3


def test_a_practitioner_sees_own_outings_a_coordinator_own_programmes(
    doctor: User, mobile: Programme, today: date
) -> None:
    ConsultationFactory(by=doctor)
    ConsultationFactory(by=UserFactory(role="doctor"))  # of another programme
    elsewhere = UserFactory(role="nurse", programme=mobile)
    coordinator = UserFactory(role="coordinator", programme=mobile)
    for user, count in ((doctor, 1), (elsewhere, 0), (coordinator, 1)):
        answer = as_user(user).get(reverse("reports:activity"), asked(today))
        assert answer.context["headline"][0].measure.value == count, user.roles


def test_another_programme_cannot_be_asked_for(doctor: User, today: date) -> None:
    other = ProgrammeFactory(code="OTHER")
    answer = as_user(doctor).get(reverse("reports:activity"), asked(today, programme=other.code))
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "question",
    [
        {"start": "2025-13-01", "end": "2025-12-31"},
        {"start": "2025-02-29", "end": "2025-03-01"},
        {"start": "2025-03-02", "end": "2025-03-01"},
        {"start": "1899-01-01", "end": "2025-03-01"},
        {"start": "2025-03-01"},
        {"period": "<script>"},
        {"programme": "=1+1"},
        {"site": "\x00"},
    ],
)
@pytest.mark.parametrize("page", ["reports:activity", "figure", "csv"])
def test_bad_questions_are_answered_with_400(
    manager: User, question: dict[str, str], page: str
) -> None:
    url = {
        "figure": reverse("reports:figure", args=["GEN01"]),
        "csv": reverse("reports:download", args=["csv"]),
    }.get(page) or reverse(page)
    answer = as_user(manager).get(url, question)
    assert answer.status_code == 400
    assert b"<script>" not in answer.content.replace(b"<script type", b"").replace(
        b"<script src", b""
    )


def test_the_list_behind_a_figure_is_for_those_who_may_and_is_logged(
    doctor: User, manager: User, today: date
) -> None:
    note = ConsultationFactory(by=doctor)
    url = reverse("reports:figure", args=["GEN01"])
    assert note.patient.code in as_user(doctor).get(url, asked(today)).content.decode()
    event = AccessEvent.objects.order_by("-pk").first()
    assert event is not None
    assert (event.action, event.subject) == ("figures.list", note.patient.code)
    assert note.patient.code not in as_user(manager).get(url, asked(today)).content.decode()


def test_small_clinical_cells_are_starred_for_who_may_not_open_the_list(
    manager: User, today: date
) -> None:
    centre = ProgrammeFactory(code="CENTRE", kind=Programme.Kind.CENTRE)
    physician = UserFactory(role="doctor", programme=centre)
    note = ConsultationFactory(by=physician)
    EpisodeFactory(patient=note.patient, programme=centre, admitted_on=today)
    found = figures.compute(Scope(today, today), ("sex",), reader=manager)["CA02"]
    assert found.measure.value == 1
    assert found.breakdown("sex") == {"female": "*"}
    exact = figures.compute(Scope(today, today), ("sex",), reader=physician)["CA02"]
    assert exact.breakdown("sex") == {"female": 1}


def test_the_activity_page_stays_light(
    manager: User, doctor: User, today: date, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        ConsultationFactory(by=doctor)
    client = as_user(manager)
    client.get(reverse("reports:activity"), asked(today))
    with django_assert_max_num_queries(45):
        client.get(reverse("reports:activity"), asked(today))
