"""What the database itself refuses about stays, plans, reviews and calls."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.rows import Sealed, uuid7
from consultations.models import (
    CarePlan,
    CaseReview,
    Episode,
    EpisodeCriterion,
    EpisodeMember,
    FollowUpCall,
    GoalAction,
    GoalStep,
    PlanFrequency,
    PlanGoal,
    ReviewParticipant,
)
from tests.consultations.stays import Centre

TEXT = Sealed(b"sealed")


@pytest.fixture
def centre(db):
    return Centre()


@pytest.fixture
def stay(centre):
    return centre.admit()


def refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def closed(centre, **values):
    return {
        "closed_on": centre.today,
        "closed_at": timezone.now(),
        "closed_by": centre.by["doctor"],
        "outcome_id": "cai_discharge_outcomes:moved",
        **values,
    }


# -- Stays -----------------------------------------------------------------------------------
def test_one_open_stay_per_person_and_programme(centre, stay):
    refused(lambda: centre.stay(1, stay.patient))


@pytest.mark.parametrize("missing", ["closed_at", "closed_by", "outcome_id", "closed_on"])
def test_an_exit_is_whole(centre, stay, missing):
    values = closed(centre)
    values[missing] = None
    refused(lambda: Episode.objects.filter(pk=stay.pk).update(**values))


def test_an_exit_does_not_come_before_the_admission(centre, stay):
    values = closed(centre, closed_on=centre.before(1))
    refused(lambda: Episode.objects.filter(pk=stay.pk).update(**values))


@pytest.mark.parametrize(
    "values",
    [
        {"exit_reason": TEXT},
        {"plan_after": TEXT},
        {"missing_scores_reason": TEXT},
        {"contact_allowed": True},
        {"satisfaction_not_asked": True},
    ],
)
def test_an_open_stay_says_nothing_of_an_exit(stay, values):
    refused(lambda: Episode.objects.filter(pk=stay.pk).update(**values))


def test_an_administrative_exit_has_its_reason(centre, stay):
    values = closed(centre, outcome_id="cai_discharge_outcomes:administrative")
    refused(lambda: Episode.objects.filter(pk=stay.pk).update(**values))
    Episode.objects.filter(pk=stay.pk).update(**values, exit_reason=TEXT)


def test_a_waiver_has_its_author(centre, stay):
    refused(lambda: Episode.objects.filter(pk=stay.pk).update(waiver_reason=TEXT))
    refused(lambda: Episode.objects.filter(pk=stay.pk).update(waived_by=centre.by["doctor"]))


@pytest.mark.parametrize(
    ("role", "values"),
    [
        ("mediator", {"satisfaction": 11}),
        ("mediator", {"satisfaction": 5, "satisfaction_not_asked": True}),
        ("", {"satisfaction": 5}),
        ("psychologist", {"satisfaction": 5}),  # the reference worker
    ],
)
def test_satisfaction_is_asked_by_other_staff_and_0_to_10(centre, stay, role, values):
    asked_by = centre.by[role] if role else None
    given = closed(centre, satisfaction_asked_by=asked_by, **values)
    refused(lambda: Episode.objects.filter(pk=stay.pk).update(**given))


def test_what_was_decided_at_the_admission_stays(stay):
    for rows in (stay.criteria, stay.decisions):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all().delete()
    first = stay.criteria.first()
    refused(lambda: EpisodeCriterion.objects.create(episode=stay, criterion_id=first.criterion_id))


def test_a_member_is_on_the_team_once_and_ended_by_somebody(centre, stay):
    user = centre.by["psychologist"]
    refused(lambda: EpisodeMember.objects.create(episode=stay, user=user, added_by=user))
    refused(lambda: stay.members.update(until=timezone.now()))


# -- Plans -----------------------------------------------------------------------------------
def test_a_goal_that_ended_has_its_day_and_no_other(centre, stay):
    goal = centre.goal(stay)
    rows = PlanGoal.objects.filter(pk=goal.pk)
    refused(lambda: rows.update(status_id="care_plan_goal_status:achieved"))
    refused(lambda: rows.update(ended_on=centre.today))
    refused(
        lambda: rows.update(status_id="care_plan_goal_status:abandoned", ended_on=centre.before(1))
    )


def test_the_history_of_a_goal_and_its_actions_stay(centre, stay):
    goal = centre.goal(stay)
    with pytest.raises(DatabaseError), transaction.atomic():
        GoalStep.objects.filter(goal=goal).update(status_id="care_plan_goal_status:achieved")
    with pytest.raises(DatabaseError), transaction.atomic():
        GoalAction.objects.filter(goal=goal).update(text=TEXT)
    refused(
        lambda: GoalAction.objects.filter(goal=goal).update(
            done_on=centre.today, dropped_on=centre.today
        )
    )


def test_a_signed_plan_is_never_changed(centre, stay):
    centre.goal(stay)
    plan = centre.sign(stay)
    with pytest.raises(DatabaseError), transaction.atomic():
        CarePlan.objects.filter(pk=plan.pk).update(number=9)
    refused(lambda: PlanFrequency.objects.create(plan=plan, discipline="medical", per_week=8))
    refused(lambda: PlanFrequency.objects.create(plan=plan, discipline="magic", per_week=1))


@pytest.mark.parametrize(
    "values",
    [
        {"number": 1},
        {"review_date": timezone.localdate()},
        {"agreed_on": timezone.localdate() + timedelta(days=2)},
    ],
)
def test_the_versions_of_a_plan_have_their_order(centre, stay, values):
    centre.goal(stay)
    plan = centre.sign(stay)
    row = CarePlan.objects.get(pk=plan.pk)
    row.pk, row.number = uuid7(), 2
    row.signed_on = row.agreed_on = timezone.localdate()
    row.review_date = timezone.localdate() + timedelta(days=30)
    for name, value in values.items():
        setattr(row, name, value)
    refused(lambda: row.save(force_insert=True))


# -- Reviews and calls -----------------------------------------------------------------------
def make_review(centre, stay, **values):
    given = {
        "held_on": centre.today,
        "risk_id": "mh_risk_levels:none",
        "phase_id": "episode_phases:processing",
        "decision_id": "case_review_decisions:continue",
        "next_on": centre.today + timedelta(days=60),
        "recorded_by": centre.by["doctor"],
        "mark": "x",
        **values,
    }
    return CaseReview.objects.create(episode=stay, **given)


def test_a_review_is_one_a_day_never_changed_and_before_the_next(centre, stay):
    row = make_review(centre, stay)
    refused(lambda: make_review(centre, stay))
    refused(lambda: make_review(centre, stay, held_on=centre.before(1), next_on=centre.before(1)))
    with pytest.raises(DatabaseError), transaction.atomic():
        CaseReview.objects.filter(pk=row.pk).update(mark="y")
    refused(
        lambda: ReviewParticipant.objects.create(
            review=row, user=centre.by["doctor"], discipline="magic"
        )
    )


def test_a_call_is_answered_once_after_1_3_or_6_months(centre, stay):
    person = stay.patient

    def make(months=1, answered=True):
        return FollowUpCall.objects.create(
            episode=stay, months=months, attempt=centre.tried(person, 1), answered=answered,
            called_on=centre.today,
        )  # fmt: skip

    make(answered=False)
    make()
    refused(make)
    refused(lambda: make(months=2))
