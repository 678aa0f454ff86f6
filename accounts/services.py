"""The access log, sign-in and accounts: every write of this app."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts import crypto
from accounts.disclosure import Disclosure, Subject, written
from accounts.models import AccessEvent, LogVerification, Programme, User
from accounts.privacy import PrivacyClass

_CHAIN_LOCK = 0x7665_7265  # any fixed number: the advisory lock of the chain's head


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
    return _append(by, action, subjects, privacy_class, programme, purpose)


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

    Call it outside a transaction, once per response, before rendering.
    """
    with transaction.atomic():
        event = _append(by, action, subjects, privacy_class, programme, purpose)
    return written(event.pk, (subject.pk for subject in subjects), privacy_class)


def _append(
    by: User | None,
    action: str,
    subjects: Sequence[Subject],
    privacy_class: PrivacyClass,
    programme: Programme | UUID | None,
    purpose: str,
) -> AccessEvent:
    posting = by.posting if by is not None and not by.is_system else None
    event = AccessEvent(
        at=timezone.now(),
        actor=by,
        role="system" if by is not None and by.is_system else getattr(posting, "role", ""),
        programme_id=_programme_id(programme, posting),
        action=action,
        privacy_class=privacy_class,
        purpose=purpose[:120],
        **_subject([subject.code for subject in subjects]),
    )
    event.mac = _chain(_last_mac(), event)
    event.save(force_insert=True)
    return event


def _programme_id(programme: Programme | UUID | None, posting: Any) -> UUID | None:
    if programme is None:
        return getattr(posting, "programme_id", None)
    return programme.pk if isinstance(programme, Programme) else programme


def _subject(codes: list[str]) -> dict[str, Any]:
    if len(codes) == 1:
        return {"subject": codes[0], "listed": 0}
    return {"subject": json.dumps(codes) if codes else "", "listed": len(codes)}


def _last_mac() -> str:
    if connection.vendor == "postgresql":
        # A statement of its own: the next one must see what the lock waited for.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    return AccessEvent.objects.order_by("-pk").values_list("mac", flat=True).first() or ""


def _chain(previous: str, event: AccessEvent) -> str:
    return crypto.mac("access-log", previous.encode(), *event.message()).hex()


def verify_access_log(*, by: User) -> LogVerification:
    """Walk the whole chain and keep the result; names the first broken row.

    A tail cut off shows because the last good verification must still stand in the log.
    """
    anchor = LogVerification.objects.filter(broken_event__isnull=True).first()
    outcome = _walk(AccessEvent.objects.order_by("pk").iterator(chunk_size=2000), anchor)
    with transaction.atomic():
        verification = LogVerification.objects.create(**outcome)
        record(by=by, action="access_log.verified", purpose=verification.reason)
    return verification


def _walk(events: Iterable[AccessEvent], anchor: LogVerification | None) -> dict[str, Any]:
    previous, last, count, anchored = "", 0, 0, anchor is None or not anchor.last_event
    for event in events:
        if event.mac != _chain(previous, event):
            return _broken(count, last, previous, event.pk, "changed or missing before this row")
        previous, last, count = event.mac, event.pk, count + 1
        if anchor is not None and event.pk == anchor.last_event:
            if event.mac != anchor.last_mac:
                return _broken(count, last, previous, event.pk, "rewritten since last verified")
            anchored = True
    if not anchored and anchor is not None:
        return _broken(count, last, previous, anchor.last_event, "rows at the end are missing")
    return {"events": count, "last_event": last, "last_mac": previous}


def _broken(count: int, last: int, mac: str, event: int, reason: str) -> dict[str, Any]:
    return {
        "events": count,
        "last_event": last,
        "last_mac": mac,
        "broken_event": event,
        "reason": reason,
    }
