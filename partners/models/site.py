from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import policy
from accounts.models import Programme
from accounts.policy import Discipline, Permission, Role
from accounts.rows import Versioned
from partners.models.columns import CodesField, WordsField, concept, only_codes, with_words
from partners.models.organisation import Organisation
from terminology import lists
from terminology.models import label_in

if TYPE_CHECKING:
    from accounts.models import User

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CODE = RegexValidator(r"\A[A-Z][A-Z0-9]{1,11}\Z", _("Capital letters and digits, such as S07."))


def weekday(day: date) -> str:
    """The code of a day of the week."""
    return WEEKDAYS[day.weekday()]


class SiteQuerySet(models.QuerySet["Site"]):
    def visible_to(self, user: "User") -> "SiteQuerySet":
        """Sites are no secret among those who may read the directory."""
        return self if policy.allows(user, Permission.READ_PARTNERS) else self.none()

    def editable_by(self, user: "User") -> "SiteQuerySet":
        """All for the administrator, those of own programmes for a coordinator."""
        if Role.ADMINISTRATOR in user.roles:
            return self
        return self.of_programmes(policy.programmes_where(user, Permission.EDIT_SITES))

    def open_on(self, day: date) -> "SiteQuerySet":
        return self.open_between(day, day)

    def open_between(self, start: date, end: date) -> "SiteQuerySet":
        """Open on a day from start to end; the day of closing is still open."""
        return self.filter(Q(closed__isnull=True) | Q(closed__gte=start), opened__lte=end)

    def of_programmes(self, programmes: Iterable[UUID | str]) -> "SiteQuerySet":
        links = Site.programmes.through.objects.filter(programme__in=list(programmes))
        return self.filter(pk__in=links.values("site"))

    def for_weekday(self, day: date | str) -> "SiteQuerySet":
        """Those that the team visits on this day of the week."""
        code = weekday(day) if isinstance(day, date) else day
        return self.filter(weekdays__contains=code)

    def in_region(self, state: str) -> "SiteQuerySet":
        """In the state of Mexico with this code of `mexico_states`."""
        places = lists.all("places", retired=True)
        return self.filter(
            place__in=[p.key for p in places if p.attributes.get("adm1_pcode") == state]
        )

    def with_words(self, q: str) -> "SiteQuerySet":
        return self.filter(with_words(q))

    def mobile(self) -> "SiteQuerySet":
        """Those counted as locations of the mobile teams: neither the centre nor remote work."""
        return self.filter(mobile=True)


class Site(Versioned):
    """A place where a team works, from its first to its last open day."""

    code = models.CharField(_("code"), max_length=12, unique=True, validators=[CODE])
    name_en = models.CharField(_("name in English"), max_length=160)
    name_es = models.CharField(_("name in Spanish"), max_length=160)
    name_fr = models.CharField(_("name in French"), max_length=160)
    words = WordsField(max_length=520, of=("code", "name_es", "name_en", "name_fr"))
    site_type = concept(verbose_name=_("type"))
    mobile = models.BooleanField(
        _("location of a mobile team"), default=True,
        help_text=_("The centre and remote follow-up are not counted among the locations."),
    )  # fmt: skip
    host = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="sites",
        verbose_name=_("organisation that receives the team"),
    )  # fmt: skip
    place = concept(null=True, verbose_name=_("place"))
    latitude = models.DecimalField(
        _("latitude"), max_digits=7, decimal_places=4, null=True, blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )  # fmt: skip
    longitude = models.DecimalField(
        _("longitude"), max_digits=7, decimal_places=4, null=True, blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )  # fmt: skip
    altitude = models.IntegerField(_("altitude in metres"), null=True, blank=True)
    opened = models.DateField(_("open from"))
    closed = models.DateField(_("last open day"), null=True, blank=True)
    weekdays = CodesField(_("days of the week"), codes=WEEKDAYS)
    teams = CodesField(_("disciplines"), codes=Discipline.values)
    programmes = models.ManyToManyField(Programme, related_name="+", verbose_name=_("programmes"))
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors",
        verbose_name=_("site that takes over"),
    )  # fmt: skip

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(name_en="") & ~Q(name_es="") & ~Q(name_fr=""),
                name="site_has_a_name_in_each_language",
            ),
            models.CheckConstraint(
                condition=Q(closed__isnull=True) | Q(closed__gte=F("opened")),
                name="site_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    # Named, because a NULL in a range would let the row pass.
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="site_point_is_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(altitude__isnull=True) | Q(altitude__range=(-500, 6000)),
                name="site_altitude_is_possible",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")),
                name="site_is_not_its_own_successor",
            ),
            models.CheckConstraint(
                condition=only_codes("weekdays", WEEKDAYS), name="site_weekdays_are_known"
            ),
            models.CheckConstraint(
                condition=only_codes("teams", Discipline.values), name="site_teams_are_known"
            ),
        )
        indexes = (
            # Sites open on a day: suggestion of an outing, stock and flow of locations.
            models.Index(fields=("opened", "closed"), name="site_open_days"),
        )

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("partners:site", args=[self.code])

    @property
    def name(self) -> str:
        """The name in the active language."""
        return label_in(self, "name")

    def is_open_on(self, day: date) -> bool:
        return self.opened <= day and (self.closed is None or day <= self.closed)
