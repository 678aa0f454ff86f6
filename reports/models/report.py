from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Programme, User
from accounts.rows import Row
from reports.models.definition import Audience, Language, ReportDefinition, within_reach


class State(models.TextChoices):
    ASKED = "asked", _("Waiting")
    BUILDING = "building", _("Being made")
    READY = "ready", _("Ready, not approved")
    FAILED = "failed", _("Failed")
    APPROVED = "approved", _("Approved")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN = (State.ASKED, State.BUILDING)
FROZEN = (State.READY, State.APPROVED, State.PUBLISHED, State.WITHDRAWN)


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> "ReportQuerySet":
        return within_reach(self, user)

    def unfinished(self, now: datetime) -> "ReportQuerySet":
        """Asked for or begun, and in nobody's hands."""
        return self.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=now), state__in=OPEN
        ).order_by("asked_at")


class Report(Row):
    """One edition of a report. What it was asked for never changes; its state does.

    The figures stand in its `Snapshot`, the files in its `files`: both are written once.
    """

    MUTABLE_FIELDS = (
        "state", "progress", "step", "attempts", "lease_until", "lease", "failure",
        "approved_by", "approved_at", "published_by", "published_at", "published_to",
        "withdrawn_by", "withdrawn_at", "withdrawn_because",
    )  # fmt: skip

    definition = models.ForeignKey(
        ReportDefinition, models.PROTECT, null=True, blank=True, related_name="reports"
    )
    scheduled = models.BooleanField(default=False)
    name = models.CharField(_("name"), max_length=120)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    programmes = models.ManyToManyField(Programme, related_name="+")
    parameters = models.JSONField(default=dict)
    key = models.CharField(max_length=64)
    language = models.CharField(max_length=2, choices=Language)
    audience = models.CharField(max_length=11, choices=Audience)
    edition = models.PositiveSmallIntegerField(_("edition"))
    previous = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="following"
    )
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    progress = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=20, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=80, blank=True)

    approved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_to = models.CharField(_("published to"), max_length=300, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(_("reason"), max_length=300, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="report_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(language__in=Language.values), name="report_language_is_known"
            ),
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values), name="report_audience_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="report_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(progress__lte=100), name="report_progress_is_percent"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="report_approval_has_name_and_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "published")) | Q(approved_by__isnull=False),
                name="report_approved_follows_state",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("published", "withdrawn")) | Q(published_by__isnull=True),
                name="report_published_follows_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="published")
                | Q(published_by__isnull=False, published_at__isnull=False) & ~Q(published_to=""),
                name="report_published_by_somebody_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True)
                | Q(approved_by__isnull=False) & ~Q(published_by=F("approved_by")),
                name="report_published_by_another_than_approved",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn")
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False)
                & ~Q(withdrawn_because=""),
                name="report_withdrawn_with_reason",
            ),
            models.UniqueConstraint(fields=("key", "edition"), name="report_one_of_each_edition"),
            models.UniqueConstraint(
                fields=("definition", "starts_on"),
                condition=Q(scheduled=True, definition__isnull=False),
                name="report_each_due_period_once",
            ),
        )
        indexes = (
            # The list of reports.
            models.Index(fields=("-asked_at",), name="report_newest_first"),
            # The sweep for what was left unfinished.
            models.Index(
                fields=("lease_until",), condition=Q(state__in=("asked", "building")),
                name="report_unfinished",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} {self.edition}"

    def get_absolute_url(self) -> str:
        return reverse("reports:report", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_frozen(self) -> bool:
        return self.state in FROZEN

    @property
    def for_publication(self) -> bool:
        return self.audience == Audience.PUBLICATION


class Snapshot(models.Model):
    """The figures of one edition, frozen: never changed, never deleted.

    `exact` is what the records say; `document` is what the edition tells, after disclosure
    control where it is for publication. `sha256` is of the canonical JSON of `document`.
    """

    IMMUTABLE = True

    report = models.OneToOneField(Report, models.PROTECT, primary_key=True, related_name="snapshot")
    cut_off = models.DateTimeField()
    definitions = models.CharField(max_length=20, default=settings.FIGURES_VERSION)
    exact = models.JSONField[Any, Any]()
    document = models.JSONField[Any, Any]()
    difference = models.JSONField[Any, Any](default=dict)
    sha256 = models.CharField(max_length=64)
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256


class ReportFile(Row):
    """One output of an edition, made once by the worker and kept as it was made.

    In the database, because web and worker need not share a disk, and a backup holds it.
    """

    IMMUTABLE = True

    report = models.ForeignKey(Report, models.PROTECT, related_name="files")
    name = models.CharField(max_length=40)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("report", "name")
        constraints = (
            models.UniqueConstraint(fields=("report", "name"), name="report_file_each_once"),
        )

    def __str__(self) -> str:
        return self.name
