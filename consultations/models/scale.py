"""What a scale said on a day: its total or level, and the answers it was computed from."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultations.models.base import CLINICAL, OPEN, Signed, concept_or_none
from consultations.models.consultation import Consultation


class ScaleResult(Signed):
    """A scale administered once: its score, band and how it was taken.

    Range and direction: list `scales`; 0 to 10, higher is better, where the person rates an
    activity of their own choice and no scale is named. `value` is computed from the answers where
    the scale has them; of K6 it stands on 0 to 24 however it was scored. Who administered it is
    the professional of the consultation.
    """

    class State(models.TextChoices):
        COMPLETE = "complete", pgettext_lazy("scale", "complete")
        PRO_RATA = "pro_rata", pgettext_lazy("scale", "estimated from the answers given")
        INCOMPLETE = "incomplete", pgettext_lazy("scale", "incomplete")
        NOT_ASKED = "not_asked", pgettext_lazy("scale", "could not be asked")

    class Informant(models.TextChoices):
        SELF = "self", _("filled in by the person")
        INTERVIEW = "interview", _("asked by the professional")
        CAREGIVER = "caregiver", _("answered by a caregiver")
        CLINICIAN = "clinician", _("rated by the professional")

    consultation = models.ForeignKey(
        Consultation, models.PROTECT, related_name="scores", db_index=False
    )
    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="+", db_index=False
    )
    scale = concept_or_none()
    field = models.CharField(max_length=24)
    value = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.COMPLETE)
    band = concept_or_none()  # of scale_bands; of the C-SSRS the level of mh_risk_levels
    language = models.CharField(max_length=2, blank=True)  # of the questions as they were read
    wording = models.CharField(max_length=10, blank=True)  # published or working translation
    informant = models.CharField(max_length=10, choices=Informant, blank=True)
    form = models.CharField(max_length=8, blank=True)  # version scored, where there are several
    local_date = models.DateField()

    PRIVACY = {
        "consultation": OPEN,
        "scale": CLINICAL,
        "field": OPEN,
        "value": CLINICAL,
        "state": CLINICAL,
        "band": CLINICAL,
        "language": OPEN,
        "wording": OPEN,
        "informant": CLINICAL,
        "form": CLINICAL,
        "local_date": OPEN,
    }

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("consultation", "field"), name="score_once_per_field"),
            models.CheckConstraint(
                # An incomplete scale has no total and no band.
                condition=Q(state__in=("complete", "pro_rata"), value__isnull=False)
                | Q(state__in=("incomplete", "not_asked"), value__isnull=True, band__isnull=True),
                name="score_value_follows_state",
            ),
            models.CheckConstraint(
                condition=Q(informant__in=("", "self", "interview", "caregiver", "clinician")),
                name="score_informant_is_known",
            ),
            models.CheckConstraint(
                condition=Q(language__in=("", "en", "es", "fr")), name="score_language_is_known"
            ),
        )
        indexes = (
            # The last value beside the form, and the small chart over time.
            models.Index(fields=("patient", "scale", "-local_date"), name="score_of_person"),
        )

    def __str__(self) -> str:
        return f"{self.field}"


class ScaleAnswer(Signed):
    """One answer of a scale, by the code of the question: the same in every language."""

    result = models.ForeignKey(ScaleResult, models.PROTECT, related_name="answers", db_index=False)
    item = models.CharField(max_length=24)
    value = models.PositiveSmallIntegerField()

    PRIVACY = {"result": CLINICAL, "item": CLINICAL, "value": CLINICAL}

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("result", "item"), name="answer_once_per_item"),
            models.CheckConstraint(condition=Q(value__lte=10), name="answer_is_possible"),
        )

    def __str__(self) -> str:
        return f"{self.item}"
