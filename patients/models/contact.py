from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.privacy import PrivacyClass
from accounts.rows import Row, SealedField
from patients.models.concepts import concept

REACHED = "contact_outcomes:reached"
STOPPING = ("contact_outcomes:unsafe", "contact_outcomes:declined")


class ContactAttemptQuerySet(models.QuerySet["ContactAttempt"]):
    def visible_to(self, user: Any) -> "ContactAttemptQuerySet":
        return self.filter(programme__in=user.programme_ids)

    def stopping(self) -> "ContactAttemptQuerySet":
        """Those after which nobody tries again until a coordinator has looked at it."""
        return self.filter(outcome__in=STOPPING, reviewed_at__isnull=True)


class ContactAttempt(Row):
    """One try to reach a person, by a way the person allows. Three on three days before anybody
    is called unreachable; an unsafe one stops all others until it is reviewed."""

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="contact_attempts", db_index=False
    )
    programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    local_date = models.DateField()  # in the programme's time zone: days are counted on it
    method = concept()
    purpose = concept()
    outcome = concept()
    next_attempt = models.DateTimeField(null=True, blank=True)
    note = SealedField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    payload_mac = models.BinaryField(null=True, editable=False)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    objects = ContactAttemptQuerySet.as_manager()

    MUTABLE_FIELDS = ("reviewed_at", "reviewed_by")
    PRIVACY = {
        "programme": PrivacyClass.OPEN,
        "at": PrivacyClass.IDENTITY,
        "local_date": PrivacyClass.IDENTITY,
        "method": PrivacyClass.IDENTITY,
        "purpose": PrivacyClass.CLINICAL,
        "outcome": PrivacyClass.CLINICAL,
        "next_attempt": PrivacyClass.IDENTITY,
        "note": PrivacyClass.CLINICAL,
        "by": PrivacyClass.OPEN,
        "recorded_at": PrivacyClass.OPEN,
        "payload_mac": PrivacyClass.OPEN,
        "reviewed_at": PrivacyClass.OPEN,
        "reviewed_by": PrivacyClass.OPEN,
    }

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(method="safe_contact_methods:no_contact"),
                name="contact_attempt_never_where_contact_is_refused",
            ),
            models.CheckConstraint(
                condition=Q(next_attempt__isnull=True) | Q(next_attempt__gt=F("at")),
                name="contact_attempt_next_one_comes_later",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="contact_attempt_is_reviewed_by_somebody",
            ),
        )
        indexes = (
            # Attempts since a day: unreachable, lost to follow-up.
            models.Index(
                fields=("patient", "programme", "-local_date"), name="contact_attempt_of_person"
            ),
            # What stops further attempts.
            models.Index(
                fields=("patient",),
                name="contact_attempt_stopping",
                condition=Q(outcome__in=STOPPING, reviewed_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
