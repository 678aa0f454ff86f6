from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.privacy import PrivacyClass
from accounts.rows import SealedField, Versioned


class ContactQuerySet(models.QuerySet["Contact"]):
    def current(self) -> "ContactQuerySet":
        return self.filter(ended_on__isnull=True)


class Contact(Versioned):
    """Whom to call at an organisation. Sealed with the key of the installation."""

    PRIVACY = {
        "name": PrivacyClass.IDENTITY,
        "function": PrivacyClass.IDENTITY,
        "phone": PrivacyClass.IDENTITY,
        "email": PrivacyClass.IDENTITY,
    }

    organisation = models.ForeignKey(
        "partners.Organisation", models.PROTECT, related_name="contacts"
    )
    name = SealedField(_("name"))
    function = SealedField(_("function"))
    phone = SealedField(_("phone"))
    email = SealedField(_("e-mail"))
    primary = models.BooleanField(_("first to call"), default=False)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ("-primary", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("organisation",),
                condition=Q(primary=True, ended_on__isnull=True),
                name="contact_one_first_to_call",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)
