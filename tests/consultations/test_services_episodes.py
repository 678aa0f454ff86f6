"""Admission, team, exit and the calls after it: what each rule lets through and refuses."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import AccessEvent, Programme
from accounts.rows import EditConflict, uuid7
from consultations.models import Episode, FollowUpCall
from consultations.queries.episodes import add_months, without_final_score
from consultations.queries.reach import Reader
from consultations.services import episodes
from consultations.services.refusal import Refused
from patients.idempotency import SameIdOtherBody
from patients.models import Access, ContactAttempt
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory
from tests.consultations.stays import INCLUSION, Centre

CALL = {"method": "safe_contact_methods:call", "outcome": "contact_outcomes:reached"}


@pytest.fixture
def centre(db):
    return Centre()


# -- Admission -------------------------------------------------------------------------------
def test_an_admission_opens_the_stay_with_all_its_parts(centre):
    team = [str(centre.by["physio"].pk)]
    stay = centre.admit(team=team, criteria=[*INCLUSION, "cai_admission_criteria:prio_risk"])

    assert {row.criterion_id for row in stay.criteria.all()} == {
        *INCLUSION, "cai_admission_criteria:prio_risk",
    }  # fmt: skip
    assert {row.discipline for row in stay.decisions.all()} == {"psychology", "social_work"}
    members = {row.user_id for row in stay.members.all()}
    assert members == {centre.by["psychologist"].pk, centre.by["physio"].pk}
    assert (stay.phase_id, stay.is_readmission) == ("episode_phases:stabilisation", False)
    assert Access.objects.open().filter(
        patient=stay.patient, programme=centre.programme, basis="episode"
    ).exists()  # fmt: skip
    last = AccessEvent.objects.latest("pk")
    assert (last.action, last.subject) == ("episode.opened", stay.patient.code)


def test_the_same_admission_again_is_the_same_stay(centre):
    person, id = centre.person(), uuid7()
    first = centre.admit(person, id=id)
    assert centre.admit(person, id=id).pk == first.pk
    with pytest.raises(SameIdOtherBody):
        centre.admit(person, id=id, admitted_on=centre.before(1))
    with pytest.raises(Episode.DoesNotExist):
        centre.admit(person, id=id, by=centre.by["doctor"])
    assert Episode.objects.count() == 1


def test_an_admission_is_part_of_the_transaction_around_it(centre):
    person = centre.person()
    with transaction.atomic():
        centre.admit(person)
        assert Episode.objects.exists()
        transaction.set_rollback(True)
    assert not Episode.objects.exists()


@pytest.mark.parametrize("left_out", INCLUSION)
def test_each_inclusion_criterion_is_needed(centre, left_out):
    with pytest.raises(Refused, match=r"criteri"):
        centre.admit(criteria=[key for key in INCLUSION if key != left_out])


def test_an_exclusion_needs_a_waiver_too(centre):
    criteria = [*INCLUSION, "cai_admission_criteria:exc_single_need"]
    with pytest.raises(Refused):
        centre.admit(criteria=criteria)
    stay = centre.admit(criteria=criteria, waiver="Se acordó en reunión")
    assert (stay.waived_by, bytes(stay.waiver_reason)[:4] == b"Se a") == (
        centre.by["coordinator"], False,
    )  # fmt: skip


def test_only_a_coordinator_waives(centre):
    with pytest.raises(Refused):
        centre.admit(criteria=INCLUSION[:4], waiver="Porque sí", by=centre.by["psychologist"])


def test_one_discipline_does_not_decide_alone(centre):
    other = UserFactory(role="psychologist", programme=centre.programme)
    with pytest.raises(Refused, match=r"[Dd]os disciplinas|[Tt]wo disciplines"):
        centre.admit(decided_by=[(centre.by["psychologist"], "psychology"), (other, "psychology")])


def test_who_decides_works_here_in_the_discipline_named(centre):
    stranger = UserFactory(role="doctor")
    for user, discipline in ((stranger, "medical"), (centre.by["social_worker"], "medical")):
        with pytest.raises(Refused):
            centre.admit(decided_by=[(centre.by["psychologist"], "psychology"), (user, discipline)])


def test_the_reference_worker_is_posted_to_the_centre(centre):
    with pytest.raises(Refused):
        centre.admit(reference_worker=UserFactory(role="psychologist").pk)


def test_only_a_centre_admits(centre):
    Programme.objects.filter(pk=centre.programme.pk).update(kind=Programme.Kind.MOBILE)
    centre.programme.refresh_from_db()
    with pytest.raises(Refused):
        centre.admit()


def test_nobody_is_admitted_tomorrow_or_twice(centre):
    person = centre.person()
    with pytest.raises(Refused):
        centre.admit(person, admitted_on=centre.today + timedelta(days=1))
    centre.admit(person)
    with pytest.raises(Refused):
        centre.admit(person)


def test_who_comes_back_has_a_new_stay_marked_as_readmission(centre):
    person = centre.person()
    first = centre.stay(100, person)
    centre.close(first, closed_on=centre.before(10))
    with pytest.raises(Refused):
        centre.admit(person, admitted_on=centre.before(20))
    assert centre.admit(person).is_readmission


def test_a_stranger_to_the_programme_admits_nobody(centre):
    with pytest.raises(PermissionDenied):
        centre.admit(by=UserFactory(role="coordinator"))


# -- Team ------------------------------------------------------------------------------------
def test_who_joins_the_team_treats_and_who_leaves_does_not(centre):
    stay, physio = centre.admit(), centre.by["physio"]
    assert not Reader(physio, stay.patient).is_treating
    episodes.add_member(stay, physio, by=centre.by["psychologist"])
    episodes.add_member(stay, physio, by=centre.by["psychologist"])
    assert Reader(physio, stay.patient).treats("physiotherapy")
    assert not Reader(physio, stay.patient).treats("psychology")
    episodes.remove_member(stay, physio, by=centre.by["psychologist"])
    assert not Reader(physio, stay.patient).is_treating
    assert stay.members.filter(user=physio).count() == 1


def test_the_reference_worker_is_replaced_before_leaving(centre):
    stay, by = centre.admit(), centre.by
    with pytest.raises(Refused):
        episodes.remove_member(stay, by["psychologist"], by=by["coordinator"])
    episodes.set_team(
        stay, reference_worker=by["doctor"].pk, team=[], by=by["coordinator"], expected=1
    )
    stay.refresh_from_db()
    assert stay.reference_worker == by["doctor"]
    open_now = stay.members.filter(until__isnull=True).values_list("user", flat=True)
    assert list(open_now) == [by["doctor"].pk]
    with pytest.raises(EditConflict):
        episodes.set_team(
            stay, reference_worker=by["physio"].pk, team=[], by=by["coordinator"], expected=1
        )
    with pytest.raises(Refused):
        episodes.set_team(
            stay,
            reference_worker=UserFactory(role="doctor").pk,
            team=[],
            by=by["coordinator"],
            expected=2,
        )


def test_nobody_treats_a_person_whose_stay_is_over(centre):
    stay = centre.admit()
    assert Reader(centre.by["psychologist"], stay.patient).is_treating
    centre.close(stay)
    assert not Reader(centre.by["psychologist"], stay.patient).is_treating


# -- Exit ------------------------------------------------------------------------------------
def test_an_exit_ends_the_stay_and_its_team(centre):
    stay = centre.close(
        centre.admit(),
        services=("service_taxonomy:legal_asylum",),
        satisfaction=9,
        satisfaction_asked_by=centre.by["mediator"].pk,
    )
    stay.refresh_from_db()
    assert (stay.outcome_id, stay.closed_by) == (
        "cai_discharge_outcomes:completed_goals", centre.by["psychologist"],
    )  # fmt: skip
    assert not stay.members.filter(until__isnull=True).exists()
    assert [row.service_id for row in stay.exit_services.all()] == ["service_taxonomy:legal_asylum"]
    assert b"grupo" not in bytes(stay.plan_after)


def test_the_same_exit_again_changes_nothing_and_another_is_refused(centre):
    stay = centre.admit()
    centre.close(stay)
    events = AccessEvent.objects.count()
    assert centre.close(stay).version == 2
    assert AccessEvent.objects.count() == events
    with pytest.raises(Refused):
        centre.close(stay, outcome="cai_discharge_outcomes:moved")


def test_an_old_page_does_not_close_a_stay(centre):
    stay = centre.admit()
    said = episodes.Exit(
        outcome="cai_discharge_outcomes:moved", closed_on=centre.today, plan_after="x",
        missing_scores_reason="x",
    )  # fmt: skip
    with pytest.raises(EditConflict):
        episodes.close_episode(stay, said, by=centre.by["doctor"], expected=7)


@pytest.mark.parametrize(
    "said",
    [
        {"outcome": "cai_discharge_outcomes:administrative"},
        {"plan_after": ""},
        {"missing_scores_reason": ""},
        {"satisfaction": 8},
        {"outcome": "cai_discharge_outcomes:died", "contact_allowed": True},
        {"contact_allowed": True},  # she agreed to no way of being contacted
    ],
)
def test_an_exit_that_lacks_something_is_refused(centre, said):
    stay = centre.admit()
    with pytest.raises(Refused):
        centre.close(stay, **said)
    assert Episode.objects.open().exists()


def test_the_exit_lies_between_admission_and_today(centre):
    stay = centre.stay(5)
    for days in (6, -1):
        with pytest.raises(Refused):
            centre.close(stay, closed_on=centre.before(days))


def test_who_treated_the_person_does_not_ask_about_satisfaction(centre):
    stay = centre.admit(team=[str(centre.by["physio"].pk)])
    ConsultationFactory(by=centre.by["social_worker"], patient=stay.patient)
    for role in ("psychologist", "physio", "social_worker"):
        with pytest.raises(Refused):
            centre.close(stay, satisfaction=9, satisfaction_asked_by=centre.by[role].pk)


def test_a_final_score_of_the_last_weeks_needs_no_reason(centre):
    stay = centre.stay(40)
    missing = without_final_score(stay, centre.today)
    assert {"scales:phq9", "scales:functioning"} <= set(missing)
    ConsultationFactory(by=centre.by["psychologist"], patient=stay.patient, functioning=6)
    assert "scales:functioning" not in without_final_score(stay, centre.today)
    later = centre.today + timedelta(days=29)
    assert "scales:functioning" in without_final_score(stay, later)


# -- Lost to follow-up -----------------------------------------------------------------------
def lose(centre, stay):
    return centre.close(
        stay, outcome="cai_discharge_outcomes:lost_followup", plan_after="",
        missing_scores_reason="",
    )  # fmt: skip


def test_lost_only_after_sixty_days_and_attempts_on_three_days(centre):
    stay = centre.stay(60)
    for days in (20, 20, 10, 5):
        centre.tried(stay.patient, days)
    assert lose(centre, stay).outcome_id.endswith("lost_followup")


def test_not_lost_after_fifty_nine_days(centre):
    stay = centre.stay(59)
    for days in (20, 10, 5):
        centre.tried(stay.patient, days)
    with pytest.raises(Refused):
        lose(centre, stay)


def test_not_lost_with_attempts_on_two_days(centre):
    stay = centre.stay(90)
    for days in (20, 20, 20, 5):
        centre.tried(stay.patient, days)
    with pytest.raises(Refused):
        lose(centre, stay)


@pytest.mark.parametrize("outcome", ["reached", "declined"])
def test_a_day_on_which_the_person_spoke_is_no_attempt(centre, outcome):
    stay = centre.stay(90)
    for days in (20, 10):
        centre.tried(stay.patient, days)
    centre.tried(stay.patient, 5, outcome)
    with pytest.raises(Refused):
        lose(centre, stay)


def test_a_note_or_a_person_reached_is_contact(centre):
    stay = centre.stay(120)
    for days in (20, 10, 5):
        centre.tried(stay.patient, days)
    centre.tried(stay.patient, 30, "reached")
    with pytest.raises(Refused):
        lose(centre, stay)


def test_attempts_before_the_last_contact_do_not_count(centre):
    stay = centre.stay(200)
    for days in (190, 180, 170):
        centre.tried(stay.patient, days)
    centre.tried(stay.patient, 160, "reached")
    with pytest.raises(Refused):
        lose(centre, stay)


# -- Calls -----------------------------------------------------------------------------------
@pytest.fixture
def left(centre):
    """A stay that ended a month ago; the person allowed calls."""
    person = centre.person(phone="+525512345678")
    stay = centre.stay(120, person)
    return centre.close(stay, closed_on=add_months(centre.today, -1), contact_allowed=True)


def call(centre, stay, months=1, id=None, **values):
    return episodes.record_call(
        stay, months, by=centre.by["mediator"], id=id or uuid7(), **{**CALL, **values}
    )


def test_a_call_is_an_attempt_of_its_own_and_is_answered_once(centre, left):
    id = uuid7()
    made = call(centre, left, id=id)
    assert (made.answered, made.attempt.purpose_id) == (True, "contact_purposes:follow_call")
    assert call(centre, left, id=id).pk == made.pk
    with pytest.raises(Refused):
        call(centre, left)
    assert (FollowUpCall.objects.count(), ContactAttempt.objects.count()) == (1, 1)


def test_an_unanswered_call_may_be_made_again(centre, left):
    call(centre, left, outcome="contact_outcomes:no_answer")
    assert call(centre, left).answered


def test_a_call_waits_for_its_month(centre, left):
    for months in (3, 2):
        with pytest.raises(Refused):
            call(centre, left, months)
    assert not ContactAttempt.objects.exists()


def test_who_did_not_allow_calls_is_not_called(centre):
    stay = centre.stay(120, centre.person(phone="+525512345678"))
    centre.close(stay, closed_on=add_months(centre.today, -1))
    with pytest.raises(Refused):
        call(centre, stay)
