"""Which hours are offered, how full they are, who has them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.utils import timezone

from accounts.models import Posting, Programme, User
from accounts.policy import Discipline
from consultations.models import Appointment, ClosedDay, Slot, SlotPattern, SocialWorkDetail
from consultations.models.slot import SlotQuerySet
from consultations.queries.reach import of_person
from patients.models import Patient


def open_slots(
    programme: Programme,
    *,
    disciplines: Iterable[str] | None = None,
    start: date,
    end: date,
    full: bool = False,
) -> SlotQuerySet:
    """Hours with a free place on the days from start to end, those of today that began left out;
    with `full`, also those without one, for who may decide on one more."""
    slots = Slot.objects.filter(programme=programme, local_date__range=(start, end))
    slots = slots.open() if full else slots.free()
    if disciplines is not None:
        slots = slots.filter(discipline__in=list(disciplines))
    now = timezone.localtime(timezone=ZoneInfo(programme.time_zone))
    began = Q(local_date__lt=now.date()) | Q(local_date=now.date(), local_time__lt=now.time())
    return slots.exclude(began).select_related("site", "professional").in_order()


@dataclass(frozen=True)
class Cell:
    """The hours of one discipline on one day taken together."""

    places: int
    taken: int
    overbooked: int
    free: int


def by_day_and_discipline(
    programme: Programme, start: date, end: date
) -> dict[tuple[date, str], Cell]:
    """How full each discipline is on each day that offers it; one statement."""
    free = Case(When(taken__lt=F("places"), then=F("places") - F("taken")), default=Value(0))
    rows = (
        Slot.objects.open()
        .filter(programme=programme, local_date__range=(start, end))
        .order_by()
        .values("local_date", "discipline")
        .annotate(Sum("places"), Sum("taken"), Sum("overbooked"), unused=Sum(free))
    )
    return {
        (row["local_date"], row["discipline"]): Cell(
            row["places__sum"], row["taken__sum"], row["overbooked__sum"], row["unused"]
        )
        for row in rows
    }


def closed_days(programme: Programme, start: date, end: date) -> set[date]:
    days = ClosedDay.objects.filter(programme=programme, local_date__range=(start, end))
    return set(days.values_list("local_date", flat=True))


def of_day(programme: Programme, on: date) -> SlotQuerySet:
    return (
        Slot.objects.filter(programme=programme, local_date=on)
        .select_related("site", "professional")
        .in_order()
    )


def holders(slot: Slot) -> QuerySet[Appointment]:
    """Who holds a place of the slot."""
    return (
        Appointment.objects.filter(slot=slot, state__in=Appointment.HOLDING)
        .select_related("patient", "overbooked_by")
        .order_by("booked_at", "pk")
    )


def standing_on(programme: Programme, on: date) -> QuerySet[Appointment]:
    """Appointments of a day that still stand, whether or not they have an hour."""
    return (
        Appointment.objects.filter(
            programme=programme, local_date=on, state=Appointment.State.BOOKED
        )
        .select_related("patient", "site")
        .order_by("local_time", "discipline", "pk")
    )


def of_person_between(
    patient: Patient, programmes: Iterable[UUID], start: date, end: date
) -> QuerySet[Appointment]:
    """What a person is booked for on the days from start to end."""
    booked = Appointment.objects.filter(
        of_person(patient),
        programme__in=list(programmes),
        state=Appointment.State.BOOKED,
        local_date__range=(start, end),
    )
    return booked.select_related("slot").order_by("local_date", "local_time", "pk")


def expected_elsewhere(
    patient: Patient, programmes: Iterable[UUID], start: date, end: date
) -> set[date]:
    """Days on which the person has a legal duty, as the last social-work note that names one
    says. Whoever books is told only that the person is expected elsewhere."""
    named = SocialWorkDetail.objects.filter(
        of_person(patient, "consultation__patient"),
        consultation__programme__in=list(programmes),
        legal_next_date__isnull=False,
    ).order_by("-consultation__local_date", "-consultation__signed_at")
    return {
        day
        for day in named.values_list("legal_next_date", flat=True)[:1]
        if day is not None and start <= day <= end
    }


def next_days(
    programme: Programme, disciplines: Iterable[str], start: date, end: date, **only: Any
) -> dict[date, int]:
    """How many people are booked on each of the days that follow."""
    rows = Appointment.objects.filter(
        programme=programme,
        discipline__in=list(disciplines),
        state=Appointment.State.BOOKED,
        local_date__range=(start, end),
        **only,
    )
    return dict(rows.order_by("local_date").values_list("local_date").annotate(Count("pk")))


def offered_disciplines(cells: Iterable[tuple[date, str]]) -> list[str]:
    """The disciplines among the cells of a week, in their usual order."""
    found = {discipline for _day, discipline in cells}
    return [each.value for each in Discipline if each.value in found]


def colleagues(programme: Programme, on: date) -> QuerySet[User]:
    """Who works for the programme on a day and records a discipline."""
    posted = Posting.objects.filter(
        Q(until__isnull=True) | Q(until__gte=on),
        user=OuterRef("pk"),
        programme=programme,
        since__lte=on,
    )
    return (
        User.objects.filter(Exists(posted), is_active=True).exclude(discipline="").order_by("name")
    )


def patterns(programme: Programme, on: date) -> QuerySet[SlotPattern]:
    """Hours of every week that are offered on the day or later."""
    return (
        SlotPattern.objects.filter(programme=programme)
        .exclude(valid_to__lt=on)
        .select_related("site", "professional", "programme")
        .order_by("weekday", "local_time", "discipline", "pk")
    )
