"""Stays at the centre: what is overdue, who may be lost, who is to be called, what a stay holds."""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import (
    Case,
    DateField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import Programme
from consultations import scales
from consultations.models import (
    CarePlan,
    CaseReview,
    Consultation,
    Episode,
    FollowUpCall,
    ScaleResult,
)
from consultations.queries.reach import of_person
from patients.models import ContactAttempt, Patient
from patients.models.contact import REACHED
from patients.queries import age_at, attempts_on_distinct_days
from patients.queries.contacts import attempts_of

FIRST_REVIEW = timedelta(days=30)  # after admission; then at most 60 days apart (domain.md 2)
REVIEW_WITHIN = timedelta(days=60)
PLAN_WITHIN = timedelta(days=30)
BASELINE_WITHIN = timedelta(days=14)
CALL_WINDOW = timedelta(days=15)  # a call counts within 15 days of its month (CA25)
FINAL_WITHIN = timedelta(days=28)  # scales are due every 4 weeks: an older score is no final one
# One of these was asked: the baseline was begun (domain.md 7; functioning and pain are asked in
# other forms too).
BASELINE = ("pcl5", "phq9", "gad7", "who5", "cries8", "cats2", "sdq")


def lost_after() -> timedelta:
    """Without contact for so long, a person may be called lost to follow-up (setting)."""
    return timedelta(days=settings.LOST_AFTER_DAYS)


# -- Lists -----------------------------------------------------------------------------------
def in_scope(user: Any, programmes: Iterable[UUID | Programme]) -> QuerySet[Any]:
    """Stays in these programmes whose person (`person`: the survivor of a merge) the user may
    know of."""
    return (
        Episode.objects.visible_to(user)
        .filter(programme__in=list(programmes))
        .annotate(person=Coalesce("patient__merged_into", "patient"))
        .filter(person__in=Patient.objects.visible_to(user).values("pk"))
        .select_related("patient__merged_into", "programme", "reference_worker")
    )


def with_last_contact(rows: QuerySet[Any]) -> QuerySet[Any]:
    """`last_seen`: the last note of the programme; `last_contact`: that, the last time the person
    was reached or the admission, whichever is later."""
    same = Q(patient=OuterRef("patient")) | Q(patient=OuterRef("person"))
    notes = Consultation.objects.filter(same, programme=OuterRef("programme"))
    reached = ContactAttempt.objects.filter(same, programme=OuterRef("programme"), outcome=REACHED)
    told: QuerySet[Any] = rows.annotate(
        last_seen=_latest(notes),
        _reached=_latest(reached),
        _spoke=Case(
            When(last_seen__isnull=True, then=F("_reached")),
            When(_reached__gt=F("last_seen"), then=F("_reached")),
            default=F("last_seen"),
            output_field=DateField(),
        ),
        last_contact=Case(
            When(_spoke__gt=F("admitted_on"), then=F("_spoke")),
            default=F("admitted_on"),
            output_field=DateField(),
        ),
    )
    return told


def _open(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(closed_on__isnull=True)


def _latest(rows: QuerySet[Any]) -> Subquery:
    found = rows.order_by().values("programme").annotate(last=Max("local_date")).values("last")
    return Subquery(found, output_field=DateField())


def with_next_review(rows: QuerySet[Any]) -> QuerySet[Any]:
    """`next_review`: the day the last review set; None before the first one, which is due 30 days
    after admission (`review_due`)."""
    last = CaseReview.objects.filter(episode=OuterRef("pk")).order_by("-held_on")
    told: QuerySet[Any] = rows.annotate(next_review=Subquery(last.values("next_on")[:1]))
    return told


def review_due(episode: Any) -> date:
    """The day by which the stay is to be reviewed; for rows of `with_next_review`."""
    set_on: date | None = episode.next_review
    admitted_on: date = episode.admitted_on
    return set_on or admitted_on + FIRST_REVIEW


def reviews_overdue(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Open stays whose review was due before today."""
    due = Q(next_review__lt=today) | Q(
        next_review__isnull=True, admitted_on__lt=today - FIRST_REVIEW
    )
    return with_next_review(_open(rows)).filter(due)


def plans_missing(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Open stays of more than 30 days without a signed plan."""
    signed = CarePlan.objects.filter(episode=OuterRef("pk"))
    return _open(rows).filter(~Exists(signed), admitted_on__lt=today - PLAN_WITHIN)


def maybe_lost(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Open stays without contact for `LOST_AFTER_DAYS`, longest first."""
    return with_last_contact(_open(rows)).filter(last_contact__lte=today - lost_after())


def scales_due(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Open stays whose baseline was not begun in 14 days, or in which no scale of it was scored
    for 4 weeks."""
    scored = ScaleResult.objects.filter(
        consultation__episode=OuterRef("pk"),
        scale__in=[f"scales:{code}" for code in BASELINE],
        value__isnull=False,
        local_date__gte=today - FINAL_WITHIN,
    )
    return _open(rows).filter(~Exists(scored), admitted_on__lt=today - BASELINE_WITHIN)


def calls_due(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Closed stays whose person allowed calls and one is due: within 15 days of 1, 3 or 6 months
    after the exit, and not answered yet."""
    due = Q()
    for months in FollowUpCall.MONTHS:
        answered = FollowUpCall.objects.filter(episode=OuterRef("pk"), months=months, answered=True)
        first = add_months(today - CALL_WINDOW, -months)
        last = add_months(today + CALL_WINDOW, -months)
        due |= Q(closed_on__range=(first, last)) & ~Q(Exists(answered))
    return rows.filter(due, contact_allowed=True)


def due_call(episode: Episode, today: date, answered: Iterable[int] = ()) -> int | None:
    """The months of the call that is due today, if any."""
    if episode.closed_on is None or not episode.contact_allowed:
        return None
    for months in FollowUpCall.MONTHS:
        on = add_months(episode.closed_on, months)
        if months not in answered and on - CALL_WINDOW <= today <= on + CALL_WINDOW:
            return months
    return None


def add_months(day: date, months: int) -> date:
    """The same day of another month; its last day where there is no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def attempt_days(episodes: Sequence[Any]) -> dict[UUID, int]:
    """Days of unheard attempts since the last contact, by stay; one statement for a page of rows
    of `with_last_contact`."""
    if not episodes:
        return {}
    people = {each.person: each for each in episodes}
    since = min(each.last_contact for each in episodes)
    rows = ContactAttempt.objects.filter(
        Q(patient__in=people) | Q(patient__in=[each.patient_id for each in episodes]),
        local_date__gt=since,
    ).exclude(outcome=REACHED)
    days: dict[tuple[UUID, UUID], set[date]] = defaultdict(set)
    for patient, programme, day in rows.values_list("patient", "programme", "local_date"):
        days[patient, programme].add(day)
    return {
        each.pk: len(
            {
                day
                for patient in (each.patient_id, each.person)
                for day in days[patient, each.programme_id]
                if day > each.last_contact
            }
        )
        for each in episodes
    }


# -- One stay --------------------------------------------------------------------------------
def last_contact(episode: Episode) -> date:
    """The last day on which the team saw or reached the person in this stay; the admission where
    it never did."""
    pk = episode.patient.merged_into_id or episode.patient_id
    notes = Consultation.objects.filter(of_person(pk), programme=episode.programme_id)
    reached = attempts_of(pk).filter(programme=episode.programme_id, outcome=REACHED)
    days: list[date | None] = [
        episode.admitted_on,
        notes.aggregate(last=Max("local_date"))["last"],
        reached.order_by().aggregate(last=Max("local_date"))["last"],
    ]
    return max(day for day in days if day is not None)


@dataclass(frozen=True)
class Silence:
    """How long nobody reached the person, and on how many days it was tried since."""

    since: date
    days: int
    tried: int

    @property
    def is_lost(self) -> bool:
        """60 days without contact and attempts on 3 days (settings; cai_discharge_outcomes)."""
        long = self.days >= settings.LOST_AFTER_DAYS
        return bool(long and self.tried >= settings.LOST_ATTEMPT_DAYS)


def silence(episode: Episode, on: date) -> Silence:
    since = last_contact(episode)
    pk = episode.patient.merged_into_id or episode.patient_id
    tried = attempts_on_distinct_days(pk, episode.programme_id, since + timedelta(days=1))
    return Silence(since, (on - since).days, tried)


def without_final_score(episode: Episode, on: date) -> list[str]:
    """Scales (keys) of the stay, and of the baseline for the person's age, that have no score of
    the last 4 weeks. One of a group that stands for another is enough."""
    scored = dict(
        ScaleResult.objects.filter(
            consultation__episode=episode, scale__isnull=False, value__isnull=False
        )
        .order_by()
        .values_list("scale")
        .annotate(last=Max("local_date"))
    )
    person = episode.patient.merged_into or episode.patient
    groups = scales.baseline(age_at(person, on).years)
    asked = {code for group in groups for code in group}
    own = sorted(key.partition(":")[2] for key in scored)
    groups += [(code,) for code in own if code not in asked]
    return [
        f"scales:{group[0]}"
        for group in groups
        if all(scored.get(f"scales:{code}", date.min) < on - FINAL_WITHIN for code in group)
    ]


def treating_staff(episode: Episode) -> set[UUID]:
    """Whoever treated the person in this stay: reference worker, team, authors of notes."""
    found = set(episode.members.values_list("user", flat=True))
    found |= set(episode.consultations.order_by().values_list("professional", flat=True))
    return found | ({episode.reference_worker_id} if episode.reference_worker_id else set())
