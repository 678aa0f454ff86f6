"""The access log: append to it, disclose by it, verify it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Subquery
from django.utils import timezone

from accounts import crypto
from accounts.disclosure import Disclosure, Subject, written
from accounts.models import AccessEvent, LogHead, LogVerification, Programme, User
from accounts.privacy import PrivacyClass

_BATCH = 5000
_BEFORE_ALL = -(2**63)


def record(
    *,
    by: User | None,
    action: str,
    subjects: Sequence[Subject] = (),
    privacy_class: PrivacyClass = PrivacyClass.OPEN,
    programme: Programme | UUID | None = None,
    purpose: str = "",
) -> AccessEvent:
    """Append the event of a write, as the LAST statement of the transaction it tells of.

    Last, because the head of the chain is locked from here to the commit.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("record() belongs to a service's transaction")
    codes = [subject.code for subject in subjects]
    return _append(by, action, codes, privacy_class, programme, purpose)


def disclose(
    *,
    by: User,
    action: str,
    subjects: Sequence[Subject] = (),
    privacy_class: PrivacyClass = PrivacyClass.OPEN,
    programme: Programme | UUID | None = None,
    purpose: str = "",
) -> Disclosure:
    """Write and commit the event of a read, then hand out what opens the sealed text.

    Once per response, before rendering. Refuses to run inside another transaction: the event
    would not be there yet when the text is.
    """
    codes = [subject.code for subject in subjects]
    with transaction.atomic(durable=True):
        event = _append(by, action, codes, privacy_class, programme, purpose)
    return written(event.pk, (subject.pk for subject in subjects), privacy_class)


def note_log_read(*, by: User, code: str = "", download: bool = False) -> None:
    """Whoever reads the log is in it too; whoever asks about a person, under that person."""
    action = "access_log.downloaded" if download else "access_log.read"
    with transaction.atomic(durable=True):
        _append(by, action, [code] if code else [], PrivacyClass.OPEN, None, "")


@transaction.atomic
def request_verification(*, by: User) -> None:
    """Ask for a verification; the event is the request, the hourly task finds it at the latest."""
    record(by=by, action="access_log.verification_asked")


def _append(
    by: User | None,
    action: str,
    codes: list[str],
    privacy_class: PrivacyClass,
    programme: Programme | UUID | None,
    purpose: str,
) -> AccessEvent:
    posting = by.posting if by is not None and not by.is_system else None
    head = _locked_head()
    event = AccessEvent(
        id=head.event + 1,
        at=timezone.now(),
        actor=by,
        role="system" if by is not None and by.is_system else getattr(posting, "role", ""),
        programme_id=_programme_id(programme, posting),
        action=action,
        privacy_class=privacy_class,
        purpose=purpose[:120],
        **_subject(codes),
    )
    event.mac = _chain(head.event_mac, event)
    event.save(force_insert=True)
    head.event, head.event_mac = event.pk, event.mac
    LogHead.objects.filter(pk=head.pk).update(
        event=head.event, event_mac=head.event_mac, mac=_seal(head)
    )
    return event


def _locked_head() -> LogHead:
    """The end of the chain, locked until the transaction ends.

    The log must never stop the work. Where the head was tampered with, a chain begins anew;
    where rows were added behind it, the next one stands behind them. The verification names both.
    """
    last = AccessEvent.objects.order_by("-pk").values("pk")[:1]
    heads = LogHead.objects.select_for_update(of=("self",)).annotate(last=Subquery(last))
    head = heads.filter(pk=1).first()
    if head is None:
        LogHead.objects.get_or_create(pk=1)
        head = heads.get(pk=1)
    if head.mac != _seal(head):
        head.event, head.event_mac = 0, ""
    head.event = max(head.event, head.last or 0)
    return head


def _seal(head: LogHead) -> str:
    return crypto.mac("access-log-head", str(head.event).encode(), head.event_mac.encode()).hex()


def _chain(previous: str, event: AccessEvent) -> str:
    return crypto.mac("access-log", previous.encode(), *event.message()).hex()


def _programme_id(programme: Programme | UUID | None, posting: Any) -> UUID | None:
    if programme is None:
        return getattr(posting, "programme_id", None)
    return programme.pk if isinstance(programme, Programme) else programme


def _subject(codes: list[str]) -> dict[str, Any]:
    if len(codes) == 1:
        return {"subject": codes[0], "listed": 0}
    return {"subject": json.dumps(codes) if codes else "", "listed": len(codes)}


def verify_access_log(*, by: User) -> LogVerification:
    """Walk the whole chain and keep the result; names the first row changed or missing.

    Rows cut off at the end show by the head, and by the last good verification.
    """
    head = LogHead.objects.filter(pk=1).first()
    anchor = LogVerification.objects.filter(broken_event__isnull=True).first()
    outcome = _walk(head, anchor)
    with transaction.atomic():
        verification = LogVerification.objects.create(**outcome)
        record(by=by, action="access_log.verified", purpose=verification.reason)
    return verification


def _walk(head: LogHead | None, anchor: LogVerification | None) -> dict[str, Any]:
    reason, last, previous = LogVerification.Reason, 0, ""
    for event in _in_order():
        if event.pk != last + 1:
            return _broken(last, previous, reason.MISSING)
        if event.mac != _chain(previous, event):
            return _broken(last, previous, reason.CHANGED)
        if anchor is not None and event.pk == anchor.last_event and event.mac != anchor.last_mac:
            return _broken(last, previous, reason.REWRITTEN)
        last, previous = event.pk, event.mac
    if max(head.event if head else 0, anchor.last_event if anchor else 0) > last:
        return _broken(last, previous, reason.MISSING)
    if last and (head is None or head.mac != _seal(head)):
        return _broken(last, previous, reason.HEAD)
    return {"events": last, "last_event": last, "last_mac": previous}


def _in_order() -> Iterator[AccessEvent]:
    """The log in short statements: one long one would meet the limit of time per statement."""
    last = _BEFORE_ALL
    while batch := list(AccessEvent.objects.filter(pk__gt=last).order_by("pk")[:_BATCH]):
        yield from batch
        last = batch[-1].pk


def _broken(last: int, mac: str, reason: str) -> dict[str, Any]:
    """The row after the last sound one is the first broken one."""
    return {
        "events": last,
        "last_event": last,
        "last_mac": mac,
        "broken_event": last + 1,
        "reason": reason,
    }
