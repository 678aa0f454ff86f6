from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.rows import Row, SealedField
from consultations.models.base import CLINICAL, OPEN, concept_or_none
from referrals.models.referral import Referral
from referrals.models.status import Clock, Status


class ReferralMove(Row):
    """One step of a referral, as it was made. Replaying the moves gives the status."""

    IMMUTABLE = True

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="moves", db_index=False)
    position = models.PositiveSmallIntegerField()  # 0, 1, 2 … within the referral
    move = models.CharField(max_length=16)  # machine.Move
    from_status = models.CharField(max_length=20, choices=Status)
    to_status = models.CharField(max_length=20, choices=Status)
    side = models.CharField(max_length=10)  # machine.Side
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = concept_or_none()  # of declining, or how it ended
    risk = concept_or_none()  # mh_risk_levels, checked again on the waiting list
    alternative = models.ForeignKey("partners.Service", models.PROTECT, null=True, related_name="+")
    text = SealedField()  # question, answer, note, other way, feedback
    mark = models.CharField(max_length=64, blank=True, default="")  # HMAC: same id, same move

    PRIVACY = {
        "referral": OPEN,
        "position": OPEN,
        "move": OPEN,
        "from_status": OPEN,
        "to_status": OPEN,
        "side": OPEN,
        "actor": OPEN,
        "at": OPEN,
        "reason": CLINICAL,
        "risk": CLINICAL,
        "alternative": CLINICAL,
        "text": CLINICAL,
        "mark": OPEN,
    }

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=("referral", "position"), name="referral_move_positions_are_one_each"
            ),
            models.CheckConstraint(
                condition=Q(from_status__in=Status.values) & Q(to_status__in=Status.values),
                name="referral_move_states_are_known",
            ),
            models.CheckConstraint(
                condition=Q(side__in=("sender", "receiver")), name="referral_move_side_is_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.move}"


class Notice(Row):
    """Something to know about a referral, for one user or for a programme's coordinators.

    Says that, never what: no name, no clinical word. One per cause: a clock that ran out is told
    once at each level, an answer once to who wrote and once to the coordination.
    """

    class Kind(models.TextChoices):
        LATE = "late"
        ANSWER = "answer"
        RECHECK = "recheck"  # on the waiting list: the risk is to be asked again

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="notices", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    # late: the clock and its deadline; answer: the move; recheck: since when. Told once a level.
    cause = models.CharField(max_length=80)
    clock = models.CharField(max_length=14, choices=Clock, default=Clock.NONE)
    level = models.PositiveSmallIntegerField(default=0)  # 0 the team, 1 coordination, 2 management
    programme = models.ForeignKey("accounts.Programme", models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    mailed_at = models.DateTimeField(null=True)

    MUTABLE_FIELDS = ("seen_at", "seen_by", "mailed_at")
    PRIVACY = dict.fromkeys(
        (
            "referral",
            "kind",
            "cause",
            "clock",
            "level",
            "programme",
            "user",
            "made_at",
            "seen_at",
            "seen_by",
            "mailed_at",
        ),
        OPEN,
    )

    class Meta:
        ordering = ("-made_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("referral", "kind", "cause", "level"), name="referral_notice_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("late", "answer", "recheck")),
                name="referral_notice_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(clock__in=Clock.values), name="referral_notice_clock_is_known"
            ),
        )
        indexes = (
            # Unseen notices of a user or a programme, on every Today page.
            models.Index(
                fields=("programme", "user"),
                condition=Q(seen_at__isnull=True),
                name="referral_notice_unseen",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}"
