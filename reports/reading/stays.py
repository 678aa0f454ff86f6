"""The centre: its stays, one row each, and what was done in them.

A centre has some hundred stays a year: their facts are read in one statement and counted here.
"""

from collections import defaultdict
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import (
    CharField,
    Count,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from accounts.policy import Discipline
from consultations.models import (
    Appointment,
    CarePlan,
    CaseReview,
    Consultation,
    Diagnosis,
    Episode,
    PlanGoal,
    ScaleResult,
    Slot,
)
from referrals.models import Referral, ReferralReason
from reports.reading.base import Base
from reports.reading.sql import DAY, DaysBetween

DIAGNOSIS_DAYS = 30  # after admission, until which the last main diagnosis is looked for
GROUP_DAYS = 90  # in which the groups of disciplines of a person are counted
SCALES = ("functioning", "pcl5", "phq9", "cgi_i")
OFFERED = "offered"
_IN_TIME = ["local_date", "consultation__started_at", "pk"]
NO_DIAGNOSIS = "mh_diagnoses:no_diagnosis"
# Disciplines that are one group: psychology with psychiatry, medical with nursing.
_GROUPS: dict[str, str] = {
    Discipline.PSYCHIATRY: Discipline.PSYCHOLOGY,
    Discipline.NURSING: Discipline.MEDICAL,
}


class Stay(NamedTuple):
    """An episode that had at least one day of the period."""

    pk: Any
    person: Any
    programme: Any
    sex: str
    nationality: str
    age: int | None
    admitted_on: date
    closed_on: date | None
    outcome: str | None
    is_readmission: bool
    satisfaction: int | None
    planned_on: date | None  # first plan signed
    first_review: date | None
    last_review: date | None  # by the end of the period
    origin: str | None  # of the referral that led to it
    urgency: str | None
    sent_on: date | None
    diagnosis: str | None


class Score(NamedTuple):
    """First and last value of a scale within a stay, by the end of the period."""

    first_on: date
    first: int
    last_on: date
    last: int
    twice: bool


class Expected(NamedTuple):
    """Appointments of a discipline and day in one state, or (state OFFERED) the places of its
    hours; `in_slot` are those that took such a place."""

    discipline: str
    day: date
    state: str
    reason: str | None  # of missing it
    n: int
    in_slot: int


class StayReading(Base):
    def episodes(self) -> QuerySet[Episode]:
        """Of the centres of the scope; for a member, those in whose team they are or were."""
        rows = Episode.objects.order_by().filter(programme__in=self.centre_ids)
        member = self.scope.member
        if member is None:
            return rows
        return rows.filter(Q(reference_worker=member) | Q(members__user=member)).distinct()

    @cached_property
    def stays(self) -> list[Stay]:
        start, end = self.scope.start, self.scope.end
        rows = self.episodes().filter(Q(closed_on__isnull=True) | Q(closed_on__gte=start))
        plans = CarePlan.objects.filter(episode=OuterRef("pk")).order_by("signed_on")
        reviews = CaseReview.objects.filter(episode=OuterRef("pk"), held_on__lte=end)
        sent = Referral.objects.filter(episode=OuterRef("pk")).order_by("submitted_at", "pk")
        told = rows.filter(admitted_on__lte=end).annotate(
            who=self.person(),
            sex=self.person("sex"),
            nationality=self.person("nationality"),
            age=self._age(),
            planned_on=Subquery(plans.values("signed_on")[:1]),
            first_review=Subquery(reviews.order_by("held_on").values("held_on")[:1]),
            last_review=Subquery(reviews.order_by("-held_on").values("held_on")[:1]),
            origin=Subquery(sent.values("origin")[:1]),
            urgency=Subquery(sent.values("urgency")[:1]),
            sent_on=Subquery(sent.values("submitted_on")[:1]),
            diagnosis=Subquery(self._diagnosis()),
        )
        columns = ["pk", "who", *Stay._fields[2:]]
        return [Stay(*row) for row in told.values_list(*columns)]

    def _age(self) -> Any:
        """At the person's last consultation at the centre by the end of the period."""
        seen = Consultation.objects.filter(
            patient=OuterRef("patient"),
            programme=OuterRef("programme"),
            local_date__lte=self.scope.end,
        )
        if "age" not in self.asked:
            return Value(None, IntegerField())
        return Subquery(seen.order_by("-local_date").values("age_years")[:1])

    def _diagnosis(self) -> QuerySet[Any]:
        """The last main diagnosis of mental health within 30 days of admission."""
        since = DaysBetween(OuterRef("admitted_on"), F("consultation__local_date"))
        return (
            Diagnosis.objects.annotate(since=since)
            .filter(
                consultation__episode=OuterRef("pk"),
                concept__key__startswith="mh_diagnoses:",
                position=0,
                since__lte=DIAGNOSIS_DAYS * DAY,
            )
            .exclude(concept=NO_DIAGNOSIS)
            .order_by("-consultation__local_date", "-consultation__started_at")
            .values("concept")[:1]
        )

    @property
    def active(self) -> list[Stay]:
        """The active file on the last day of the period."""
        end = self.scope.end
        return [s for s in self.stays if s.closed_on is None or s.closed_on > end]

    @property
    def admissions(self) -> list[Stay]:
        return [s for s in self.stays if s.admitted_on >= self.scope.start]

    @property
    def exits(self) -> list[Stay]:
        end = self.scope.end
        return [s for s in self.stays if s.closed_on is not None and s.closed_on <= end]

    @cached_property
    def reasons_of_admissions(self) -> list[tuple[Any, str]]:
        """Pairs of stay and reason of the referral that led to it."""
        rows = ReferralReason.objects.filter(
            referral__episode__in=[stay.pk for stay in self.admissions]
        )
        pairs = rows.order_by().values_list("referral__episode", "reason")
        return list(pairs.distinct())

    @cached_property
    def groups(self) -> dict[tuple[Any, Any], set[str]]:
        """Groups of disciplines that saw a person at a centre in the 90 days to the end, by
        (programme, person)."""
        end = self.scope.end
        rows = (
            Consultation.objects.order_by()
            .filter(
                programme__in=self.centre_ids,
                local_date__gt=end - timedelta(days=GROUP_DAYS),
                local_date__lte=end,
            )
            .annotate(who=self.person())
            .values_list("programme", "who", "discipline")
            .distinct()
        )
        found: dict[tuple[Any, Any], set[str]] = defaultdict(set)
        for programme, who, discipline in rows:
            found[programme, who].add(_GROUPS.get(discipline, discipline))
        return found

    @cached_property
    def goals(self) -> list[tuple[str, str, int]]:
        """Goals of stays that ended in the period by (domain, status), counted."""
        ended = self.episodes().filter(closed_on__range=(self.scope.start, self.scope.end))
        rows = PlanGoal.objects.order_by().filter(episode__in=ended.values("pk"))
        counted = rows.values("domain", "status").annotate(n=Count("pk"))
        return list(counted.values_list("domain", "status", "n"))

    @cached_property
    def scores(self) -> dict[tuple[Any, str], Score]:
        """First and last score by (stay, scale), of stays with a day in the period."""
        end = self.scope.end
        stays = self.episodes().filter(admitted_on__lte=end)
        stays = stays.filter(Q(closed_on__isnull=True) | Q(closed_on__gte=self.scope.start))
        rows = ScaleResult.objects.filter(
            consultation__programme__in=self.centre_ids,
            scale__in=[f"scales:{code}" for code in SCALES],
            value__isnull=False,
            local_date__lte=end,
        ).annotate(who=self.person(), stay=self._stay())
        each = [F("stay"), F("scale")]
        told = rows.filter(stay__in=stays.values("pk")).annotate(
            place=Window(RowNumber(), partition_by=each, order_by=_IN_TIME),
            size=Window(Count("pk"), partition_by=each),
        )
        ends = told.filter(Q(place=1) | Q(place=F("size")))
        found: dict[tuple[Any, str], dict[bool, tuple[date, Any]]] = defaultdict(dict)
        once = set()
        columns = ("stay", "scale", "place", "size", "local_date", "value")
        for stay, scale, place, size, day, value in ends.order_by().values_list(*columns):
            key = (stay, scale.partition(":")[2])
            if size == 1:
                once.add(key)
            for is_first in {place == 1, place != size}:
                found[key][is_first] = (day, value)
        return {
            key: Score(*ends[True], *ends[False], key not in once) for key, ends in found.items()
        }

    def _stay(self) -> Any:
        """The stay of a score. Where records were merged, a consultation may stand on the record
        that has none: then by person and day."""
        own = F("consultation__episode")
        if not self.has_merges:
            return own
        stays = Episode.objects.annotate(resident=self.person()).filter(
            Q(closed_on__isnull=True) | Q(closed_on__gte=OuterRef("local_date")),
            resident=OuterRef("who"),
            programme=OuterRef("consultation__programme"),
            admitted_on__lte=OuterRef("local_date"),
        )
        return Coalesce(own, Subquery(stays.order_by("-admitted_on").values("pk")[:1]))

    @cached_property
    def expected(self) -> list[Expected]:
        """Appointments at the centre and places of its hours, on the days of the period: one
        statement for who was expected and who could have been."""
        period: dict[str, Any] = {
            "programme__in": self.centre_ids,
            "local_date__range": (self.scope.start, self.scope.end),
        }
        people = (
            Appointment.objects.order_by()
            .filter(**period)
            .values("discipline", "local_date", "state", "missed_reason")
            .annotate(
                reason=F("missed_reason"),
                n=Count("pk"),
                in_slot=Count("slot"),
            )
        )
        # Hours withdrawn before anybody had a place were not offered.
        places = (
            Slot.objects.order_by()
            .filter(Q(closed=False) | Q(taken__gt=0), **period)
            .values("discipline", "local_date")
            .annotate(
                state=Value(OFFERED, CharField()),
                reason=Value(None, CharField()),
                n=Sum("places"),
                in_slot=Value(0, IntegerField()),
            )
        )
        columns = ("discipline", "local_date", "state", "reason", "n", "in_slot")
        both = people.values_list(*columns).union(places.values_list(*columns), all=True)
        return [Expected(*row) for row in both]

    @cached_property
    def exits_to_call(self) -> list[tuple[Any, ...]]:
        """Exits after which the person may be called, with the calls that were answered: (stay,
        exit, months, day of the call, outcome of the contact)."""
        start = self.scope.start - timedelta(days=190)  # six months before
        rows = (
            self.episodes()
            .filter(contact_allowed=True, closed_on__range=(start, self.scope.end))
            .annotate(answer=FilteredRelation("calls", condition=Q(calls__answered=True)))
        )
        return list(
            rows.values_list(
                "pk", "closed_on", "answer__months", "answer__called_on",
                "answer__attempt__outcome",
            )
        )  # fmt: skip
