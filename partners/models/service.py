from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.rows import Versioned
from partners.models.columns import CodesField, concept, only_codes
from terminology.models import Concept

SEXES = ("female", "male", "intersex", "sex_unknown")


class ServiceQuerySet(models.QuerySet["Service"]):
    def current(self) -> "ServiceQuerySet":
        return self.filter(ended_on__isnull=True)


class Service(Versioned):
    """What an organisation offers, when, in which languages, and whom it accepts."""

    class Nationality(models.TextChoices):
        ANY = "any", _("Any nationality")
        FOREIGN = "foreign", _("Foreign nationals only")
        LISTED = "listed", _("Only the nationalities listed")

    organisation = models.ForeignKey(
        "partners.Organisation", models.PROTECT, related_name="services"
    )
    service = concept(verbose_name=_("service"))
    capacity = models.PositiveIntegerField(
        _("capacity"), null=True, blank=True, help_text=_("People at a time.")
    )
    opening_hours = models.CharField(_("opening hours"), max_length=160, blank=True)
    open_24h = models.BooleanField(_("open 24 hours"), default=False)
    languages = models.ManyToManyField(
        Concept, related_name="+", blank=True, verbose_name=_("languages")
    )
    age_min = models.PositiveSmallIntegerField(_("from age"), null=True, blank=True)
    age_max = models.PositiveSmallIntegerField(_("to age"), null=True, blank=True)
    sexes = CodesField(_("accepts"), codes=SEXES)
    nationality_rule = models.CharField(
        _("nationality"), max_length=10, choices=Nationality, default=Nationality.ANY
    )
    nationalities = models.ManyToManyField(
        Concept, related_name="+", blank=True, verbose_name=_("nationalities")
    )
    documents = models.ManyToManyField(
        Concept, related_name="+", blank=True, verbose_name=_("documents needed")
    )
    last_verified_on = models.DateField(_("last verified on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ("service", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(age_min__isnull=True)
                | Q(age_max__isnull=True)
                | Q(age_max__gte=F("age_min")),
                name="service_ages_are_in_order",
            ),
            models.CheckConstraint(
                condition=(Q(age_min__isnull=True) | Q(age_min__lte=120))
                & (Q(age_max__isnull=True) | Q(age_max__lte=120)),
                name="service_ages_are_possible",
            ),
            models.CheckConstraint(
                condition=Q(nationality_rule__in=("any", "foreign", "listed")),
                name="service_nationality_rule_is_known",
            ),
            models.CheckConstraint(
                condition=only_codes("sexes", SEXES), name="service_sexes_are_known"
            ),
            models.UniqueConstraint(
                fields=("organisation", "service"),
                condition=Q(ended_on__isnull=True),
                name="service_is_offered_once",
            ),
        )
        indexes = (
            # Who offers a service: the directory's filter and the destinations of a referral.
            models.Index(
                fields=("service", "organisation"),
                condition=Q(ended_on__isnull=True),
                name="service_offered_by",
            ),
        )

    def __str__(self) -> str:
        return str(self.service_id)

    def accepts(self, *, age: int | None, sex: str) -> bool:
        """Whether age and sex fit; what is not known does not exclude."""
        if age is not None and self.age_min is not None and age < self.age_min:
            return False
        if age is not None and self.age_max is not None and age > self.age_max:
            return False
        return not self.sexes or not sex or sex in self.sexes
