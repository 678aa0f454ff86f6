"""Deny by default, and the ways out of it."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from accounts.models import AccessEvent
from accounts.policy import Permission, requires
from tests.accounts.factories import PostingFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def serve(request: HttpRequest) -> HttpResponse:
    return HttpResponse(getattr(request.user, "posting", None) or "served")


def fail(request: HttpRequest) -> HttpResponse:
    raise ValueError("Juana Pérez")


def guarded(*args: Permission, **kwargs: Permission):
    return requires(*args, **kwargs)(lambda request: serve(request))


urlpatterns = [
    path("accounts/", include("accounts.urls")),
    path("bare/", serve),
    path("public/", guarded(Permission.PUBLIC)),
    path("anybody/", guarded(Permission.SIGNED_IN)),
    path("people/", guarded(Permission.READ_PERSON)),
    path("sites/", guarded(Permission.READ_OUTINGS, post=Permission.EDIT_SITES)),
    path("api/v1/people/", guarded(Permission.READ_PERSON)),
    path("api/v1/fails/", requires(Permission.PUBLIC)(fail)),
    path("fails/", requires(Permission.PUBLIC)(fail)),
]
handler400 = "accounts.views.bad_request"
handler403 = "accounts.views.forbidden"
handler404 = "accounts.views.not_found"
handler500 = "accounts.views.server_error"


@pytest.mark.parametrize("role", ["doctor", "administrator"])
def test_a_view_that_names_no_permission_is_shut(browser, role):
    assert browser(role=role).get("/bare/").status_code == 403


def test_a_view_that_names_no_permission_is_shut_for_strangers(client):
    assert client.get("/bare/").status_code == 403


def test_a_public_view_is_open(client):
    assert client.get("/public/").content == b"served"


def test_strangers_sign_in_first(client):
    assert client.get("/anybody/").url == "/accounts/sign-in/?next=/anybody/"


def test_strangers_of_the_api_are_told_so(client):
    answer = client.get("/api/v1/people/")

    assert (answer.status_code, answer.json().keys()) == (401, {"detail"})


def test_a_fragment_sends_its_whole_page_to_sign_in(client):
    answer = client.get("/people/", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/accounts/sign-in/")


@pytest.mark.parametrize(("role", "status"), [("doctor", 200), ("dpo", 403), ("", 403)])
def test_who_lacks_the_permission_is_refused(browser, role, status):
    assert browser(role=role).get("/people/").status_code == status


def test_whoever_is_signed_in_opens_what_asks_no_more(browser):
    assert browser(role="").get("/anybody/").status_code == 200


def test_writing_may_ask_for_more_than_reading(browser):
    client = browser(role="doctor")

    assert client.get("/sites/").status_code == 200
    assert client.post("/sites/").status_code == 403
    assert browser(role="coordinator").post("/sites/").status_code == 200


def test_a_one_time_password_opens_nothing_but_its_change(browser):
    client = browser(UserFactory(role="doctor", must_change_password=True))

    assert client.get("/people/").url == "/accounts/password/"
    assert client.get("/api/v1/people/").status_code == 403
    assert client.get("/accounts/password/").status_code == 200


def test_the_posting_chosen_for_the_session_is_acted_in(browser):
    client = browser(role="doctor")
    other = PostingFactory(user=client.user, role="coordinator")
    assert client.get("/people/").content.decode() == str(client.user.posting)

    client.post("/accounts/posting/", {"posting": other.pk, "next": "/people/"})

    assert client.get("/people/").content.decode() == str(other)


@pytest.mark.parametrize("whose", ["another's", "ended", "none", "nonsense"])
def test_only_a_posting_of_ones_own_and_in_force_can_be_chosen(browser, whose):
    client = browser(role="doctor")
    if whose == "another's":
        chosen = PostingFactory().pk
    elif whose == "ended":
        chosen = PostingFactory(user=client.user, role="nurse", until="2020-02-02").pk
    else:
        chosen = {"none": "", "nonsense": "1' or '1'='1"}[whose]

    assert client.post("/accounts/posting/", {"posting": chosen}).status_code == 404
    assert "posting" not in client.session


@pytest.mark.parametrize(
    ("address", "status"), [("/nowhere/", 404), ("/bare/", 403), ("/fails/", 500)]
)
def test_errors_have_pages_of_our_own_without_what_was_typed(client, address, status):
    client.raise_request_exception = False

    answer = client.get(address)

    assert answer.status_code == status
    assert b"Vereda" in answer.content
    assert "Juana" not in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "status"), [("/api/v1/nowhere/", 404), ("/api/v1/fails/", 500)]
)
def test_errors_of_the_api_are_json(client, address, status):
    client.raise_request_exception = False

    answer = client.get(address)

    assert (answer.status_code, list(answer.json())) == (status, ["detail"])


def test_a_form_that_is_too_large_is_a_bad_request(client):
    answer = client.post("/public/", {f"f{n}": "" for n in range(700)} | {"a": ""})
    assert answer.status_code == 200  # nothing read it

    answer = client.post("/accounts/sign-in/", {f"f{n}": "" for n in range(700)})
    assert answer.status_code == 400
    assert b"Vereda" in answer.content


def test_a_forged_form_is_refused_with_a_page_that_says_what_to_do():
    answer = Client(enforce_csrf_checks=True).post("/accounts/sign-in/", {"email": "a@b.example"})

    assert answer.status_code == 403
    assert answer.templates[0].name == "403_csrf.html"
    assert not AccessEvent.objects.exists()


def test_an_error_page_is_served_even_without_a_database(client, monkeypatch):
    monkeypatch.setattr("accounts.views.errors.render", fail)
    client.raise_request_exception = False

    answer = client.get("/fails/")

    assert (answer.status_code, answer.content) == (500, b"Internal Server Error")
