"""The Activity page, a figure's own page, and the files: the same numbers, each to its readers."""

import csv
import gzip
import io
import json
import re
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AccessEvent, Programme, User
from patients.models import Patient
from referrals.models import Status
from reports import figures
from reports.scope import Scope
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import ConsultationFactory, EpisodeFactory
from tests.partners.factories import AgreementFactory, TrainingFactory
from tests.patients.factories import PatientFactory
from tests.referrals.world import make_world, referral_in


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


SECTIONS = ("overview", "services", "centre", "referrals", "partners")
FIXED, OWN = 9, 12  # statements: session, user, postings, log; and those of the page
WEIGHT = 14_000  # bytes, compressed


@pytest.fixture
def busy(doctor: User, mobile: Programme, today: date) -> None:
    """Something for every section to show: twice the same, so that a list would be seen."""
    centre = ProgrammeFactory(code="CENTRE", kind=Programme.Kind.CENTRE)
    physician = UserFactory(role="doctor", programme=centre)
    for _ in range(2):
        ConsultationFactory(by=doctor)
        note = ConsultationFactory(by=physician)
        EpisodeFactory(patient=note.patient, programme=centre, admitted_on=today)
        TrainingFactory(
            programme=mobile, date=today, bodies=[AgreementFactory().organisation],
            topics=["training_topics:pfa"],
        )  # fmt: skip
    for status in (Status.DECLINED, Status.ARRIVED, Status.SUBMITTED):
        referral_in(make_world(), status)


@pytest.mark.parametrize("section", SECTIONS)
def test_each_part_of_the_page_stays_light(
    manager: User, busy: None, today: date, section: str, django_assert_max_num_queries: Any
) -> None:
    client = as_user(manager)
    url, question = reverse("reports:activity"), asked(today, section=section)
    client.get(reverse("reports:activity"))  # the session and the lists are read once
    with django_assert_max_num_queries(FIXED + OWN):
        page = client.get(url, question)
    assert page.status_code == 200
    assert len(gzip.compress(page.content)) <= WEIGHT
    whole_year = {"start": "2026-01-01", "end": "2026-12-31", "section": section}
    with django_assert_max_num_queries(FIXED + OWN):
        assert len(gzip.compress(client.get(url, whole_year).content)) <= WEIGHT


def test_parts_keep_the_question_and_show_only_their_figures(
    manager: User, busy: None, mobile: Programme, today: date
) -> None:
    question = asked(today, programme="ONE", section="referrals")
    page = as_user(manager).get(reverse("reports:activity"), question)
    links = {tab.url for tab in page.context["tabs"]}
    for code in SECTIONS:
        assert f"?start={today}&end={today}&programme=ONE&section={code}" in links
    assert [tab.current for tab in page.context["tabs"]] == [c == "referrals" for c in SECTIONS]
    codes = {figure.code for figure in (*page.context["headline"], *page.context["others"])}
    assert codes == {f"RF{number:02d}" for number in range(1, 13)}


def test_an_unknown_part_is_answered_with_400(manager: User, today: date) -> None:
    page = as_user(manager).get(reverse("reports:activity"), asked(today, section="secret"))
    assert page.status_code == 400


def test_what_is_not_recorded_says_so_and_is_no_zero(manager: User, today: date) -> None:
    page = as_user(manager).get(reverse("reports:activity"), asked(today, section="partners"))
    assert "Advocacy actions are not recorded yet." in page.content.decode()
    answer = figures.document(Scope(today, today), figures.compute(Scope(today, today)))
    told = answer["figures"]["PA10"]
    assert (told["value"], told["reason"]) == (None, "Advocacy actions are not recorded yet.")


def test_a_figure_of_people_lists_each_person_once(
    doctor: User, mobile: Programme, today: date
) -> None:
    person = PatientFactory(by=doctor)
    ConsultationFactory(by=doctor, patient=person)
    worker = UserFactory(role="social_worker", programme=mobile)
    ConsultationFactory(by=worker, patient=person)
    client = as_user(UserFactory(role="coordinator", programme=mobile))
    for code, lines in (("GEN01", 2), ("GEN03", 1), ("GEN04", 1)):
        url = reverse("reports:figure", args=[code])
        page = client.get(url, asked(today)).content.decode()
        assert page.count(f">{person.code}</a>") == lines, code
    event = AccessEvent.objects.order_by("-pk").first()
    assert event is not None
    assert (event.action, event.subject) == ("figures.list", person.code)


def test_a_hidden_person_stands_in_no_list(doctor: User, mobile: Programme, today: date) -> None:
    person = PatientFactory(by=doctor)
    ConsultationFactory(by=doctor, patient=person)
    Patient.objects.filter(pk=person.pk).update(hidden=True)
    client = as_user(UserFactory(role="coordinator", programme=mobile))
    for code in ("GEN01", "GEN03"):
        page = client.get(reverse("reports:figure", args=[code]), asked(today))
        assert page.context["figure"].measure.value == 1  # counted all the same
        assert person.code not in page.content.decode(), code


def test_the_funnel_leads_to_the_referrals_of_a_step(db: None) -> None:
    world = make_world()
    referral = referral_in(world, Status.DECLINED)
    day = world.mobile.today()
    client = as_user(world.doctor)
    page = client.get(reverse("reports:activity"), asked(day, section="referrals"))
    row = page.context["funnel"]["rows"][0]
    assert (row["step"].reached, row["step"].lost) == (1, 1)
    url = reverse("reports:figure", args=["RF01"])
    for step, lost, listed in (("sent", "", True), ("sent", "1", True), ("arrived", "", False)):
        answer = client.get(url, asked(day, step=step, lost=lost))
        assert (referral.patient.code in answer.content.decode()) is listed, (step, lost)
    assert reverse("referrals:referral", args=[referral.pk]) in (
        client.get(url, asked(day)).content.decode()
    )
    assert client.get(url, asked(day, step="nowhere")).status_code == 404


def test_a_share_of_few_and_a_protected_reason_are_starred(manager: User) -> None:
    world = make_world()
    referral_in(world, Status.DECLINED)
    day = world.mobile.today()
    found = figures.compute(Scope(day, day), figures.DIMENSIONS, reader=manager)
    assert set(found["RF03"].breakdown("urgency").values()) == {"*"}
    assert set(found["RF01"].breakdown("reason").values()) == {"*"}
    exact = figures.compute(Scope(day, day), figures.DIMENSIONS)
    assert set(exact["RF03"].breakdown("urgency").values()) == {0.0}


def test_the_command_tells_the_funnel_beside_the_figures(
    doctor: User, today: date, capsys: Any
) -> None:
    referral_in(make_world(), Status.ARRIVED)
    span = ("--from", "2026-01-01", "--to", "2099-12-31")
    call_command("figures", *span, "--format", "json")
    told = json.loads(capsys.readouterr().out)
    assert [step["step"] for step in told["funnel"]] == [
        "sent", "accepted", "appointment", "arrived", "service", "feedback",
    ]  # fmt: skip
    assert [step["reached"] for step in told["funnel"]] == [1, 1, 1, 1, 0, 0]
    assert told["figures"]["RF01"]["value"] == 1
    call_command("figures", *span)
    assert "Person arrived" in capsys.readouterr().out


@pytest.mark.parametrize("code", ["GEN01", "GEN03", "RF01", "CA05", "PA08"])
def test_the_page_of_a_figure_stays_light(
    doctor: User, busy: None, today: date, code: str, django_assert_max_num_queries: Any
) -> None:
    client, url = as_user(doctor), reverse("reports:figure", args=[code])
    client.get(url, asked(today))
    with django_assert_max_num_queries(FIXED + OWN):
        page = client.get(url, asked(today))
    assert len(gzip.compress(page.content)) <= WEIGHT
