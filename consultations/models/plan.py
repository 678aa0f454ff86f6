"""The plan of care: living goals, and each version as the person and the team agreed on it."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.policy import Discipline
from accounts.rows import Row, SealedField, Versioned
from consultations.models.base import CLINICAL, OPEN, Signed, concept
from consultations.models.episode import Episode, user_of, user_or_none


class CarePlan(Signed):
    """One signed version of the plan: the goals open that day, sessions a week, the answer of
    the person and the next review. The last version is the plan in force."""

    episode = models.ForeignKey(Episode, models.PROTECT, related_name="plans", db_index=False)
    number = models.PositiveSmallIntegerField()
    agreed = concept()  # consent_decisions
    agreed_on = models.DateField()
    review_date = models.DateField()
    signed_by = user_of()
    signed_at = models.DateTimeField(default=timezone.now)
    signed_on = models.DateField()  # local date
    mark = models.CharField(max_length=64)

    PRIVACY = {
        "episode": OPEN,
        "number": OPEN,
        "agreed": CLINICAL,
        "agreed_on": CLINICAL,
        "review_date": CLINICAL,
        "signed_by": OPEN,
        "signed_at": OPEN,
        "signed_on": CLINICAL,
        "mark": OPEN,
    }

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                fields=("episode", "number"), name="care_plan_one_of_a_number_per_episode"
            ),
            models.CheckConstraint(
                condition=Q(review_date__gt=F("signed_on")),
                name="care_plan_is_reviewed_after_it_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(agreed_on__lte=F("signed_on")),
                name="care_plan_is_answered_before_it_is_signed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}"


class PlanFrequency(Signed):
    """Sessions a week of one discipline, as a version of the plan says."""

    plan = models.ForeignKey(CarePlan, models.PROTECT, related_name="frequencies", db_index=False)
    discipline = models.CharField(max_length=20, choices=Discipline)
    per_week = models.PositiveSmallIntegerField()

    PRIVACY = {"plan": OPEN, "discipline": CLINICAL, "per_week": CLINICAL}

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("plan", "discipline"), name="plan_frequency_once_per_discipline"
            ),
            models.CheckConstraint(
                condition=Q(discipline__in=Discipline.values),
                name="plan_frequency_discipline_is_known",
            ),
            models.CheckConstraint(
                condition=Q(per_week__lte=7), name="plan_frequency_is_at_most_daily"
            ),
        )

    def __str__(self) -> str:
        return f"{self.discipline} {self.per_week}"


ENDING = (
    "care_plan_goal_status:achieved",
    "care_plan_goal_status:abandoned",
    "care_plan_goal_status:not_relevant",
)


class PlanGoal(Versioned):
    """A goal in the person's words. Its words are fixed once a version of the plan is signed
    with it; after that only its status and its actions move."""

    episode = models.ForeignKey(Episode, models.PROTECT, related_name="goals")
    domain = concept()
    words = SealedField(null=False, blank=False)
    measure = SealedField()
    status = concept()
    set_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    set_by = user_of()
    signed_in = models.ForeignKey(
        CarePlan, models.PROTECT, null=True, blank=True, related_name="goals", db_index=False
    )
    mark = models.CharField(max_length=64, blank=True, default="")

    PRIVACY = {
        "episode": OPEN,
        "domain": CLINICAL,
        "words": CLINICAL,
        "measure": CLINICAL,
        "status": CLINICAL,
        "set_on": CLINICAL,
        "ended_on": CLINICAL,
        "set_by": OPEN,
        "signed_in": OPEN,
        "mark": OPEN,
    }

    class Meta:
        ordering = ("set_on", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=ENDING, ended_on__isnull=False, ended_on__gte=F("set_on"))
                | (~Q(status__in=ENDING) & Q(ended_on__isnull=True)),
                name="plan_goal_ended_on_follows_status",
            ),
        )

    def __str__(self) -> str:
        return f"{self.domain_id}"

    @property
    def is_open(self) -> bool:
        return self.ended_on is None


class GoalAction(Row):
    """What is done for a goal: which discipline, who, until when; and when it was done."""

    goal = models.ForeignKey(PlanGoal, models.PROTECT, related_name="actions")
    discipline = models.CharField(max_length=20, choices=Discipline)
    text = SealedField(null=False, blank=False)
    who = user_or_none()  # nobody named: whoever of the discipline
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    dropped_on = models.DateField(null=True, blank=True)
    recorded_by = user_of()
    recorded_at = models.DateTimeField(default=timezone.now)

    MUTABLE_FIELDS = ("done_on", "dropped_on")
    PRIVACY = {
        "goal": OPEN,
        "discipline": CLINICAL,
        "text": CLINICAL,
        "who": CLINICAL,
        "due_on": CLINICAL,
        "done_on": CLINICAL,
        "dropped_on": CLINICAL,
        "recorded_by": OPEN,
        "recorded_at": OPEN,
    }

    class Meta:
        ordering = ("recorded_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(discipline__in=Discipline.values),
                name="goal_action_discipline_is_known",
            ),
            models.CheckConstraint(
                condition=Q(done_on__isnull=True) | Q(dropped_on__isnull=True),
                name="goal_action_is_done_or_dropped",
            ),
        )

    def __str__(self) -> str:
        return f"{self.discipline}"


class GoalStep(Signed):
    """Where a goal stood from a day on; by a case review or directly."""

    goal = models.ForeignKey(PlanGoal, models.PROTECT, related_name="steps")
    status = concept()
    on = models.DateField()
    by = user_of()
    at = models.DateTimeField(default=timezone.now)
    review = models.ForeignKey(
        "consultations.CaseReview", models.PROTECT, null=True, related_name="goal_steps"
    )

    PRIVACY = {
        "goal": OPEN,
        "status": CLINICAL,
        "on": CLINICAL,
        "by": OPEN,
        "at": OPEN,
        "review": OPEN,
    }

    class Meta:
        ordering = ("at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("goal", "review"),
                condition=Q(review__isnull=False),
                name="goal_step_once_per_review",
            ),
        )

    def __str__(self) -> str:
        return f"{self.status_id}"
