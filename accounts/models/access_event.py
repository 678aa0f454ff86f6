from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.programme import Programme
from accounts.models.user import User
from accounts.privacy import PrivacyClass
from accounts.rows import uuid7


class AccessEventQuerySet(models.QuerySet["AccessEvent"]):
    def about(self, code: str) -> "AccessEventQuerySet":
        """Events that name this person: alone, or in a list shown."""
        return self.filter(Q(subject=code) | Q(listed__gt=0, subject__contains=f'"{code}"'))


class AccessEvent(models.Model):
    """Who saw or did what, when and why. Append-only; each row's MAC covers the one before.

    Holds no clinical value and no name: subjects are person codes, `subject` is one code or a
    JSON list of codes (`listed` then says how many).
    """

    IMMUTABLE = True

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20, blank=True)
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=40)
    privacy_class = models.CharField(max_length=10, choices=PrivacyClass)
    subject = models.TextField(blank=True)
    listed = models.PositiveIntegerField(default=0)
    purpose = models.CharField(max_length=120, blank=True)
    mac = models.CharField(max_length=64)

    objects = AccessEventQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(privacy_class__in=PrivacyClass.values),
                name="access_event_class_is_known",
            ),
        )
        indexes = (
            # "Who has seen this record", newest first.
            models.Index(
                fields=("subject", "-id"), name="access_event_of_person", condition=Q(listed=0)
            ),
            models.Index(fields=("-id",), name="access_event_lists", condition=Q(listed__gt=0)),
            # The DPO's page filtered by colleague.
            models.Index(fields=("actor", "-id"), name="access_event_of_actor"),
            # Days of the log.
            models.Index(fields=("at",), name="access_event_by_day"),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.action}"

    def message(self) -> tuple[bytes, ...]:
        """The parts that the MAC covers, in a fixed order."""
        parts: tuple[Any, ...] = (
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


class LogVerification(models.Model):
    """One check of the whole chain. The last good one anchors the next: a cut tail shows too."""

    IMMUTABLE = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(default=timezone.now)
    events = models.PositiveBigIntegerField()
    last_event = models.BigIntegerField(default=0)
    last_mac = models.CharField(max_length=64, blank=True)
    broken_event = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("-at",)
        indexes = (models.Index(fields=("-at",), name="log_verification_latest"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {'broken' if self.broken_event else 'intact'}"

    @property
    def intact(self) -> bool:
        return self.broken_event is None
