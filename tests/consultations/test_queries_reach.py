"""Who reads what of whose note: the policy table, applied to notes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.privacy import PrivacyClass
from consultations.models import Consultation, Draft, Episode
from consultations.queries import timeline
from consultations.queries.reach import Reader
from consultations.services import outings
from patients import hooks, services
from patients import queries as people
from patients.models import Access
from tests.accounts.factories import PostingFactory, ProgrammeFactory, UserFactory
from tests.consultations.factories import (
    ConsultationFactory,
    DraftFactory,
    EpisodeFactory,
    OutingFactory,
)
from tests.patients.factories import PatientFactory

CLINICAL, PROTECTED = PrivacyClass.CLINICAL, PrivacyClass.PROTECTED


@pytest.fixture
def medical(doctor, person, outing):
    return ConsultationFactory(by=doctor, patient=person, outing=outing)


@pytest.fixture
def session(psychologist, person, outing):
    return ConsultationFactory(by=psychologist, patient=person, outing=outing)


def colleague(role, programme):
    return UserFactory(role=role, programme=programme)


# -- By role ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "reads"),
    [
        ("doctor", True),
        ("nurse", True),
        ("physio", True),
        ("psychologist", True),
        ("psychiatrist", True),
        ("social_worker", False),
        ("mediator", False),
        ("promoter", False),
        ("coordinator", False),
    ],
)
def test_clinical_of_a_colleagues_note(role, reads, programme, medical, person):
    assert Reader(colleague(role, programme), person).may(medical, CLINICAL) is reads


@pytest.mark.parametrize(
    ("role", "reads"),
    [("social_worker", True), ("coordinator", True), ("mediator", False), ("promoter", False)],
)
def test_the_shared_summary(role, reads, programme, medical, person):
    reader = Reader(colleague(role, programme), person)
    assert reader.may_summary(medical, CLINICAL) is reads
    assert not reader.may_summary(medical, PROTECTED)


@pytest.mark.parametrize("role", ["doctor", "nurse", "psychologist", "social_worker", "mediator"])
def test_nobody_reads_the_protected_of_a_person_they_do_not_treat(
    role, programme, medical, session, person
):
    reader = Reader(colleague(role, programme), person)
    assert not reader.may(medical, PROTECTED)
    assert not reader.may(session, PROTECTED)
    assert not reader.may_session_notes(session)


def test_who_signed_reads_the_protected_and_the_session_note(
    doctor, psychologist, medical, session, person
):
    assert Reader(doctor, person).may(medical, PROTECTED)
    assert Reader(psychologist, person).may_session_notes(session)


def test_a_doctor_never_reads_session_notes(doctor, medical, session, person):
    reader = Reader(doctor, person)
    assert reader.is_treating
    assert not reader.may_session_notes(session)
    assert not reader.may(session, PROTECTED)


def test_treating_in_one_group_does_not_open_the_protected_of_another(
    psychologist, medical, session, person
):
    assert not Reader(psychologist, person).may(medical, PROTECTED)


def test_own_notes_are_also_those_of_the_same_discipline_here(programme, person, outing):
    author, same = colleague("mediator", programme), colleague("mediator", programme)
    note = ConsultationFactory(by=author, patient=person, outing=outing)
    assert Reader(same, person).may(note, CLINICAL)
    assert not Reader(colleague("promoter", programme), person).may(note, CLINICAL)


def test_a_mediator_elsewhere_does_not_own_the_note(programme, person, outing):
    note = ConsultationFactory(by=colleague("mediator", programme), patient=person, outing=outing)
    assert not Reader(UserFactory(role="mediator"), person).may(note, CLINICAL)


# -- The treating team -----------------------------------------------------------------------
def test_a_note_of_the_last_90_days_makes_the_treating_team(
    programme, psychologist, session, person
):
    far = colleague("psychologist", programme)
    near = colleague("psychologist", programme)
    today = programme.today()
    ConsultationFactory(by=far, patient=person, on=today - timedelta(days=91))
    ConsultationFactory(by=near, patient=person, on=today - timedelta(days=90))

    assert not Reader(far, person).may_session_notes(session)
    assert Reader(near, person).may_session_notes(session)


def test_a_covering_colleague_opens_a_draft_and_reads_for_a_day(programme, session, person, outing):
    covering = colleague("psychologist", programme)
    assert not Reader(covering, person).may_session_notes(session)

    draft = DraftFactory(by=covering, patient=person, outing=outing)
    assert Reader(covering, person).may_session_notes(session)

    Draft.objects.filter(pk=draft.pk).update(started_at=timezone.now() - timedelta(hours=25))
    assert not Reader(covering, person).may_session_notes(session)


def test_a_draft_in_a_closed_outing_covers_nothing(programme, session, person, outing, doctor):
    covering = colleague("psychologist", programme)
    DraftFactory(by=covering, patient=person, outing=outing)
    outing.refresh_from_db()
    outings.close(outing, by=doctor, expected=outing.version)
    assert not Reader(covering, person).may_session_notes(session)


def test_a_draft_of_another_group_covers_nothing(programme, session, person, outing):
    covering = colleague("nurse", programme)
    DraftFactory(by=covering, patient=person, outing=outing)
    reader = Reader(covering, person)
    assert reader.treats("medical")
    assert not reader.may_session_notes(session)


def test_the_reference_worker_of_the_open_episode_treats(programme, session, person):
    worker = colleague("psychologist", programme)
    episode = EpisodeFactory(patient=person, programme=programme, reference_worker=worker)
    assert Reader(worker, person).may_session_notes(session)

    Episode.objects.filter(pk=episode.pk).update(
        closed_on=programme.today(),
        closed_at=timezone.now(),
        closed_by=worker,
        outcome="cai_discharge_outcomes:completed_goals",
    )
    assert not Reader(worker, person).may_session_notes(session)


def test_the_team_is_asked_once_whatever_the_notes(
    psychologist, session, person, django_assert_num_queries
):
    psychologist.active_postings  # noqa: B018 - read once a request
    reader = Reader(psychologist, person)
    with django_assert_num_queries(1):
        for _n in range(50):
            reader.may_session_notes(session)
            reader.may(session, PROTECTED)


def test_the_hook_of_patients_knows_the_treating_team(psychologist, session, person):
    assert people.may_read(psychologist, PROTECTED, person)
    person.__dict__.pop("_readers", None)
    assert not people.may_read(UserFactory(role="psychologist"), PROTECTED, person)


# -- Across programmes -----------------------------------------------------------------------
def test_history_crosses_programmes_only_where_the_person_agreed(medical, person, stranger):
    there = stranger.posting.programme
    Access.objects.create(patient=person, programme=there, basis="referral")
    assert not Consultation.objects.visible_to(stranger).exists()

    Access.objects.filter(patient=person, programme=there).update(shares_history=True)
    assert Consultation.objects.visible_to(stranger).get() == medical

    Access.objects.filter(patient=person, programme=there).update(until=timezone.now())
    assert not Consultation.objects.visible_to(stranger).exists()


def test_a_role_in_one_programme_is_none_in_another(medical, person, programme):
    """A doctor there who is mediator here reads the notes of here as a mediator."""
    user = UserFactory(role="mediator", programme=programme)
    PostingFactory(user=user, role="doctor", programme=ProgrammeFactory())
    assert not Reader(user, person).may(medical, CLINICAL)


# -- The timeline ----------------------------------------------------------------------------
def told(user, person, **asked):
    return timeline.of(person, user, Reader(user, person), **asked).moments


def test_the_timeline_tells_what_its_reader_may_know(
    programme, doctor, mediator, coordinator, medical, person
):
    assert told(doctor, person)[0].about == ("Infección respiratoria alta",)
    assert told(coordinator, person)[0].about == ("Infección respiratoria alta",)
    hidden = told(mediator, person)[0]
    assert hidden.confidential
    assert hidden.about == ()


def test_a_protected_diagnosis_is_left_out_of_the_line(programme, doctor, person, outing):
    ConsultationFactory(
        by=doctor,
        patient=person,
        outing=outing,
        diagnosis=[
            {"concept": "morbidity:uri", "certainty": "confirmed", "novelty": "new"},
            {"concept": "morbidity:hiv", "certainty": "confirmed", "novelty": "new"},
        ],
    )
    assert len(told(doctor, person)[0].about) == 2
    for role in ("nurse", "psychologist", "coordinator"):
        assert told(colleague(role, programme), person)[0].about == ("Infección respiratoria alta",)


def test_the_timeline_takes_two_statements_whatever_the_chart(
    doctor, person, outing, django_assert_max_num_queries
):
    for _n in range(30):
        ConsultationFactory(by=doctor, patient=person, outing=outing)
    reader = Reader(doctor, person)
    reader.treated_groups  # noqa: B018 - asked once a response
    with django_assert_max_num_queries(2):
        found = timeline.of(person, doctor, reader, number=2)
    assert len(found.moments) == timeline.PER_PAGE
    assert found.counts == {"medical": 30}
    assert found.page.paginator.num_pages == 3


def test_the_timeline_shows_one_group_when_asked(doctor, medical, session, person):
    assert [m.discipline for m in told(doctor, person, group="mental_health")] == ["psychology"]
    assert len(told(doctor, person, group="nonsense")) == 2


def test_notes_of_a_merged_record_stay_in_the_survivors_timeline(
    programme, doctor, coordinator, medical, person
):
    survivor = PatientFactory(by=doctor)
    services.merge(survivor, person, by=coordinator)
    assert [moment.note.pk for moment in told(doctor, survivor)] == [medical.pk]


def test_own_outing_is_the_place_of_work(doctor, programme):
    outing = OutingFactory(by=doctor)
    assert hooks.current_site(doctor) == outing.site
