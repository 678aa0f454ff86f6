"""What somebody should know about referrals: on their Today page, and in the daily e-mail."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from accounts import policy
from accounts.models import User
from accounts.policy import Permission, Role
from referrals.models import Notice, Status

MOST = 20
TEAM, COORDINATION, MANAGEMENT = 0, 1, 2


# What is late or due is told while it still is: once somebody has acted, there is nothing to do.
STANDING = (
    Q(kind=Notice.Kind.ANSWER)
    | Q(kind=Notice.Kind.LATE, clock=F("referral__clock"), referral__due_at__lt=F("made_at"))
    | (
        Q(kind=Notice.Kind.RECHECK, referral__status=Status.WAITLISTED)
        & (
            Q(referral__risk_checked_on__isnull=True)
            | Q(referral__risk_checked_on__lt=F("made_at__date"))
        )
    )
)

# Nobody is told of a record that is closed to everybody.
_NOT_BLOCKED = Q(referral__patient__blocked_at__isnull=True)


def for_user(user: User) -> QuerySet[Notice]:
    """Those addressed to the user, and those of no one in particular that their roles answer:
    level 0 the team of the programme, 1 its coordination, 2 the management."""
    coordinated = policy.programmes_where(user, Permission.TRIAGE_REFERRAL)
    # Who left a programme hears of it no more, however it was addressed.
    addressed = Q(user=user, programme__in=user.programme_ids)
    addressed |= Q(user__isnull=True, level=TEAM, programme__in=_teams(user))
    addressed |= Q(user__isnull=True, level=COORDINATION, programme__in=coordinated)
    if Role.MANAGER in user.roles:
        addressed |= Q(user__isnull=True, level=MANAGEMENT)
    return Notice.objects.filter(addressed)


def _teams(user: User) -> list[Any]:
    return policy.programmes_where(user, Permission.REFER)


def unseen(user: User) -> list[Notice]:
    """The newest; one statement. Say that there is something, and lead to the referral."""
    rows = for_user(user).filter(STANDING, _NOT_BLOCKED, seen_at__isnull=True)
    return list(rows.select_related("referral", "referral__patient").order_by("-made_at")[:MOST])


def unseen_by_referral(user: User) -> list[list[Notice]]:
    """The unseen notices of each referral, the latest first."""
    found: dict[UUID, list[Notice]] = {}
    for notice in unseen(user):
        found.setdefault(notice.referral_id, []).append(notice)
    return list(found.values())


def unseen_counts(user: User) -> dict[str, int]:
    """How many referrals the unseen notices are about, by kind; one statement."""
    rows = for_user(user).filter(STANDING, _NOT_BLOCKED, seen_at__isnull=True).order_by()
    found: Mapping[str, int] = rows.aggregate(
        **{
            kind.value: Count("referral", filter=Q(kind=kind), distinct=True)
            for kind in Notice.Kind
        }
    )
    return dict(found)
