"""The plan of care and its reviews."""

from datetime import timedelta

import pytest

from accounts.rows import EditConflict, uuid7
from consultations.models import CarePlan, GoalAction, PlanGoal
from consultations.services import case_reviews, plans
from consultations.services.case_reviews import Said
from consultations.services.plans import Action
from consultations.services.refusal import Refused
from patients.idempotency import SameIdOtherBody
from patients.models import ProtectionTask, Vulnerability
from tests.accounts.factories import UserFactory
from tests.consultations.stays import Centre

ACHIEVED, RUNNING = "care_plan_goal_status:achieved", "care_plan_goal_status:in_progress"


@pytest.fixture
def centre(db):
    return Centre()


@pytest.fixture
def stay(centre):
    return centre.admit()


# -- Goals -----------------------------------------------------------------------------------
def test_a_goal_has_its_words_an_action_and_a_history(centre, stay):
    goal = centre.goal(stay)
    assert b"noche" not in bytes(goal.words)
    assert goal.actions.get().discipline == "psychology"
    assert goal.steps.get().status_id == "care_plan_goal_status:not_started"


def test_the_same_goal_again_is_the_same_row(centre, stay):
    id = uuid7()
    assert centre.goal(stay, id=id).pk == centre.goal(stay, id=id).pk
    with pytest.raises(SameIdOtherBody):
        centre.goal(stay, id=id, words="Otra cosa")
    with pytest.raises(PlanGoal.DoesNotExist):
        centre.goal(stay, id=id, by=centre.by["doctor"])
    assert stay.goals.count() == 1


def test_a_goal_that_is_reached_ends_and_may_go_on(centre, stay):
    goal = plans.set_status(centre.goal(stay), ACHIEVED, by=centre.by["psychologist"], expected=1)
    assert goal.ended_on == centre.today
    goal = plans.set_status(goal, RUNNING, by=centre.by["psychologist"], expected=2)
    assert goal.ended_on is None
    statuses = [step.status_id for step in goal.steps.all()]
    assert statuses == ["care_plan_goal_status:not_started", ACHIEVED, RUNNING]


def test_an_old_page_does_not_move_a_goal(centre, stay):
    goal = centre.goal(stay)
    plans.set_status(goal, ACHIEVED, by=centre.by["psychologist"], expected=1)
    with pytest.raises(EditConflict):
        plans.set_status(goal, RUNNING, by=centre.by["psychologist"], expected=1)


def test_words_change_until_the_plan_is_signed(centre, stay):
    goal = centre.goal(stay)
    said = {"domain": "care_plan_domains:symptoms", "words": "Dormir mejor", "measure": ""}
    plans.change_goal(goal, **said, by=centre.by["psychologist"], expected=1)
    centre.sign(stay)
    with pytest.raises(Refused):
        plans.change_goal(goal, **said, by=centre.by["psychologist"], expected=2)


def test_an_action_is_done_or_dropped_once(centre, stay):
    action = centre.goal(stay).actions.get()
    plans.finish_action(action, by=centre.by["psychologist"])
    row = plans.finish_action(action, by=centre.by["psychologist"], dropped=True)
    assert (row.done_on, row.dropped_on) == (centre.today, None)


def test_who_acts_is_posted_here(centre, stay):
    goal = centre.goal(stay)
    stranger = Action(discipline="medical", text="x", who=UserFactory(role="doctor").pk)
    with pytest.raises(Refused):
        plans.add_action(goal, stranger, by=centre.by["doctor"], id=uuid7())
    id, known = uuid7(), Action(discipline="medical", text="x", who=centre.by["doctor"].pk)
    plans.add_action(goal, known, by=centre.by["doctor"], id=id)
    assert plans.add_action(goal, known, by=centre.by["doctor"], id=id).pk == id
    assert goal.actions.count() == 2


def test_a_readmission_takes_over_the_goals_that_were_open(centre):
    person = centre.person()
    first = centre.stay(90, person)
    centre.goal(first, measure="Seis horas")
    done = centre.goal(first, words="Ya lo hizo")
    plans.set_status(done, ACHIEVED, by=centre.by["psychologist"], expected=1)
    centre.close(first, closed_on=centre.before(5))
    second = centre.admit(person)
    assert plans.take_over(second, by=centre.by["psychologist"]) == 1
    assert plans.take_over(second, by=centre.by["psychologist"]) == 0
    copied = second.goals.get()
    assert copied.status_id == "care_plan_goal_status:not_started"
    assert copied.measure is not None
    assert GoalAction.objects.filter(goal=copied).count() == 1


def test_nothing_is_planned_after_the_exit(centre, stay):
    centre.goal(stay)
    centre.close(stay)
    with pytest.raises(Refused):
        centre.goal(stay)
    with pytest.raises(Refused):
        centre.sign(stay)


# -- Signing ---------------------------------------------------------------------------------
def test_each_version_of_the_plan_is_signed_with_its_goals(centre, stay):
    goal = centre.goal(stay)
    first = centre.sign(stay)
    assert [(row.discipline, row.per_week) for row in first.frequencies.all()] == [
        ("psychology", 2)
    ]
    later = centre.goal(stay, words="Caminar media hora")
    second = centre.sign(stay)
    goal.refresh_from_db()
    later.refresh_from_db()
    assert (first.number, second.number) == (1, 2)
    assert (goal.signed_in, later.signed_in) == (first, second)


def test_the_same_signature_again_is_the_same_version(centre, stay):
    centre.goal(stay)
    id = uuid7()
    assert centre.sign(stay, id=id).pk == centre.sign(stay, id=id).pk
    with pytest.raises(SameIdOtherBody):
        centre.sign(stay, id=id, agreed="consent_decisions:refused")
    assert CarePlan.objects.count() == 1


def test_a_plan_without_goals_is_not_signed(centre, stay):
    with pytest.raises(Refused):
        centre.sign(stay)


def test_a_goal_without_action_is_not_signed(centre, stay):
    action = centre.goal(stay).actions.get()
    plans.finish_action(action, by=centre.by["psychologist"], dropped=True)
    with pytest.raises(Refused):
        centre.sign(stay)


@pytest.mark.parametrize("answer", ["not_asked", "expired", "withdrawn"])
def test_the_person_is_asked_first(centre, stay, answer):
    centre.goal(stay)
    with pytest.raises(Refused):
        centre.sign(stay, agreed=f"consent_decisions:{answer}")


@pytest.mark.parametrize("days", [0, 61])
def test_the_plan_is_reviewed_within_sixty_days(centre, stay, days):
    centre.goal(stay)
    with pytest.raises(Refused):
        centre.sign(stay, review_date=centre.today + timedelta(days=days))


def test_the_answer_of_the_person_is_not_in_the_future(centre, stay):
    centre.goal(stay)
    with pytest.raises(Refused):
        centre.sign(stay, agreed_on=centre.today + timedelta(days=1))


# -- Case reviews ----------------------------------------------------------------------------
def said(centre, stay, **values):
    given = {
        "held_on": centre.today,
        "risk": "mh_risk_levels:low",
        "phase": "episode_phases:processing",
        "decision": "case_review_decisions:continue",
        "next_on": centre.today + timedelta(days=60),
        "goals": {goal.pk: RUNNING for goal in stay.goals.filter(ended_on__isnull=True)},
        **values,
    }
    return Said(**given)


def review(centre, stay, *roles, id=None, **values):
    return case_reviews.review(
        stay,
        said(centre, stay, **values),
        id=id or uuid7(),
        participants=centre.decided(*(roles or ("doctor", "psychologist", "social_worker"))),
        by=centre.by["psychologist"],
    )


def test_a_review_moves_phase_and_goals(centre, stay):
    goal = centre.goal(stay)
    row = review(centre, stay)
    stay.refresh_from_db()
    goal.refresh_from_db()
    assert (stay.phase_id, goal.status_id) == ("episode_phases:processing", RUNNING)
    assert row.participants.count() == 3
    assert goal.steps.get(review=row).status_id == RUNNING


def test_the_same_review_again_is_the_same_row(centre, stay):
    centre.goal(stay)
    id = uuid7()
    assert review(centre, stay, id=id).pk == review(centre, stay, id=id).pk
    with pytest.raises(SameIdOtherBody):
        review(centre, stay, id=id, decision="case_review_decisions:step_up")
    assert stay.reviews.count() == 1


def test_two_disciplines_need_a_reason(centre, stay):
    with pytest.raises(Refused):
        review(centre, stay, "doctor", "psychologist")
    assert review(centre, stay, "doctor", "psychologist", few_reason="Vacaciones").few_reason


@pytest.mark.parametrize("days", [0, 61])
def test_the_next_review_comes_within_sixty_days(centre, stay, days):
    with pytest.raises(Refused):
        review(centre, stay, next_on=centre.today + timedelta(days=days))


def test_every_open_goal_is_spoken_of(centre, stay):
    centre.goal(stay)
    with pytest.raises(Refused):
        review(centre, stay, goals={})


def test_no_review_before_the_last_one_or_the_admission(centre, stay):
    with pytest.raises(Refused):
        review(centre, stay, held_on=centre.before(1))
    review(centre, stay)
    with pytest.raises(Refused):
        review(centre, stay, decision="case_review_decisions:change")


def test_a_high_risk_in_a_review_shows_on_the_person(centre, stay):
    review(centre, stay, risk="mh_risk_levels:high")
    open_now = Vulnerability.objects.open().filter(patient=stay.patient)
    assert open_now.filter(criterion="vulnerability_criteria:suicide_risk").exists()
    (task,) = ProtectionTask.objects.open().filter(patient=stay.patient)
    assert task.programme == centre.programme
    assert (task.due_at - task.opened_at).total_seconds() < 3700
