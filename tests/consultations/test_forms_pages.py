"""The forms inside their page, with the person's head and the menu around them."""

import gzip

import pytest

from accounts.policy import Discipline
from consultations.forms import FORMS
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, OutingFactory
from tests.consultations.samples import payload_of
from tests.patients.factories import PatientFactory

pytestmark = pytest.mark.django_db
ROLES = {
    Discipline.MEDICAL: "doctor",
    Discipline.NURSING: "nurse",
    Discipline.SRH: "doctor",
    Discipline.PSYCHOLOGY: "psychologist",
    Discipline.PSYCHIATRY: "psychiatrist",
    Discipline.SOCIAL_WORK: "social_worker",
    Discipline.CULTURAL_MEDIATION: "mediator",
    Discipline.HEALTH_PROMOTION: "promoter",
    Discipline.PHYSIOTHERAPY: "physio",
    Discipline.OCCUPATIONAL: "physio",
}


@pytest.mark.parametrize("discipline", FORMS)
def test_a_form_page_comes_in_one_round_trip(client, discipline):
    user = UserFactory(role=ROLES[discipline])
    person = PatientFactory(by=user)
    outing = OutingFactory(by=user)
    client.force_login(user)
    address = f"/patients/{person.code}/consultations/new/{discipline}/"

    first = client.get(address)
    assert first.status_code == 200
    answers = payload_of(discipline, follow_up=None, supported=None)
    for need in answers.get("needs", ()):
        need.pop("partner", None)
    ConsultationFactory(by=user, patient=person, outing=outing, discipline=discipline, **answers)
    again = client.get(address)
    assert again.status_code == 200
    for response in (first, again):
        assert len(gzip.compress(response.content, 6)) <= 14 * 1024
