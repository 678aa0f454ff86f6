from django.db import models
from django.db.models import F, Q

from accounts.rows import Row
from consultations.models.base import CLINICAL, OPEN, Signed, concept, concept_or_none
from consultations.models.consultation import Consultation


class Need(Row):
    """A social need with dates of its own: several consultations may serve one need."""

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    programme = models.ForeignKey("accounts.Programme", models.PROTECT, related_name="+")
    need = concept()
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    outcome = concept_or_none()

    PRIVACY = {
        "programme": OPEN,
        "need": CLINICAL,
        "opened_on": OPEN,
        "closed_on": OPEN,
        "outcome": CLINICAL,
    }

    class Meta:
        ordering = ("opened_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("patient", "programme", "need"),
                condition=Q(closed_on__isnull=True),
                name="need_one_open_per_person_programme_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="need_closed_after_it_opened",
            ),
        )

    def __str__(self) -> str:
        return f"{self.opened_on}"


class NeedStep(Signed):
    """What was done for a need in one consultation, and how the need stood afterwards."""

    need = models.ForeignKey(Need, models.PROTECT, related_name="steps")
    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="need_steps")
    action = concept()
    partner = models.ForeignKey(
        "partners.Organisation", models.PROTECT, null=True, related_name="+"
    )
    outcome = concept()
    position = models.PositiveSmallIntegerField(default=0)

    PRIVACY = {
        "need": CLINICAL,
        "consultation": OPEN,
        "action": CLINICAL,
        "partner": CLINICAL,
        "outcome": CLINICAL,
        "position": OPEN,
    }

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=("need", "consultation"), name="need_step_once_per_consultation"
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}"
