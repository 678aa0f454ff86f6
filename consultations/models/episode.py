"""Care at the centre: the stay of one person from admission to exit, and who cares."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.policy import Discipline
from accounts.rows import Row, SealedField, Versioned
from consultations.models.base import CLINICAL, OPEN, Signed, concept, concept_or_none


class EpisodeQuerySet(models.QuerySet["Episode"]):
    def visible_to(self, user: Any) -> "EpisodeQuerySet":
        return self.filter(programme__in=user.programme_ids)

    def open(self) -> "EpisodeQuerySet":
        return self.filter(closed_on__isnull=True)

    def open_on(self, day: Any) -> "EpisodeQuerySet":
        """Admitted on or before the day and not closed on or before it."""
        return self.filter(admitted_on__lte=day).filter(
            Q(closed_on__isnull=True) | Q(closed_on__gt=day)
        )


def user_of(**kwargs: Any) -> Any:
    """A colleague; indexed only where asked: accounts are never deleted."""
    kwargs.setdefault("db_index", False)
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", **kwargs)


def user_or_none(**kwargs: Any) -> Any:
    return user_of(null=True, blank=True, **kwargs)


class Episode(Versioned):
    """Care at the centre from admission to exit. A readmission is a new episode.

    Free texts are sealed with the narrative key of `patient`. `contact_allowed` is the person's
    answer at the exit to being called after 1, 3 and 6 months.
    """

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, related_name="+", db_index=False
    )
    admitted_on = models.DateField()
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_by = user_of()
    reference_worker = user_or_none(db_index=True)
    is_readmission = models.BooleanField(default=False)
    house_rules = models.BooleanField(default=False)  # rules and rights were explained
    waiver_reason = SealedField()  # admitted although an inclusion criterion is missing
    waived_by = user_or_none()
    phase = concept_or_none()
    mark = models.CharField(max_length=64, blank=True, default="")  # HMAC of the admission

    closed_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = user_or_none()
    outcome = concept_or_none()
    exit_reason = SealedField()
    plan_after = SealedField()
    missing_scores_reason = SealedField()
    contact_allowed = models.BooleanField(default=False)
    satisfaction = models.PositiveSmallIntegerField(null=True, blank=True)  # 0 to 10
    satisfaction_not_asked = models.BooleanField(default=False)  # "could not ask"
    satisfaction_asked_by = user_or_none()
    exit_mark = models.CharField(max_length=64, blank=True, default="")  # HMAC of the exit

    PRIVACY = {
        "programme": CLINICAL,
        "admitted_on": CLINICAL,
        "opened_at": OPEN,
        "opened_by": OPEN,
        "reference_worker": CLINICAL,
        "is_readmission": CLINICAL,
        "house_rules": CLINICAL,
        "waiver_reason": CLINICAL,
        "waived_by": OPEN,
        "phase": CLINICAL,
        "mark": OPEN,
        "closed_on": CLINICAL,
        "closed_at": OPEN,
        "closed_by": OPEN,
        "outcome": CLINICAL,
        "exit_reason": CLINICAL,
        "plan_after": CLINICAL,
        "missing_scores_reason": CLINICAL,
        "contact_allowed": CLINICAL,
        "satisfaction": CLINICAL,
        "satisfaction_not_asked": CLINICAL,
        "satisfaction_asked_by": OPEN,
        "exit_mark": OPEN,
    }

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        ordering = ("-admitted_on",)
        constraints = (
            models.UniqueConstraint(
                fields=("patient", "programme"),
                condition=Q(closed_on__isnull=True),
                name="episode_one_open_per_person_and_programme",
            ),
            models.CheckConstraint(
                condition=Q(
                    closed_on__isnull=True,
                    closed_at__isnull=True,
                    closed_by__isnull=True,
                    outcome__isnull=True,
                    exit_reason__isnull=True,
                    plan_after__isnull=True,
                    missing_scores_reason__isnull=True,
                    contact_allowed=False,
                    satisfaction__isnull=True,
                    satisfaction_not_asked=False,
                    satisfaction_asked_by__isnull=True,
                )
                | Q(
                    closed_on__isnull=False,
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                    outcome__isnull=False,
                    closed_on__gte=F("admitted_on"),
                ),
                name="episode_outcome_follows_closing",
            ),
            models.CheckConstraint(
                # "Any other administrative end, with the reason in words" (list of outcomes).
                condition=~Q(outcome="cai_discharge_outcomes:administrative")
                | Q(exit_reason__isnull=False),
                name="episode_administrative_exit_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(waiver_reason__isnull=True, waived_by__isnull=True)
                | Q(waiver_reason__isnull=False, waived_by__isnull=False),
                name="episode_waiver_has_an_author",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True)
                | Q(
                    satisfaction__lte=10,
                    satisfaction_not_asked=False,
                    satisfaction_asked_by__isnull=False,
                ),
                name="episode_satisfaction_is_0_to_10_and_asked_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(satisfaction_asked_by=F("reference_worker")),
                name="episode_satisfaction_is_asked_by_other_staff",
            ),
        )
        indexes = (
            # The active file of a day.
            models.Index(fields=("programme", "admitted_on", "closed_on"), name="episode_active"),
            # The exits, and the calls that follow them.
            models.Index(
                fields=("programme", "-closed_on"),
                name="episode_exits",
                condition=Q(closed_on__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.admitted_on}"


class EpisodeCriterion(Signed):
    """A criterion of admission that was ticked: inclusion, priority or exclusion."""

    episode = models.ForeignKey(Episode, models.PROTECT, related_name="criteria", db_index=False)
    criterion = concept()

    PRIVACY = {"episode": OPEN, "criterion": CLINICAL}

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("episode", "criterion"), name="episode_criterion_once_per_episode"
            ),
        )

    def __str__(self) -> str:
        return f"{self.criterion_id}"


class EpisodeDecision(Signed):
    """Who decided the admission, and for which discipline: two disciplines at least."""

    episode = models.ForeignKey(Episode, models.PROTECT, related_name="decisions", db_index=False)
    user = user_of()
    discipline = models.CharField(max_length=20, choices=Discipline)
    decided_on = models.DateField()

    PRIVACY = {"episode": OPEN, "user": OPEN, "discipline": OPEN, "decided_on": CLINICAL}

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("episode", "user"), name="episode_decision_once_per_colleague"
            ),
            models.CheckConstraint(
                condition=Q(discipline__in=Discipline.values),
                name="episode_decision_discipline_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.discipline}"


class EpisodeMember(Row):
    """A colleague of the team that treats the person; reads as treating team until it ends."""

    MUTABLE_FIELDS = ("until", "ended_by")

    episode = models.ForeignKey(Episode, models.PROTECT, related_name="members", db_index=False)
    user = user_of()
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    added_by = user_of()
    ended_by = user_or_none()

    PRIVACY = {
        "episode": OPEN,
        "user": CLINICAL,
        "since": CLINICAL,
        "until": CLINICAL,
        "added_by": OPEN,
        "ended_by": OPEN,
    }

    class Meta:
        ordering = ("since", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("episode", "user"),
                condition=Q(until__isnull=True),
                name="episode_member_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True, ended_by__isnull=True)
                | Q(until__isnull=False, ended_by__isnull=False, until__gte=F("since")),
                name="episode_member_is_ended_by_somebody",
            ),
        )
        indexes = (
            # "Whom do I treat": the treating team of a reader, and My day.
            models.Index(
                fields=("user", "episode"),
                name="episode_member_now",
                condition=Q(until__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d}"


class ExitService(Signed):
    """A service that the person goes on with after the exit (`service_taxonomy`)."""

    episode = models.ForeignKey(
        Episode, models.PROTECT, related_name="exit_services", db_index=False
    )
    service = concept()

    PRIVACY = {"episode": OPEN, "service": CLINICAL}

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("episode", "service"), name="exit_service_once_per_episode"
            ),
        )

    def __str__(self) -> str:
        return f"{self.service_id}"


class FollowUpCall(Signed):
    """A call 1, 3 or 6 months after the exit: one attempt of contact, and whether it was answered.

    Unanswered ones may be tried again; one answer per month is enough.
    """

    MONTHS = (1, 3, 6)

    episode = models.ForeignKey(Episode, models.PROTECT, related_name="calls", db_index=False)
    months = models.PositiveSmallIntegerField()
    attempt = models.OneToOneField("patients.ContactAttempt", models.PROTECT, related_name="+")
    called_on = models.DateField()
    answered = models.BooleanField()

    PRIVACY = {
        "episode": OPEN,
        "months": CLINICAL,
        "attempt": OPEN,
        "called_on": CLINICAL,
        "answered": CLINICAL,
    }

    class Meta:
        ordering = ("called_on", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(months__in=(1, 3, 6)), name="follow_up_call_after_1_3_or_6_months"
            ),
            models.UniqueConstraint(
                fields=("episode", "months"),
                condition=Q(answered=True),
                name="follow_up_call_answered_once",
            ),
        )
        indexes = (models.Index(fields=("episode", "months"), name="follow_up_call_of_episode"),)

    def __str__(self) -> str:
        return f"{self.months}"
