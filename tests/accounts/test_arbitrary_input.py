"""Whatever is sent: an answer in words, never a crash, and nothing half-saved."""

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Posting, Programme, User
from accounts.rows import uuid7
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db

ODD = [
    "", "\0", "x\0y", "x" * 10_000, "\u202eevil", "\U0001f9e1", "e\u0301", "=1+1", "<script>",
    "' or 1=1 --", "-1", "0", "99999999999999999999", "NaN", "1899-12-31", "2025-02-29", "9999-12-31",
    "0000-00-00", "31/12/2025", "%00", "../../etc/passwd", "01a1fa6b-e888-7675-bb38-861913d87e7b",
]  # fmt: skip
texts = st.one_of(st.sampled_from(ODD), st.text(max_size=60))

FORMS = {
    "/accounts/sign-in/": ("", "post", ("email", "password", "next")),
    "/accounts/password/": ("doctor", "post", ("old", "new", "again")),
    "/accounts/profile/": ("doctor", "post", ("name", "licence", "language", "version")),
    "/accounts/posting/": ("doctor", "post", ("posting", "next")),
    "/accounts/language/": ("doctor", "post", ("language", "next")),
    "/accounts/theme/": ("", "post", ("theme", "next")),
    "/accounts/log/": (
        "dpo", "get", ("since", "until", "person", "actor", "action", "privacy_class", "before"),
    ),
    "/accounts/log/download/": ("dpo", "get", ("since", "until", "person", "actor", "before")),
    "/accounts/users/": ("administrator", "get", ("role", "state", "page")),
    "/accounts/users/?": ("administrator", "post", ("text",)),
    "/accounts/users/new/": (
        "administrator", "post", ("id", "email", "name", "licence", "language", "discipline"),
    ),
    "/accounts/users/{}/": (
        "administrator", "post",
        ("version", "email", "name", "licence", "language", "discipline"),
    ),
    "/accounts/users/{}/active/": ("administrator", "post", ("to", "version")),
    "/accounts/users/{}/postings/new/": (
        "administrator", "post", ("id", "role", "programme", "discipline", "since", "until"),
    ),
    "/accounts/programmes/": ("administrator", "get", ("page",)),
    "/accounts/programmes/new/": (
        "administrator", "post",
        ("id", "code", "name_es", "name_en", "name_fr", "kind", "time_zone", "starts_on", "ends_on"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("address", FORMS)
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_text_in_any_field_is_answered(address, data, browser):
    role, method, fields = FORMS[address]
    client = browser(role=role) if role else Client()
    sent = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(fields, texts)))

    answer = getattr(client, method)(address.format(UserFactory().pk), sent)

    assert answer.status_code in (200, 302, 400, 404, 409, 429)


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd])
def test_odd_texts_are_kept_as_they_are_or_refused_whole(browser, odd):
    """Beside one odd field all others are right: it is saved unchanged, or nothing is."""
    client, key = browser(role="administrator"), uuid7()
    data = {"id": key, "email": "rosa@vereda.example", "name": odd, "language": "es"}

    status = client.post("/accounts/users/new/", data).status_code

    saved = User.objects.filter(pk=key).values_list("name", flat=True)
    assert (status, list(saved)) in ((200, [odd]), (400, []))


def test_ids_of_others_are_not_found(browser):
    client = browser(role="administrator")
    nobody = uuid7()

    assert client.get(f"/accounts/users/{nobody}/").status_code == 404
    assert client.post(f"/accounts/users/{nobody}/password/").status_code == 404
    assert client.get(f"/accounts/postings/{nobody}/end/").status_code == 404
    assert client.get(f"/accounts/programmes/{nobody}/").status_code == 404
    assert not Posting.objects.filter(user=nobody).exists()
    assert not Programme.objects.exists()
