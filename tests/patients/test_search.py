import pytest
from django.core.cache import cache

from patients import codes, services
from patients.models import Patient
from patients.names import Reason
from patients.queries import Purpose, asked, find_people, look_alikes
from tests.accounts.factories import UserFactory
from tests.patients.factories import PatientFactory, make_card

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _count_again():
    cache.clear()


def found(user, text, birth_year=None):
    return [each.patient for each in find_people(user, asked(text, birth_year))]


@pytest.mark.parametrize(
    ("given", "family", "typed"),
    [
        ("Janeth", "Gutiérrez", "Yaneth"),
        ("Janeth", "Gutiérrez", "Gutierres"),
        ("Janeth", "Gutiérrez", "janet gutieres"),
        ("Jean-Baptiste", "Pierre", "Jan Batis"),
        ("Wilguins", "Saint-Louis", "Wilguens"),
        ("Wilguins", "Saint-Louis", "Wilgens Sen Louis"),
        ("فاطمة", "", "فاطمة"),
        ("José", "", "Jose\u0301"),
    ],
)
def test_a_name_is_found_however_it_is_spelled(doctor, given, family, typed):
    person = PatientFactory(by=doctor, given_name=given, family_name=family)
    PatientFactory(by=doctor, given_name="Marisol", family_name="Hernández")

    assert found(doctor, typed)[:1] == [person]


def test_the_official_and_the_mothers_name_help_to_find(doctor):
    person = PatientFactory(
        by=doctor,
        given_name="Chela",
        family_name="Rivas",
        official_name="Graciela Rivas Toro",
        mother_name="Domitila",
    )

    assert found(doctor, "Graciela Toro") == [person]
    assert found(doctor, "Rivas Domitila") == [person]


def test_each_match_says_its_reason(doctor):
    PatientFactory(by=doctor, given_name="Janeth", family_name="Gutiérrez", phone="+525512345678")

    [by_name] = find_people(doctor, asked("janeth gutierrez"))
    [by_phone] = find_people(doctor, asked("5678"))
    assert by_name.match.reason == Reason.EXACT_NAME
    assert by_phone.match.reason == Reason.PHONE


def test_the_birth_year_puts_the_right_person_first(doctor):
    for year in (1960, 1985, 2001):
        PatientFactory(by=doctor, given_name="Juan", family_name="Pérez", age=2026 - year)
    wanted = PatientFactory(by=doctor, given_name="Juan", family_name="Pérez", age=40)

    assert found(doctor, "Juan Pérez", wanted.birth_year)[0] == wanted


@pytest.mark.parametrize("typed", ["5678", "345678", "55 1234 5678", "+52 55 1234-5678"])
def test_a_phone_is_found_by_its_last_digits(doctor, typed):
    person = PatientFactory(by=doctor, phone="+525512345678")
    PatientFactory(by=doctor, phone="+525512345679")

    assert found(doctor, typed) == [person]


def test_three_digits_are_too_few(doctor):
    PatientFactory(by=doctor, phone="+525512345678")

    assert found(doctor, "678") == []


def test_a_code_is_read_whatever_its_dress(doctor):
    patient = PatientFactory(by=doctor)
    typed = f" {codes.display(patient.code).lower()} "

    assert asked(typed) == asked(patient.code)
    assert asked(typed).purpose == Purpose.CODE


def test_nobody_outside_the_scope_is_found_or_compared(doctor, stranger):
    PatientFactory(by=doctor, given_name="Janeth", family_name="Gutiérrez", phone="+525512345678")
    card = make_card(given_name="Janeth", family_name="Gutiérrez")

    assert found(stranger, "Janeth Gutiérrez") == []
    assert found(stranger, "5678") == []
    assert (
        look_alikes(
            stranger,
            card.names,
            sex="female",
            birth_year=card.birth.date.year,
            nationality=card.nationality,
        )
        == []
    )


def test_scope_comes_before_the_cap_of_candidates(doctor, stranger, monkeypatch):
    monkeypatch.setattr("patients.queries.search.CANDIDATES", 3)
    own = PatientFactory(by=stranger, given_name="Ana", family_name="López")
    for _ in range(6):
        PatientFactory(by=doctor, given_name="Ana", family_name="López")

    assert found(stranger, "Ana López") == [own]


@pytest.mark.parametrize(
    "typed", ["", "   ", "!!", "\u202e\u202e", "💊", "' OR 1=1 --", "%", "\x00"]
)
def test_odd_questions_find_nobody(doctor, typed):
    PatientFactory(by=doctor)

    assert found(doctor, typed) == []


def test_a_very_long_question_is_answered(doctor):
    person = PatientFactory(by=doctor, given_name="Janeth", family_name="Gutiérrez")

    assert found(doctor, "Janeth Gutiérrez " + "x" * 10_000)[:1] in ([], [person])


def test_at_most_ten_are_shown(doctor):
    for _ in range(12):
        PatientFactory(by=doctor, given_name="Ana", family_name="López")

    assert len(found(doctor, "Ana López")) == 10


class TestHidden:
    @pytest.fixture
    def hidden(self, doctor):
        patient = PatientFactory(by=doctor, given_name="Janeth", family_name="Gutiérrez", age=30)
        return services.hide(patient, by=doctor)

    def test_who_hid_the_person_still_finds_them(self, hidden, doctor):
        assert found(doctor, "Yaneth") == [hidden]

    def test_colleagues_find_them_only_by_exact_name_and_birth_year(self, hidden, colleague):
        year = hidden.birth_year
        assert found(colleague, "Janeth Gutiérrez", year) == [hidden]
        assert found(colleague, "janeth gutierrez", year) == [hidden]
        assert found(colleague, "Janeth Gutiérrez") == []
        assert found(colleague, "Janeth Gutiérrez", year - 1) == []
        assert found(colleague, "Yaneth Gutiérrez", year) == []
        assert found(colleague, "Janeth", year) == []

    def test_staff_who_are_not_clinical_do_not_find_them(self, hidden, programme):
        for role in ("social_worker", "mediator", "coordinator"):
            user = UserFactory(role=role, programme=programme)
            assert found(user, "Janeth Gutiérrez", hidden.birth_year) == []

    def test_other_programmes_do_not_find_them(self, hidden, stranger):
        assert found(stranger, "Janeth Gutiérrez", hidden.birth_year) == []

    def test_a_phone_does_not_find_them(self, doctor, colleague):
        patient = PatientFactory(by=doctor, phone="+525512345678")
        services.hide(patient, by=doctor)

        assert found(colleague, "5678") == []

    def test_they_are_nobodys_possible_duplicate(self, hidden, colleague):
        card = make_card(given_name="Janeth", family_name="Gutiérrez", age=30)
        assert (
            look_alikes(
                colleague,
                card.names,
                sex="female",
                birth_year=card.birth.date.year,
                nationality=card.nationality,
            )
            == []
        )


class TestLookAlikes:
    @pytest.fixture
    def janeth(self, doctor):
        return PatientFactory(
            by=doctor, given_name="Janeth", family_name="Gutiérrez", age=30, mother_name="Carmen"
        )

    def alike(self, doctor, **values):
        card = make_card(
            **{"given_name": "Yaneth", "family_name": "Gutierres", "age": 30, **values}
        )
        found = look_alikes(
            doctor,
            card.names,
            sex=card.sex,
            birth_year=card.birth.date.year,
            nationality=card.nationality,
        )
        return [each.patient for each in found]

    @pytest.mark.parametrize(
        "values",
        [{}, {"age": 32}, {"age": 28}, {"sex": "sex_unknown"}, {"mother_name": "Karmen"}],
    )
    def test_like_names_sex_and_age_are_a_possible_duplicate(self, doctor, janeth, values):
        assert self.alike(doctor, **values) == [janeth]

    @pytest.mark.parametrize(
        "values",
        [
            {"age": 34},
            {"sex": "male"},
            {"given_name": "Marisol", "family_name": "Toro"},
            {"nationality": "HTI", "mother_name": "Zoraida"},
        ],
    )
    def test_another_age_sex_or_name_is_not(self, doctor, janeth, values):
        assert self.alike(doctor, **values) == []


def test_the_count_of_statements_does_not_grow_with_the_people(
    doctor, django_assert_max_num_queries
):
    for count in (1, 50):
        while doctor_people(doctor) < count:
            PatientFactory(by=doctor, given_name="Ana", family_name="López")
        with django_assert_max_num_queries(4):
            assert found(doctor, "Ana López")


def doctor_people(doctor):
    return Patient.objects.visible_to(doctor).count()
