"""Lists of referrals: the queue of who receives, and what became of those that one sent."""

from collections.abc import Mapping
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
from referrals.models.status import CLOSED, OPEN
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


# -- Who receives ------------------------------------------------------------------------------
def counts(user: User, wanted: Filter = Filter(), at: datetime | None = None) -> dict[Tab, int]:
    """How many stand behind each tab; one statement."""
    at = at or timezone.now()
    rows = _received(user, at).filter(wanted.condition(user)).order_by()
    found = rows.aggregate(**{tab.value: Count("pk", filter=_behind(tab, at)) for tab in Tab})
    return {tab: found[tab.value] for tab in Tab}


def queue(
    user: User, tab: str, wanted: Filter = Filter(), at: datetime | None = None
) -> QuerySet[Referral]:
    """One tab: late first, then the more urgent, then the older. What is closed: latest first."""
    at = at or timezone.now()
    rows = _received(user, at).filter(_behind(Tab(tab), at), wanted.condition(user))
    if tab == Tab.CLOSED:
        return in_list(rows, at).order_by("-closed_at", "-pk")
    listed: Any = in_list(rows, at)  # with columns of its own
    found: QuerySet[Referral] = listed.order_by("-is_late", "rank", "submitted_at", "pk")
    return found


def _received(user: User, at: datetime) -> ReferralQuerySet:
    return Referral.objects.received_by(receiving(user)).filter(
        Q(status__in=OPEN) | Q(closed_at__gte=at - timedelta(days=CLOSED_DAYS))
    )


def _behind(tab: Tab, at: datetime) -> Q:
    if tab == Tab.LATE:
        return late(at)
    return Q(status__in=_STATES[tab])


def late(at: datetime) -> Q:
    return Q(due_at__lt=at) & ~Q(clock=Clock.NONE)


def in_list(rows: QuerySet[Referral], at: datetime) -> QuerySet[Referral]:
    """With what a row shows: `is_late`, `rank` (0 the most urgent), names of both sides."""
    rank = Case(
        *(When(urgency=urgency, then=Value(urgency.rank)) for urgency in Urgency),
        output_field=SmallIntegerField(),
    )
    is_late = Case(When(late(at), then=True), default=False, output_field=BooleanField())
    return rows.annotate(is_late=is_late, rank=rank).select_related(*_WITH).defer(*_SEALED)


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


def sent(
    user: User, wanted: SentFilter = SentFilter(), at: datetime | None = None
) -> QuerySet[Referral]:
    """What the user's programmes sent: what waits for them first, then the latest."""
    at = at or timezone.now()
    rows = _sent(user, at, wanted.mine)
    if wanted.state:
        rows = rows.filter(status__in=_SENT[wanted.state])
    asked = Case(
        When(status=Status.INFO_REQUESTED, then=True), default=False, output_field=BooleanField()
    )
    return (
        in_list(rows, at)
        .annotate(waits_for_us=asked)
        .order_by("-waits_for_us", F("submitted_at").desc(nulls_first=True), "-pk")
    )


def sent_counts(user: User, *, mine: bool = False, at: datetime | None = None) -> (
    dict[SentState, int]
):  # fmt: skip
    """One statement."""
    rows = _sent(user, at or timezone.now(), mine)
    found = rows.aggregate(
        **{state.value: Count("pk", filter=Q(status__in=_SENT[state])) for state in SentState}
    )
    return {state: found[state.value] for state in SentState}


def _sent(user: User, at: datetime, mine: bool) -> ReferralQuerySet:
    rows = Referral.objects.sent_by(receiving(user)).filter(
        Q(status__in=OPEN) | Q(closed_at__gte=at - timedelta(days=CLOSED_DAYS))
    )
    return rows.filter(written_by=user) if mine else rows


def assignable(programme: Programme | UUID) -> list[User]:
    """Colleagues of the programme today who may work on a referral, by name; one statement."""
    roles = MAY[Permission.REFER]
    posted = Posting.objects.in_force().filter(programme=programme, role__in=roles)
    rows = User.objects.filter(pk__in=posted.values("user"), is_active=True, is_system=False)
    return list(rows.order_by("name", "pk"))
