"""Signing in and out: nothing is told about accounts, guessing is slowed, sessions end."""

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.hashers import FieldArgon2
from accounts.models import AccessEvent, SignInAttempt, User
from tests.accounts.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/sign-in/"
SAID: set[str] = set()


@pytest.fixture
def doctor() -> User:
    return UserFactory(role="doctor", language="fr")


def send(client: Client, email: str, password: str = PASSWORD, **more):
    address = more.pop("address", "192.0.2.1")
    data = {"email": email, "password": password, **more}
    return client.post(SIGN_IN, data, REMOTE_ADDR=address)


def events() -> list[tuple[str, object]]:
    return list(AccessEvent.objects.order_by("pk").values_list("action", "actor"))


# -- Who comes in ------------------------------------------------------------------------------
def test_the_right_password_opens_the_first_page_and_is_logged(client, doctor):
    answer = send(client, doctor.email)

    assert (answer.status_code, answer.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(doctor.pk)
    assert events() == [("session.signed_in", doctor.pk)]


def test_the_case_of_the_e_mail_does_not_matter(client, doctor):
    assert send(client, f" {doctor.email.upper()} ").status_code == 302


@pytest.mark.parametrize("who", ["nobody", "wrong password", "deactivated", "system"])
def test_every_failure_looks_the_same_and_names_nobody_in_the_log(client, doctor, who):
    email, password = doctor.email, PASSWORD
    if who == "nobody":
        email = "nobody@vereda.example"
    elif who == "wrong password":
        password = "another footpath"
    elif who == "deactivated":
        User.objects.update(is_active=False)
    else:
        User.objects.filter(pk=doctor.pk).update(is_system=True)

    answer = send(client, email, password)

    assert answer.status_code == 400
    SAID.update(answer.context["form"].non_field_errors())
    assert len(SAID) == 1
    assert "_auth_user_id" not in client.session
    assert events() == [("session.refused", None)]
    assert email not in str(AccessEvent.objects.values())


def test_who_does_not_exist_costs_as_much_hashing_as_who_does(client, doctor, monkeypatch):
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda self, raw: hashed.append(raw))

    send(client, "nobody@vereda.example", "guess")

    assert hashed == ["guess"]


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("nurse", "/"),
        ("coordinator", "/"),
        ("manager", "/reports/"),
        ("dpo", "/accounts/log/"),
        ("administrator", "/accounts/users/"),
        ("", "/accounts/profile/"),
    ],
)
def test_each_role_begins_where_its_work_is(client, role, page):
    assert send(client, UserFactory(role=role).email).url == page


def test_the_session_gets_a_new_key(client, doctor):
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = "before"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key

    send(client, doctor.email)

    assert client.session.session_key != session.session_key


def test_pages_speak_the_language_of_the_user(client, doctor):
    send(client, doctor.email)

    answer = client.get("/accounts/profile/", headers={"Accept-Language": "en"})

    assert answer.headers["Content-Language"] == "fr"
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fr"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)",
        "https:elsewhere.example", "\\\\elsewhere.example", "http:///elsewhere.example",
    ],
)  # fmt: skip
def test_nobody_is_sent_to_another_host(client, doctor, wanted):
    assert send(client, doctor.email, next=wanted).url == "/"
    assert client.get(SIGN_IN, {"next": wanted}).url == "/"


def test_who_was_on_the_way_somewhere_goes_on(client, doctor):
    first = client.get("/accounts/profile/?a=b")
    assert first.url == "/accounts/sign-in/?next=/accounts/profile/%3Fa%3Db"

    page = client.get(first.url)
    assert send(client, doctor.email, next=page.context["form"].initial["next"]).url == (
        "/accounts/profile/?a=b"
    )


def test_a_form_sent_too_late_leads_back_to_its_page_not_to_its_target(client):
    answer = client.post(
        "/accounts/posting/", headers={"Referer": "http://testserver/accounts/profile/"}
    )
    assert answer.url == "/accounts/sign-in/?next=/accounts/profile/"

    answer = client.post("/accounts/posting/", headers={"Referer": "https://elsewhere.example/x"})
    assert answer.url == "/accounts/sign-in/"


@pytest.mark.parametrize(
    "data",
    [{}, {"email": "no e-mail", "password": "x"}, {"email": "a\0@b.example", "password": "x\0"},
     {"email": "é" * 300 + "@b.example", "password": "x" * 10_000}],
)  # fmt: skip
def test_bad_input_is_answered_and_not_counted(client, data):
    assert client.post(SIGN_IN, data).status_code == 400
    assert not SignInAttempt.objects.exists()


def test_the_page_is_never_cached(client, doctor):
    assert "no-store" in client.get(SIGN_IN).headers["Cache-Control"]
    send(client, doctor.email)
    assert client.get("/accounts/profile/").headers["Cache-Control"] == "no-store, private"


def test_passwords_are_hashed_for_a_small_server():
    """OWASP's minimum of Argon2id, not Django's 100 MiB."""
    assert FieldArgon2().encode("x", "saltsalt").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


# -- Throttle ----------------------------------------------------------------------------------
def fail(client: Client, email: str, times: int, **more) -> list[int]:
    return [send(client, email, "wrong", **more).status_code for _ in range(times)]


def test_after_six_failures_an_account_has_to_wait_and_is_told_until_when(client, doctor):
    assert fail(client, doctor.email, 6) == [400] * 6

    answer = send(client, doctor.email)

    assert answer.status_code == 429
    oldest = SignInAttempt.objects.order_by("at").first().at
    until = timezone.localtime(oldest + dt.timedelta(minutes=15, seconds=59))
    assert f"{until:%H:%M}" in answer.content.decode()


def test_whoever_does_not_exist_has_to_wait_just_so(client):
    assert fail(client, "nobody@vereda.example", 7) == [400] * 6 + [429]


def test_waiting_is_for_the_account_not_for_others(client, doctor):
    fail(client, "nobody@vereda.example", 7)

    assert send(client, doctor.email).status_code == 302


def test_another_address_does_not_help(client, doctor):
    fail(client, doctor.email, 6)

    assert send(client, doctor.email, address="192.0.2.7").status_code == 429


def test_trying_while_waiting_does_not_prolong_the_wait(client, doctor):
    fail(client, doctor.email, 9)
    assert SignInAttempt.objects.count() == 6

    SignInAttempt.objects.update(at=timezone.now() - dt.timedelta(minutes=15, seconds=1))
    assert send(client, doctor.email).status_code == 302


def test_a_success_wipes_the_slate_of_the_account(client, doctor):
    fail(client, doctor.email, 5)
    send(client, doctor.email)
    client.logout()

    assert fail(client, doctor.email, 5) == [400] * 5


def test_an_address_that_tries_many_accounts_has_to_wait(client, doctor, settings):
    settings.SIGN_IN_ATTEMPTS_PER_ADDRESS = 3
    for n in range(3):
        fail(client, f"nobody{n}@vereda.example", 1)

    assert send(client, doctor.email).status_code == 429
    assert send(client, doctor.email, address="192.0.2.7").status_code == 302


def test_a_success_does_not_wipe_the_slate_of_the_address(client, doctor, settings):
    settings.SIGN_IN_ATTEMPTS_PER_ADDRESS = 3
    fail(client, "nobody1@vereda.example", 2)
    send(client, doctor.email)
    client.logout()
    fail(client, "nobody2@vereda.example", 1)

    assert send(client, doctor.email).status_code == 429


def test_one_household_of_ipv6_is_one_address(client, settings):
    settings.SIGN_IN_ATTEMPTS_PER_ADDRESS = 2
    for n in range(2):
        fail(client, f"nobody{n}@vereda.example", 1, address=f"2001:db8::{n + 1}")

    assert fail(client, "nobody9@vereda.example", 1, address="2001:db8::ffff") == [429]
    assert fail(client, "nobody9@vereda.example", 1, address="2001:db8:0:1::1") == [400]


def test_behind_our_proxy_the_address_it_saw_counts(client, settings):
    settings.BEHIND_TLS_PROXY = True
    settings.SIGN_IN_ATTEMPTS_PER_ADDRESS = 1

    def come_from(forwarded: str, n: int) -> int:
        data = {"email": f"nobody{n}@vereda.example", "password": "wrong"}
        return client.post(SIGN_IN, data, headers={"X-Forwarded-For": forwarded}).status_code

    assert come_from("203.0.113.1, 198.51.100.1", 1) == 400
    assert come_from("203.0.113.99, 198.51.100.1", 2) == 429
    assert come_from("203.0.113.1, 198.51.100.2", 3) == 400


def test_attempts_hold_neither_the_e_mail_nor_the_address(client, doctor):
    fail(client, doctor.email, 1)

    kept = str(SignInAttempt.objects.values())
    assert doctor.email not in kept
    assert "192.0.2.1" not in kept


def test_old_attempts_are_forgotten(client, doctor):
    fail(client, doctor.email, 2)
    first = SignInAttempt.objects.first()
    SignInAttempt.objects.filter(pk=first.pk).update(at=timezone.now() - dt.timedelta(hours=25))

    services.forget_old_attempts()

    assert SignInAttempt.objects.count() == 1


# -- Sign-out and limits -----------------------------------------------------------------------
def test_signing_out_ends_the_session_and_clears_the_browser(client, doctor):
    send(client, doctor.email)
    key = client.session.session_key

    answer = client.post("/accounts/sign-out/")

    assert answer.url == SIGN_IN
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert not client.session.exists(key)
    assert events()[-1] == ("session.signed_out", doctor.pk)


def test_signing_out_twice_is_no_error_and_by_a_link_impossible(client):
    assert client.post("/accounts/sign-out/").status_code == 302
    assert client.get("/accounts/sign-out/").status_code == 405


def move_back(client: Client, key: str, **ago: int) -> None:
    session = client.session
    session[key] = int((timezone.now() - dt.timedelta(**ago)).timestamp())
    session.save()


def test_a_session_ends_when_it_was_idle_too_long(browser):
    client = browser(role="doctor")
    move_back(client, "seen_at", minutes=29)
    assert client.get("/accounts/profile/").status_code == 200

    move_back(client, "seen_at", minutes=31)
    answer = client.get("/accounts/profile/")

    assert answer.url == "/accounts/sign-in/?next=/accounts/profile/&ended=1"
    assert "_auth_user_id" not in client.session
    assert client.get(answer.url).context["ended"] is True


def test_a_session_in_use_ends_when_it_is_too_old(browser):
    client = browser(role="doctor")
    move_back(client, "signed_in_at", hours=11)
    assert client.get("/accounts/profile/").status_code == 200

    move_back(client, "signed_in_at", hours=13)
    assert client.get("/accounts/profile/").status_code == 302


def test_use_keeps_a_session_alive_and_is_noted_once_a_minute(browser):
    client = browser(role="doctor")
    move_back(client, "seen_at", minutes=20)
    client.get("/accounts/profile/")
    seen = client.session["seen_at"]
    assert timezone.now().timestamp() - seen < 5

    move_back(client, "seen_at", seconds=30)
    half_a_minute_ago = client.session["seen_at"]
    client.get("/accounts/profile/")
    assert client.session["seen_at"] == half_a_minute_ago


def test_an_account_deactivated_meanwhile_is_out_at_once(browser):
    client = browser(role="doctor")
    User.objects.update(is_active=False)

    assert client.get("/accounts/profile/").status_code == 302


def test_the_sign_in_address_stays_what_settings_name():
    assert reverse(settings.LOGIN_URL) == SIGN_IN
