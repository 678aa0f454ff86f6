from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.rows import Row
from consultations.models.base import CLINICAL, Signed, concept
from consultations.models.outing import Outing


class GroupActivityQuerySet(models.QuerySet["GroupActivity"]):
    def visible_to(self, user: Any) -> "GroupActivityQuerySet":
        return self.filter(programme__in=user.programme_ids)

    def standing(self) -> "GroupActivityQuerySet":
        """Those that no correction has replaced: the ones that count."""
        return self.filter(replaced_by__isnull=True)


class GroupActivity(Row):
    """A talk, session or street activity: heads are counted, not named. Never a consultation.

    Born signed; a correction is a new activity that replaces it.
    """

    MUTABLE_FIELDS = ("replaced_by",)
    GROUPS = ("women", "men", "girls", "boys", "other")

    programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, related_name="+", db_index=False
    )
    site = models.ForeignKey("partners.Site", models.PROTECT, related_name="+")
    outing = models.ForeignKey(Outing, models.PROTECT, null=True, related_name="activities")
    local_date = models.DateField(_("date"))
    type = concept()
    minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    women = models.PositiveSmallIntegerField(default=0)
    men = models.PositiveSmallIntegerField(default=0)
    girls = models.PositiveSmallIntegerField(default=0)
    boys = models.PositiveSmallIntegerField(default=0)
    other = models.PositiveSmallIntegerField(default=0)
    partner = models.ForeignKey(
        "partners.Organisation", models.PROTECT, null=True, related_name="+"
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=timezone.now)
    replaced_by = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaces")
    mark = models.CharField(max_length=64)

    objects = GroupActivityQuerySet.as_manager()

    class Meta:
        ordering = ("-local_date", "-signed_at")
        verbose_name_plural = "group activities"
        constraints = (
            models.CheckConstraint(
                condition=Q(women__gt=0)
                | Q(men__gt=0)
                | Q(girls__gt=0)
                | Q(boys__gt=0)
                | Q(other__gt=0),
                name="activity_has_somebody",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5) & Q(minutes__lte=480),
                name="activity_minutes_are_5_to_480",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True) | ~Q(replaced_by=F("id")),
                name="activity_does_not_replace_itself",
            ),
        )
        indexes = (
            # Figures of activities, and the list of a programme.
            models.Index(
                fields=("programme", "local_date", "type", "site"), name="activity_figures"
            ),
        )

    def __str__(self) -> str:
        return f"{self.local_date}"

    @property
    def participants(self) -> int:
        return self.women + self.men + self.girls + self.boys + self.other


class ActivityTopic(Signed):
    activity = models.ForeignKey(GroupActivity, models.PROTECT, related_name="topics")
    topic = concept()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("activity", "topic"), name="activity_topic_once"),
        )

    def __str__(self) -> str:
        return ""


class ActivityLanguage(Signed):
    activity = models.ForeignKey(GroupActivity, models.PROTECT, related_name="languages")
    language = concept()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("activity", "language"), name="activity_language_once"),
        )

    def __str__(self) -> str:
        return ""


class ActivityCount(Signed):
    """Head count by sex recorded and UNHCR age band; together they equal the participants."""

    activity = models.ForeignKey(GroupActivity, models.PROTECT, related_name="counts")
    sex = models.CharField(max_length=12)
    age_band = concept()
    count = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("activity", "sex", "age_band"), name="activity_count_once_per_cell"
            ),
            models.CheckConstraint(
                condition=Q(sex__in=("female", "male", "intersex", "sex_unknown")),
                name="activity_count_sex_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.count}"


class ActivityParticipant(Signed):
    """Attendance of a therapeutic group; never a direct consultation."""

    activity = models.ForeignKey(GroupActivity, models.PROTECT, related_name="named")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")

    PRIVACY = {"activity": CLINICAL}

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("activity", "patient"), name="activity_participant_once"
            ),
        )

    def __str__(self) -> str:
        return ""
