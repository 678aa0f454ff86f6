from accounts.rows import EditConflict
from referrals.models import Referral, ReferralMove


class MoveNotPossible(EditConflict):
    """The referral stands otherwise than the form thought, or this side may not make the move.

    `theirs` is the referral as it stands, `last` its last move. Nothing was changed.
    """

    theirs: Referral

    def __init__(self, theirs: Referral, last: ReferralMove | None = None) -> None:
        super().__init__(theirs)
        self.last = last or theirs.moves.order_by("-position").first()
