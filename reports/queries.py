"""Which part of the figures a user may ask for, and the lists behind them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission, Role
from consultations.models import Consultation, Episode
from patients.models import Patient
from referrals.models import Referral
from reports.indicators import Indicator
from reports.indicators.funnel import at_step
from reports.reading import Reading
from reports.scope import Scope


def programmes_for(user: User) -> QuerySet[Programme]:
    """All for managers; the programmes of one's postings for the others."""
    if user.is_system or Role.MANAGER in user.roles:
        return Programme.objects.all()
    return Programme.objects.filter(pk__in=policy.programmes_where(user, Permission.READ_FIGURES))


def scope_for(
    user: User,
    start: date,
    end: date,
    chosen: list[Programme],
    sites: list[Any],
    within: Iterable[Programme] | None = None,
) -> Scope:
    """The scope as far as the user's figures reach: all, own programmes, own outings.

    `chosen` must come from `programmes_for`; nothing chosen is everything within reach (`within`,
    where the caller has read it).
    """
    if Role.MANAGER in user.roles or user.is_system:
        return Scope(start, end, tuple(chosen), tuple(sites))
    reach = tuple(chosen) or tuple(programmes_for(user) if within is None else within)
    member = None if Role.COORDINATOR in user.roles else user
    return Scope(start, end, reach, tuple(sites), member)


def behind(
    user: User, indicator: Indicator, reading: Reading, *, step: str = "", lost: bool = False
) -> Any:
    """The rows behind a figure that the user may open, the newest first; None when it has none.

    Of a figure that counts people, the people, each once; else consultations, referrals, stays,
    activities, sites or organisations. Those of people are cut to what the user may see, whatever
    the figure counts; hidden people stand in no list. `step`: of the referrals counted, those that
    reached a step of the funnel, or (`lost`) ended at it.
    """
    if indicator.behind is None:
        return None
    rows = at_step(reading, step, lost=lost) if step else indicator.behind(reading)
    if indicator.counts_people:
        return Patient.objects.visible_to(user).filter(pk__in=rows).order_by("code")
    if rows.model not in _OF_PEOPLE:
        return rows
    order, more = _OF_PEOPLE[rows.model]
    return (
        rows.model._default_manager.visible_to(user)
        .filter(pk__in=rows.values("pk"))
        .filter(patient__hidden=False, patient__blocked_at__isnull=True)
        .select_related("patient", *more)
        .order_by(order, "-pk")
    )


# Models whose rows are of one person: order, and what their line shows beside the person.
_OF_PEOPLE: dict[Any, tuple[str, tuple[str, ...]]] = {
    Consultation: ("-local_date", ("site",)),
    Referral: ("-submitted_at", ()),
    Episode: ("-admitted_on", ()),
}
