"""One step of a referral while it is made: the locked row, who makes it, what it leaves behind."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Programme, User
from consultations.services.refusal import Refused
from partners.models import Service
from patients.models import DataKey, Patient
from patients.services import key_of
from referrals import rules
from referrals.machine import Move, Side, target
from referrals.models import Referral, ReferralMove, Status
from referrals.models.status import CLOSED, clock_of

TEXT = 1000  # characters (referral.feedback)
# Between acceptance and arrival the first contact is waited for from the first decision on.
_PROMISED = (
    Status.ACCEPTED,
    Status.WAITLISTED,
    Status.APPOINTMENT_GIVEN,
    Status.NO_SHOW,
)


@dataclass
class Step:
    """`row` is locked until the transaction ends. Moves are numbered as they are made."""

    row: Referral
    by: User
    side: Side
    programme: Programme  # of that side: its day and its right
    now: datetime
    position: int
    id: UUID | None = None
    mark: str = ""

    @property
    def person(self) -> Patient:
        """Of a merged record, the survivor."""
        return self.row.patient.merged_into or self.row.patient

    @cached_property
    def key(self) -> DataKey:
        return key_of(self.row.patient)

    @property
    def today(self) -> date:
        return self.programme.today()

    def make(
        self,
        move: Move,
        *,
        text: str = "",
        reason: str | None = None,
        risk: str | None = None,
        alternative: Service | None = None,
    ) -> ReferralMove:
        """Append the move and go where the table says."""
        to = target(move, self.row.status) or Status(self.row.status)
        row = ReferralMove(
            referral=self.row,
            position=self.position,
            move=move,
            from_status=self.row.status,
            to_status=to,
            side=self.side,
            actor=self.by,
            at=self.now,
            reason_id=reason,
            risk_id=risk,
            alternative=alternative,
            mark=self.mark,
        )
        if self.id is not None:
            row.pk, self.id = self.id, None  # the id of the form is that of the first move
        row.seal(self.key, text=text.strip())
        self.keep(row)
        self.position += 1
        self.go(to)
        return row

    def keep(self, made: ReferralMove) -> None:
        made.save(force_insert=True)

    def go(self, to: Status) -> None:
        """Change the state, with the clock, the pause and the times that follow from it."""
        row, before = self.row, self.row.status
        if to == before and to != Status.APPOINTMENT_GIVEN:
            return
        if row.paused_at is not None:
            row.paused_seconds += int((self.now - row.paused_at).total_seconds())
        row.paused_at = self.now if to == Status.INFO_REQUESTED else None
        row.waitlisted_at = self.now if to == Status.WAITLISTED else None
        if to not in _PROMISED:
            row.cancel_asked_at = None
        if to in (Status.ACCEPTED, Status.WAITLISTED, Status.DECLINED) and not row.decided_at:
            row.decided_at = self.now
        if to in CLOSED:
            row.closed_at, row.closed_on = self.now, self.today
        row.status, row.clock = to, clock_of(to)
        row.due_at = self._due(before)

    def _due(self, before: str) -> datetime | None:
        row = self.row
        if before == row.status:  # another day for the same appointment: the clock runs on
            return row.due_at
        return rules.due_at(
            row.status,
            row.urgency,
            self._started(before),
            paused=timedelta(seconds=row.paused_seconds),
            window=row.window_ends_at,
        )

    def _started(self, before: str) -> datetime:
        """When the clock of the present state began to run."""
        row = self.row
        if row.status in (Status.SUBMITTED, Status.UNDER_REVIEW):
            return row.submitted_at or self.now
        if row.status == Status.SERVICE_RECEIVED:
            return row.served_at or self.now
        # A new appointment after a missed one starts the first contact anew.
        if row.status == Status.NO_SHOW or before == Status.NO_SHOW:
            return self.now
        return row.decided_at or self.now


def need(text: str, words: object) -> str:
    """The text, which must be there and not too long."""
    if not text.strip():
        raise Refused(str(words))
    if len(text) > TEXT:
        raise Refused(_("The text is too long."))
    return text.strip()
