from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.policy import Discipline
from accounts.rows import SealedField
from consultations.models.base import CLINICAL, OPEN, Signed, concept
from consultations.models.episode import Episode, user_of


class CaseReview(Signed):
    """The team looks at a stay together: who was there, the risk, the phase, what is decided and
    when the next review is (30 days after admission, then within 60). Never edited."""

    episode = models.ForeignKey(Episode, models.PROTECT, related_name="reviews", db_index=False)
    held_on = models.DateField()
    few_reason = SealedField()  # why fewer than three disciplines were there
    risk = concept()
    phase = concept()
    decision = concept()
    next_on = models.DateField()
    recorded_by = user_of()
    recorded_at = models.DateTimeField(default=timezone.now)
    mark = models.CharField(max_length=64)

    PRIVACY = {
        "episode": OPEN,
        "held_on": CLINICAL,
        "few_reason": CLINICAL,
        "risk": CLINICAL,
        "phase": CLINICAL,
        "decision": CLINICAL,
        "next_on": CLINICAL,
        "recorded_by": OPEN,
        "recorded_at": OPEN,
        "mark": OPEN,
    }

    class Meta:
        ordering = ("-held_on", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(next_on__gt=F("held_on")), name="case_review_next_one_comes_later"
            ),
            models.UniqueConstraint(
                fields=("episode", "held_on"), name="case_review_one_a_day_and_episode"
            ),
        )

    def __str__(self) -> str:
        return f"{self.held_on}"


class ReviewParticipant(Signed):
    review = models.ForeignKey(
        CaseReview, models.PROTECT, related_name="participants", db_index=False
    )
    user = user_of()
    discipline = models.CharField(max_length=20, choices=Discipline)

    PRIVACY = {"review": OPEN, "user": OPEN, "discipline": OPEN}

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("review", "user"), name="review_participant_once_per_review"
            ),
            models.CheckConstraint(
                condition=Q(discipline__in=Discipline.values),
                name="review_participant_discipline_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.discipline}"
