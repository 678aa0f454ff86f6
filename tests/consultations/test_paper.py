"""Blank forms on paper come from the same definitions and name nobody."""

import gzip

import pytest

from consultations.definitions import form_of
from consultations.forms import FORMS
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(client):
    user = UserFactory(role="nurse")
    client.force_login(user)
    return user


@pytest.mark.parametrize("discipline", FORMS)
def test_every_discipline_has_a_paper_form(client, nurse, discipline):
    response = client.get(f"/paper/{discipline}/")

    assert response.status_code == 200
    page = response.content.decode()
    for field in form_of(discipline).values():
        if field.type not in ("link", "auto") and field.code not in ("actions", "outcome"):
            assert field.label in page, field.code
    assert len(gzip.compress(response.content)) < 14 * 1024
    assert nurse.posting.programme.name not in page


def test_choices_are_boxes_and_long_lists_have_a_line(client, nurse):
    page = client.get("/paper/medical/").content.decode()

    assert "<li>Embarazo</li>" in page
    assert "Infección respiratoria alta" in page


def test_there_is_no_paper_of_what_has_no_form(client, nurse):
    assert client.get("/paper/sgbv/").status_code == 404
    assert client.get("/paper/astrology/").status_code == 404


def test_the_list_leads_to_each(client, nurse):
    page = client.get("/paper/").content.decode()

    for discipline in FORMS:
        assert f'href="/paper/{discipline}/"' in page


def test_paper_is_for_who_sees_outings(client):
    client.force_login(UserFactory(role="dpo"))

    assert client.get("/paper/medical/").status_code == 403
