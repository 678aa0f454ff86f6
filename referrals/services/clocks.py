"""What ran out is marked and told once: the row of the notice is the token.

Each referral in a transaction of its own, so that a worker killed between two leaves no half
work; a run beside another one waits for the row and then finds the notice there.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone, translation
from django.utils.translation import ngettext

from accounts.models import Posting, User
from accounts.policy import Role
from accounts.services import record
from referrals import rules
from referrals.machine import Side
from referrals.models import Clock, Notice, Referral, Status
from referrals.queries.detail import side_programmes
from referrals.queries.notices import COORDINATION, MANAGEMENT, STANDING, TEAM
from referrals.queries.queue import late

# Who holds the clock: the decision, the contact and the answer are the receiver's.
HOLDER = Side.RECEIVER


# -- Late --------------------------------------------------------------------------------------
def mark_late(*, by: User, at: datetime | None = None) -> int:
    """Leave a notice for each clock that ran out, at each level that it concerns by now, once;
    how many were left. Safe to run twice, and beside another run."""
    at = at or timezone.now()
    return sum(_mark_one(pk, by, at) for pk in _late_ids(at))


def _late_ids(at: datetime) -> Iterator[UUID]:
    """Those that may have a level untold; found by the index of due clocks."""
    rows = Referral.objects.filter(late(at)).order_by("due_at", "pk")
    told = Count(
        "notices",
        filter=Q(
            notices__kind=Notice.Kind.LATE,
            notices__clock=F("clock"),
            notices__made_at__gt=F("due_at"),
        ),
    )
    found = rows.annotate(told=told).filter(told__lte=MANAGEMENT)
    yield from list(found.values_list("pk", flat=True))


@transaction.atomic
def _mark_one(pk: UUID, by: User, at: datetime) -> int:
    row = (
        Referral.objects.select_for_update(of=("self",))
        .select_related("patient")
        .filter(late(at), pk=pk)
        .first()
    )
    if row is None or row.due_at is None:
        return 0  # it moved on meanwhile
    programme = side_programmes(row)[HOLDER]
    cause = f"{row.clock}:{row.due_at.isoformat()}"
    told = set(
        row.notices.filter(kind=Notice.Kind.LATE, cause=cause).values_list("level", flat=True)
    )
    levels = [n for n in rules.escalation_levels(row.due_at, row.urgency, at) if n not in told]
    for level in levels:
        Notice.objects.create(
            referral=row,
            kind=Notice.Kind.LATE,
            cause=cause,
            clock=row.clock,
            level=level,
            programme_id=programme,
            user_id=row.assigned_to_id if level == TEAM else None,
            made_at=at,
        )
    if levels:
        record(by=by, action="referral.marked_late", subjects=[row.patient], programme=programme)
    return len(levels)


# -- Who waits ---------------------------------------------------------------------------------
def ask_risk_again(*, by: User, at: datetime | None = None) -> int:
    """Who waits for a place is asked for their risk every week: a notice when it is due, once."""
    at = at or timezone.now()
    limit = timezone.localdate(at) - timedelta(days=rules.RECHECK_DAYS)
    due = Q(risk_checked_on__lte=limit) | Q(
        risk_checked_on__isnull=True, waitlisted_at__lte=at - timedelta(days=rules.RECHECK_DAYS)
    )
    rows = Referral.objects.filter(due, status=Status.WAITLISTED)
    return sum(_ask_one(pk, by, at) for pk in list(rows.values_list("pk", flat=True)))


@transaction.atomic
def _ask_one(pk: UUID, by: User, at: datetime) -> int:
    rows = Referral.objects.select_for_update(of=("self",)).select_related("patient")
    row = rows.filter(pk=pk, status=Status.WAITLISTED).first()
    if row is None or row.waitlisted_at is None:
        return 0
    since = row.risk_checked_on or timezone.localdate(row.waitlisted_at)
    programme = side_programmes(row)[HOLDER]
    _notice, made = Notice.objects.get_or_create(
        referral=row,
        kind=Notice.Kind.RECHECK,
        cause=f"since:{since.isoformat()}",
        level=TEAM,
        defaults={
            "programme_id": programme,
            "user_id": row.assigned_to_id,
            "clock": Clock.NONE,
            "made_at": at,
        },
    )
    if made:
        record(by=by, action="referral.risk_due", subjects=[row.patient], programme=programme)
    return int(made)


# -- E-mail ------------------------------------------------------------------------------------
def mail_late(*, by: User) -> int:
    """Tell by e-mail how many referrals are late, and nothing else; how many were written to.

    Coordination hears of its programmes, management of what reached it. A notice is claimed
    before it is mailed: told at most once, and it stays on the page until it is seen.
    """
    if not settings.REFERRAL_MAIL:
        return 0
    claimed = _claim(by)
    written = 0
    for user, count in _readers(claimed):
        _mail(user, count)
        written += 1
    return written


@transaction.atomic
def _claim(by: User) -> list[Notice]:
    rows = Notice.objects.select_for_update(of=("self",)).filter(
        STANDING, kind=Notice.Kind.LATE, mailed_at__isnull=True, seen_at__isnull=True
    )
    found = list(rows)
    if found:
        Notice.objects.filter(pk__in=[row.pk for row in found]).update(mailed_at=timezone.now())
        record(by=by, action="referral.late_mailed")
    return found


def _readers(notices: Iterable[Notice]) -> Iterator[tuple[User, int]]:
    notices = list(notices)
    if not notices:
        return
    roles = (Role.COORDINATOR, Role.MANAGER)
    postings = Posting.objects.in_force().filter(role__in=roles, user__is_active=True)
    concerned: dict[User, set[UUID]] = {}
    for posting in postings.select_related("user"):
        for notice in notices:
            if _concerns(notice, posting):
                concerned.setdefault(posting.user, set()).add(notice.referral_id)
    for user, referrals in concerned.items():
        yield user, len(referrals)


def _concerns(notice: Notice, posting: Posting) -> bool:
    if posting.role == Role.MANAGER:
        return notice.level == MANAGEMENT
    return notice.level <= COORDINATION and notice.programme_id == posting.programme_id


def _mail(user: User, count: int) -> None:
    with translation.override(user.language):
        words = ngettext("%(count)d referral is late", "%(count)d referrals are late", count) % {
            "count": count
        }
    EmailMessage(subject=words, body=words, to=[user.email]).send()
