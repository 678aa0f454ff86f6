"""Which outing is one's own, where the next one may be, who was expected there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import Programme, User
from consultations.models import Appointment, Outing, OutingMember
from partners.models import Site
from partners.models.site import weekday


def programme_of(user: User) -> Programme | None:
    """The programme that the user acts in: of the posting chosen, else of the first that has
    one (a manager may also work in the field)."""
    postings = [user.posting, *user.active_postings] if user.posting else []
    return next((posting.programme for posting in postings if posting.programme), None)


def open_today(programme: Programme, user: User) -> list[Outing]:
    """Open outings of the day in the programme, with `joined_at` of the user (None: not of the
    team), their own first: the last one joined."""
    joined = OutingMember.objects.filter(outing=OuterRef("pk"), user=user).values("joined_at")
    return list(
        Outing.objects.open_on(programme.today())
        .filter(programme=programme)
        .annotate(joined_at=Subquery(joined[:1]))
        .select_related("site", "programme")
        .order_by(F("joined_at").desc(nulls_last=True), "opened_at")
    )


def own(user: User) -> Outing | None:
    """The open outing of today that the user joined last, in the programme they act in."""
    programme = programme_of(user)
    if programme is None:
        return None
    return own_of(open_today(programme, user))


def own_of(outings: list[Outing]) -> Outing | None:
    """The user's own among those of `open_today`."""
    return next((outing for outing in outings if getattr(outing, "joined_at", None)), None)


def site_of_work(user: User) -> Site | None:
    outing = own(user)
    return outing.site if outing is not None else None


@dataclass(frozen=True)
class Suggestions:
    """Sites where an outing may be opened; those that the calendar names come first."""

    likely: list[Site] = field(default_factory=list)
    others: list[Site] = field(default_factory=list)

    def __iter__(self) -> Iterator[Site]:
        return iter((*self.likely, *self.others))

    @property
    def first(self) -> Site | None:
        return next(iter(self), None)


def suggest_sites(programme: Programme, user: User, on: date) -> Suggestions:
    """Sites of the programme that are open on the day; likely are those of this weekday. Where
    an outing is planned comes first, then where the user was last."""
    last = (
        Outing.objects.held()
        .filter(site=OuterRef("pk"), programme=programme, members__user=user)
        .order_by("-local_date")
        .values("local_date")
    )
    planned = Outing.objects.filter(
        site=OuterRef("pk"), programme=programme, local_date=on, state=Outing.State.PLANNED
    )
    sites = (
        Site.objects.open_on(on)
        .of_programmes([programme.pk])
        .annotate(last_there=Subquery(last[:1]), is_planned=Exists(planned))
        .order_by("-is_planned", F("last_there").desc(nulls_last=True), "code")
    )
    found = Suggestions()
    for site in sites:
        expected = vars(site)["is_planned"] or not site.weekdays or weekday(on) in site.weekdays
        (found.likely if expected else found.others).append(site)
    return found


def people_to_contact(outing: Outing) -> "QuerySet[Appointment]":
    """Appointments that stand for a day and site to which the team does not come."""
    return (
        Appointment.objects.filter(
            Q(site=outing.site_id) | Q(site__isnull=True),
            programme=outing.programme_id,
            local_date=outing.local_date,
            state=Appointment.State.BOOKED,
        )
        .select_related("patient")
        .order_by("local_time", "pk")
    )
