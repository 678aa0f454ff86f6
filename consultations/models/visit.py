from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.rows import Versioned
from consultations.models.base import CLINICAL, OPEN, Signed, concept_or_none
from consultations.models.outing import Outing


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user: Any) -> "VisitQuerySet":
        return self.filter(outing__programme__in=user.programme_ids)


class Visit(Versioned):
    """One person at one outing: waiting, in care, seen. All that happens that day hangs on it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        IN_CARE = "in_care", _("In care")
        SEEN = "seen", _("Seen")
        LEFT = "left", _("Left without care")

    outing = models.ForeignKey(Outing, models.PROTECT, related_name="visits")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # Disciplines the person waits for, as codes; letters are shown, never the need in words.
    waits_for = models.JSONField(default=list, blank=True)
    arrived_at = models.DateTimeField(default=timezone.now)

    PRIVACY = {"outing": OPEN, "state": OPEN, "waits_for": OPEN, "arrived_at": OPEN}

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ("arrived_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("outing", "patient"), name="visit_one_per_person_and_outing"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "in_care", "seen", "left")),
                name="visit_state_is_known",
            ),
        )
        indexes = (
            # Today's tabs: waiting, in care, seen, in order of arrival.
            models.Index(fields=("outing", "state", "arrived_at"), name="visit_tabs_of_today"),
        )

    def __str__(self) -> str:
        return f"{self.state}"


def _measure(digits: int, places: int) -> Any:
    return models.DecimalField(max_digits=digits, decimal_places=places, null=True, blank=True)


def _count(low: int, high: int) -> Any:
    return models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(low), MaxValueValidator(high)]
    )


class VitalSigns(Signed):
    """Measurements of a visit: taken at triage, seen at once by the doctor. Never edited: a new
    measurement is a new row. Triage is not a consultation.

    Units: temperature °C, heart rate and breaths per minute, pressure mmHg, SpO2 %, glucose
    mg/dL, weight kg, height cm, MUAC mm, pain 0–10, Glasgow 3–15. Limits: `vital_signs.csv`.
    """

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="vitals")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(default=timezone.now)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    temperature = _measure(3, 1)
    heart_rate = _count(20, 300)
    respiratory_rate = _count(4, 120)
    systolic_bp = _count(30, 300)
    diastolic_bp = _count(15, 200)
    spo2 = _count(40, 100)
    glucose_capillary = _count(10, 800)
    weight = _measure(4, 1)
    height = _measure(4, 1)
    muac = _count(70, 500)
    oedema = concept_or_none()
    pain = _count(0, 10)
    gcs = _count(3, 15)
    # Signs whose warning the clinician confirmed, e.g. ["weight"].
    confirmed = models.JSONField(default=list, blank=True)

    MEASURES = (
        "temperature",
        "heart_rate",
        "respiratory_rate",
        "systolic_bp",
        "diastolic_bp",
        "spo2",
        "glucose_capillary",
        "weight",
        "height",
        "muac",
        "oedema",
        "pain",
        "gcs",
    )
    PRIVACY = {
        "visit": OPEN,
        "taken_at": OPEN,
        "taken_by": OPEN,
        "confirmed": CLINICAL,
        **dict.fromkeys(MEASURES, CLINICAL),
    }

    class Meta:
        ordering = ("-taken_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(diastolic_bp__isnull=True)
                | Q(systolic_bp__isnull=True)
                | Q(diastolic_bp__lt=F("systolic_bp")),
                name="vital_signs_diastolic_below_systolic",
            ),
            models.CheckConstraint(
                condition=Q(temperature__isnull=True)
                | (Q(temperature__gte=30) & Q(temperature__lte=43.5)),
                name="vital_signs_temperature_is_possible",
            ),
            models.CheckConstraint(
                condition=Q(spo2__isnull=True) | (Q(spo2__gte=40) & Q(spo2__lte=100)),
                name="vital_signs_spo2_is_possible",
            ),
            models.CheckConstraint(
                condition=Q(pain__isnull=True) | Q(pain__lte=10),
                name="vital_signs_pain_is_0_to_10",
            ),
        )
        indexes = (
            # The last weight and pressures of a person, beside the form.
            models.Index(fields=("patient", "-taken_at"), name="vital_signs_of_person"),
        )

    def __str__(self) -> str:
        return f"{self.taken_at:%Y-%m-%d %H:%M}"
