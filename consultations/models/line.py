"""What a consultation lists: coded answers, diagnoses, medicines, tests, items, goals."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.rows import SealedField
from consultations.models.base import CLINICAL, OPEN, PROTECTED, Signed, concept
from consultations.models.consultation import Consultation


class Choice(Signed):
    """One answer of a question with several: the form's field and the code chosen, in order."""

    consultation = models.ForeignKey(
        Consultation, models.PROTECT, related_name="choices", db_index=False
    )
    field = models.CharField(max_length=24)
    concept = concept(db_index=True)
    position = models.PositiveSmallIntegerField(default=0)

    # The class of the field (`definitions`), raised by the class of the code.
    PRIVACY = {"consultation": OPEN, "field": OPEN, "concept": PROTECTED, "position": OPEN}

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=("consultation", "field", "concept"), name="choice_once_per_field"
            ),
        )

    def __str__(self) -> str:
        return f"{self.field}"


class Diagnosis(Signed):
    """A condition of `morbidity` or `mh_diagnoses`; position 0 is the main one."""

    class Certainty(models.TextChoices):
        SUSPECTED = "suspected", _("suspected")
        CONFIRMED = "confirmed", _("confirmed")

    class Novelty(models.TextChoices):
        NEW = "new", _("new")
        FOLLOW_UP = "follow_up", _("follow-up")

    consultation = models.ForeignKey(
        Consultation, models.PROTECT, related_name="diagnoses", db_index=False
    )
    concept = concept(db_index=True)
    position = models.PositiveSmallIntegerField(default=0)
    certainty = models.CharField(max_length=10, choices=Certainty, default=Certainty.CONFIRMED)
    novelty = models.CharField(max_length=10, choices=Novelty, default=Novelty.NEW)

    PRIVACY = {
        "consultation": OPEN,
        "concept": CLINICAL,
        "position": OPEN,
        "certainty": CLINICAL,
        "novelty": CLINICAL,
    }

    class Meta:
        ordering = ("position",)
        verbose_name_plural = "diagnoses"
        constraints = (
            models.UniqueConstraint(
                fields=("consultation", "concept"), name="diagnosis_once_per_consultation"
            ),
            models.CheckConstraint(
                condition=Q(certainty__in=("suspected", "confirmed")),
                name="diagnosis_certainty_is_known",
            ),
            models.CheckConstraint(
                condition=Q(novelty__in=("new", "follow_up")), name="diagnosis_novelty_is_known"
            ),
            models.CheckConstraint(condition=Q(position__lte=4), name="diagnosis_at_most_five"),
        )

    def __str__(self) -> str:
        return f"{self.position}"


class Prescription(Signed):
    """One medicine prescribed, or administered on the spot. The dose is typed with its unit."""

    class Route(models.TextChoices):
        ORAL = "oral", _("by mouth")
        INTRAMUSCULAR = "im", _("intramuscular")
        INTRAVENOUS = "iv", _("intravenous")
        SUBCUTANEOUS = "sc", _("subcutaneous")
        INHALED = "inhaled", _("inhaled")
        TOPICAL = "topical", _("on the skin")
        VAGINAL = "vaginal", _("vaginal")
        RECTAL = "rectal", _("rectal")
        EYE = "eye", _("eye drops")
        EAR = "ear", _("ear drops")
        SUBLINGUAL = "sublingual", _("under the tongue")

    class Frequency(models.TextChoices):
        SINGLE = "single", _("single dose")
        DAILY = "24h", _("every 24 hours")
        TWICE = "12h", _("every 12 hours")
        THRICE = "8h", _("every 8 hours")
        FOUR_TIMES = "6h", _("every 6 hours")
        SIX_TIMES = "4h", _("every 4 hours")
        NIGHT = "night", _("at night")
        WEEKLY = "weekly", _("once a week")
        AS_NEEDED = "as_needed", _("as needed")

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="prescriptions")
    medicine = concept(db_index=True)
    dose = models.CharField(max_length=30)
    route = models.CharField(max_length=10, choices=Route, default=Route.ORAL)
    frequency = models.CharField(max_length=10, choices=Frequency)
    days = models.PositiveSmallIntegerField(
        null=True, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    quantity = models.PositiveSmallIntegerField(
        null=True, validators=[MinValueValidator(0), MaxValueValidator(1000)]
    )
    administered = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    note = SealedField()

    PRIVACY = {
        "consultation": OPEN,
        "medicine": CLINICAL,
        "dose": CLINICAL,
        "route": CLINICAL,
        "frequency": CLINICAL,
        "days": CLINICAL,
        "quantity": CLINICAL,
        "administered": CLINICAL,
        "position": OPEN,
        "note": CLINICAL,
    }

    class Meta:
        ordering = ("position",)
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    route__in=(
                        "oral",
                        "im",
                        "iv",
                        "sc",
                        "inhaled",
                        "topical",
                        "vaginal",
                        "rectal",
                        "eye",
                        "ear",
                        "sublingual",
                    )
                ),
                name="prescription_route_is_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    frequency__in=(
                        "single",
                        "24h",
                        "12h",
                        "8h",
                        "6h",
                        "4h",
                        "night",
                        "weekly",
                        "as_needed",
                    )
                ),
                name="prescription_frequency_is_known",
            ),
            models.CheckConstraint(
                condition=Q(days__isnull=True) | (Q(days__gte=1) & Q(days__lte=365)),
                name="prescription_days_are_1_to_365",
            ),
        )

    def __str__(self) -> str:
        return f"{self.dose} {self.frequency}"


class TestResult(Signed):
    """A rapid test and its result; the class of the test (HIV, syphilis …) may be protected."""

    __test__ = False  # not a test of the suite

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="test_results")
    test = concept()
    result = concept()
    position = models.PositiveSmallIntegerField(default=0)

    PRIVACY = {"consultation": OPEN, "test": CLINICAL, "result": CLINICAL, "position": OPEN}

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return f"{self.position}"


class ItemDistribution(Signed):
    """Items given: to the person of a consultation, or at a group activity."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, null=True, related_name="items")
    activity = models.ForeignKey(
        "consultations.GroupActivity", models.PROTECT, null=True, related_name="items"
    )
    item = concept()
    quantity = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )

    PRIVACY = {"consultation": OPEN, "activity": OPEN, "item": OPEN, "quantity": OPEN}

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(consultation__isnull=True) ^ Q(activity__isnull=True),
                name="items_belong_to_a_consultation_or_an_activity",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1) & (Q(activity__isnull=False) | Q(quantity__lte=20)),
                name="items_are_1_to_20_for_a_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity}"


class SessionGoal(Signed):
    """A goal of psychological work, in the person's words, and where it stands."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="goals")
    text = SealedField(null=False, blank=False)
    status = concept()
    position = models.PositiveSmallIntegerField(default=0)

    PRIVACY = {"consultation": OPEN, "text": CLINICAL, "status": CLINICAL, "position": OPEN}

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return f"{self.position}"
