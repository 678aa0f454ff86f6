"""Who may know of a person: access rows, cards, hiding, blocking."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AccessEvent
from accounts.rows import EditConflict
from patients import codes, queries, services
from patients.card import ConsentAnswer
from patients.models import Access, Patient, SearchToken
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.patients.factories import PatientFactory

pytestmark = pytest.mark.django_db


def sees(user, patient):
    return Patient.objects.visible_to(user).filter(pk=patient.pk).exists()


@pytest.fixture
def patient(doctor):
    return PatientFactory(by=doctor)


def grant(patient, **values):
    with transaction.atomic():
        return services.grant_access(patient, **values)


def test_the_programme_that_registers_sees_the_person_and_others_do_not(
    patient, doctor, colleague, stranger, officer
):
    assert sees(doctor, patient)
    assert sees(colleague, patient)
    assert not sees(stranger, patient)
    assert not sees(officer, patient)


def test_access_begins_and_ends(patient, stranger):
    programme = stranger.posting.programme
    grant(patient, basis="referral", programme=programme)
    assert sees(stranger, patient)

    services.end_access(patient, basis="referral", programme=programme)
    assert not sees(stranger, patient)


def test_access_that_begins_later_or_ran_out_opens_nothing(patient, stranger):
    now = timezone.now()
    programme = stranger.posting.programme
    for since, until in (
        (now + dt.timedelta(hours=1), None),
        (now - dt.timedelta(hours=2), now - dt.timedelta(hours=1)),
    ):
        Access.objects.create(
            patient=patient, programme=programme, basis="card", since=since, until=until
        )
    assert not sees(stranger, patient)


def test_granting_twice_keeps_one_row(patient, stranger):
    programme = stranger.posting.programme
    first = grant(patient, basis="consulted", programme=programme)

    assert grant(patient, basis="consulted", programme=programme) == first
    assert grant(patient, basis="referral", programme=programme) != first


def test_ending_a_referral_leaves_what_the_consultation_opened(patient, stranger):
    programme = stranger.posting.programme
    grant(patient, basis="consulted", programme=programme)
    grant(patient, basis="referral", programme=programme)
    services.end_access(patient, basis="referral", programme=programme)

    assert sees(stranger, patient)


@pytest.mark.django_db(transaction=True)
def test_access_is_granted_only_inside_a_service():
    patient, stranger = PatientFactory(), UserFactory(role="doctor")
    with pytest.raises(transaction.TransactionManagementError):
        services.grant_access(patient, basis="referral", programme=stranger.posting.programme)


def test_access_belongs_to_a_programme_or_to_a_user(patient, doctor, programme):
    for holder in ({}, {"programme": programme, "user": doctor}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Access.objects.create(patient=patient, basis="card", **holder)


def test_history_is_shared_as_the_consent_to_internal_sharing_says(patient, doctor, stranger):
    programme = stranger.posting.programme
    assert not grant(patient, basis="referral", programme=programme).shares_history

    answer = ConsentAnswer(type="consent_types:sharing_internal", method="verbal")
    services.record_consent(patient, answer, by=doctor)
    assert grant(patient, basis="episode", programme=programme).shares_history
    assert set(Access.objects.open().values_list("shares_history", flat=True)) == {True}

    withdrawn = ConsentAnswer(
        type="consent_types:sharing_internal",
        decision="consent_decisions:withdrawn",
        method="verbal",
    )
    services.record_consent(patient, withdrawn, by=doctor)
    assert set(Access.objects.open().values_list("shares_history", flat=True)) == {False}


def test_an_expired_consent_to_sharing_shares_nothing(patient, doctor, stranger, monkeypatch):
    answer = ConsentAnswer(type="consent_types:sharing_internal", method="verbal")
    services.record_consent(patient, answer, by=doctor)
    later = timezone.localdate() + dt.timedelta(days=366)
    monkeypatch.setattr("patients.services.access.timezone.localdate", lambda: later)

    assert not grant(patient, basis="card", programme=stranger.posting.programme).shares_history


class TestCard:
    def test_a_whole_code_opens_the_record_to_the_programme_for_a_day(self, patient, stranger):
        typed = codes.display(patient.code).lower()
        assert services.open_by_code(typed, by=stranger) == patient

        access = patient.accesses.get(basis="card")
        assert access.programme == stranger.posting.programme
        assert dt.timedelta(hours=23) < access.until - timezone.now() <= dt.timedelta(hours=24)
        assert sees(stranger, patient)
        event = AccessEvent.objects.get(action="person.opened_by_card")
        assert (event.actor, event.subject) == (stranger, patient.code)

    def test_within_the_scope_a_code_opens_nothing_new(self, patient, doctor):
        assert services.open_by_code(patient.code, by=doctor) == patient
        assert not patient.accesses.filter(basis="card").exists()
        assert not AccessEvent.objects.filter(action="person.opened_by_card").exists()

    @pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: c[:4], lambda c: c + "0"])
    def test_a_part_of_a_code_opens_nothing(self, patient, stranger, change):
        assert services.open_by_code(change(patient.code), by=stranger) is None

    def test_a_wrong_character_opens_nothing(self, patient, stranger):
        wrong = ("A" if patient.code[0] != "A" else "B") + patient.code[1:]
        assert services.open_by_code(wrong, by=stranger) is None

    def test_roles_that_meet_nobody_open_nothing(self, patient, officer):
        with pytest.raises(PermissionDenied):
            services.open_by_code(patient.code, by=officer)

    def test_the_code_of_a_merged_record_leads_to_the_survivor(self, doctor, coordinator, patient):
        other = PatientFactory(by=doctor)
        services.merge(patient, other, by=coordinator)

        assert services.open_by_code(other.code, by=doctor) == patient
        assert queries.person_by_code(doctor, other.code) == patient


class TestHidden:
    def test_a_hidden_person_leaves_the_lists_of_others(self, patient, doctor, colleague):
        services.hide(patient, by=doctor)
        assert sees(doctor, patient)
        assert not sees(colleague, patient)
        assert queries.person_by_code(colleague, patient.code) is None

    def test_the_code_opens_it_to_the_user_alone(self, patient, doctor, colleague, programme):
        services.hide(patient, by=doctor)
        assert services.open_by_code(patient.code, by=colleague) == patient

        assert sees(colleague, patient)
        assert not sees(UserFactory(role="nurse", programme=programme), patient)
        assert AccessEvent.objects.filter(action="person.opened_hidden", actor=colleague).exists()

    def test_taken_out_of_hiding_everybody_sees_it_again(self, patient, doctor, colleague):
        hidden = services.hide(patient, by=doctor)
        services.unhide(hidden, by=doctor)
        assert sees(colleague, patient)

    def test_two_forms_do_not_overwrite_each_other(self, patient, doctor):
        services.hide(patient, by=doctor, expected=patient.version)
        with pytest.raises(EditConflict):
            services.unhide(patient, by=doctor, expected=patient.version)


class TestBlocked:
    def test_a_blocked_record_exists_for_the_officer_only(self, patient, doctor, officer):
        services.block(patient, by=officer)

        assert not sees(doctor, patient)
        assert services.open_by_code(patient.code, by=doctor) is None
        assert not SearchToken.objects.filter(patient=patient).exists()
        assert services.look_up_by_code(patient.code, by=officer) == patient

    def test_lifting_the_block_brings_names_back_to_the_search(self, doctor, officer):
        patient = PatientFactory(by=doctor, given_name="Janeth", phone="+525512345678")
        before = set(SearchToken.objects.values_list("kind", "token"))
        services.block(patient, by=officer)
        services.unblock(patient, by=officer)

        assert set(SearchToken.objects.values_list("kind", "token")) == before
        assert sees(doctor, patient)

    def test_only_the_officer_blocks(self, patient, doctor, coordinator):
        for user in (doctor, coordinator):
            with pytest.raises(PermissionDenied):
                services.block(patient, by=user)


def test_scope_follows_postings_of_today(patient, programme):
    gone = UserFactory(role="doctor", programme=programme)
    posting = gone.postings.get()
    posting.until = timezone.localdate() - dt.timedelta(days=1)
    posting.save()
    gone.forget_postings()

    assert not sees(gone, patient)
    assert not sees(UserFactory(role="doctor", programme=ProgrammeFactory()), patient)
