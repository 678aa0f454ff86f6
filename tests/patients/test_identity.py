import pytest
from django.utils import timezone

from accounts.models import AccessEvent
from accounts.privacy import PrivacyClass
from accounts.rows import EditConflict
from accounts.services import disclose
from patients import ages, hooks, queries, services
from patients.card import ConsentAnswer, Contact, Names
from patients.models import Identity, SearchToken
from patients.queries import asked, find_people
from tests.accounts.factories import UserFactory
from tests.patients.factories import PatientFactory

pytestmark = pytest.mark.django_db


def born(age):
    return ages.from_age(age, timezone.localdate())


def found(user, text):
    return [each.patient for each in find_people(user, asked(text))]


def texts(patient, by):
    permit = disclose(
        by=by, action="person.opened", subjects=[patient], privacy_class=PrivacyClass.PROTECTED
    )
    identity = queries.current_identity(patient)
    return {name: permit.open(identity, name, identity.key) for name in Identity.SEALED}


def test_a_correction_supersedes_and_the_search_follows(doctor):
    patient = PatientFactory(by=doctor, given_name="Marisol", family_name="Toro")
    services.correct_identity(
        patient,
        Names(given_name="Zulema", family_name="Toro"),
        born(34),
        expected=patient.version,
        by=doctor,
    )

    assert patient.identities.count() == 2
    assert patient.identities.filter(superseded_at__isnull=True).count() == 1
    assert found(doctor, "Zulema") == [patient]
    assert found(doctor, "Marisol") == []


@pytest.mark.django_db(transaction=True)
def test_a_correction_keeps_what_it_does_not_speak_of():
    doctor = UserFactory(role="doctor")
    patient = PatientFactory(
        by=doctor, phone="+525512345678", care_preferences=({"code": "staff_woman"},)
    )
    before = texts(patient, doctor)
    corrected = services.correct_identity(
        patient, Names(given_name="Zulema"), born(40), expected=1, by=doctor
    )
    services.update_contact(
        corrected,
        "+525587654321",
        Contact(methods=("call",)),
        expected=corrected.version,
        by=doctor,
    )

    after = texts(patient, doctor)
    assert after["given_name"] == "Zulema"
    assert after["phone"] == "+525587654321"
    assert after["care_preferences"] == before["care_preferences"] != ""
    assert found(doctor, "4321") == [patient]
    assert found(doctor, "5678") == []
    assert found(doctor, "Zulema") == [patient]


def test_the_second_to_save_meets_a_conflict(doctor):
    patient = PatientFactory(by=doctor)
    services.correct_identity(patient, Names(given_name="Zulema"), born(34), expected=1, by=doctor)

    with pytest.raises(EditConflict) as conflict:
        services.correct_identity(patient, Names(given_name="Ana"), born(34), expected=1, by=doctor)
    assert conflict.value.theirs == patient
    assert patient.identities.count() == 2


def test_a_corrected_birth_date_restates_what_depends_on_it(doctor, monkeypatch):
    restated = []
    hook = lambda patient, birth_date: restated.append((patient, birth_date))  # noqa: E731
    monkeypatch.setattr(hooks, "on_birth_date_corrected", [hook])
    patient = PatientFactory(by=doctor, age=34)

    services.correct_identity(patient, Names(given_name="Rosa"), born(3), expected=1, by=doctor)
    patient.refresh_from_db()
    services.correct_identity(
        patient, Names(given_name="Ana"), born(3), expected=patient.version, by=doctor
    )

    assert restated == [(patient, born(3).date)]
    assert patient.birth_year == born(3).date.year
    assert queries.age_at(patient, timezone.localdate()).years == 3
    assert patient.vulnerabilities.get().criterion_id == "vulnerability_criteria:child_under5"


def test_a_hook_that_fails_undoes_the_correction(doctor, monkeypatch):
    def fail(*_args):
        raise RuntimeError

    monkeypatch.setattr(hooks, "on_birth_date_corrected", [fail])
    patient = PatientFactory(by=doctor, age=34)
    with pytest.raises(RuntimeError):
        services.correct_identity(patient, Names(), born(3), expected=1, by=doctor)

    assert patient.identities.count() == 1


def test_age_comes_out_without_an_event(doctor):
    patient = PatientFactory(by=doctor, birth=ages.from_age(0, timezone.localdate(), months=7))
    events = AccessEvent.objects.count()

    assert queries.age_at(patient, timezone.localdate()) == (0, 7)
    assert AccessEvent.objects.count() == events


def test_a_pseudonymous_record_takes_no_names(doctor):
    patient = PatientFactory(by=doctor, consent="refused")
    services.correct_identity(patient, Names(given_name="Rosa"), born(20), expected=1, by=doctor)
    patient.refresh_from_db()
    services.update_contact(
        patient, "+525512345678", Contact(), expected=patient.version, by=doctor
    )

    current = queries.current_identity(patient)
    assert current.given_name is None
    assert current.phone is None
    assert not SearchToken.objects.exists()


def test_withdrawn_consent_takes_the_names_away_and_leaves_the_record(doctor):
    patient = PatientFactory(by=doctor, given_name="Marisol", phone="+525512345678")
    services.record_consent(
        patient,
        ConsentAnswer(decision="consent_decisions:withdrawn", method="verbal"),
        by=doctor,
    )

    patient.refresh_from_db()
    current = queries.current_identity(patient)
    assert patient.data_consent == "withdrawn"
    assert [name for name in Identity.SEALED if getattr(current, name)] == ["birth_date"]
    assert not SearchToken.objects.exists()
    assert found(doctor, "Marisol") == []
    assert queries.age_at(patient, timezone.localdate()).years == 34


def test_consent_given_later_lets_names_be_recorded(doctor):
    patient = PatientFactory(by=doctor, consent="refused")
    services.record_consent(patient, ConsentAnswer(), by=doctor)
    patient.refresh_from_db()
    services.correct_identity(
        patient, Names(given_name="Marisol"), born(34), expected=patient.version, by=doctor
    )

    assert found(doctor, "Marisol") == [patient]


def test_preferences_are_sealed_and_logged_as_protected(doctor):
    patient = PatientFactory(by=doctor)
    services.update_preferences(
        patient, [{"code": "not_same_day", "value": "ABC"}], expected=1, by=doctor
    )

    assert b"not_same_day" not in bytes(queries.current_identity(patient).care_preferences)
    event = AccessEvent.objects.get(action="person.preferences_changed")
    assert event.privacy_class == "protected"
