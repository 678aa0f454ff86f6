from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from accounts.rows import Row, SealedField, Versioned
from consultations.models.base import concept_or_none


class OutingQuerySet(models.QuerySet["Outing"]):
    def visible_to(self, user: Any) -> "OutingQuerySet":
        """Outings of the programmes the user is posted to."""
        return self.filter(programme__in=user.programme_ids)

    def held(self) -> "OutingQuerySet":
        return self.filter(state__in=(Outing.State.OPEN, Outing.State.CLOSED))

    def open_on(self, day: date) -> "OutingQuerySet":
        return self.filter(state=Outing.State.OPEN, local_date=day)


class Outing(Versioned):
    """A team's day at a site: one per programme, site and local date. Who comes second joins."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    programme = models.ForeignKey("accounts.Programme", models.PROTECT, related_name="+")
    site = models.ForeignKey("partners.Site", models.PROTECT, related_name="+")
    local_date = models.DateField(_("date"))
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    planned = models.BooleanField(default=False)
    private_space = models.BooleanField(_("private space for consultations"), default=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    opened_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    cancel_reason = concept_or_none()
    remarks = SealedField()  # under the installation key: they belong to no person

    objects = OutingQuerySet.as_manager()

    class Meta:
        ordering = ("-local_date", "site")
        constraints = (
            models.UniqueConstraint(
                fields=("programme", "site", "local_date"),
                name="outing_one_per_programme_site_and_day",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("planned", "open", "closed", "cancelled")),
                name="outing_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="outing_closed_at_follows_state",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled", cancel_reason__isnull=False)
                | (~Q(state="cancelled") & Q(cancel_reason__isnull=True)),
                name="outing_cancel_reason_follows_state",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("planned", "cancelled")) | Q(opened_at__isnull=False),
                name="outing_held_was_opened",
            ),
        )
        indexes = (
            # Today: the open outings of a programme.
            models.Index(fields=("programme", "local_date", "state"), name="outing_of_the_day"),
        )

    def __str__(self) -> str:
        return f"{self.local_date} {self.site_id}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class OutingStaff(Row):
    """Staff present by discipline, in staff-days (0–20, half days allowed)."""

    outing = models.ForeignKey(Outing, models.PROTECT, related_name="staff")
    discipline = models.CharField(max_length=20, choices=Discipline)
    count = models.DecimalField(
        max_digits=3,
        decimal_places=1,
        default=Decimal(1),
        validators=[MinValueValidator(0), MaxValueValidator(20)],
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("outing", "discipline"), name="outing_staff_one_row_per_discipline"
            ),
            models.CheckConstraint(
                condition=Q(count__gte=0) & Q(count__lte=20), name="outing_staff_is_0_to_20"
            ),
            models.CheckConstraint(
                condition=Q(discipline__in=Discipline.values),
                name="outing_staff_discipline_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.discipline} {self.count}"


class OutingMember(Row):
    """A colleague who opened or joined the outing."""

    outing = models.ForeignKey(Outing, models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("outing", "user"), name="outing_joined_once"),
        )

    def __str__(self) -> str:
        return f"{self.outing_id}"
