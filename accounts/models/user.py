from functools import cached_property
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from accounts.rows import Versioned, uuid7

if TYPE_CHECKING:
    from accounts.models.posting import Posting


class UserManager(BaseUserManager["User"]):
    def by_email(self, email: str) -> "User | None":
        return self.filter(email__iexact=email.strip(), is_active=True, is_system=False).first()

    def system(self, name: str) -> "User":
        """The named actor of a task or a command; it can never sign in."""
        user, _created = self.get_or_create(
            email=f"{name}@system.invalid",
            defaults={"name": name, "is_system": True, "password": "!"},
        )
        return user


class User(Versioned, AbstractBaseUser):
    """A member of the staff, or a named system actor. Rights come from postings only."""

    class Language(models.TextChoices):
        SPANISH = "es", _("Spanish")
        ENGLISH = "en", _("English")
        FRENCH = "fr", _("French")

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=120)
    licence = models.CharField(
        _("professional licence"), max_length=40, blank=True, help_text=_("Printed on notes.")
    )
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.SPANISH
    )
    discipline = models.CharField(
        _("discipline"), max_length=20, choices=Discipline, blank=True, default=""
    )
    is_active = models.BooleanField(_("active"), default=True)
    # A one-time password opens nothing but the page on which it is changed.
    must_change_password = models.BooleanField(default=False, editable=False)
    is_system = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_is_unique_whatever_its_case"),
            models.CheckConstraint(
                condition=Q(language__in=("es", "en", "fr")), name="user_language_is_known"
            ),
            models.CheckConstraint(
                condition=Q(discipline="") | Q(discipline__in=Discipline.values),
                name="user_discipline_is_known",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @cached_property
    def active_postings(self) -> "list[Posting]":
        """Postings in force today, with their programmes, read once per request."""
        return list(self.postings.in_force().select_related("programme").order_by("since", "pk"))

    @cached_property
    def posting(self) -> "Posting | None":
        """The posting the user acts in: chosen for the session, else the first in force."""
        return self.active_postings[0] if self.active_postings else None

    @property
    def programme_ids(self) -> list[UUID]:
        return [posting.programme_id for posting in self.active_postings if posting.programme_id]

    @property
    def roles(self) -> set[str]:
        return {posting.role for posting in self.active_postings}

    def forget_postings(self) -> None:
        """Read the postings again at the next question; for services that just changed them."""
        self.__dict__.pop("active_postings", None)
        self.__dict__.pop("posting", None)


class SignInAttempt(models.Model):
    """One try to sign in, for throttling. Marks only: neither the address nor the e-mail."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account_mark = models.CharField(max_length=32)
    address_mark = models.CharField(max_length=32)
    at = models.DateTimeField(default=timezone.now)
    succeeded = models.BooleanField()

    class Meta:
        indexes = (
            models.Index(fields=("account_mark", "at"), name="sign_in_by_account"),
            models.Index(fields=("address_mark", "at"), name="sign_in_by_address"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
