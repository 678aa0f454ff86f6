"""Which part of the figures a user may ask for, and the lists behind them."""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission, Role
from consultations.models import Consultation
from reports.indicators import Indicator
from reports.reading import Reading
from reports.scope import Scope


def programmes_for(user: User) -> QuerySet[Programme]:
    """All for managers; the programmes of one's postings for the others."""
    if user.is_system or Role.MANAGER in user.roles:
        return Programme.objects.all()
    return Programme.objects.filter(pk__in=policy.programmes_where(user, Permission.READ_FIGURES))


def scope_for(
    user: User, start: date, end: date, chosen: list[Programme], sites: list[Any]
) -> Scope:
    """The scope as far as the user's figures reach: all, own programmes, own outings.

    `chosen` must come from `programmes_for`; nothing chosen is everything within reach.
    """
    if Role.MANAGER in user.roles or user.is_system:
        return Scope(start, end, tuple(chosen), tuple(sites))
    within = tuple(chosen) or tuple(programmes_for(user))
    member = None if Role.COORDINATOR in user.roles else user
    return Scope(start, end, within, tuple(sites), member)


def behind(user: User, indicator: Indicator, reading: Reading) -> QuerySet[Any] | None:
    """The rows behind a figure that the user may open, newest first; None when it has none.

    Consultations are cut to those visible to the user, whatever the figure counts.
    """
    if indicator.behind is None:
        return None
    rows = indicator.behind(reading)
    if rows.model is Consultation:
        visible = Consultation.objects.visible_to(user)
        return (
            rows.filter(pk__in=visible.values("pk"))
            .select_related("patient", "site")
            .order_by("-local_date", "-pk")
        )
    return rows
