import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.policy import Role
from terminology.models import Concept, Load
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
SEARCH = "/terminology/search/"
FIRST = "/terminology/lists/visit_types/values/first/"
ODD = ["", "x" * 10_000, "\x00", "مرحبا", "🩺", "e\u0301", "=1+1", "<script>alert(1)</script>"]
FIXED = 9  # session, user, postings and the like


@pytest.fixture
def admin(client):
    user = UserFactory(role="administrator")
    client.force_login(user)
    return user


def fields_of(client):
    html = client.get(FIRST).content.decode()
    version = re.search(r'name="version" value="(\d+)"', html)[1]
    return {
        "label_en": "First", "label_es": "Consulta inicial", "label_fr": "Première",
        "place": "1", "retired_on": "", "version": version,
    }  # fmt: skip


def test_the_search_answers_key_label_and_hint(client):
    client.force_login(UserFactory(role="doctor"))
    found = client.get(SEARCH, {"list": "morbidity", "q": "respiratoria alta"}).json()["results"]
    assert found[0] == {
        "key": "morbidity:uri", "label": "Infección respiratoria alta", "hint": "J06.9",
    }  # fmt: skip


def test_the_search_gives_at_most_twenty(client):
    client.force_login(UserFactory(role="doctor"))
    assert len(client.get(SEARCH, {"list": "countries", "q": "a"}).json()["results"]) == 20


def test_the_search_takes_a_part(client):
    client.force_login(UserFactory(role="dpo"))
    asked = {"list": "sex_gender", "part": "sex_recorded"}
    assert len(client.get(SEARCH, asked).json()["results"]) == 4
    assert len(client.get(SEARCH, {"list": "sex_gender(sex_recorded)"}).json()["results"]) == 4


@pytest.mark.parametrize(
    "asked",
    [{}, {"list": "nope"}, {"list": "countries", "q": "x" * 101}, {"list": "a\x00b"},
     {"list": "countries", "q": "\x00"}, {"list": "x" * 300}],
)  # fmt: skip
def test_a_bad_search_is_answered_with_400_and_a_message(client, asked):
    client.force_login(UserFactory(role="doctor"))
    answer = client.get(SEARCH, asked)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_partners_are_searched_by_those_who_may_read_them(client):
    client.force_login(UserFactory(role="doctor"))
    assert client.get(SEARCH, {"list": "partners", "q": "a"}).json() == {"results": []}
    client.force_login(UserFactory(role="dpo"))
    assert client.get(SEARCH, {"list": "partners", "q": "a"}).status_code == 403


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_open_the_lists(client, role):
    client.force_login(UserFactory(role=role))
    for name, args in (
        ("lists", []),
        ("concepts", ["countries"]),
        ("concept", ["countries", "HTI"]),
        ("upload", ["countries"]),
        ("download", ["countries"]),
    ):
        assert client.get(reverse(f"terminology:{name}", args=args)).status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "/terminology/lists/nope/",
        "/terminology/lists/nope/upload/",
        "/terminology/lists/nope/download/",
        "/terminology/lists/countries/values/NOPE/",
        "/terminology/uploads/01890000-0000-7000-8000-000000000000/",
    ],
)
def test_what_does_not_exist_is_404(client, admin, url):
    assert client.get(url).status_code == 404


def test_the_lists_are_found_by_name_and_by_label(client, admin):
    html = client.get("/terminology/lists/", {"q": "haiti"}).content.decode()
    assert "countries" in html
    assert "visit_types" not in html


@pytest.mark.parametrize("q", ODD)
@pytest.mark.parametrize("url", ["/terminology/lists/", "/terminology/lists/countries/"])
def test_odd_filters_never_break_a_page(client, admin, url, q):
    assert client.get(url, {"q": q}).status_code in (200, 400)


@pytest.mark.parametrize("asked", [{"page": "x"}, {"page": "0"}, {"state": "gone"}])
def test_unknown_filters_are_a_bad_request(client, admin, asked):
    answer = client.get("/terminology/lists/countries/", asked)
    assert answer.status_code == 400


def test_pages_take_few_statements(client, admin, django_assert_max_num_queries):
    for url in ("/terminology/lists/", "/terminology/lists/countries/?state=all", FIRST):
        client.get(url)
        with django_assert_max_num_queries(FIXED + 12):
            client.get(url)


def test_a_label_is_changed(client, admin):
    answer = client.post(FIRST, fields_of(client))
    assert answer.status_code == 302
    assert Concept.objects.get(pk="visit_types:first").label_es == "Consulta inicial"


def test_of_two_who_edit_the_second_sees_both_versions(client, admin):
    fields = fields_of(client)
    client.post(FIRST, fields)
    answer = client.post(FIRST, {**fields, "label_es": "Otra"})
    assert answer.status_code == 409
    assert "Consulta inicial" in answer.content.decode()
    assert "Otra" in answer.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"label_es": ""}, {"label_es": "x" * 401}, {"label_es": "a\x00"}, {"place": "0"},
     {"label_fr": "a\nb"}, {"retired_on": "2026-02-30"}, {"version": ""}],
)  # fmt: skip
def test_a_wrong_value_is_said_and_nothing_is_saved(client, admin, wrong):
    answer = client.post(FIRST, {**fields_of(client), **wrong})
    assert answer.status_code == 400
    assert Concept.objects.get(pk="visit_types:first").version == 1


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=500))
def test_any_text_is_saved_as_typed_or_refused(client, admin, text):
    answer = client.post(FIRST, {**fields_of(client), "label_en": text})
    assert answer.status_code in (302, 400)


def test_a_value_is_moved(client, admin):
    answer = client.post(f"{FIRST}move/", {"step": "1", "version": "1"})
    assert answer.status_code == 302
    assert Concept.objects.of("visit_types")[1].code == "first"
    assert client.post(f"{FIRST}move/", {"step": "7", "version": "1"}).status_code == 400


def send(client, data, name="visit_types"):
    file = SimpleUploadedFile("list.csv", data, content_type="text/csv")
    return client.post(f"/terminology/lists/{name}/upload/", {"file": file})


def test_the_file_downloaded_can_be_sent_back_unchanged(client, admin):
    for name in ("countries", "medicines", "age_bands", "scale_answers", "partner_types"):
        data = client.get(f"/terminology/lists/{name}/download/").content
        answer = send(client, data, name)
        assert answer.status_code == 302, answer.content.decode()
        assert "no" in client.get(answer.url).content.decode()
        assert not Concept.objects.filter(relabelled=True).exists()


def test_a_file_is_looked_at_and_then_saved(client, admin):
    preview = send(client, b"code,label_en,label_es,label_fr\nfirst,One,Uno,Un\n").url
    html = client.get(preview).content.decode()
    assert "Uno" in html
    mark = re.search(r'name="mark" value="(\w+)"', html)[1]
    assert client.post(preview, {"mark": "0" * 64}).status_code == 409
    assert client.post(preview, {"mark": mark}).status_code == 302
    assert Concept.objects.get(pk="visit_types:first").label_es == "Uno"
    assert client.get(preview).status_code == 302


def test_the_file_of_another_administrator_is_not_found(client, admin):
    preview = send(client, b"code,label_en,label_es,label_fr\nfirst,One,Uno,Un\n").url
    client.force_login(UserFactory(role="administrator"))
    assert client.get(preview).status_code == 404


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"code,label_en,label_es,label_fr\nfirst,,b,c\n", b"\x00" * 50,
     b"code,label_en,label_es,label_fr\nfirst,a,b,c\n" + b"x" * 1024 * 1024, b'"', b"code\n"],
)  # fmt: skip
def test_a_bad_file_is_refused_with_a_message(client, admin, data):
    answer = send(client, data)
    assert answer.status_code == 400
    assert "alert" in answer.content.decode() or "error" in answer.content.decode()
    assert not Load.objects.filter(sent_by=admin).exists()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_refused_or_previewed(client, admin, data):
    assert send(client, data).status_code in (302, 400)
    assert not Concept.objects.filter(relabelled=True).exists()


def test_a_formula_in_a_label_does_not_run_in_a_spreadsheet(client, admin):
    Concept.objects.filter(pk="visit_types:first").update(label_en="=1+1")
    text = client.get("/terminology/lists/visit_types/download/").content.decode()
    assert ",'=1+1," in text.replace("first", ",", 1) or "'=1+1" in text
