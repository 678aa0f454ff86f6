from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission
from accounts.rows import Versioned
from partners.models.organisation import Organisation
from terminology.models import Concept

if TYPE_CHECKING:
    from accounts.models import User as Colleague

MOST_PARTICIPANTS = 5000
SEXES = ("female", "male", "intersex", "unknown")


class TrainingQuerySet(models.QuerySet["Training"]):
    def visible_to(self, user: "Colleague") -> "TrainingQuerySet":
        return self if policy.allows(user, Permission.READ_PARTNERS) else self.none()

    def editable_by(self, user: "Colleague") -> "TrainingQuerySet":
        """Those of the programmes in which the user may record trainings."""
        own = policy.programmes_where(user, Permission.RECORD_TRAINING)
        return self.filter(programme__in=own)

    def in_period(self, start: date, end: date) -> "TrainingQuerySet":
        """Held from start to end, both included."""
        return self.filter(date__range=(start, end))

    def of_programmes(self, programmes: Iterable[UUID | str]) -> "TrainingQuerySet":
        return self.filter(programme__in=list(programmes))


def _mean(verbose_name: Any) -> Any:
    return models.DecimalField(
        verbose_name, max_digits=4, decimal_places=1, null=True, blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )  # fmt: skip


def _heads(verbose_name: Any) -> Any:
    return models.PositiveIntegerField(
        verbose_name, default=0, validators=[MaxValueValidator(MOST_PARTICIPANTS)]
    )


class Training(Versioned):
    """A training given to the staff of other bodies; heads are counted by sex, without names.

    `pre_mean` and `post_mean` are means of a test from 0 to 100, of the `both_tests` people who
    took it before and after.
    """

    label = models.CharField(_("title"), max_length=200)
    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="+", verbose_name=_("programme")
    )
    date = models.DateField(_("date"))
    bodies = models.ManyToManyField(Organisation, related_name="trainings")
    topics = models.ManyToManyField(Concept, related_name="+")
    participants_female = _heads(_("women"))
    participants_male = _heads(_("men"))
    participants_intersex = _heads(_("intersex people"))
    participants_unknown = _heads(_("sex unknown"))
    hours = models.DecimalField(
        _("hours"), max_digits=4, decimal_places=1,
        validators=[MinValueValidator(Decimal("0.5")), MaxValueValidator(200)],
    )  # fmt: skip
    pre_mean = _mean(_("mean before"))
    post_mean = _mean(_("mean after"))
    both_tests = models.PositiveIntegerField(_("people with both tests"), null=True, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", editable=False)

    objects = TrainingQuerySet.as_manager()

    class Meta:
        ordering = ("-date", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(hours__range=(Decimal("0.5"), 200)), name="training_hours_are_possible"
            ),
            models.CheckConstraint(
                condition=(Q(pre_mean__isnull=True) | Q(pre_mean__range=(0, 100)))
                & (Q(post_mean__isnull=True) | Q(post_mean__range=(0, 100))),
                name="training_means_are_0_to_100",
            ),
            models.CheckConstraint(
                condition=Q(both_tests__isnull=True)
                | Q(
                    both_tests__lte=F("participants_female")
                    + F("participants_male")
                    + F("participants_intersex")
                    + F("participants_unknown")
                ),
                name="training_tests_are_of_participants",
            ),
        )
        indexes = (
            # Trainings of a programme in a period: the list, and bodies trained.
            models.Index(fields=("programme", "date"), name="training_in_period"),
        )

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"

    @property
    def participants(self) -> int:
        return sum(getattr(self, f"participants_{sex}") for sex in SEXES)
