from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.privacy import PrivacyClass
from accounts.rows import Versioned
from patients.ages import Precision
from patients.models.access import Access
from patients.models.concepts import concept

if TYPE_CHECKING:
    from accounts.models import User


class PatientQuerySet(models.QuerySet["Patient"]):
    def visible_to(self, user: "User", at: datetime | None = None) -> "PatientQuerySet":
        """People whom the user may see in lists and open: an open access of one of the user's
        programmes or, for a hidden person, of the user. Neither blocked nor merged away."""
        own = Access.objects.open(at).filter(patient=OuterRef("pk"), user=user)
        return self.within_reach_of(user, at).filter(Q(hidden=False) | Exists(own))

    def within_reach_of(self, user: "User", at: datetime | None = None) -> "PatientQuerySet":
        """As `visible_to`, with the hidden people of the user's programmes: whom the user may
        find by full code or, as clinical staff, by exact full name and birth year."""
        access = Access.objects.open(at).filter(
            Q(user=user) | Q(programme__in=user.programme_ids), patient=OuterRef("pk")
        )
        return self.current().filter(Exists(access))

    def with_code(self, code: str) -> "PatientQuerySet":
        """Who carries this code: the person or, of a merged record, the survivor."""
        merged = Patient.objects.filter(code=code, merged_into__isnull=False)
        return self.filter(Q(code=code) | Q(pk__in=merged.values("merged_into")))

    def current(self) -> "PatientQuerySet":
        """Neither blocked nor merged into another record."""
        return self.filter(blocked_at__isnull=True, merged_into__isnull=True)

    def newest_first(self) -> "PatientQuerySet":
        return self.order_by("-registered_at", "-pk")


class Patient(Versioned):
    """A person, without what names or reaches them: that is sealed in `Identity`.

    The pseudonymous facts stay in clear, so that figures run in SQL and never touch identity.
    """

    class Sex(models.TextChoices):
        """The closed set of `sex_gender(sex_recorded)`; labels shown come from the list."""

        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        INTERSEX = "intersex", _("Intersex")
        UNKNOWN = "sex_unknown", _("Unknown / not recorded")

    class DataConsent(models.TextChoices):
        """The answer now in force to keeping the person's data; `Consent` holds its history."""

        GIVEN = "given", _("Given")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    code = models.CharField(max_length=9, unique=True, editable=False)
    sex = models.CharField(max_length=12, choices=Sex)
    gender_identity = concept(null=True, blank=True)
    birth_year = models.PositiveSmallIntegerField()
    birth_precision = models.CharField(max_length=10, choices=Precision)
    nationality = concept()
    second_nationality = concept(null=True, blank=True)
    language = concept()
    interpreter_needed = models.BooleanField()
    travel_composition = concept(null=True, blank=True)
    profile = concept(null=True, blank=True)
    migration_status = concept(null=True, blank=True)
    status = concept(default="person_statuses:active")
    data_consent = models.CharField(max_length=10, choices=DataConsent)
    consent_giver = concept(null=True, blank=True)
    hidden = models.BooleanField(default=False)
    blocked_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )
    registered_at = models.DateTimeField(default=timezone.now, editable=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    registered_in = models.ForeignKey(
        "accounts.Programme", models.PROTECT, related_name="+", db_index=False
    )
    registered_site = models.ForeignKey(
        "partners.Site", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    # What the registration form said, as an HMAC: tells a repeated post from another body.
    payload_mac = models.BinaryField(max_length=32, editable=False, default=b"")

    objects = PatientQuerySet.as_manager()

    PRIVACY = {
        "code": PrivacyClass.OPEN,
        "sex": PrivacyClass.IDENTITY,
        "gender_identity": PrivacyClass.SENSITIVE,
        "birth_year": PrivacyClass.IDENTITY,
        "birth_precision": PrivacyClass.IDENTITY,
        "nationality": PrivacyClass.IDENTITY,
        "second_nationality": PrivacyClass.IDENTITY,
        "language": PrivacyClass.OPEN,
        "interpreter_needed": PrivacyClass.OPEN,
        "travel_composition": PrivacyClass.SENSITIVE,
        "profile": PrivacyClass.SENSITIVE,
        "migration_status": PrivacyClass.SENSITIVE,
        "status": PrivacyClass.SENSITIVE,
        "data_consent": PrivacyClass.OPEN,
        "consent_giver": PrivacyClass.OPEN,
        "hidden": PrivacyClass.OPEN,
        "blocked_at": PrivacyClass.OPEN,
        "merged_into": PrivacyClass.OPEN,
        "registered_at": PrivacyClass.OPEN,
        "registered_by": PrivacyClass.OPEN,
        "registered_in": PrivacyClass.OPEN,
        "registered_site": PrivacyClass.OPEN,
        "payload_mac": PrivacyClass.OPEN,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(sex__in=("female", "male", "intersex", "sex_unknown")),
                name="patient_sex_is_known",
            ),
            models.CheckConstraint(
                condition=Q(birth_precision__in=("day", "month", "year", "estimated")),
                name="patient_birth_precision_is_known",
            ),
            models.CheckConstraint(
                condition=Q(birth_year__gte=1880, birth_year__lte=2200),
                name="patient_birth_year_is_possible",
            ),
            models.CheckConstraint(
                condition=Q(data_consent__in=("given", "refused", "withdrawn")),
                name="patient_data_consent_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="patient_is_not_merged_into_itself"
            ),
        )
        indexes = (
            # The list of people: newest registrations of the user's programmes.
            models.Index(fields=("-registered_at", "-id"), name="patient_newest_first"),
            # A merged code leads to the survivor; figures count people as their survivor.
            models.Index(
                fields=("merged_into",),
                name="patient_merged",
                condition=Q(merged_into__isnull=False),
            ),
            # The DPO's list of blocked records.
            models.Index(
                fields=("-blocked_at",),
                name="patient_blocked",
                condition=Q(blocked_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("desk:person", args=[self.code])

    @property
    def code_end(self) -> str:
        """The last four characters: enough to tell two people of a list apart."""
        return self.code[-4:]

    @property
    def is_pseudonymous(self) -> bool:
        """No name, phone or search token is kept: consent to data was refused or withdrawn."""
        return self.data_consent != self.DataConsent.GIVEN
