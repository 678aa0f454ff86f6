"""Reading the access log and the accounts."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import AccessEvent, LogHead, LogVerification, Posting, User
from accounts.models.access_event import AccessEventQuerySet

PAGE = 50
_ACCOUNT = re.compile(r"user ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True)
class LogPage:
    """Some events, newest first; `older` is the id to go on from, None at the end."""

    events: list[AccessEvent]
    older: int | None


def events_about(code: str, *, before: int | None = None, size: int = PAGE) -> LogPage:
    """Who has seen or changed the record of the person with this code."""
    return page(AccessEvent.objects.about(code), before=before, size=size)


def page(events: AccessEventQuerySet, *, before: int | None = None, size: int = PAGE) -> LogPage:
    """One page by keyset: as fast at the far end of millions of events as at the top."""
    start = AccessEvent.objects.filter(pk=before).first() if before is not None else None
    if start is not None:
        events = events.older_than(start)
    found = list(events.select_related("actor", "programme").newest_first()[: size + 1])
    _name_accounts(found)
    return LogPage(found[:size], found[size - 1].pk if len(found) > size else None)


def every(events: AccessEventQuerySet, *, size: int = 2000) -> Iterator[AccessEvent]:
    """All of them, page after page, for a download."""
    found = page(events, size=size)
    yield from found.events
    while found.older is not None:
        found = page(events, before=found.older, size=size)
        yield from found.events


def _name_accounts(events: list[AccessEvent]) -> None:
    """Where a purpose names an account by its id, say whose it is."""
    ids = {e.pk: UUID(match[1]) for e in events if (match := _ACCOUNT.fullmatch(e.purpose))}
    if not ids:
        return
    names = dict(User.objects.filter(pk__in=set(ids.values())).values_list("pk", "name"))
    for event in events:
        if event.pk in ids:
            event.account_name = names.get(ids[event.pk], "")


def staff(*, text: str = "", role: str = "", active: bool | None = True) -> QuerySet[User]:
    """Accounts of people, by name: those of a role today, or whose name or e-mail has the text."""
    users = User.objects.filter(is_system=False)
    if active is not None:
        users = users.filter(is_active=active)
    if text:
        users = users.filter(Q(name__icontains=text) | Q(email__icontains=text))
    if role:
        users = users.filter(pk__in=Posting.objects.in_force().filter(role=role).values("user"))
    return users.order_by("name", "pk")


def with_postings(users: QuerySet[User]) -> QuerySet[User]:
    """Each with `postings_today`, in one statement for all."""
    today = Posting.objects.in_force().select_related("programme").order_by("since", "pk")
    return users.prefetch_related(Prefetch("postings", queryset=today, to_attr="postings_today"))


def length_of_log() -> int:
    """The number of events: ids count them without a gap."""
    return LogHead.objects.values_list("event", flat=True).first() or 0


def verification_is_due(limit: dt.datetime) -> bool:
    """Whether the last verification is older than `limit`, or one was asked for after it."""
    newest = LogVerification.objects.first()
    if newest is None or newest.at < limit:
        return True
    return AccessEvent.objects.filter(
        action="access_log.verification_asked", at__gt=newest.at
    ).exists()
