"""The page of the data-protection officer."""

import csv
import datetime as dt
import io
import re

import pytest
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts import services, triggers
from accounts.models import AccessEvent, LogVerification, User
from accounts.policy import Role
from accounts.privacy import PrivacyClass
from tests.accounts.factories import UserFactory
from tests.accounts.test_access_log import Person

pytestmark = pytest.mark.django_db
LOG, DOWNLOAD, VERIFY = "/accounts/log/", "/accounts/log/download/", "/accounts/log/verify/"


@pytest.fixture
def doctor() -> User:
    return UserFactory(role="doctor", name="Rosa Núñez")


def open_person(by: User, code: str = "ABCDEFGH1", **values) -> None:
    services.disclose(by=by, action="person.opened", subjects=[Person(code)], **values)


def shown(answer) -> list[str]:
    return [event.subject for event in answer.context["page"].events]


# -- Reading -----------------------------------------------------------------------------------
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.DPO}))
@pytest.mark.parametrize("address", [LOG, DOWNLOAD, VERIFY])
def test_nobody_else_reads_the_log(browser, role, address):
    client = browser(role=role)

    assert (client.post if address == VERIFY else client.get)(address).status_code == 403


def test_the_newest_stands_first_and_looking_is_logged_too(browser, doctor):
    open_person(doctor, "ABCDEFGH1")
    open_person(doctor, "ABCDEFGH2")
    client = browser(role="dpo")

    answer = client.get(LOG)

    assert shown(answer) == ["", "ABCDEFGH2", "ABCDEFGH1"]
    newest = answer.context["page"].events[0]
    assert (newest.action, newest.actor, newest.role) == ("access_log.read", client.user, "dpo")
    assert "Rosa Núñez" in answer.content.decode()


def test_asking_about_a_person_is_logged_under_that_person(browser, doctor):
    open_person(doctor)
    client = browser(role="dpo")

    answer = client.get(LOG, {"person": "abcd-efgh-i"})

    assert [event.action for event in answer.context["page"].events] == [
        "access_log.read", "person.opened",
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 50])
def test_a_page_costs_the_same_whatever_it_shows(
    browser, doctor, count, django_assert_max_num_queries
):
    with transaction.atomic():
        for n in range(count):
            subjects = [Person(f"ABCDEFG{n:02}")]
            services.record(by=doctor, action="x", subjects=subjects, purpose=f"user {doctor.pk}")
    services.verify_access_log(by=doctor)
    client = browser(role="dpo")

    # Session, user, postings; the log with its savepoint (5); verification, colleagues, page
    # and names of accounts.
    with django_assert_max_num_queries(12):
        answer = client.get(LOG)

    assert len(answer.content) < 150_000


def test_pages_go_on_where_the_last_one_ended(browser, doctor):
    with transaction.atomic():
        for n in range(60):
            services.record(by=doctor, action="x", subjects=[Person(f"ABCDEFG{n:02}")])
    client = browser(role="dpo")

    first = client.get(LOG, {"actor": doctor.pk})
    older = first.context["page"].older
    second = client.get(LOG, {"actor": doctor.pk, "before": older})

    assert f"before={older}" in first.content.decode()
    assert shown(first) + shown(second) == [f"ABCDEFG{n:02}" for n in reversed(range(60))]
    assert second.context["page"].older is None


def test_filters_narrow_the_log_and_combine(browser, doctor):
    open_person(doctor, "ABCDEFGH1", privacy_class=PrivacyClass.PROTECTED)
    open_person(doctor, "ABCDEFGH2")
    with transaction.atomic():
        services.record(by=UserFactory(role="nurse"), action="session.signed_in")
    client = browser(role="dpo")

    assert shown(client.get(LOG, {"privacy_class": "protected"})) == ["ABCDEFGH1"]
    assert shown(client.get(LOG, {"actor": doctor.pk})) == ["ABCDEFGH2", "ABCDEFGH1"]
    assert shown(client.get(LOG, {"action": "session.signed_in"})) == [""]
    assert shown(client.get(LOG, {"actor": doctor.pk, "person": "ABCDEFGH2"})) == ["ABCDEFGH2"]
    assert shown(client.get(LOG, {"actor": doctor.pk, "action": "session.signed_in"})) == []


def test_days_are_local_and_both_included(browser, doctor):
    triggers.remove()
    for day, clock in ((1, "23:59"), (2, "00:00"), (2, "23:59"), (3, "00:00")):
        open_person(doctor, f"ABCDEFG{day}{clock[0]}")
        local = dt.datetime.fromisoformat(f"2025-11-0{day}T{clock}:00")
        newest = AccessEvent.objects.order_by("-pk").first().pk
        AccessEvent.objects.filter(pk=newest).update(at=timezone.make_aware(local))

    answer = browser(role="dpo").get(LOG, {"since": "2025-11-02", "until": "2025-11-02"})

    assert shown(answer) == ["ABCDEFG22", "ABCDEFG20"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("since", "2025-02-30"), ("since", "yesterday"), ("since", "0001-01-01"), ("until", "9999-12-31"), ("until", "<script>"), ("actor", "x"),
        ("actor", "0192f0c1-2345-7890-8abc-def012345678"), ("action", "=1+1"),
        ("privacy_class", "secret"), ("person", "ABC"), ("person", "x" * 10_000),
        ("person", "ABCDEFGH\0"), ("before", "-1"), ("before", "x"), ("before", "9" * 30),
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", [LOG, DOWNLOAD])
def test_a_bad_filter_is_told_in_words_with_the_values_kept(browser, address, field, value):
    answer = browser(role="dpo").get(
        address, {field: value, "since": "2025-01-01"} | {field: value}
    )

    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {field}
    assert "page" not in answer.context
    assert not AccessEvent.objects.exists()  # nothing was shown
    if field != "since":
        assert 'value="2025-01-01"' in answer.content.decode()


def test_days_in_the_wrong_order_are_told(browser):
    answer = browser(role="dpo").get(LOG, {"since": "2025-02-01", "until": "2025-01-01"})

    assert answer.context["form"].errors.keys() == {"until"}


def test_an_event_that_is_gone_starts_from_the_newest(browser, doctor):
    open_person(doctor)

    assert browser(role="dpo").get(LOG, {"before": 999}).status_code == 200


# -- Downloading -------------------------------------------------------------------------------
def test_the_download_is_what_was_asked_for_and_is_logged(browser, doctor):
    open_person(doctor, "ABCDEFGH1")
    open_person(UserFactory(role="nurse", name="=HYPERLINK(1)"), "ABCDEFGH2", purpose="@x")
    client = browser(role="dpo")

    answer = client.get(DOWNLOAD)
    text = answer.getvalue().decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(text)))
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="access-log-')
    assert [row["people"] for row in rows] == ["", "ABCDEFGH2", "ABCDEFGH1"]
    assert (rows[0]["action"], rows[0]["role"]) == ("access_log.downloaded", "dpo")
    assert (rows[1]["colleague"], rows[1]["purpose"]) == ("'=HYPERLINK(1)", "'@x")
    assert (rows[2]["colleague"], rows[2]["programme"]) == (
        "Rosa Núñez", doctor.posting.programme.code,
    )  # fmt: skip


def test_a_download_of_one_person_is_logged_under_that_person(browser, doctor):
    open_person(doctor)

    browser(role="dpo").get(DOWNLOAD, {"person": "ABCDEFGH1"})

    newest = AccessEvent.objects.newest_first().first()
    assert (newest.action, newest.subject) == ("access_log.downloaded", "ABCDEFGH1")


# -- Verifying ---------------------------------------------------------------------------------
def test_a_log_never_verified_says_so(browser):
    assert browser(role="dpo").get(LOG).context["verification"] is None


def test_verifying_at_once_shows_the_result(browser, doctor):
    open_person(doctor)
    client = browser(role="dpo")

    answer = client.post(VERIFY, follow=True)

    assert answer.context["verification"].intact
    assert LogVerification.objects.count() == 1
    actions = list(AccessEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions[1:3] == ["access_log.verification_asked", "access_log.verified"]


def test_a_broken_log_raises_a_red_alert_that_names_the_row(browser, doctor):
    open_person(doctor)
    open_person(doctor)
    triggers.remove()
    AccessEvent.objects.filter(pk=2).update(purpose="another")
    client = browser(role="dpo")

    answer = client.post(VERIFY, follow=True)

    assert answer.context["verification"].broken_event == 2
    alert = re.search(r'class="alert danger".*?</div></div>', answer.content.decode(), re.DOTALL)
    assert alert
    assert re.search(r"\D2 \(", alert[0])  # the row, then why


def test_a_long_log_is_verified_by_the_worker(browser, monkeypatch):
    woken = []
    monkeypatch.setattr("accounts.views.log.AT_ONCE", -1)
    monkeypatch.setattr("accounts.tasks.verify_access_log.delay", lambda: woken.append(1))

    browser(role="dpo").post(VERIFY)

    assert woken == [1]
    assert not LogVerification.objects.exists()


def test_without_its_broker_the_request_waits_for_the_sweep(browser, monkeypatch):
    def down():
        raise OperationalError("no broker")

    monkeypatch.setattr("accounts.views.log.AT_ONCE", -1)
    monkeypatch.setattr("accounts.tasks.verify_access_log.delay", down)

    assert browser(role="dpo").post(VERIFY).status_code == 302
    assert AccessEvent.objects.get().action == "access_log.verification_asked"
