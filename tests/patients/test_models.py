"""What the database itself refuses, and what it never holds in clear."""

import logging

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ForeignKey, UUIDField
from django.utils import timezone

from accounts.privacy import PrivacyClass
from accounts.rows import SealedField
from patients import services
from patients.card import AllergyAnswer, ConsentAnswer
from patients.models import (
    Allergy,
    DataKey,
    Identity,
    Patient,
    ProtectionTask,
    Vulnerability,
)
from patients.queries import age_at
from tests.patients.factories import PatientFactory

pytestmark = pytest.mark.django_db

CANARIES = (
    "Xochiquetzal",
    "Ñuflodesoto",
    "Brunequilda",
    "Graciliana",
    "5598761234",
    "61234",
    "zarigüeyacode",
    "Eustaquiowitness",
    "penicilamarga",
    "porquenoquiso",
    "1987-03-21",
)


def every_value():
    for model in apps.get_app_config("patients").get_models():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            for row in cursor.fetchall():
                yield from row
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_accessevent")
        for row in cursor.fetchall():
            yield from row


def test_names_phones_and_texts_are_nowhere_in_clear(doctor, caplog):
    caplog.set_level(logging.DEBUG)
    patient = PatientFactory(
        by=doctor,
        given_name="Xochiquetzal",
        family_name="Ñuflodesoto",
        mother_name="Brunequilda",
        official_name="Graciliana",
        phone="+525598761234",
        contact_rules={"code_word": "zarigüeyacode"},
        allergy=("listed", "penicilamarga"),
        age=39,
    )
    services.record_consent(
        patient,
        ConsentAnswer(
            type="consent_types:contact",
            decision="consent_decisions:not_possible",
            method="verbal_witnessed",
            witness="Eustaquiowitness",
            reason="porquenoquiso",
        ),
        by=doctor,
    )
    services.set_allergy(patient, AllergyAnswer("listed", "penicilamarga"), by=doctor)
    stored = [
        value.encode() if isinstance(value, str) else bytes(value)
        for value in every_value()
        if isinstance(value, str | bytes | memoryview)
    ]
    for canary in CANARIES:
        for spelled in (canary, canary.lower(), canary.upper()):
            assert not any(spelled.encode() in value for value in stored), canary
        assert canary not in caplog.text


def test_every_field_about_a_person_has_a_privacy_class():
    exempt = {"id", "version", "patient"}
    for model in apps.get_app_config("patients").get_models():
        names = {f.name for f in model._meta.concrete_fields} - exempt
        declared = getattr(model, "PRIVACY", {})
        assert set(declared) == names, model
        assert all(isinstance(value, PrivacyClass) for value in declared.values())


def test_every_free_text_is_sealed():
    plain = {
        "code", "sex", "birth_precision", "data_consent", "basis", "purpose", "kind", "method",
        "folio", "text_version", "source", "state", "decision",
    }  # fmt: skip
    for model in apps.get_app_config("patients").get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField | ForeignKey | UUIDField):
                continue
            if field.get_internal_type() in ("CharField", "TextField"):
                assert field.name in plain, f"{model.__name__}.{field.name}"


@pytest.mark.parametrize(
    "values",
    [
        {"sex": "woman"},
        {"birth_precision": "week"},
        {"birth_year": 1700},
        {"data_consent": "maybe"},
    ],
)
def test_a_patient_outside_the_closed_sets_is_refused(doctor, values):
    patient = PatientFactory(by=doctor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=patient.pk).update(**values)


def test_nobody_is_merged_into_themself(doctor):
    patient = PatientFactory(by=doctor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=patient.pk).update(merged_into=patient)


def test_a_code_belongs_to_one_person(doctor):
    one, other = PatientFactory(by=doctor), PatientFactory(by=doctor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=other.pk).update(code=one.code)


def test_one_identity_is_in_force(doctor):
    identity = PatientFactory(by=doctor).identities.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Identity.objects.create(
            patient_id=identity.patient_id, key=identity.key, recorded_by=doctor
        )


def test_an_identity_is_superseded_and_never_edited_or_deleted(doctor):
    PatientFactory(by=doctor)
    for change in (
        lambda rows: rows.update(given_name=b"x"),
        lambda rows: rows.update(is_alias=True),
        lambda rows: rows.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Identity.objects.all())
    assert Identity.objects.update(superseded_at=timezone.now()) == 1


def test_a_key_is_there_until_it_is_destroyed(doctor):
    PatientFactory(by=doctor)
    keys = DataKey.objects.filter(purpose="identity")
    for values in ({"wrapped": None}, {"destroyed_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            keys.update(**values)
    assert keys.update(wrapped=None, destroyed_at=timezone.now()) == 1


def test_a_person_has_one_key_for_each_purpose(doctor):
    patient = PatientFactory(by=doctor)
    with pytest.raises(IntegrityError), transaction.atomic():
        DataKey.fresh(patient.pk, "identity").save()


def test_substances_follow_the_state_of_the_allergy(doctor):
    PatientFactory(by=doctor, allergy=("none",))
    with pytest.raises(DatabaseError), transaction.atomic():
        Allergy.objects.update(state="listed")


def test_ends_come_after_beginnings_and_have_an_author(doctor):
    patient = PatientFactory(by=doctor, language="hat")
    row = patient.vulnerabilities.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Vulnerability.objects.filter(pk=row.pk).update(until=row.since)
    with pytest.raises(IntegrityError), transaction.atomic():
        Vulnerability.objects.filter(pk=row.pk).update(until="1999-01-01", ended_by=doctor)


def test_one_open_vulnerability_per_criterion(doctor):
    row = PatientFactory(by=doctor, language="hat").vulnerabilities.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Vulnerability(
            patient_id=row.patient_id,
            criterion_id=row.criterion_id,
            since=row.since,
            source="recorded",
            recorded_by=doctor,
        ).save()


def test_a_task_closes_with_author_and_outcome(doctor):
    patient = PatientFactory(by=doctor, age=15, travel_composition="uasc_unaccompanied")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProtectionTask.objects.filter(patient=patient).update(closed_at=timezone.now())


def test_a_destroyed_key_leaves_the_age_by_year(doctor):
    patient = PatientFactory(by=doctor, age=34)
    patient.data_keys.update(wrapped=None, destroyed_at=timezone.now())

    age = age_at(patient, timezone.localdate()).years
    assert abs(age - 34) <= 1
