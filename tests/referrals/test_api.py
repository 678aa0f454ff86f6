"""Referrals through the API: the same form, services, scope and log as the pages."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.rows import uuid7
from referrals.models import Referral
from tests.consultations.conftest import _FIXED, doctor, programme, stranger
from tests.consultations.factories import OutingFactory
from tests.patients.factories import PatientFactory
from tests.referrals import scenes

__all__ = ("doctor", "programme", "stranger")
pytestmark = pytest.mark.django_db
URL = "/api/v1/referrals/"


def api(user):
    client = Client()
    client.force_login(user)
    return client


def post(client, url, body):
    return client.post(url, body, content_type="application/json")


@pytest.fixture
def centre():
    return scenes.centre_of()


@pytest.fixture
def person(doctor):
    return PatientFactory(by=doctor)


def body(person, centre, **more):
    said = scenes.answers(f"programme:{centre.pk}", **more)
    id_ = said.pop("id")
    said.pop("consent_id")
    return {"id": id_, "patient": person.code, "answers": said}


def test_refer_open_and_accept(doctor, person, centre):
    made = post(api(doctor), URL, body(person, centre))
    assert made.status_code == 201, made.content
    pk, version = made.json()["id"], made.json()["version"]
    coordinator = api(scenes.coordinator_of(centre))
    listed = coordinator.get(URL + "?tab=new").json()
    assert [row["id"] for row in listed["results"]] == [pk]
    opened = coordinator.get(f"{URL}{pk}/").json()
    assert "accept" in opened["possible"]
    assert {"field": "summary", "text": "Dolor y pesadillas desde el viaje."} in opened["shared"]
    moved = post(coordinator, f"{URL}{pk}/moves/accept/", {"version": version, "answers": {}})
    assert moved.json()["status"] == "accepted"
    again = post(coordinator, f"{URL}{pk}/moves/review/", {"version": version})
    assert again.status_code == 409
    assert Referral.objects.get().status == "accepted"


def test_the_same_id_and_body_is_one_and_another_body_a_conflict(doctor, person, centre):
    said = body(person, centre)
    client = api(doctor)
    assert [post(client, URL, said).status_code for _n in range(2)] == [201, 201]
    assert Referral.objects.count() == 1
    other = {**said, "answers": {**said["answers"], "summary": "Otra cosa"}}
    assert post(client, URL, other).status_code == 409


def test_faults_are_told_by_field(doctor, person, centre):
    answer = post(api(doctor), URL, body(person, centre, criteria=[]))
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"criteria"}


def test_out_of_scope_is_not_there(stranger, doctor, person, centre):
    assert post(api(stranger), URL, body(person, centre)).status_code == 404
    referral = scenes.to_centre(doctor, centre, person)
    assert api(stranger).get(f"{URL}{referral.pk}/").status_code == 404
    answer = post(api(stranger), f"{URL}{referral.pk}/moves/note/", {"version": 1})
    assert answer.status_code == 404


def test_a_whole_visit_takes_few_statements(doctor, person, centre):
    """Open the person, record the consultation, refer: beyond the fixed cost of three calls."""
    outing = OutingFactory(by=doctor)
    client = api(doctor)

    def visit(patient):
        answers = {
            "visit_type": "first", "mode": "consultation_modes:individual",
            "treatment_consent": "consent_decisions:given", "reason": "morbidity:uri",
            "diagnosis-TOTAL_FORMS": "1", "diagnosis-INITIAL_FORMS": "0",
            "diagnosis": ["morbidity:uri"], "violence_link": "yes_no_not_asked:not_asked",
            "advice_plan": "Reposo",
        }  # fmt: skip
        note = {
            "id": str(uuid7()), "patient": patient.code, "outing": str(outing.pk),
            "discipline": "medical", "answers": answers, "confirm_warnings": True,
        }  # fmt: skip
        got = client.get(f"/api/v1/patients/{patient.code}/")
        signed = post(client, "/api/v1/consultations/", note)
        sent = post(client, URL, body(patient, centre))
        assert (got.status_code, signed.status_code, sent.status_code) == (200, 201, 201), (
            signed.content, sent.content,
        )  # fmt: skip

    visit(PatientFactory(by=doctor))  # lists and content types are read once a process
    with CaptureQueriesContext(connection) as captured:
        visit(person)
    own = [q["sql"] for q in captured if not _FIXED.search(q["sql"])]
    assert len(own) <= 60, "\n".join(sql[:110] for sql in own)
