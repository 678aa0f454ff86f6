from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.privacy import PrivacyClass
from accounts.rows import Row, SealedField
from patients.models.concepts import concept


class ConsentQuerySet(models.QuerySet["Consent"]):
    def latest_first(self) -> "ConsentQuerySet":
        """The first row of each type (and partner) is the answer in force."""
        return self.order_by("-decided_at", "-pk")


class Consent(Row):
    """One answer to one consent, with its proof. What holds now is the latest answer per type
    and, where a partner is named, per partner; a withdrawal is a row too."""

    class Method(models.TextChoices):
        PAPER_FOLIO = "paper_folio", _("signed on paper (folio)")
        SIGNATURE = "signature", _("signature")
        THUMBPRINT = "thumbprint", _("thumbprint")
        VERBAL = "verbal", _("spoken, noted here")
        VERBAL_WITNESSED = "verbal_witnessed", _("spoken before a witness")

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="consents", db_index=False
    )
    type = concept()
    decision = concept()
    method = models.CharField(_("method"), max_length=16, choices=Method)
    folio = models.CharField(_("folio"), max_length=20, blank=True)
    language = concept()
    text_version = models.CharField(max_length=20, blank=True)
    giver = concept()
    witness = SealedField()
    reason = SealedField()
    partner = models.ForeignKey(
        "partners.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    purpose = SealedField()
    site = models.ForeignKey(
        "partners.Site",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    decided_at = models.DateTimeField(default=timezone.now)
    expires_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    payload_mac = models.BinaryField(max_length=32, editable=False, default=b"")

    objects = ConsentQuerySet.as_manager()

    IMMUTABLE = True
    PRIVACY = {
        "type": PrivacyClass.OPEN,
        "decision": PrivacyClass.OPEN,
        "method": PrivacyClass.OPEN,
        "folio": PrivacyClass.OPEN,
        "language": PrivacyClass.OPEN,
        "text_version": PrivacyClass.OPEN,
        "giver": PrivacyClass.OPEN,
        "witness": PrivacyClass.IDENTITY,
        "reason": PrivacyClass.SENSITIVE,
        "partner": PrivacyClass.OPEN,
        "purpose": PrivacyClass.SENSITIVE,
        "site": PrivacyClass.OPEN,
        "decided_at": PrivacyClass.OPEN,
        "expires_on": PrivacyClass.OPEN,
        "recorded_by": PrivacyClass.OPEN,
        "payload_mac": PrivacyClass.OPEN,
    }

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    method__in=(
                        "paper_folio",
                        "signature",
                        "thumbprint",
                        "verbal",
                        "verbal_witnessed",
                    )
                ),
                name="consent_method_is_known",
            ),
        )
        indexes = (
            # A person's answers, the one in force first.
            models.Index(fields=("patient", "type", "-decided_at"), name="consent_of_person"),
        )

    def __str__(self) -> str:
        return f"{self.type_id} {self.decision_id}"
