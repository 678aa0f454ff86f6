"""What people settle for themselves: password, profile, language, theme."""

import pytest
from django.conf import settings

from accounts.models import AccessEvent, SignInAttempt, User
from tests.accounts.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
NEW = "another path uphill"


def change(client, **values):
    data = {"old": PASSWORD, "new": NEW, "again": NEW, **values}
    return client.post("/accounts/password/", data)


def test_a_changed_password_keeps_this_session_and_ends_the_others(browser):
    here = browser(role="doctor")
    there = browser(here.user)

    assert change(here).url == "/"

    assert User.objects.get(pk=here.user.pk).check_password(NEW)
    assert here.get("/accounts/profile/").status_code == 200
    assert there.get("/accounts/profile/").status_code == 302
    assert AccessEvent.objects.get().action == "account.password_changed"


def test_a_one_time_password_is_replaced_and_the_way_is_free(browser):
    client = browser(UserFactory(role="dpo", must_change_password=True))

    assert change(client).url == "/accounts/log/"

    assert not User.objects.get(pk=client.user.pk).must_change_password


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"old": "wrong"}, "old"),
        ({"new": "short", "again": "short"}, "new"),
        ({"new": "password123", "again": "password123"}, "new"),
        ({"new": PASSWORD, "again": PASSWORD}, "new"),
        ({"again": "something else"}, "again"),
        ({"new": ""}, "new"),
    ],
)
def test_a_bad_new_password_is_told_and_the_old_one_stays(browser, values, field):
    client = browser(role="doctor")

    answer = change(client, **values)

    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert User.objects.get(pk=client.user.pk).check_password(PASSWORD)
    assert NEW not in answer.content.decode()


def test_guessing_the_present_password_is_slowed(browser):
    client = browser(role="doctor")
    for _ in range(6):
        change(client, old="wrong")

    answer = change(client)

    assert answer.context["form"].non_field_errors()
    assert SignInAttempt.objects.count() == 6
    assert User.objects.get(pk=client.user.pk).check_password(PASSWORD)


def profile(user: User, **values) -> dict[str, object]:
    return {
        "name": user.name, "licence": "", "language": "es", "version": user.version, **values,
    }  # fmt: skip


def test_a_profile_is_saved_in_the_language_chosen(browser):
    client = browser(role="doctor")

    answer = client.post(
        "/accounts/profile/", profile(client.user, licence="1234567", language="fr"), follow=True
    )

    saved = User.objects.get(pk=client.user.pk)
    assert (saved.licence, saved.language, saved.version) == ("1234567", "fr", 2)
    assert answer.headers["Content-Language"] == "fr"
    assert AccessEvent.objects.get().action == "account.profile_edited"


def test_a_profile_changed_elsewhere_shows_both_versions(browser):
    client = browser(role="doctor")
    client.post("/accounts/profile/", profile(client.user, licence="111"))

    answer = client.post("/accounts/profile/", profile(client.user, licence="222"))

    assert answer.status_code == 409
    assert answer.context["differences"][0][1:] == ("222", "111")


def test_nobody_gives_themself_another_e_mail_or_discipline(browser):
    client = browser(role="doctor")

    client.post(
        "/accounts/profile/",
        profile(client.user, email="x@y.example", discipline="psychiatry", is_active=""),
    )

    saved = User.objects.get(pk=client.user.pk)
    assert (saved.email, saved.discipline) == (client.user.email, "medical")


@pytest.mark.parametrize("values", [{"name": ""}, {"name": "\0"}, {"language": "de"}])
def test_a_bad_profile_is_told(browser, values):
    client = browser(role="doctor")

    assert client.post("/accounts/profile/", profile(client.user) | values).status_code == 400


def test_who_has_no_posting_is_told_whom_to_ask(browser):
    answer = browser(role="").get("/accounts/profile/")

    assert answer.context["postings"] == []
    assert answer.status_code == 200


def test_the_language_of_a_user_stays_with_the_user(browser):
    client = browser(role="doctor")

    answer = client.post("/accounts/language/", {"language": "en", "next": "/accounts/profile/"})

    assert answer.url == "/accounts/profile/"
    assert User.objects.get(pk=client.user.pk).language == "en"
    assert client.get("/accounts/profile/").headers["Content-Language"] == "en"


def test_the_language_of_a_stranger_stays_in_the_browser(client):
    client.post("/accounts/language/", {"language": "fr"})

    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fr"
    assert client.get("/accounts/sign-in/").headers["Content-Language"] == "fr"


def test_strangers_are_spoken_to_in_spanish_unless_they_ask(client):
    assert client.get("/accounts/sign-in/").headers["Content-Language"] == "es"


@pytest.mark.parametrize("theme", ["light", "night", "auto"])
def test_the_theme_is_kept_in_a_cookie(client, theme):
    answer = client.post("/accounts/theme/", {"theme": theme, "next": "/accounts/sign-in/"})

    assert (answer.url, client.cookies["theme"].value) == ("/accounts/sign-in/", theme)
    assert f'data-theme="{theme}"' in client.get("/accounts/sign-in/").content.decode()


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/accounts/theme/", {"theme": "<script>"}),
        ("/accounts/theme/", {}),
        ("/accounts/language/", {"language": "de"}),
        ("/accounts/language/", {}),
    ],
)
def test_what_is_not_offered_is_not_found(client, address, data):
    assert client.post(address, data).status_code == 404


@pytest.mark.parametrize("address", ["/accounts/theme/", "/accounts/language/"])
def test_a_switch_leads_nowhere_else(client, address):
    data = {"theme": "night", "language": "fr", "next": "https://elsewhere.example/"}

    assert client.post(address, data).url == "/"
    assert client.get(address).status_code == 405
