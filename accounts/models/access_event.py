import json
from typing import Any

from django.db import connections, models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.models.programme import Programme
from accounts.models.user import User
from accounts.policy import Role
from accounts.privacy import PrivacyClass
from accounts.rows import uuid7

# Also the expression of the index `access_event_lists` (migration 0001), word for word.
CODES_ON_POSTGRESQL = "string_to_array(translate(subject, '[]\" ', ''), ',')"


class AccessEventQuerySet(models.QuerySet["AccessEvent"]):
    def about(self, code: str) -> "AccessEventQuerySet":
        """Events that name this person: alone, or in a list shown."""
        return self.filter(Q(listed=0, subject=code) | Q(self._lists(code), listed__gt=0))

    def _lists(self, code: str) -> Q:
        if connections[self.db].vendor == "postgresql":
            sql = f"{CODES_ON_POSTGRESQL} @> ARRAY[%s]"
            return Q(RawSQL(sql, [code], output_field=models.BooleanField()))  # noqa: S611
        return Q(subject__contains=f'"{code}"')

    def newest_first(self) -> "AccessEventQuerySet":
        return self.order_by("-at", "-pk")

    def older_than(self, event: "AccessEvent") -> "AccessEventQuerySet":
        """What `newest_first` puts after this event. Starts in the index, however long the log."""
        return self.filter(Q(at__lt=event.at) | Q(pk__lt=event.pk), at__lte=event.at)


class AccessEvent(models.Model):
    """Who saw or did what, when and why. Append-only; each row's MAC covers the one before.

    Holds no clinical value and no name: subjects are person codes, `subject` is one code or a
    JSON list of codes (`listed` then says how many). Ids count 1, 2, 3 … without a gap.
    """

    IMMUTABLE = True

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    role = models.CharField(max_length=20, blank=True)
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, related_name="+", db_index=False
    )
    action = models.CharField(max_length=40)
    privacy_class = models.CharField(max_length=10, choices=PrivacyClass)
    subject = models.TextField(blank=True)
    listed = models.PositiveIntegerField(default=0)
    purpose = models.CharField(max_length=120, blank=True)
    mac = models.CharField(max_length=64)

    objects = AccessEventQuerySet.as_manager()

    account_name = ""  # filled by `queries.page` where the purpose names an account

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(privacy_class__in=PrivacyClass.values),
                name="access_event_class_is_known",
            ),
        )
        indexes = (
            # The DPO's page: newest first, days; by colleague; by action (emergency, card).
            models.Index(fields=("at", "id"), name="access_event_by_time"),
            models.Index(fields=("actor", "at", "id"), name="access_event_of_actor"),
            models.Index(fields=("action", "at", "id"), name="access_event_of_action"),
            # "Who has seen this record"; people in lists: an index of PostgreSQL's own kind,
            # in migration 0001.
            models.Index(
                fields=("subject", "at", "id"), name="access_event_of_person", condition=Q(listed=0)
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.action}"

    @property
    def codes(self) -> list[str]:
        """The people named, one or many."""
        if self.listed:
            return list(json.loads(self.subject))
        return [self.subject] if self.subject else []

    @property
    def action_label(self) -> str:
        return actions.label(self.action)

    @property
    def role_label(self) -> str:
        return str(Role(self.role).label) if self.role in Role else self.role

    def message(self) -> tuple[bytes, ...]:
        """The parts that the MAC covers, in a fixed order."""
        parts: tuple[Any, ...] = (
            self.pk,
            self.at.isoformat(timespec="microseconds"),
            self.actor_id,
            self.role,
            self.programme_id,
            self.action,
            self.privacy_class,
            self.subject,
            self.listed,
            self.purpose,
        )
        return tuple(("" if part is None else str(part)).encode() for part in parts)


class LogHead(models.Model):
    """The last row of the chain, one row in all: locked by whoever appends.

    Sealed under a key outside the database, it shows when rows at the end are taken away.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    event = models.BigIntegerField(default=0)
    event_mac = models.CharField(max_length=64, blank=True)
    mac = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="log_has_one_head"),)

    def __str__(self) -> str:
        return f"{self.event}"


class LogVerification(models.Model):
    """One check of the whole chain. The last good one anchors the next."""

    class Reason(models.TextChoices):
        CHANGED = "changed", _("this row was changed after it was written")
        MISSING = "missing", _("this row is missing")
        REWRITTEN = "rewritten", _("this row is not the one that was verified before")
        HEAD = "head", _("the mark of the last row was changed")

    IMMUTABLE = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now)
    events = models.PositiveBigIntegerField()
    last_event = models.BigIntegerField(default=0)
    last_mac = models.CharField(max_length=64, blank=True)
    broken_event = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=10, choices=Reason, blank=True, default="")

    class Meta:
        ordering = ("-at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(broken_event__isnull=True, reason="")
                | Q(
                    broken_event__isnull=False,
                    reason__in=("changed", "missing", "rewritten", "head"),
                ),
                name="log_verification_reason_follows_broken_event",
            ),
        )
        indexes = (models.Index(fields=("-at",), name="log_verification_latest"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {'broken' if self.broken_event else 'intact'}"

    @property
    def intact(self) -> bool:
        return self.broken_event is None
