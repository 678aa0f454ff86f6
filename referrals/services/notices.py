"""What the other side should hear of, told once."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record
from referrals.machine import Move, Side
from referrals.models import Clock, Notice, ReferralMove
from referrals.queries.notices import COORDINATION, TEAM, for_user
from referrals.services.steps import Step

# What the sender hears of: the answers, the appointment, that the person is there, the end.
TOLD_TO_SENDER = frozenset(
    (
        Move.ASK,
        Move.ACCEPT,
        Move.WAITLIST,
        Move.DECLINE,
        Move.SCHEDULE,
        Move.ARRIVE,
        Move.MISS,
        Move.FEEDBACK,
        Move.CLOSE,
        Move.REFUSE_CANCEL,
        Move.AGREE_CANCEL,
    )
)
# What the receiver would not see in the queue by itself.
TOLD_TO_RECEIVER = frozenset((Move.ANSWER, Move.ASK_CANCEL))


def tell(step: Step, made: ReferralMove) -> None:
    """Leave the notices of a move; nobody is told what they did themselves."""
    if step.side == Side.RECEIVER and made.move in TOLD_TO_SENDER:
        _tell_sender(step, made)
    elif step.side == Side.SENDER and made.move in TOLD_TO_RECEIVER:
        _tell_receiver(step, made)


def _tell_sender(step: Step, made: ReferralMove) -> None:
    row = step.row
    if row.from_programme_id is None:
        return
    if row.written_by_id != step.by.pk:
        _tell(step, made, row.from_programme_id, TEAM, row.written_by_id)
    if row.from_programme_id != step.programme.pk:
        _tell(step, made, row.from_programme_id, COORDINATION, None)


def _tell_receiver(step: Step, made: ReferralMove) -> None:
    row = step.row
    if row.to_programme_id is None or row.to_programme_id == step.programme.pk:
        return
    if row.assigned_to_id is not None:
        _tell(step, made, row.to_programme_id, TEAM, row.assigned_to_id)
    _tell(step, made, row.to_programme_id, COORDINATION, None)


def _tell(step: Step, made: ReferralMove, programme: UUID, level: int, user: UUID | None) -> None:
    Notice.objects.create(
        referral=step.row,
        kind=Notice.Kind.ANSWER,
        cause=f"{made.move}:{made.position}",
        clock=Clock.NONE,
        level=level,
        programme_id=programme,
        user_id=user,
        made_at=step.now,
    )


@transaction.atomic
def see(notice_ids: Iterable[UUID | str], *, by: User) -> int:
    """Put notices aside for everybody they were addressed to; how many there were."""
    rows = for_user(by).filter(pk__in=list(notice_ids), seen_at__isnull=True)
    # Locked first: the condition joins nothing, so the update may name the rows by id.
    found = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
    seen = Notice.objects.filter(pk__in=found).update(seen_at=timezone.now(), seen_by=by)
    if seen:
        record(by=by, action="referral.notices_seen")
    return seen
