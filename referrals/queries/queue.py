"""Lists of referrals: the queue of who receives, and what became of those that one sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    TextChoices,
    Value,
    When,
)
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import policy
from accounts.models import Posting, Programme, User
from accounts.policy import MAY, Permission
from referrals.models import Clock, Origin, Referral, ReferralReason, Status, Urgency
from referrals.models.referral import ReferralQuerySet
from referrals.models.status import CLOSED
from referrals.rules import Group, reasons_of
from terminology import lists

# What a row of a list shows without opening anything; sealed texts stay in the database.
_SEALED = (
    "urgency_reason", "lowered_reason", "voice_handover_to", "summary", "whereabouts",
    "danger_reason", "package", "feedback",
)  # fmt: skip
_WITH = (
    "patient", "from_programme", "from_partner", "from_site", "to_programme", "to_partner",
    "to_service", "assigned_to",
)  # fmt: skip
CLOSED_DAYS = 90  # how far back a list of closed ones goes


class Tab(TextChoices):
    NEW = "new", pgettext_lazy("referrals", "New")
    TO_SCHEDULE = "to_schedule", _("To schedule")
    ACCEPTED = "accepted", pgettext_lazy("referrals", "Accepted")
    LATE = "late", pgettext_lazy("referrals", "Late")
    WAITING = "waiting", _("Waiting list")
    CLOSED = "closed", pgettext_lazy("referrals", "Closed")


_STATES: dict[str, tuple[Status, ...]] = {
    Tab.NEW: (Status.SUBMITTED, Status.UNDER_REVIEW, Status.INFO_REQUESTED),
    Tab.TO_SCHEDULE: (Status.ACCEPTED, Status.NO_SHOW),
    Tab.ACCEPTED: (Status.APPOINTMENT_GIVEN, Status.ARRIVED, Status.SERVICE_RECEIVED),
    Tab.WAITING: (Status.WAITLISTED,),
    Tab.CLOSED: CLOSED,
}


@dataclass(frozen=True)
class Filter:
    """Of a queue; codes only, so that an address never names a person."""

    urgency: str = ""
    group: str = ""
    language: str = ""
    origin: str = ""
    assigned: str = ""  # "me", "nobody" or the id of a colleague

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> "Filter":
        """What an address says, without what no list knows."""
        assigned = str(query.get("assigned", ""))
        language = str(query.get("language", ""))
        return cls(
            urgency=_one_of(query.get("urgency"), Urgency.values),
            group=_one_of(query.get("group"), Group.values),
            language=language if language and _is_language(language) else "",
            origin=_one_of(query.get("origin"), Origin.values),
            assigned=assigned if assigned in ("me", "nobody") or _is_id(assigned) else "",
        )

    @property
    def is_empty(self) -> bool:
        return self == Filter()

    def condition(self, user: User) -> Q:
        found = Q()
        if self.urgency:
            found &= Q(urgency=self.urgency)
        if self.language:
            found &= Q(language=self.language)
        if self.origin:
            found &= Q(origin=self.origin)
        if self.group:
            reasons = ReferralReason.objects.filter(
                referral=OuterRef("pk"), reason__in=reasons_of(self.group)
            )
            found &= Q(Exists(reasons))
        if self.assigned == "nobody":
            found &= Q(assigned_to__isnull=True)
        elif self.assigned:
            found &= Q(assigned_to=user.pk if self.assigned == "me" else self.assigned)
        return found


def _one_of(value: Any, known: list[str]) -> str:
    return str(value) if value in known else ""


def _is_language(key: str) -> bool:
    return any(entry.key == key for entry in lists.all("languages", retired=True))


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def receiving(user: User) -> list[UUID]:
    """Programmes for which the user sees a queue."""
    return policy.programmes_where(user, Permission.REFER)


class Rows(Sequence[Referral]):
    """Rows in their order. Of a page the ids are read first, out of the index, and only its own
    rows then: sorting thousands of wide rows would take longer than all else."""

    def __init__(self, rows: QuerySet[Referral], whole: QuerySet[Referral]) -> None:
        self._rows, self._whole = rows, whole

    def prefetch_related(self, *names: str) -> "Rows":
        return Rows(self._rows, self._whole.prefetch_related(*names))

    def count(self, value: object = None) -> int:
        return self._rows.count()

    def exists(self) -> bool:
        return self._rows.exists()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, index: Any) -> Any:
        ids = self._rows.values_list("pk", flat=True)[index]
        if not isinstance(index, slice):
            return self._whole.get(pk=ids)
        wanted = list(ids)
        found = self._whole.in_bulk(wanted)
        return [found[pk] for pk in wanted]

    def __iter__(self) -> Iterator[Referral]:
        return iter(self[:])


# -- Who receives ------------------------------------------------------------------------------
def counts(user: User, wanted: Filter = Filter(), at: datetime | None = None) -> dict[Tab, int]:
    """How many stand behind each tab; one statement."""
    at = at or timezone.now()
    rows = Referral.objects.received_by(receiving(user)).filter(wanted.condition(user))
    found = _by_status(rows, at)
    behind = {tab: sum(found[status][0] for status in states) for tab, states in _STATES.items()}
    late_ones = sum(number for _all, number in found.values())
    return {tab: late_ones if tab == Tab.LATE else behind[tab] for tab in Tab}


def _by_status(rows: ReferralQuerySet, at: datetime) -> dict[str, tuple[int, int]]:
    """How many, and how many of them late, in each state. Open and closed apart, each by its
    index, in one statement."""

    def grouped(part: ReferralQuerySet, late_ones: Any) -> Any:
        return part.order_by().values_list("status").annotate(n=Count("pk"), late_ones=late_ones)

    running = grouped(rows.open_now(), Count("pk", filter=late(at)))
    over = grouped(rows.closed_since(_limit(at)), Value(0))  # no clock runs any more
    both = running.union(over, all=True)
    found = {status: (number, late_ones) for status, number, late_ones in both}
    return {status: found.get(status, (0, 0)) for status in Status.values}


def _limit(at: datetime) -> datetime:
    return at - timedelta(days=CLOSED_DAYS)


def queue(user: User, tab: str, wanted: Filter = Filter(), at: datetime | None = None) -> Rows:
    """One tab: late first, then the more urgent, then the older. What is closed: latest first."""
    at = at or timezone.now()
    rows = Referral.objects.received_by(receiving(user)).filter(wanted.condition(user))
    if tab == Tab.CLOSED:
        return _rows(rows.closed_since(_limit(at)), at, "-closed_at", "-pk")
    found = rows.open_now().filter(_behind(Tab(tab), at))
    return _rows(found, at, "-is_late", "rank", "submitted_at", "pk")


def _rows(rows: QuerySet[Referral], at: datetime, *order: Any) -> Rows:
    listed: Any = _ranked(rows, at)  # with columns of its own
    return Rows(listed.order_by(*order), in_list(Referral.objects.all(), at))


def _behind(tab: Tab, at: datetime) -> Q:
    if tab == Tab.LATE:
        return late(at)
    return Q(status__in=_STATES[tab])


def late(at: datetime) -> Q:
    return Q(due_at__lt=at) & ~Q(clock=Clock.NONE)


def _ranked(rows: QuerySet[Referral], at: datetime) -> QuerySet[Referral]:
    rank = Case(
        *(When(urgency=urgency, then=Value(urgency.rank)) for urgency in Urgency),
        output_field=SmallIntegerField(),
    )
    is_late = Case(When(late(at), then=True), default=False, output_field=BooleanField())
    asked = Case(
        When(status=Status.INFO_REQUESTED, then=True), default=False, output_field=BooleanField()
    )
    return rows.annotate(is_late=is_late, rank=rank, waits_for_sender=asked)


def in_list(rows: QuerySet[Referral], at: datetime) -> QuerySet[Referral]:
    """With what a row shows: `is_late`, `rank` (0 the most urgent), names of both sides."""
    return _ranked(rows, at).select_related(*_WITH).defer(*_SEALED)


# -- Who sent ----------------------------------------------------------------------------------
class SentState(TextChoices):
    WAITING = "waiting", _("Waiting for an answer")
    ANSWERED = "answered", _("Answered")
    DONE = "done", _("Finished")
    DRAFT = "draft", _("Not sent yet")


_SENT: dict[str, tuple[Status, ...]] = {
    SentState.WAITING: (Status.SUBMITTED, Status.UNDER_REVIEW, Status.INFO_REQUESTED),
    SentState.ANSWERED: (
        Status.ACCEPTED,
        Status.WAITLISTED,
        Status.APPOINTMENT_GIVEN,
        Status.NO_SHOW,
        Status.ARRIVED,
        Status.SERVICE_RECEIVED,
    ),
    SentState.DONE: CLOSED,
    SentState.DRAFT: (Status.DRAFT,),
}


@dataclass(frozen=True)
class SentFilter:
    state: str = ""
    mine: bool = False

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> "SentFilter":
        return cls(_one_of(query.get("state"), SentState.values), query.get("mine") == "yes")


def sent(user: User, wanted: SentFilter = SentFilter(), at: datetime | None = None) -> Rows:
    """What the user's programmes sent and is open: what waits for them first, then the latest;
    of one state, or finished, what is in it."""
    at = at or timezone.now()
    rows = _sent(user, wanted.mine)
    if wanted.state == SentState.DONE:
        return _rows(rows.closed_since(_limit(at)), at, "-closed_at", "-pk")
    found = rows.open_now()
    if wanted.state:
        found = found.filter(status__in=_SENT[wanted.state])
    latest = F("submitted_at").desc(nulls_first=True)
    return _rows(found, at, "-waits_for_sender", latest, "-pk")


def sent_counts(
    user: User, *, mine: bool = False, at: datetime | None = None
) -> dict[SentState, int]:
    """One statement."""
    found = _by_status(_sent(user, mine), at or timezone.now())
    return {state: sum(found[status][0] for status in _SENT[state]) for state in SentState}


def _sent(user: User, mine: bool) -> ReferralQuerySet:
    rows = Referral.objects.sent_by(receiving(user))
    return rows.filter(written_by=user) if mine else rows


def assignable(programme: Programme | UUID) -> list[User]:
    """Colleagues of the programme today who may work on a referral, by name; one statement."""
    roles = MAY[Permission.REFER]
    posted = Posting.objects.in_force().filter(programme=programme, role__in=roles)
    rows = User.objects.filter(pk__in=posted.values("user"), is_active=True, is_system=False)
    return list(rows.order_by("name", "pk"))
