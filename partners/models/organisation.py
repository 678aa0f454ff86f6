from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import policy
from accounts.policy import Permission
from accounts.rows import SealedField, Versioned
from partners.models.agreement import Agreement
from partners.models.columns import WordsField, concept, with_words
from partners.models.service import Service
from terminology.models import Concept, label_in

if TYPE_CHECKING:
    from accounts.models import User

CODE = RegexValidator(r"\A[a-z][a-z0-9]*(_[a-z0-9]+)*\Z", _("Lower-case words joined by “_”."))


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: "User") -> "OrganisationQuerySet":
        """The directory is one for all who may read it."""
        return self if policy.allows(user, Permission.READ_PARTNERS) else self.none()

    def editable_by(self, user: "User") -> "OrganisationQuerySet":
        """Those that work with the user's own programmes, and those that work with none yet."""
        own = policy.programmes_where(user, Permission.EDIT_PARTNERS)
        if not own:
            return self.none()
        agreements = Agreement.objects.filter(organisation=OuterRef("pk"))
        links = Agreement.programmes.through.objects
        ours = links.filter(agreement__organisation=OuterRef("pk"), programme__in=own)
        return self.filter(Exists(ours) | ~Exists(agreements.filter(programmes__isnull=False)))

    def current(self) -> "OrganisationQuerySet":
        return self.filter(retired_on__isnull=True)

    def active_in(
        self, start: date, end: date, programmes: Iterable[UUID] | None = None
    ) -> "OrganisationQuerySet":
        """With a signed agreement whose dates overlap the days from start to end, both included."""
        agreements = Agreement.objects.overlapping(start, end).filter(organisation=OuterRef("pk"))
        if programmes is not None:
            agreements = agreements.filter(programmes__in=list(programmes))
        return self.filter(Exists(agreements))

    def offering(self, service: str) -> "OrganisationQuerySet":
        """Those that offer a service (key of `service_taxonomy`) now."""
        services = Service.objects.current().filter(organisation=OuterRef("pk"), service=service)
        return self.filter(Exists(services))

    def stale(self, on: date) -> "OrganisationQuerySet":
        """Not verified for longer than the setting says, or never."""
        limit = on - timedelta(days=settings.PARTNER_STALE_DAYS)
        return self.filter(Q(last_verified_on__isnull=True) | Q(last_verified_on__lt=limit))

    def with_words(self, q: str) -> "OrganisationQuerySet":
        return self.filter(with_words(q))


class Organisation(Versioned):
    """Another body that people are referred to, trained by us or working with us."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[CODE])
    name_en = models.CharField(_("name in English"), max_length=160)
    name_es = models.CharField(_("name in Spanish"), max_length=160)
    name_fr = models.CharField(_("name in French"), max_length=160)
    words = WordsField(max_length=560, of=("name_es", "name_en", "name_fr", "code"))
    partner_type = concept(verbose_name=_("type"))
    place = concept(null=True, verbose_name=_("place"))
    stages = models.ManyToManyField(
        Concept, related_name="+", blank=True, verbose_name=_("stages of the migration process")
    )
    website = models.URLField(_("website"), blank=True)
    note = SealedField(_("remarks"))
    last_verified_on = models.DateField(_("last verified on"), null=True, blank=True)
    retired_on = models.DateField(_("retired on"), null=True, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ("name_es", "pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(name_en="") & ~Q(name_es="") & ~Q(name_fr=""),
                name="organisation_has_a_name_in_each_language",
            ),
        )
        indexes = (
            # The directory: those still working, by name.
            models.Index(
                fields=("name_es", "id"),
                condition=Q(retired_on__isnull=True),
                name="organisation_directory",
            ),
            # The directory filtered by type; partners by published group.
            models.Index(fields=("partner_type", "name_es"), name="organisation_by_type"),
        )

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("partners:organisation", args=[self.code])

    @property
    def name(self) -> str:
        """The name in the active language."""
        return label_in(self, "name")

    @property
    def is_stale(self) -> bool:
        limit = timezone.localdate() - timedelta(days=settings.PARTNER_STALE_DAYS)
        return self.last_verified_on is None or self.last_verified_on < limit
