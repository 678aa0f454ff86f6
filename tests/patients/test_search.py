import pytest

from patients.queries import asked, find_people
from tests.accounts.factories import UserFactory
from tests.patients.factories import PatientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor():
    return UserFactory(role="doctor")


def found(doctor, text, birth_year=None):
    return [each.patient for each in find_people(doctor, asked(text, birth_year))]


@pytest.mark.parametrize(
    ("given", "family", "typed"),
    [
        ("Janeth", "Gutiérrez", "Yaneth"),
        ("Janeth", "Gutiérrez", "Gutierres"),
        ("Janeth", "Gutiérrez", "janet gutieres"),
        ("Jean-Baptiste", "Pierre", "Jan Batis"),
        ("Wilguins", "Saint-Louis", "Wilguens"),
    ],
)
def test_a_name_is_found_however_it_is_spelled(doctor, given, family, typed):
    person = PatientFactory(by=doctor, given_name=given, family_name=family)
    PatientFactory(by=doctor, given_name="Marisol", family_name="Hernández")

    assert found(doctor, typed) == [person]
