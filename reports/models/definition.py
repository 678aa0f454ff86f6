from typing import Any, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission, Role
from accounts.rows import Versioned


class PeriodKind(models.TextChoices):
    MONTH = "month", _("Every month")
    QUARTER = "quarter", _("Every quarter")
    JAN_OCT = "jan_oct", _("Every January to October")
    YEAR = "year", _("Every year")


class Audience(models.TextChoices):
    INTERNAL = "internal", _("Internal, exact")
    PUBLICATION = "publication", _("For publication")


class Language(models.TextChoices):
    """The languages a report is written in, by their own names."""

    ES = "es", "Español"
    EN = "en", "English"
    FR = "fr", "Français"


SECTIONS = ("GEN", "MED", "MH", "SV", "VI", "SW", "CM", "HP", "RF", "CA", "PA", "DQ")


class ReportDefinitionQuerySet(models.QuerySet["ReportDefinition"]):
    def visible_to(self, user: User) -> "ReportDefinitionQuerySet":
        return within_reach(self, user)


Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def within_reach(rows: Rows, user: User) -> Rows:
    """All for managers and system actors; for others what concerns own programmes only."""
    if user.is_system or Role.MANAGER in user.roles:
        return rows
    mine = policy.programmes_where(user, Permission.READ_REPORTS)
    foreign = Programme.objects.exclude(pk__in=mine)
    return rows.filter(programmes__isnull=False).exclude(programmes__in=foreign).distinct()


class ReportDefinition(Versioned):
    """A report that is owed again and again, and what it holds."""

    name = models.CharField(_("name"), max_length=120)
    period_kind = models.CharField(_("period"), max_length=8, choices=PeriodKind)
    programmes = models.ManyToManyField(
        Programme, related_name="+", blank=True, verbose_name=_("programmes"),
        help_text=_("None means all."),
    )  # fmt: skip
    sites = models.JSONField(_("sites"), default=list, blank=True)
    sections = models.JSONField(_("sections"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    audience = models.CharField(_("for whom"), max_length=11, choices=Audience)
    first_day = models.DateField(
        _("from the period that begins on or after"),
        help_text=_("Periods missed since then are made up for."),
    )
    days_after = models.PositiveSmallIntegerField(
        _("days after the end of the period"), default=5,
        help_text=_("So that late records are in."),
    )  # fmt: skip
    active = models.BooleanField(_("made by itself"), default=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = ReportDefinitionQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(period_kind__in=PeriodKind.values),
                name="report_definition_period_is_known",
            ),
            models.CheckConstraint(
                condition=Q(language__in=Language.values),
                name="report_definition_language_is_known",
            ),
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values),
                name="report_definition_audience_is_known",
            ),
            models.CheckConstraint(
                condition=Q(days_after__lte=60), name="report_definition_comes_within_two_months"
            ),
        )

    def __str__(self) -> str:
        return self.name
