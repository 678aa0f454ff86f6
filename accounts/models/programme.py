from datetime import date
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.rows import Versioned


class Programme(Versioned):
    """A line of work with its own dates, team and figures: the mobile clinics, the centre."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", _("Mobile clinics")
        CENTRE = "centre", _("Care centre")
        OTHER = "other", _("Other")

    code = models.CharField(max_length=20, unique=True)
    name_en = models.CharField(max_length=120)
    name_es = models.CharField(max_length=120)
    name_fr = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MOBILE)
    time_zone = models.CharField(max_length=40, default="America/Mexico_City")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("mobile", "centre", "other")), name="programme_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="programme_ends_after_it_starts",
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """The name in the active language."""
        return str(getattr(self, f"name_{(get_language() or 'es')[:2]}", self.name_es))

    def today(self) -> date:
        """The date now where the programme works."""
        return timezone.localdate(timezone=ZoneInfo(self.time_zone))
