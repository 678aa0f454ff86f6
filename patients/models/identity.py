from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import crypto
from accounts.privacy import PrivacyClass
from accounts.rows import Row, SealedField


class DataKey(Row):
    """A person's key for one purpose, wrapped by the master key. Destroying it erases what it
    sealed, in every backup too."""

    class Purpose(models.TextChoices):
        IDENTITY = "identity", _("identity")
        NARRATIVE = "narrative", _("free text")

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="data_keys", db_index=False
    )
    purpose = models.CharField(max_length=10, choices=Purpose)
    wrapped = models.BinaryField(max_length=60, null=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    PRIVACY = {
        "purpose": PrivacyClass.OPEN,
        "wrapped": PrivacyClass.OPEN,
        "destroyed_at": PrivacyClass.OPEN,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(purpose__in=("identity", "narrative")),
                name="data_key_purpose_is_known",
            ),
            models.CheckConstraint(
                condition=Q(wrapped__isnull=False, destroyed_at__isnull=True)
                | Q(wrapped__isnull=True, destroyed_at__isnull=False),
                name="data_key_is_there_until_destroyed",
            ),
            models.UniqueConstraint(
                fields=("patient", "purpose"), name="data_key_one_per_person_and_purpose"
            ),
        )

    def __str__(self) -> str:
        return self.purpose

    @classmethod
    def fresh(cls, patient_id: UUID, purpose: str) -> "DataKey":
        """A new key, not yet saved."""
        wrapped = crypto.new_wrapped_key(_binding(patient_id, purpose))
        return cls(patient_id=patient_id, purpose=purpose, wrapped=wrapped)

    @cached_property
    def secret(self) -> bytes:
        """The key itself. Raises `crypto.Unreadable` when it was destroyed or belongs elsewhere."""
        if self.wrapped is None:
            raise crypto.Unreadable("this key was destroyed")
        return crypto.unwrap_key(bytes(self.wrapped), _binding(self.patient_id, self.purpose))


def _binding(patient_id: UUID, purpose: str) -> bytes:
    return f"patients.datakey:{patient_id}:{purpose}".encode()


class Identity(Row):
    """Who the person is and how to reach them. Superseded by the next one, never edited.

    `birth_date` is as much of an ISO date as is known (`1999`, `1999-05`, `1999-05-12`);
    `phone` is E.164; `contact` is JSON: `{"methods": [code], "rules": {code: value}}`;
    `care_preferences` is JSON: `[{"code": …, "value": …}]`.
    """

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="identities", db_index=False
    )
    key = models.ForeignKey(DataKey, models.PROTECT, related_name="+", db_index=False)
    given_name = SealedField()
    family_name = SealedField()
    mother_name = SealedField()
    official_name = SealedField()
    is_alias = models.BooleanField(default=False)
    birth_date = SealedField()
    phone = SealedField()
    contact = SealedField()
    care_preferences = SealedField()
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    superseded_at = models.DateTimeField(null=True, blank=True)

    MUTABLE_FIELDS = ("superseded_at",)
    PRIVACY = {
        "key": PrivacyClass.OPEN,
        "given_name": PrivacyClass.IDENTITY,
        "family_name": PrivacyClass.IDENTITY,
        "mother_name": PrivacyClass.IDENTITY,
        "official_name": PrivacyClass.IDENTITY,
        "is_alias": PrivacyClass.IDENTITY,
        "birth_date": PrivacyClass.IDENTITY,
        "phone": PrivacyClass.IDENTITY,
        "contact": PrivacyClass.IDENTITY,
        "care_preferences": PrivacyClass.PROTECTED,
        "recorded_at": PrivacyClass.OPEN,
        "recorded_by": PrivacyClass.OPEN,
        "superseded_at": PrivacyClass.OPEN,
    }
    SEALED = (
        "given_name",
        "family_name",
        "mother_name",
        "official_name",
        "birth_date",
        "phone",
        "contact",
        "care_preferences",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("patient",),
                condition=Q(superseded_at__isnull=True),
                name="identity_one_current_per_person",
            ),
        )
        indexes = (
            # The history of one person's identity.
            models.Index(fields=("patient", "-recorded_at"), name="identity_of_person"),
        )

    def __str__(self) -> str:
        return f"{self.recorded_at:%Y-%m-%d}"

    def supersede(self, at: datetime) -> None:
        self.superseded_at = at
        self.save(update_fields=("superseded_at",))


class SearchToken(models.Model):
    """One blind mark of a name or phone: an HMAC cut to 32 bits, under a key of its kind."""

    class Kind(models.IntegerChoices):
        NAME_KEY = 1, _("sound of a part of the name")
        NAME_DELETION = 2, _("sound without one letter")
        NAME_MOTHER = 3, _("sound of the mother's name")
        PHONE = 4, _("last digits of the phone")

    id = models.BigAutoField(primary_key=True)
    kind = models.SmallIntegerField(choices=Kind)
    token = models.IntegerField()
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")

    PRIVACY = {
        "kind": PrivacyClass.OPEN,
        "token": PrivacyClass.IDENTITY,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=(1, 2, 3, 4)), name="search_token_kind_is_known"
            ),
        )
        indexes = (
            # Find by name or phone: the whole answer lies in the index.
            models.Index(fields=("kind", "token", "patient"), name="search_token_lookup"),
        )

    def __str__(self) -> str:
        return str(self.pk)
