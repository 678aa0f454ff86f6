from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts import policy
from accounts.models import Programme
from accounts.policy import Permission
from accounts.rows import SealedField, Versioned
from partners.models.columns import concept

if TYPE_CHECKING:
    from accounts.models import User

SIGNED = "agreement_statuses:signed"
EXPIRING = "agreement_statuses:expiring"
EXPIRED = "agreement_statuses:expired"


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def editable_by(self, user: "User") -> "AgreementQuerySet":
        """Those of the user's own programmes."""
        own = policy.programmes_where(user, Permission.EDIT_PARTNERS)
        return self.filter(programmes__in=own).distinct()

    def overlapping(self, start: date, end: date) -> "AgreementQuerySet":
        """Signed, and in force on a day from start to end, both included."""
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=start), status=SIGNED, valid_from__lte=end
        )

    def in_force(self, on: date) -> "AgreementQuerySet":
        return self.overlapping(on, on)

    def expiring(self, on: date, days: int) -> "AgreementQuerySet":
        """In force, with the last day within the coming days (that day included)."""
        return self.in_force(on).filter(valid_to__lte=on + timedelta(days=days))

    def of_programmes(self, programmes: Iterable[UUID | str]) -> "AgreementQuerySet":
        return self.filter(programmes__in=list(programmes)).distinct()


class Agreement(Versioned):
    """What we agreed with an organisation, for which programmes, from when to when.

    Whether it is in force is computed from `signed` and the dates, never stored: an agreement that
    ends keeps `signed` and gets its last day, so that figures of the past stay what they were.
    """

    organisation = models.ForeignKey(
        "partners.Organisation", models.PROTECT, related_name="agreements"
    )
    agreement_type = concept(verbose_name=_("type"))
    status = concept(verbose_name=_("state"))
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    programmes = models.ManyToManyField(Programme, related_name="+", verbose_name=_("programmes"))
    data_sharing = models.BooleanField(_("allows sharing of personal data"), default=False)
    note = SealedField(_("remarks"))

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ("-valid_from", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=False, valid_to__gte=F("valid_from")),
                name="agreement_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(status=SIGNED) | Q(signed_on__isnull=False, valid_from__isnull=False),
                name="agreement_signed_has_its_dates",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(EXPIRING, EXPIRED)),
                name="agreement_expiry_is_never_stored",
            ),
        )
        indexes = (
            # Agreements about to expire; partners active in a period.
            models.Index(fields=("status", "valid_to"), name="agreement_expiry"),
        )

    def __str__(self) -> str:
        return f"{self.agreement_type_id} {self.valid_from or ''}"

    def state_on(self, day: date) -> str:
        """The key of `agreement_statuses` that holds on a day: stored, or `expiring`, `expired`."""
        if self.status_id != SIGNED or self.valid_to is None:
            return str(self.status_id)
        if self.valid_to < day:
            return EXPIRED
        warned = day + timedelta(days=settings.AGREEMENT_WARNING_DAYS)
        return EXPIRING if self.is_in_force(day) and self.valid_to <= warned else SIGNED

    def is_in_force(self, day: date) -> bool:
        return (
            self.status_id == SIGNED
            and self.valid_from is not None
            and self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
        )
