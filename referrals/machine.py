"""The state machine of a referral: which move leads where, and who may make it.

Pure: rows are locked, written and logged by `services`. A move that is not in the table is
refused and changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from accounts.policy import Permission
from referrals.models.status import Status

S = Status


class Side(StrEnum):
    SENDER = "sender"
    RECEIVER = "receiver"


class Move(StrEnum):
    """Kept in `ReferralMove.move`; the words are in `labels`."""

    SEND = "send"
    DISCARD = "discard"
    REVIEW = "review"
    ASK = "ask"
    ANSWER = "answer"
    ACCEPT = "accept"
    WAITLIST = "waitlist"
    RECHECK = "recheck"
    DECLINE = "decline"
    SCHEDULE = "schedule"
    ARRIVE = "arrive"
    MISS = "miss"
    SERVE = "serve"
    FEEDBACK = "feedback"
    CLOSE = "close"
    CANCEL = "cancel"
    ASK_CANCEL = "ask_cancel"
    REFUSE_CANCEL = "refuse_cancel"
    AGREE_CANCEL = "agree_cancel"
    NOTE = "note"


SENDER, RECEIVER = frozenset({Side.SENDER}), frozenset({Side.RECEIVER})
EITHER = SENDER | RECEIVER
# Accepted, and the person not yet there: the sender may ask to take it back, not do it alone.
PROMISED = (S.ACCEPTED, S.WAITLISTED, S.APPOINTMENT_GIVEN, S.NO_SHOW)
UNDECIDED = (S.SUBMITTED, S.UNDER_REVIEW, S.INFO_REQUESTED)


@dataclass(frozen=True)
class Rule:
    """`to` None: the state stays. `asked`: the sender must have asked to cancel before."""

    sources: tuple[Status, ...]
    to: Status | None
    sides: frozenset[Side]
    permission: Permission
    asked: bool = field(default=False)


TABLE: dict[Move, Rule] = {
    Move.SEND: Rule((S.DRAFT,), S.SUBMITTED, SENDER, Permission.REFER),
    Move.DISCARD: Rule((S.DRAFT,), S.CANCELLED, SENDER, Permission.REFER),
    Move.REVIEW: Rule((S.SUBMITTED,), S.UNDER_REVIEW, RECEIVER, Permission.TRIAGE_REFERRAL),
    Move.ASK: Rule(
        (S.SUBMITTED, S.UNDER_REVIEW), S.INFO_REQUESTED, RECEIVER, Permission.TRIAGE_REFERRAL
    ),
    Move.ANSWER: Rule((S.INFO_REQUESTED,), S.UNDER_REVIEW, SENDER, Permission.REFER),
    Move.ACCEPT: Rule((*UNDECIDED, S.WAITLISTED), S.ACCEPTED, RECEIVER, Permission.TRIAGE_REFERRAL),
    Move.WAITLIST: Rule(
        (*UNDECIDED, S.ACCEPTED), S.WAITLISTED, RECEIVER, Permission.TRIAGE_REFERRAL
    ),
    Move.RECHECK: Rule((S.WAITLISTED,), None, RECEIVER, Permission.REFER),
    # Late too: what was accepted may turn out to be impossible, with a reason and another way.
    Move.DECLINE: Rule((*UNDECIDED, *PROMISED), S.DECLINED, RECEIVER, Permission.TRIAGE_REFERRAL),
    Move.SCHEDULE: Rule(PROMISED, S.APPOINTMENT_GIVEN, RECEIVER, Permission.TRIAGE_REFERRAL),
    Move.ARRIVE: Rule(PROMISED, S.ARRIVED, RECEIVER, Permission.REFER),
    Move.MISS: Rule((S.APPOINTMENT_GIVEN,), S.NO_SHOW, RECEIVER, Permission.REFER),
    Move.SERVE: Rule((S.ARRIVED,), S.SERVICE_RECEIVED, RECEIVER, Permission.REFER),
    Move.FEEDBACK: Rule((S.SERVICE_RECEIVED,), S.FEEDBACK_SENT, RECEIVER, Permission.REFER),
    Move.CLOSE: Rule(
        (*PROMISED, S.ARRIVED), S.CLOSED_INCOMPLETE, RECEIVER, Permission.TRIAGE_REFERRAL
    ),
    Move.CANCEL: Rule(UNDECIDED, S.CANCELLED, SENDER, Permission.REFER),
    Move.ASK_CANCEL: Rule(PROMISED, None, SENDER, Permission.REFER),
    Move.REFUSE_CANCEL: Rule(PROMISED, None, RECEIVER, Permission.TRIAGE_REFERRAL, asked=True),
    Move.AGREE_CANCEL: Rule(
        PROMISED, S.CANCELLED, RECEIVER, Permission.TRIAGE_REFERRAL, asked=True
    ),
    Move.NOTE: Rule(
        (*UNDECIDED, *PROMISED, S.ARRIVED, S.SERVICE_RECEIVED), None, EITHER, Permission.REFER
    ),
}


def target(move: Move, status: str) -> Status | None:
    """The state after the move; `ValueError` where the table knows no such move."""
    rule = TABLE[move]
    if status not in rule.sources:
        raise ValueError(f"{move} is not possible in {status}")
    return rule.to or Status(status)


def possible(status: str, sides: Iterable[Side], *, cancel_asked: bool = False) -> list[Move]:
    """The moves that the table offers to these sides, in its order; permissions apart."""
    held = frozenset(sides)
    return [
        move
        for move, rule in TABLE.items()
        if status in rule.sources and rule.sides & held and (cancel_asked or not rule.asked)
    ]
