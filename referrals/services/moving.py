"""Every step of a referral after it was written. One way in: `move`."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import crypto, policy
from accounts.models import Programme, User
from accounts.privacy import PrivacyClass
from accounts.services import record
from consultations.models import Episode
from consultations.services import episodes
from consultations.services.refusal import Refused
from partners.models import Service, Site
from patients import idempotency
from patients.models import Access
from patients.queries.contacts import attempts_on_distinct_days
from patients.services import end_access, follow_risk, grant_access
from referrals.machine import TABLE, Move, Side
from referrals.models import Referral, ReferralMove, Status
from referrals.queries.detail import permission_for, side_programmes, sides_of
from referrals.rules import UNREACHABLE_DAYS, code
from referrals.services import appointments, notices
from referrals.services.conflict import MoveNotPossible
from referrals.services.steps import Step, need
from terminology import lists

# Appended to what stands, whatever was written meanwhile.
_WHATEVER_VERSION = (Move.NOTE, Move.RECHECK)
UNREACHABLE = "referral_closure_outcomes:unreachable"
# The receiving programme need not know of the person any more.
_COMES_TO_NOTHING = (Status.DECLINED, Status.CANCELLED, Status.CLOSED_INCOMPLETE)


@transaction.atomic
def move(
    referral: Referral,
    move: Move,
    *,
    by: User,
    expected: int | None = None,
    id: UUID | None = None,
    **given: Any,
) -> Referral:
    """Make one move; what `given` holds for each stands at the functions below.

    Raises `Referral.DoesNotExist` out of scope, `PermissionDenied` where no role of the user
    carries the move, `MoveNotPossible` where the referral stands otherwise than `expected`, its
    state does not allow the move or the other side makes it, and `Refused` where the move lacks
    what it needs; nothing is changed then. The same `id` (of the form) and content again change
    nothing.
    """
    row = _locked(referral, by)
    mark = _mark(row, move, given)
    there = _earlier(row, id, mark, by)
    if there:
        return row
    step = _step(row, move, by, id, mark)
    _require_possible(row, move, expected)
    if row.status == Status.DRAFT:
        return _discard(step, **given)
    _ACTS[move](step, **given)
    _save(step, move)
    return row


@transaction.atomic
def admit(
    referral: Referral,
    *,
    by: User,
    expected: int,
    payload: Mapping[str, Any],
    decided_by: Iterable[tuple[User, str]],
    admitted_on: date,
    waiver: str | None = None,
    id: UUID | None = None,
) -> Episode:
    """The centre takes the person in: the stay opens (as `episodes.admit`), who was expected has
    arrived, and the referral leads to the stay. That the service was received, and the answer,
    are moves of their own."""
    row = _locked(referral, by)
    if row.to_programme is None:
        raise Refused(_("Only a programme of ours opens a stay."))
    if row.episode_id is not None and row.episode_id == id:
        return Episode.objects.get(pk=id)
    step = _step(row, Move.ARRIVE, by, None, "")
    arrives = row.status != Status.ARRIVED
    if arrives:
        _require_possible(row, Move.ARRIVE, expected)
    elif row.version != expected or row.episode_id is not None:
        raise MoveNotPossible(row)
    row.episode = episodes.admit(
        step.person,
        row.to_programme,
        payload=payload,
        by=by,
        decided_by=decided_by,
        admitted_on=admitted_on,
        waiver=waiver,
        id=id,
    )
    if arrives:
        _arrive(step)
    _save(step, Move.ARRIVE)
    return row.episode


# -- Before a move -----------------------------------------------------------------------------
def _locked(referral: Referral, by: User) -> Referral:
    """The row as it stands, locked: whoever comes second waits here and then meets a state that
    no longer allows the move."""
    return (
        Referral.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("patient", "from_programme", "to_programme")
        .get(pk=referral.pk)
    )


def _mark(row: Referral, move: Move, given: Mapping[str, Any]) -> str:
    said = {name: getattr(value, "pk", value) for name, value in given.items()}
    body = idempotency.payload({**said, "referral": row.pk, "move": move})
    return crypto.mac("payload:referrals.move", body).hex()


def _earlier(row: Referral, id: UUID | None, mark: str, by: User) -> bool:
    if id is None:
        return False
    there = ReferralMove.objects.filter(pk=id).first()
    if there is None:
        return False
    if there.referral_id != row.pk or there.actor_id != by.pk:
        raise Referral.DoesNotExist
    if there.mark != mark:
        raise MoveNotPossible(row, there)
    return True


def _step(row: Referral, move: Move, by: User, id: UUID | None, mark: str) -> Step:
    """Raises unless the user stands on a side of the move, with the right to make it."""
    rule = TABLE[move]
    own = sides_of(by, row)
    sides = [side for side in Side if side in rule.sides and side in own]
    if not sides:
        raise MoveNotPossible(row)
    programmes = side_programmes(row)
    permission = permission_for(row, move)
    allowed = [side for side in sides if policy.allows(by, permission, programmes[side])]
    if not allowed:
        raise PermissionDenied(f"{permission} is not given to this role")
    last = row.moves.order_by("-position").first()
    return Step(
        row=row,
        by=by,
        side=allowed[0],
        programme=_programme(row, programmes[allowed[0]]),
        # A clock set back must not make a history that runs backwards.
        now=max(timezone.now(), last.at) if last else timezone.now(),
        position=last.position + 1 if last else 0,
        id=id,
        mark=mark,
    )


def _programme(row: Referral, pk: UUID) -> Programme:
    found = row.from_programme if row.from_programme_id == pk else row.to_programme
    if found is None:
        raise Programme.DoesNotExist
    return found


def _require_possible(row: Referral, move: Move, expected: int | None) -> None:
    rule = TABLE[move]
    stale = move not in _WHATEVER_VERSION and row.version != expected
    if stale or row.status not in rule.sources:
        raise MoveNotPossible(row)
    if rule.asked and row.cancel_asked_at is None:
        raise MoveNotPossible(row)
    if move == Move.ASK_CANCEL and row.cancel_asked_at is not None:
        raise MoveNotPossible(row)
    if move == Move.SEND:  # `asking.send` alone knows what may leave
        raise MoveNotPossible(row)


# -- The moves ---------------------------------------------------------------------------------
def _discard(step: Step) -> Referral:
    """A draft is thrown away; nothing was ever sent."""
    step.make(Move.DISCARD)
    _save(step, Move.DISCARD)
    return step.row


def _review(step: Step, *, assigned_to: User | None = None) -> None:
    """Somebody looks at it. `assigned_to`: who goes on with it."""
    if assigned_to is not None:
        step.row.assigned_to = assigned_to
    step.make(Move.REVIEW)


def _ask(step: Step, *, text: str) -> None:
    """A question to the sender; the clock of the decision stands still until the answer."""
    notices.tell(step, step.make(Move.ASK, text=need(text, _("Write what you need to know."))))


def _answer(step: Step, *, text: str) -> None:
    notices.tell(step, step.make(Move.ANSWER, text=need(text, _("Write the answer."))))


def _accept(
    step: Step, *, slots: Iterable[UUID] = (), overbook_reason: str = "", text: str = ""
) -> None:
    """With `slots`, the appointment is given in the same step, or nothing is."""
    row = step.row
    row.accepted_at = row.accepted_at or step.now
    notices.tell(step, step.make(Move.ACCEPT, text=text))
    slots = list(slots)
    if slots:
        _schedule(step, slots=slots, overbook_reason=overbook_reason)


def _waitlist(step: Step, *, text: str = "", risk: str | None = None) -> None:
    """`risk`, where it was asked now, counts as this week's."""
    notices.tell(step, step.make(Move.WAITLIST, text=text, risk=risk))
    step.row.risk_checked_on = step.today if risk else None
    _follow(step, risk)


def _recheck(step: Step, *, risk: str, text: str = "") -> None:
    """The weekly question on the waiting list (`mh_risk_levels`)."""
    if not risk or code(risk) == "not_assessed":
        raise Refused(_("Say what the risk is today."))
    step.make(Move.RECHECK, text=text, risk=risk)
    step.row.risk_checked_on = step.today
    _follow(step, risk)


def _follow(step: Step, risk: str | None) -> None:
    """Who waits is in nobody's care yet: a risk found now is somebody's to see to."""
    follow_risk(step.person, risk, programme_id=step.programme.pk, at=step.now, by=step.by)


def _decline(
    step: Step, *, reason: str, alternative: Service | None = None, text: str = ""
) -> None:
    """Never without saying why and, where the reason calls for it, what else there is."""
    if not reason:
        raise Refused(_("Choose the reason."))
    needs = lists.get(reason).flag("needs_alternative")
    if needs and alternative is None and not text.strip():
        raise Refused(_("Say where else the person can go."))
    row = step.row
    row.decline_reason_id = reason
    _answer_sender(step, text)
    appointments.free(row, by=step.by)
    notices.tell(step, step.make(Move.DECLINE, text=text, reason=reason, alternative=alternative))


def _schedule(
    step: Step,
    *,
    slots: Iterable[UUID] = (),
    overbook_reason: str = "",
    on: date | None = None,
    time: time | None = None,
    discipline: str = "",
    site: Site | None = None,
) -> None:
    """`slots` of the receiving programme; or a day `on` with a discipline, where it offers no
    hours; of a partner, the day alone."""
    row, slots = step.row, list(slots)
    if row.is_external:
        if on is None or on < step.today:
            raise Refused(_("Choose today or a later day."))
        day, said = on, on.isoformat()  # of later days nothing but this move tells
    else:
        said = ""
        if slots:
            booked = appointments.give(row, slots, by=step.by, overbook_reason=overbook_reason)
        elif on is not None:
            booked = appointments.give_day(
                row, on, by=step.by, discipline=discipline, at=time, site=site
            )
        else:
            raise Refused(_("Choose an hour."))
        row.appointment = booked[0]
        day = booked[0].local_date
    # Which day was the first is settled once it has been missed.
    if row.first_appointment_on is None or not row.moves.filter(move=Move.MISS).exists():
        row.first_appointment_on = day
    row.accepted_at = row.accepted_at or step.now
    notices.tell(step, step.make(Move.SCHEDULE, text=said))


def _arrive(step: Step, *, at: datetime | None = None) -> None:
    """The person is there, or the first contact was made by phone or video. `at`: when, if
    earlier than now."""
    row = step.row
    moment = at or step.now
    if moment > step.now or (row.submitted_at is not None and moment < row.submitted_at):
        raise Refused(_("This moment is not possible."))
    row.arrived_at = moment
    row.accepted_at = row.accepted_at or step.now
    if row.to_programme_id is not None:
        grant_access(row.patient, programme=row.to_programme_id, basis=Access.Basis.REFERRAL)
    notices.tell(step, step.make(Move.ARRIVE))


def _miss(step: Step, *, text: str = "", reason: str | None = None) -> None:
    """`reason` is a code of `missed_appointment_reasons`, where known."""
    row = step.row
    if row.is_external:
        if row.first_appointment_on is not None and row.first_appointment_on > step.today:
            raise Refused(_("This day has not come yet."))
    else:
        appointments.miss(row, by=step.by, on=step.today, reason=reason)
    notices.tell(step, step.make(Move.MISS, text=text))


def _serve(step: Step, *, outcome: str, at: datetime | None = None, text: str = "") -> None:
    """`outcome` of those that succeeded; with `text`, the answer goes in the same step."""
    row = step.row
    if not outcome or lists.get(outcome).attributes.get("success") not in ("yes", "partial"):
        raise Refused(_("Choose what was received."))
    moment = at or step.now
    if moment > step.now or (row.arrived_at is not None and moment < row.arrived_at):
        raise Refused(_("This moment is not possible."))
    row.outcome_id, row.served_at = outcome, moment
    step.make(Move.SERVE, reason=outcome)
    if text.strip():
        _feedback(step, text=text)


def _feedback(step: Step, *, text: str) -> None:
    """The answer to the sender, which ends the referral."""
    answer = need(text, _("Write the answer to who referred the person."))
    _answer_sender(step, answer)
    notices.tell(step, step.make(Move.FEEDBACK, text=answer))


def _close(step: Step, *, outcome: str, text: str) -> None:
    """Over without the service; nobody is called unreachable before three tries on three days."""
    row = step.row
    if not outcome or lists.get(outcome).attributes.get("success") not in ("no", "neutral"):
        raise Refused(_("Choose how it ended."))
    if outcome == UNREACHABLE:
        _require_tries(step)
    answer = need(text, _("Write the answer to who referred the person."))
    row.outcome_id = outcome
    _answer_sender(step, answer)
    appointments.free(row, by=step.by, by_person=True)
    notices.tell(step, step.make(Move.CLOSE, text=answer, reason=outcome))


def _require_tries(step: Step) -> None:
    row = step.row
    since = row.submitted_on or step.today
    days = attempts_on_distinct_days(row.patient, step.programme, since)
    if days < UNREACHABLE_DAYS:
        raise Refused(
            _("Three attempts on three days come first; there are %(days)d.") % {"days": days}
        )


def _cancel(step: Step, *, text: str) -> None:
    """The sender takes it back before it was decided."""
    step.make(Move.CANCEL, text=need(text, _("Write why.")))


def _ask_cancel(step: Step, *, text: str) -> None:
    """After acceptance the receiver must agree."""
    step.row.cancel_asked_at = step.now
    notices.tell(step, step.make(Move.ASK_CANCEL, text=need(text, _("Write why."))))


def _refuse_cancel(step: Step, *, text: str) -> None:
    step.row.cancel_asked_at = None
    notices.tell(step, step.make(Move.REFUSE_CANCEL, text=need(text, _("Write why."))))


def _agree_cancel(step: Step, *, text: str = "") -> None:
    appointments.free(step.row, by=step.by)
    notices.tell(step, step.make(Move.AGREE_CANCEL, text=text))


def _note(step: Step, *, text: str) -> None:
    """To whom it concerns on either side, as often as needed."""
    step.make(Move.NOTE, text=need(text, _("Write the note.")))


def _answer_sender(step: Step, text: str) -> None:
    step.row.feedback_at = step.now
    if text.strip():
        step.row.seal(step.key, feedback=text.strip())


_ACTS: dict[Move, Callable[..., None]] = {
    Move.REVIEW: _review,
    Move.ASK: _ask,
    Move.ANSWER: _answer,
    Move.ACCEPT: _accept,
    Move.WAITLIST: _waitlist,
    Move.RECHECK: _recheck,
    Move.DECLINE: _decline,
    Move.SCHEDULE: _schedule,
    Move.ARRIVE: _arrive,
    Move.MISS: _miss,
    Move.SERVE: _serve,
    Move.FEEDBACK: _feedback,
    Move.CLOSE: _close,
    Move.CANCEL: _cancel,
    Move.ASK_CANCEL: _ask_cancel,
    Move.REFUSE_CANCEL: _refuse_cancel,
    Move.AGREE_CANCEL: _agree_cancel,
    Move.NOTE: _note,
}


# -- After a move ------------------------------------------------------------------------------
def _save(step: Step, move: Move) -> None:
    row = step.row
    if move not in _WHATEVER_VERSION:
        row.version += 1
    row.save(force_update=True)
    if row.status in _COMES_TO_NOTHING and row.to_programme_id and row.submitted_at:
        end_access(row.patient, basis=Access.Basis.REFERRAL, programme=row.to_programme_id)
    record(
        by=step.by,
        action=action_of(move),
        subjects=[row.patient],
        privacy_class=PrivacyClass.CLINICAL,
        programme=step.programme,
    )


def action_of(move: Move) -> str:
    """What the access log calls a move."""
    return f"referral.{move}"
