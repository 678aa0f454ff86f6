from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.privacy import PrivacyClass
from accounts.rows import Row, SealedField
from patients.models.concepts import concept


class PersonState(Row):
    """Profile, migration status and status change in time: each change with date and source."""

    class Kind(models.TextChoices):
        PROFILE = "profile", _("profile")
        MIGRATION_STATUS = "migration_status", _("migration status")
        STATUS = "status", _("status of the person")

    class Source(models.TextChoices):
        PERSON = "person", _("the person")
        RELATIVE = "relative", _("a relative or companion")
        TEAM = "team", _("the team")
        PARTNER = "partner", _("another organisation")

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="states", db_index=False
    )
    kind = models.CharField(max_length=16, choices=Kind)
    value = concept()
    since = models.DateField()
    source = models.CharField(max_length=8, choices=Source, default=Source.PERSON)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )

    IMMUTABLE = True
    PRIVACY = {
        "kind": PrivacyClass.OPEN,
        "value": PrivacyClass.SENSITIVE,
        "since": PrivacyClass.SENSITIVE,
        "source": PrivacyClass.SENSITIVE,
        "recorded_at": PrivacyClass.OPEN,
        "recorded_by": PrivacyClass.OPEN,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("profile", "migration_status", "status")),
                name="person_state_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(source__in=("person", "relative", "team", "partner")),
                name="person_state_source_is_known",
            ),
        )
        indexes = (
            # One person's history; GEN15 takes the last profile up to the end of a period.
            models.Index(fields=("patient", "kind", "-since", "-id"), name="person_state_history"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.value_id}"


class VulnerabilityQuerySet(models.QuerySet["Vulnerability"]):
    def open(self) -> "VulnerabilityQuerySet":
        return self.filter(until__isnull=True)


class Vulnerability(Row):
    """A specific need or risk, set by a rule or by a colleague; ended, never deleted."""

    class Source(models.TextChoices):
        AUTOMATIC = "automatic", _("set by a rule")
        RECORDED = "recorded", _("recorded")

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="vulnerabilities", db_index=False
    )
    criterion = concept()
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    objects = VulnerabilityQuerySet.as_manager()

    MUTABLE_FIELDS = ("until", "ended_by")
    # The class of the criterion chosen raises these: see `queries.vulnerabilities`.
    PRIVACY = {
        "criterion": PrivacyClass.SENSITIVE,
        "since": PrivacyClass.SENSITIVE,
        "until": PrivacyClass.SENSITIVE,
        "source": PrivacyClass.SENSITIVE,
        "recorded_at": PrivacyClass.OPEN,
        "recorded_by": PrivacyClass.OPEN,
        "ended_by": PrivacyClass.OPEN,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(source__in=("automatic", "recorded")),
                name="vulnerability_source_is_known",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="vulnerability_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True, ended_by__isnull=True)
                | Q(until__isnull=False, ended_by__isnull=False),
                name="vulnerability_is_ended_by_somebody",
            ),
            models.UniqueConstraint(
                fields=("patient", "criterion"),
                condition=Q(until__isnull=True),
                name="vulnerability_one_open_per_criterion",
            ),
        )
        indexes = (
            # A person's needs, also those of a past date (figures by vulnerability).
            models.Index(fields=("patient", "criterion", "since"), name="vulnerability_of_person"),
        )

    def __str__(self) -> str:
        return str(self.criterion_id)


class Allergy(Row):
    """What is known of the person's allergies. Superseded by the next answer."""

    class State(models.TextChoices):
        NONE = "none", _("No known allergies")
        UNKNOWN = "unknown", _("Unknown")
        LISTED = "listed", _("Allergic to")

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="allergies", db_index=False
    )
    state = models.CharField(max_length=8, choices=State)
    key = models.ForeignKey(
        "patients.DataKey", models.PROTECT, null=True, related_name="+", db_index=False
    )
    substances = SealedField()
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    superseded_at = models.DateTimeField(null=True, blank=True)

    MUTABLE_FIELDS = ("superseded_at",)
    PRIVACY = {
        "state": PrivacyClass.CLINICAL,
        "key": PrivacyClass.OPEN,
        "substances": PrivacyClass.CLINICAL,
        "recorded_at": PrivacyClass.OPEN,
        "recorded_by": PrivacyClass.OPEN,
        "superseded_at": PrivacyClass.OPEN,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state="listed", substances__isnull=False, key__isnull=False)
                | Q(state__in=("none", "unknown"), substances__isnull=True),
                name="allergy_substances_follow_state",
            ),
            models.UniqueConstraint(
                fields=("patient",),
                condition=Q(superseded_at__isnull=True),
                name="allergy_one_current_per_person",
            ),
        )

    def __str__(self) -> str:
        return self.state


class ProtectionTaskQuerySet(models.QuerySet["ProtectionTask"]):
    def open(self) -> "ProtectionTaskQuerySet":
        return self.filter(closed_at__isnull=True)


class ProtectionTask(Row):
    """A duty to protect with a clock: a human decides and writes what was done."""

    class Kind(models.TextChoices):
        CHILD_PROTECTION = "child_protection", _("Child without an adult of their family")
        # The name says no more than every team may know; why it was made stays in the note.
        SAFETY = "safety", _("Safety follow-up")

    HOURS = 24  # to a decision by two professionals (consent_givers, nna_no_adult_assent)

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="protection_tasks", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind)
    programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, null=True, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    outcome = SealedField()

    objects = ProtectionTaskQuerySet.as_manager()

    # A clock is only ever brought forward: a second alarm while the first is open.
    MUTABLE_FIELDS = ("due_at", "closed_at", "closed_by", "outcome")
    PRIVACY = {
        "kind": PrivacyClass.SENSITIVE,
        "programme": PrivacyClass.OPEN,
        "opened_at": PrivacyClass.SENSITIVE,
        "opened_by": PrivacyClass.OPEN,
        "due_at": PrivacyClass.SENSITIVE,
        "closed_at": PrivacyClass.SENSITIVE,
        "closed_by": PrivacyClass.OPEN,
        "outcome": PrivacyClass.SENSITIVE,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("child_protection", "safety")),
                name="protection_task_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, outcome__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False, outcome__isnull=False),
                name="protection_task_closes_with_author_and_outcome",
            ),
            models.UniqueConstraint(
                fields=("patient", "kind"),
                condition=Q(closed_at__isnull=True),
                name="protection_task_one_open_per_kind",
            ),
        )
        indexes = (
            # Overdue work of the coordinator.
            models.Index(
                fields=("due_at",),
                name="protection_task_due",
                condition=Q(closed_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.kind
