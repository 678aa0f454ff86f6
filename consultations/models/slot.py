from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from accounts.rows import Row, Versioned

MINUTES = (5, 480)
MOST_PLACES = 99


class Offer(Versioned):
    """What a slot and the pattern it comes from have in common."""

    programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, related_name="+", db_index=False
    )
    site = models.ForeignKey("partners.Site", models.PROTECT, related_name="+", db_index=False)
    discipline = models.CharField(max_length=20, choices=Discipline)
    local_time = models.TimeField(_("time"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        default=50,
        validators=[MinValueValidator(MINUTES[0]), MaxValueValidator(MINUTES[1])],
    )
    places = models.PositiveSmallIntegerField(
        _("places"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)],
    )
    # Whose hour it is; where nobody is named, whoever of the discipline is there.
    professional = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class PatternQuerySet(models.QuerySet["SlotPattern"]):
    def visible_to(self, user: Any) -> "PatternQuerySet":
        return self.filter(programme__in=user.programme_ids)

    def between(self, start: date, end: date) -> "PatternQuerySet":
        """In force on a day from start to end."""
        return self.filter(valid_from__lte=end).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=start)
        )


class SlotPattern(Offer):
    """An hour that is offered every week, from its first to its last day."""

    weekday = models.PositiveSmallIntegerField(_("day of the week"))  # 0 is Monday
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("last day"), null=True, blank=True)

    objects = PatternQuerySet.as_manager()

    class Meta:
        ordering = ("weekday", "local_time", "discipline")
        constraints = (
            models.CheckConstraint(
                condition=Q(discipline__in=Discipline.values),
                name="slot_pattern_discipline_is_known",
            ),
            models.CheckConstraint(
                condition=Q(weekday__gte=0, weekday__lte=6), name="slot_pattern_weekday_is_a_day"
            ),
            models.CheckConstraint(
                condition=Q(places__gte=1, minutes__gte=MINUTES[0], minutes__lte=MINUTES[1]),
                name="slot_pattern_offers_a_place",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="slot_pattern_ends_after_it_begins",
            ),
        )
        indexes = (
            # The week of a programme, and what fills the next ones.
            models.Index(fields=("programme", "valid_to"), name="slot_pattern_of_programme"),
        )

    def __str__(self) -> str:
        return f"{self.weekday} {self.local_time} {self.discipline}"

    @property
    def weekday_name(self) -> Any:
        return WEEKDAYS[self.weekday]

    def days(self, start: date, end: date) -> list[date]:
        """The days from start to end on which it offers its hour."""
        first = max(start, self.valid_from)
        last = end if self.valid_to is None else min(end, self.valid_to)
        first += timedelta(days=(self.weekday - first.weekday()) % 7)
        return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, 7)]


class ClosedDay(Row):
    """A day on which the programme receives nobody: a holiday, a training. Patterns skip it."""

    programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, related_name="+", db_index=False
    )
    local_date = models.DateField(_("date"))
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("local_date",)
        constraints = (
            models.UniqueConstraint(
                fields=("programme", "local_date"), name="closed_day_once_per_programme"
            ),
        )

    def __str__(self) -> str:
        return f"{self.local_date}"


class SlotQuerySet(models.QuerySet["Slot"]):
    def visible_to(self, user: Any) -> "SlotQuerySet":
        return self.filter(programme__in=user.programme_ids)

    def open(self) -> "SlotQuerySet":
        return self.filter(closed=False)

    def free(self) -> "SlotQuerySet":
        """With a place that nobody has."""
        return self.open().filter(taken__lt=F("places"))

    def in_order(self) -> "SlotQuerySet":
        return self.order_by("local_date", "local_time", "discipline", "pk")


class Slot(Offer):
    """An hour of one discipline on one day, for as many people as it has places.

    `taken` counts the appointments that hold a place: booked, attended, missed (the hour was
    used up). Beyond the places somebody must decide (`Appointment.overbook_reason`);
    `overbooked` counts that, and falls first when a place is given back: a decision is for one
    person, never a standing allowance.
    """

    local_date = models.DateField(_("date"))
    taken = models.PositiveSmallIntegerField(default=0)
    overbooked = models.PositiveSmallIntegerField(default=0)
    closed = models.BooleanField(default=False)
    pattern = models.ForeignKey(SlotPattern, models.PROTECT, null=True, related_name="slots")

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ("local_date", "local_time", "discipline")
        constraints = (
            models.CheckConstraint(
                condition=Q(discipline__in=Discipline.values), name="slot_discipline_is_known"
            ),
            models.CheckConstraint(
                condition=Q(places__gte=1, minutes__gte=MINUTES[0], minutes__lte=MINUTES[1]),
                name="slot_offers_a_place",
            ),
            models.CheckConstraint(
                condition=Q(taken__gte=0, overbooked__gte=0), name="slot_counts_are_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(overbooked=0, taken__lte=F("places"))
                | Q(overbooked__gt=0, taken=F("places") + F("overbooked")),
                name="slot_holds_no_more_than_places_and_decisions",
            ),
            # One for hours of nobody in particular and one for those of a colleague: a NULL
            # would make a shared one useless.
            models.UniqueConstraint(
                fields=("programme", "site", "discipline", "local_date", "local_time"),
                condition=Q(professional__isnull=True),
                name="slot_one_per_hour_of_a_discipline",
            ),
            models.UniqueConstraint(
                fields=(
                    "programme", "site", "discipline", "local_date", "local_time", "professional",
                ),
                condition=Q(professional__isnull=False),
                name="slot_one_per_hour_of_a_colleague",
            ),
        )  # fmt: skip
        indexes = (
            # The week of a programme, and the free hours of the next days.
            models.Index(fields=("programme", "local_date", "discipline"), name="slot_of_week"),
        )

    def __str__(self) -> str:
        return f"{self.local_date} {self.local_time} {self.discipline}"

    @property
    def free(self) -> int:
        """Places that nobody has."""
        return max(0, self.places - self.taken)

    @property
    def is_free(self) -> bool:
        return not self.closed and self.taken < self.places

    def overlaps(self, other: "Slot") -> bool:
        """Whether nobody can be in both."""
        return (
            self.local_date == other.local_date
            and self.local_time < other.until
            and other.local_time < self.until
        )

    @property
    def until(self) -> time:
        """The hour at which it ends, on the same day."""
        begins = datetime.combine(self.local_date, self.local_time)
        ends = begins + timedelta(minutes=self.minutes)
        return ends.time() if ends.date() == self.local_date else time.max
