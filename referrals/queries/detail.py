"""One referral as its reader may see it, and what the reader may do with it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import policy
from accounts.crypto import Key
from accounts.disclosure import Disclosure
from accounts.models import User
from accounts.policy import Permission
from consultations.queries.reach import of_person as person_condition
from partners.models import Service
from patients.models import Patient
from referrals.machine import TABLE, Move, Side, possible
from referrals.models import Referral, ReferralMove
from referrals.queries.consents import Sharing, consent_for
from referrals.queries.package import (
    Package,
    may_read_package,
    may_read_urgency_reason,
    read_package,
)
from referrals.queries.queue import in_list

LABELS: dict[str, "str | Promise"] = {
    Move.SEND: _("Sent"),
    Move.DISCARD: _("Discarded before sending"),
    Move.REVIEW: _("Under review"),
    Move.ASK: _("Information asked"),
    Move.ANSWER: _("Information given"),
    Move.ACCEPT: pgettext_lazy("referral", "Accepted"),
    Move.WAITLIST: _("Put on the waiting list"),
    Move.RECHECK: _("Risk asked again"),
    Move.DECLINE: pgettext_lazy("referral", "Not accepted"),
    Move.SCHEDULE: _("Appointment given"),
    Move.ARRIVE: _("The person arrived"),
    Move.MISS: _("The person did not come"),
    Move.SERVE: _("Service received"),
    Move.FEEDBACK: _("Answer to the sender"),
    Move.CLOSE: _("Closed without service"),
    Move.CANCEL: pgettext_lazy("referral", "Cancelled"),
    Move.ASK_CANCEL: _("Asked to cancel"),
    Move.REFUSE_CANCEL: _("Not cancelled: it goes on"),
    Move.AGREE_CANCEL: _("Cancelled as asked"),
    Move.NOTE: _("Note"),
}


def move_label(move: str) -> str:
    return str(LABELS[move])


# -- Who may do what ---------------------------------------------------------------------------
def side_programmes(referral: Referral) -> dict[Side, UUID]:
    """The programme that holds each side.

    Where a partner receives, the sending programme follows the partner up and holds both; where
    the person or a partner asks, the receiving programme does.
    """
    ours, theirs = referral.from_programme_id, referral.to_programme_id
    # A constraint sees to it that one of the two is there.
    return {Side.SENDER: cast("UUID", ours or theirs), Side.RECEIVER: cast("UUID", theirs or ours)}


def sides_of(user: User, referral: Referral) -> frozenset[Side]:
    own = set(user.programme_ids)
    return frozenset(side for side, pk in side_programmes(referral).items() if pk in own)


def permission_for(referral: Referral, move: Move) -> Permission:
    """Nobody triages the queue of a partner here: who may refer notes what the partner said."""
    return Permission.REFER if referral.is_external else TABLE[move].permission


def may_make(user: User, referral: Referral, move: Move) -> bool:
    """Whether a role of the user carries the move on one of its sides."""
    programmes = side_programmes(referral)
    permission = permission_for(referral, move)
    own = sides_of(user, referral)
    return any(
        policy.allows(user, permission, programmes[side]) for side in TABLE[move].sides & own
    )


def possible_moves(user: User, referral: Referral) -> list[Move]:
    """What the table, the user's side and the user's role allow now."""
    asked = referral.cancel_asked_at is not None
    offered = possible(referral.status, sides_of(user, referral), cancel_asked=asked)
    return [move for move in offered if may_make(user, referral, move)]


# -- Finding -----------------------------------------------------------------------------------
def find(user: User, pk: UUID | str) -> Referral:
    """Within the user's scope. Raises `Referral.DoesNotExist`."""
    return (
        Referral.objects.visible_to(user)
        .select_related(
            "patient__merged_into",
            "from_programme",
            "from_partner",
            "from_site",
            "to_programme",
            "to_partner",
            "to_service",
            "assigned_to",
            "written_by",
            "consent",
            "agreement",
            "appointment",
            "appointment__site",
            "episode",
        )
        .prefetch_related("reasons", "criteria", "contacts")
        .get(pk=pk)
    )


def of_person(patient: Patient, user: User, at: datetime | None = None) -> QuerySet[Referral]:
    """The person's referrals in the user's scope, open ones first, then the latest."""
    rows = Referral.objects.visible_to(user).filter(person_condition(patient))
    return in_list(rows, at or timezone.now()).order_by(
        F("closed_at").desc(nulls_first=True), "-written_at"
    )


# -- Showing -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class MoveLine:
    """One step in words. `reason` and `risk` are keys."""

    move: str
    label: str
    actor: User
    at: datetime
    side: str
    text: str = ""
    reason: str | None = None
    alternative: Service | None = None
    risk: str | None = None


@dataclass(frozen=True)
class Detail:
    """What the page of a referral shows. Texts that the reader may not read are empty."""

    referral: Referral
    moves: list[MoveLine]
    sides: frozenset[Side]
    possible: list[Move]
    reasons: list[str] = field(default_factory=list)
    criteria: list[str] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)
    package: Package | None = None
    summary: str = ""
    whereabouts: str = ""
    feedback: str = ""
    urgency_reason: str = ""
    lowered_reason: str = ""
    voice_handover_to: str = ""
    danger_reason: str = ""
    consent: Sharing | None = None

    @property
    def cancel_asked(self) -> bool:
        return self.referral.cancel_asked_at is not None

    @property
    def last_answer(self) -> MoveLine | None:
        """The last thing the receiver said."""
        said = (line for line in reversed(self.moves) if line.side == Side.RECEIVER and line.text)
        return next(said, None)


def page(referral: Referral, user: User, permit: Disclosure, key: Key, *, named: bool) -> Detail:
    """Two to four statements beyond `find`. `permit` is of `disclosure_class(user, referral)`,
    `named` as in `read_package`."""
    reads = may_read_package(user, referral)
    opened = {
        name: permit.open(referral, name, key)
        for name in (*(_TEXTS if reads else ()), *_ALWAYS)
        if getattr(referral, name) is not None
    }
    if may_read_urgency_reason(user, referral):
        for name in _WHY:
            opened[name] = permit.open(referral, name, key)
    return Detail(
        referral=referral,
        moves=_lines(referral, permit, key, reads),
        sides=sides_of(user, referral),
        possible=possible_moves(user, referral),
        reasons=[row.reason_id for row in referral.reasons.all()] if reads else [],
        criteria=[row.criterion_id for row in referral.criteria.all()] if reads else [],
        contacts=[row.method_id for row in referral.contacts.all()],
        package=read_package(referral, permit, key, named=named)
        if reads and referral.package
        else None,
        consent=_consent(referral),
        **opened,
    )


_ALWAYS = ("whereabouts",)
_TEXTS = ("summary", "feedback", "voice_handover_to", "danger_reason")
# Why less urgent says as much as why urgent.
_WHY = ("urgency_reason", "lowered_reason")


def _lines(referral: Referral, permit: Disclosure, key: Key, reads: bool) -> list[MoveLine]:
    rows: Iterable[ReferralMove] = referral.moves.select_related(
        "actor", "alternative__organisation"
    )
    return [
        MoveLine(
            move=row.move,
            label=move_label(row.move),
            actor=row.actor,
            at=row.at,
            side=row.side,
            text=permit.open(row, "text", key) if reads else "",
            reason=row.reason_id if reads else None,
            alternative=row.alternative if reads else None,
            risk=row.risk_id if reads else None,
        )
        for row in rows
    ]


def _consent(referral: Referral) -> Sharing | None:
    """The consent in force for this partner today; None where no partner receives."""
    if referral.to_partner is None:
        return None
    return consent_for(referral.patient, referral.to_partner, timezone.localdate())
