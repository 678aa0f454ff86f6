"""Everything that changes a referral: asking, moving, assigning, notices, clocks."""

from referrals.queries.asks import Ask
from referrals.services.asking import prepare, refer, send
from referrals.services.assigning import assign
from referrals.services.clocks import ask_risk_again, mail_late, mark_late
from referrals.services.conflict import MoveNotPossible
from referrals.services.moving import admit, move
from referrals.services.notices import see

__all__ = (
    "Ask",
    "MoveNotPossible",
    "admit",
    "ask_risk_again",
    "assign",
    "mail_late",
    "mark_late",
    "move",
    "prepare",
    "refer",
    "see",
    "send",
)
