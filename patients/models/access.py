from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.privacy import PrivacyClass
from accounts.rows import Row


class AccessQuerySet(models.QuerySet["Access"]):
    def open(self, at: datetime | None = None) -> "AccessQuerySet":
        at = at or timezone.now()
        return self.filter(Q(until__isnull=True) | Q(until__gt=at), since__lte=at)


class Access(Row):
    """Why a programme, or one user, may know of a person, from when until when.

    Scope is data: who has no open row here does not learn that the person exists.
    """

    class Basis(models.TextChoices):
        REGISTERED = "registered", _("registered here")
        CONSULTED = "consulted", _("seen here")
        REFERRAL = "referral", _("referral")
        EPISODE = "episode", _("episode of care")
        CARD = "card", _("code of the person's card")
        EMERGENCY = "emergency", _("emergency")

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="accesses", db_index=False
    )
    programme = models.ForeignKey(
        "accounts.Programme",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    basis = models.CharField(max_length=12, choices=Basis)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    # The person's consent to internal sharing: what other programmes recorded shows too.
    shares_history = models.BooleanField(default=False)

    objects = AccessQuerySet.as_manager()

    PRIVACY = {
        "programme": PrivacyClass.OPEN,
        "user": PrivacyClass.OPEN,
        "basis": PrivacyClass.OPEN,
        "since": PrivacyClass.OPEN,
        "until": PrivacyClass.OPEN,
        "shares_history": PrivacyClass.OPEN,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(programme__isnull=True, user__isnull=False)
                | Q(programme__isnull=False, user__isnull=True),
                name="access_is_of_a_programme_or_of_a_user",
            ),
            models.CheckConstraint(
                condition=Q(
                    basis__in=(
                        "registered",
                        "consulted",
                        "referral",
                        "episode",
                        "card",
                        "emergency",
                    )
                ),
                name="access_basis_is_known",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="access_ends_after_it_starts",
            ),
            # One for programmes and one for users: NULLs would make a shared one useless.
            models.UniqueConstraint(
                fields=("patient", "programme", "basis"),
                condition=Q(until__isnull=True, programme__isnull=False),
                name="access_one_open_per_programme_and_basis",
            ),
            models.UniqueConstraint(
                fields=("patient", "user", "basis"),
                condition=Q(until__isnull=True, user__isnull=False),
                name="access_one_open_per_user_and_basis",
            ),
        )
        indexes = (
            # Scope: one look per person of a list.
            models.Index(fields=("patient", "programme", "until"), name="access_scope"),
            # Small programmes: from their people to the rest.
            models.Index(
                fields=("programme", "patient"),
                name="access_of_programme",
                condition=Q(programme__isnull=False),
            ),
            models.Index(
                fields=("user", "patient"),
                name="access_of_user",
                condition=Q(user__isnull=False),
            ),
            # The DPO's list of card openings and, later, emergencies.
            models.Index(
                fields=("-since",),
                name="access_out_of_the_ordinary",
                condition=Q(basis__in=("card", "emergency")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.basis} since {self.since:%Y-%m-%d}"
