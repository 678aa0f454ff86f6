import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from accounts import disclosure
from accounts.models import AccessEvent
from accounts.privacy import PrivacyClass
from accounts.rows import uuid7
from accounts.services import disclose
from patients import ages, codes, hooks, queries, services
from patients.idempotency import SameIdOtherBody
from patients.models import (
    Access,
    FamilyLink,
    Identity,
    LookAlike,
    Patient,
    ProtectionTask,
    SearchToken,
)
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.partners.factories import SiteFactory
from tests.patients.factories import PatientFactory, make_card

pytestmark = pytest.mark.django_db


def opened(patient, by, field):
    permit = disclose(
        by=by, action="person.opened", subjects=[patient], privacy_class=PrivacyClass.PROTECTED
    )
    identity = queries.current_identity(patient)
    return permit.open(identity, field, identity.key)


def test_a_person_is_registered_with_keys_identity_access_consent_and_history(doctor, programme):
    patient = PatientFactory(
        by=doctor,
        given_name="Rosa",
        phone="+525512345678",
        profile="in_transit",
        allergy=("listed", "penicillin"),
    )

    patient.refresh_from_db()
    assert codes.check(patient.code)
    assert patient.registered_in == programme
    assert patient.data_keys.count() == 2
    access = patient.accesses.get()
    assert (access.basis, access.programme, access.until) == ("registered", programme, None)
    consent = patient.consents.get()
    assert consent.decision_id == "consent_decisions:given"
    assert consent.text_version == "2026.1 spa"
    assert set(patient.states.values_list("kind", "value")) == {
        ("profile", "migration_profile:in_transit"),
        ("status", "person_statuses:active"),
    }
    assert patient.allergies.get().state == "listed"
    event = AccessEvent.objects.last()
    assert (event.action, event.subject, event.actor) == ("person.registered", patient.code, doctor)


@pytest.mark.django_db(transaction=True)
def test_names_open_only_with_a_disclosure_that_names_the_person():
    doctor = UserFactory(role="doctor")
    patient = PatientFactory(by=doctor, given_name="Rosa", family_name="Quintero")
    other = PatientFactory(by=doctor)

    assert opened(patient, doctor, "given_name") == "Rosa"
    permit = disclose(
        by=doctor,
        action="person.opened",
        subjects=[other],
        privacy_class=PrivacyClass.IDENTITY,
    )
    identity = queries.current_identity(patient)
    with pytest.raises(disclosure.NotDisclosed):
        permit.open(identity, "given_name", identity.key)


def test_without_consent_nothing_names_the_person_and_care_goes_on(doctor):
    patient = PatientFactory(by=doctor, consent="refused", given_name="Rosa", phone="+525512345678")

    identity = patient.identities.get()
    assert patient.is_pseudonymous
    assert [field for field in Identity.SEALED if getattr(identity, field)] == ["birth_date"]
    assert not SearchToken.objects.filter(patient=patient).exists()
    assert Patient.objects.visible_to(doctor).get() == patient
    assert queries.age_at(patient, timezone.localdate()).years == 34


def test_the_same_form_again_gives_the_same_person(doctor):
    id = uuid7()
    card = make_card()
    first = services.register(card, by=doctor, id=id, payload=b"body")
    again = services.register(card, by=doctor, id=id, payload=b"body")

    assert again == first
    assert Patient.objects.count() == 1
    assert AccessEvent.objects.filter(action="person.registered").count() == 1


def test_the_same_id_with_another_body_is_a_conflict(doctor):
    id = uuid7()
    first = services.register(make_card(), by=doctor, id=id, payload=b"body")

    with pytest.raises(SameIdOtherBody) as conflict:
        services.register(make_card(given_name="Ana"), by=doctor, id=id, payload=b"other")
    assert conflict.value.existing == first
    assert Patient.objects.count() == 1


def test_the_id_of_another_author_does_not_exist(doctor, colleague):
    id = uuid7()
    services.register(make_card(), by=doctor, id=id, payload=b"body")

    with pytest.raises(Patient.DoesNotExist):
        services.register(make_card(), by=colleague, id=id, payload=b"body")


def test_people_are_registered_only_by_those_who_meet_them(officer, doctor):
    with pytest.raises(PermissionDenied):
        PatientFactory(by=officer)
    with pytest.raises(PermissionDenied):
        PatientFactory(by=doctor, programme=ProgrammeFactory())
    assert not Patient.objects.exists()


def test_a_failure_leaves_nothing_half_saved(doctor, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr("patients.services.registration.record", fail)
    with pytest.raises(RuntimeError):
        PatientFactory(by=doctor)

    assert not Patient.objects.exists()
    assert not Identity.objects.exists()


def test_the_site_is_where_the_user_works(doctor, monkeypatch):
    site = SiteFactory()
    monkeypatch.setattr(hooks, "place_of_work", [lambda user: site if user == doctor else None])

    assert PatientFactory(by=doctor).registered_site == site
    assert PatientFactory().registered_site is None


@pytest.mark.parametrize(
    ("values", "due"),
    [
        ({"age": 16, "travel_composition": "uasc_unaccompanied"}, True),
        ({"age": 9, "travel_composition": "uasc_separated"}, True),
        ({"age": 16, "giver": "nna_no_adult_assent", "travel_composition": "group"}, True),
        ({"age": 16, "travel_composition": "family_children"}, False),
        ({"age": 18}, False),
    ],
)
def test_a_child_without_family_opens_the_protection_task_for_a_day(doctor, values, due):
    patient = PatientFactory(by=doctor, **values)

    tasks = list(patient.protection_tasks.all())
    assert len(tasks) == due
    for task in tasks:
        assert task.due_at - task.opened_at == dt.timedelta(hours=24)


def test_vulnerabilities_follow_from_the_card(doctor):
    patient = PatientFactory(
        by=doctor,
        age=3,
        language="hat",
        travel_composition="uasc_separated",
        vulnerabilities=("vulnerability_criteria:family_separation",),
    )

    assert set(patient.vulnerabilities.values_list("criterion", "source")) == {
        ("vulnerability_criteria:child_unaccompanied", "automatic"),
        ("vulnerability_criteria:child_under5", "automatic"),
        ("vulnerability_criteria:language_barrier", "automatic"),
        ("vulnerability_criteria:family_separation", "recorded"),
    }


def test_a_family_member_is_linked_and_registered_with_a_consent_of_their_own(doctor):
    mother = PatientFactory(by=doctor, age=30)
    child = services.add_family_member(
        make_card(age=4, given_name="Luz"),
        of=mother,
        relation="family_relations:child",
        by=doctor,
    )

    link = FamilyLink.objects.get()
    assert (link.patient, link.relative) == (mother, child)
    assert child.consents.count() == 1
    [of_mother] = queries.relatives(mother, doctor)
    [of_child] = queries.relatives(child, doctor)
    assert (of_mother.patient, of_mother.relation) == (child, "family_relations:child")
    assert (of_child.patient, of_child.relation) == (mother, "family_relations:mother_father")


def test_what_the_user_called_another_person_waits_for_the_coordinator(doctor):
    first = PatientFactory(by=doctor, given_name="Janeth", family_name="Gutiérrez")
    alike = queries.look_alikes(
        doctor,
        make_card(given_name="Yaneth", family_name="Gutierres").names,
        sex="female",
        birth_year=first.birth_year,
        nationality="countries:VEN",
    )
    second = services.register(
        make_card(given_name="Yaneth", family_name="Gutierres"), by=doctor, look_alikes=alike
    )

    pair = LookAlike.objects.get()
    assert (pair.earlier, pair.later, pair.decision) == (first, second, "open")


def test_birth_dates_known_in_part_keep_their_precision(doctor):
    born = ages.born(1990, 5, on=timezone.localdate())
    patient = PatientFactory(by=doctor, birth=born)

    assert (patient.birth_year, patient.birth_precision) == (1990, "month")


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="two real connections")
def test_a_form_sent_twice_at_once_makes_one_person():
    doctor = UserFactory(role="doctor")
    id, card, made = uuid7(), make_card(), []

    def send():
        try:
            made.append(services.register(card, by=doctor, id=id, payload=b"body").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert made == [id, id]
    assert Patient.objects.count() == Access.objects.count() == 1


def test_one_task_at_a_time_is_open_for_a_child(doctor):
    patient = PatientFactory(by=doctor, age=16, travel_composition="uasc_unaccompanied")
    task = patient.protection_tasks.get()
    services.close_protection_task(task, "Uncle found; two colleagues decided", by=doctor)
    services.close_protection_task(task, "again", by=doctor)

    closed = ProtectionTask.objects.get()
    assert closed.closed_by == doctor
    assert AccessEvent.objects.filter(action="protection.closed").count() == 1
