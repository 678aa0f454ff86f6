from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.rows import Versioned
from consultations.models.base import CLINICAL, concept_or_none


class EpisodeQuerySet(models.QuerySet["Episode"]):
    def visible_to(self, user: Any) -> "EpisodeQuerySet":
        return self.filter(programme__in=user.programme_ids)

    def open_on(self, day: Any) -> "EpisodeQuerySet":
        """Admitted on or before the day and not closed on or before it."""
        return self.filter(admitted_on__lte=day).filter(
            Q(closed_on__isnull=True) | Q(closed_on__gt=day)
        )


class Episode(Versioned):
    """Care at the centre from admission to exit. A readmission is a new episode."""

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, related_name="+", db_index=False
    )
    admitted_on = models.DateField()
    closed_on = models.DateField(null=True)
    outcome = concept_or_none()
    reference_worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    PRIVACY = {
        "programme": CLINICAL,
        "admitted_on": CLINICAL,
        "closed_on": CLINICAL,
        "outcome": CLINICAL,
        "reference_worker": CLINICAL,
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
                condition=Q(closed_on__isnull=True, outcome__isnull=True)
                | Q(
                    closed_on__isnull=False, outcome__isnull=False, closed_on__gte=F("admitted_on")
                ),
                name="episode_outcome_follows_closing",
            ),
        )
        indexes = (
            # The active file of a day.
            models.Index(fields=("programme", "admitted_on", "closed_on"), name="episode_active"),
        )

    def __str__(self) -> str:
        return f"{self.admitted_on}"
