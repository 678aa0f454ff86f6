"""What each group of disciplines records: one typed row per signed consultation.

The field names are those of `forms.csv`; answers with several codes are `Choice` rows.
"""

from django.db import models

from accounts.rows import SealedField
from consultations.models.base import (
    CLINICAL,
    OPEN,
    PROTECTED,
    SENSITIVE,
    Signed,
    concept,
    concept_or_none,
)
from consultations.models.consultation import Consultation


class _Detail(Signed):
    consultation = models.OneToOneField(Consultation, models.PROTECT, related_name="%(class)s")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self._meta.model_name or ""


class MedicalDetail(_Detail):
    """Medical, nursing, and sexual and reproductive health. Choices: substances, procedures."""

    reason = concept_or_none()
    reason_text = SealedField()
    pregnancy = concept_or_none()
    pregnancy_weeks = models.PositiveSmallIntegerField(null=True)  # 0–42
    pregnancy_estimated = models.BooleanField(default=False)
    last_period = models.DateField(null=True)
    contraception = concept_or_none()  # in use
    contraception_given = concept_or_none()
    history = SealedField()
    exam = SealedField()
    violence_link = concept_or_none()
    risk = concept_or_none()
    risk_action = SealedField()  # what was done, when the C-SSRS asked here says high
    advice_plan = SealedField()
    prescribed_by = SealedField()  # nursing: who ordered what was administered

    PRIVACY = {
        "consultation": OPEN,
        "reason": CLINICAL,
        "reason_text": CLINICAL,
        "pregnancy": CLINICAL,
        "pregnancy_weeks": CLINICAL,
        "pregnancy_estimated": CLINICAL,
        "last_period": CLINICAL,
        "contraception": CLINICAL,
        "contraception_given": CLINICAL,
        "history": CLINICAL,
        "exam": CLINICAL,
        "violence_link": PROTECTED,
        "risk": CLINICAL,
        "risk_action": CLINICAL,
        "advice_plan": CLINICAL,
        "prescribed_by": CLINICAL,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(pregnancy_weeks__isnull=True)
                | models.Q(pregnancy_weeks__lte=42),
                name="medical_weeks_are_0_to_42",
            ),
        )


class MentalHealthDetail(_Detail):
    """Psychology and psychiatry. Choices: intervention, symptoms, events, mental_state,
    side_effects. Scores: distress, functioning, cgi_s, cgi_i."""

    service_explained = models.BooleanField(null=True)
    referral_source = concept_or_none()
    duration = concept_or_none()
    risk = concept()
    risk_action = SealedField()
    risk_others = concept_or_none()
    session_note = SealedField()
    plan = SealedField()
    closure = concept_or_none()
    closure_note = SealedField()
    history = SealedField()
    mental_state_text = SealedField()
    adherence = concept_or_none()

    PRIVACY = {
        "consultation": OPEN,
        "service_explained": CLINICAL,
        "referral_source": CLINICAL,
        "duration": CLINICAL,
        "risk": CLINICAL,
        "risk_action": CLINICAL,
        "risk_others": CLINICAL,
        "session_note": PROTECTED,
        "plan": CLINICAL,
        "closure": CLINICAL,
        "closure_note": CLINICAL,
        "history": CLINICAL,
        "mental_state_text": CLINICAL,
        "adherence": CLINICAL,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(risk="mh_risk_levels:high")
                | models.Q(risk_action__isnull=False),
                name="high_risk_has_an_action",
            ),
        )


class SocialWorkDetail(_Detail):
    """Social work. Choices: documents, income_work, network. Needs are rows of their own."""

    accommodation = concept_or_none()
    legal_stage = concept_or_none()
    legal_next_date = models.DateField(null=True)
    intention = concept_or_none()
    safety = concept()
    risk = concept_or_none()
    note = SealedField()

    PRIVACY = {
        "consultation": OPEN,
        "accommodation": SENSITIVE,
        "legal_stage": SENSITIVE,
        "legal_next_date": SENSITIVE,
        "intention": SENSITIVE,
        "safety": PROTECTED,
        "risk": CLINICAL,
        "note": PROTECTED,
    }


class MediationDetail(_Detail):
    """Cultural mediation. Choices: topic, barrier. The note holds no clinical content."""

    language = concept()
    mode = concept()
    activity = concept()
    minutes = models.PositiveSmallIntegerField(null=True)
    note = SealedField()

    PRIVACY = {
        "consultation": OPEN,
        "language": OPEN,
        "mode": OPEN,
        "activity": OPEN,
        "minutes": OPEN,
        "note": SENSITIVE,
    }


class MediationLink(Signed):
    """The consultation that a mediation supported: both count, the person once."""

    mediation = models.OneToOneField(Consultation, models.PROTECT, related_name="supported_link")
    supported = models.ForeignKey(Consultation, models.PROTECT, related_name="mediation_links")

    PRIVACY = {"mediation": OPEN, "supported": CLINICAL}

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(mediation=models.F("supported")),
                name="mediation_supports_another_consultation",
            ),
        )

    def __str__(self) -> str:
        return ""


class PromotionDetail(_Detail):
    """Health promotion. Choices: topics, need_detected."""

    note = SealedField()

    PRIVACY = {"consultation": OPEN, "note": SENSITIVE}


class RehabilitationDetail(_Detail):
    """Physiotherapy and occupational therapy. Choices: region, treatment, areas. Scores: pain,
    function, performance, satisfaction."""

    plan = SealedField()

    PRIVACY = {"consultation": OPEN, "plan": CLINICAL}
