"""Making an edition: the work of the worker. Safe to run twice, and to be killed anywhere.

A lease on the row says who is at it; the figures are frozen in one row before any file is made,
and each file is a row of its own. Whoever comes after a killed worker finds what is there and
goes on from it.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts import policy
from accounts import services as accounts
from accounts.models import User
from accounts.policy import Permission
from accounts.rows import uuid7
from reports import editions, outputs
from reports.models import ExchangeCode, Report, ReportFile, Snapshot, State
from reports.services.reports import NotNow

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 5
# Signatures of transactions that had not yet ended are older than this when they end.
SETTLED = timedelta(seconds=60)
_log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker took the report over."""


def build(report_id: UUID | str) -> Report | None:
    """Make an edition from where it stands. None where it is done or in other hands.

    An error is written on the row by its kind, never its text, and tried again later; after
    five attempts the report has failed and says so.
    """
    lease = _take(report_id)
    if lease is None:
        return None
    report = Report.objects.get(pk=report_id)
    try:
        _freeze(report, lease)
        _make_files(report, lease)
        _finish(report, lease)
    except LeaseLost:
        return None
    except Exception as error:
        _log.warning("report %s: attempt failed: %s", report.pk, type(error).__name__)
        _give_up(report, lease, type(error).__name__)
        return None
    report.refresh_from_db()
    return report


def sweep() -> list[str]:
    """Ids of reports that wait in nobody's hands."""
    found = Report.objects.unfinished(timezone.now()).values_list("pk", flat=True)
    return [str(pk) for pk in found]


@transaction.atomic
def retry(report: Report, *, by: User) -> Report:
    """Try a failed report again. Raises `NotNow`."""
    policy.require(by, Permission.READ_REPORTS)
    changed = Report.objects.filter(pk=report.pk, state=State.FAILED).update(
        state=State.ASKED, attempts=0, failure="", lease=None, lease_until=None
    )
    if not changed:
        raise NotNow("only a failed report is tried again")
    accounts.record(by=by, action="report.asked", purpose=str(report.pk))
    return report


# -- The lease -------------------------------------------------------------------------------------
def _take(report_id: UUID | str) -> UUID | None:
    """The right to work on the report; one statement, so that one of two gets it."""
    now, lease = timezone.now(), uuid7()
    taken = (
        Report.objects.unfinished(now)
        .order_by()
        .filter(pk=report_id)
        .update(
            state=State.BUILDING,
            lease=lease,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
        )
    )
    return lease if taken else None


def _hold(report: Report, held: UUID, /, **changes: Any) -> None:
    """Change the row while the lease is ours, and keep it. Raises `LeaseLost`."""
    changes.setdefault("lease_until", timezone.now() + LEASE)
    mine = Report.objects.filter(pk=report.pk, lease=held, state=State.BUILDING)
    if not mine.update(**changes):
        raise LeaseLost


def _progress(report: Report, lease: UUID) -> Callable[[str, int], None]:
    return lambda step, percent: _hold(report, lease, step=step, progress=percent)


def _finish(report: Report, lease: UUID) -> None:
    with transaction.atomic():
        _hold(
            report, lease, state=State.READY, progress=100, step="", failure="", lease=None,
            lease_until=None,
        )  # fmt: skip
        accounts.record(
            by=User.objects.system("reports"), action="report.built", purpose=str(report.pk)
        )


def _give_up(report: Report, lease: UUID, failure: str) -> None:
    report.refresh_from_db(fields=["attempts"])
    if report.attempts >= MOST_ATTEMPTS:
        changes: dict[str, Any] = {"state": State.FAILED, "lease_until": None}
    else:
        wait = timedelta(seconds=15 * 2**report.attempts)
        changes = {"state": State.ASKED, "lease_until": timezone.now() + wait}
    Report.objects.filter(pk=report.pk, lease=lease, state=State.BUILDING).update(
        failure=failure[:80], lease=None, **changes
    )


# -- The work ----------------------------------------------------------------------------------------
def _freeze(report: Report, lease: UUID) -> Snapshot:
    """The figures as they stand at the cut-off, written once."""
    if snapshot := Snapshot.objects.filter(pk=report.pk).first():
        return snapshot
    cut_off = timezone.now() - SETTLED
    asked = report.parameters
    scope = editions.scope_of(
        report.starts_on, report.ends_on, asked["programmes"], asked["sites"], until=cut_off
    )
    progress = _progress(report, lease)
    exact = editions.take(scope, asked["sections"], progress)
    exact |= {"sites": asked["sites"], "cut_off": cut_off.isoformat()}
    progress("control", 55)
    document = (
        editions.for_publication(exact, _earlier(report))
        if report.for_publication
        else editions.internal(exact)
    )
    snapshot = Snapshot(
        report=report,
        cut_off=cut_off,
        exact=exact,
        document=document,
        difference=_difference(report, document),
        sha256=editions.sha256(document),
        taken_at=timezone.now(),
    )
    with transaction.atomic():
        _hold(report, lease, step="files", progress=60)
        snapshot.save(force_insert=True)
    return snapshot


def _difference(report: Report, document: editions.Document) -> dict[str, list[Any]]:
    if report.previous_id is None:
        return {}
    return editions.difference(Snapshot.objects.get(pk=report.previous_id).document, document)


def _earlier(report: Report) -> list[tuple[editions.Document, editions.Document]]:
    """Editions for publication of overlapping periods that may be out already."""
    rows = Snapshot.objects.filter(
        report__audience=report.audience,
        report__state__in=(State.READY, State.APPROVED, State.PUBLISHED, State.WITHDRAWN),
        report__starts_on__lte=report.ends_on,
        report__ends_on__gte=report.starts_on,
    ).order_by("taken_at")
    return [(row.exact, row.document) for row in rows if _same_part(row, report)]


def _same_part(snapshot: Snapshot, report: Report) -> bool:
    """Whether an earlier edition looked at the same programmes and sites."""
    asked = report.parameters
    return bool(
        snapshot.exact["programmes"] == asked["programmes"]
        and snapshot.exact["sites"] == asked["sites"]
    )


def _make_files(report: Report, lease: UUID) -> None:
    edition = outputs.Edition.of(report, report.snapshot, codes_of_exchange())
    there = set(report.files.values_list("name", flat=True))
    for number, name in enumerate(outputs.MAKERS, start=1):
        if name in there:
            continue
        content = outputs.make(name, edition)
        percent = 60 + 38 * number // len(outputs.MAKERS)
        try:
            with transaction.atomic():
                _hold(report, lease, step="files", progress=percent)
                ReportFile.objects.create(
                    report=report,
                    name=name,
                    content=content,
                    size=len(content),
                    sha256=hashlib.sha256(content).hexdigest(),
                    made_at=timezone.now(),
                )
        except IntegrityError as error:
            raise LeaseLost from error


def codes_of_exchange() -> dict[str, dict[str, str]]:
    """Their identifiers by kind and our code."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in ExchangeCode.Kind.values}
    for kind, ours, theirs in ExchangeCode.objects.values_list("kind", "ours", "theirs"):
        found[kind][ours] = theirs
    return found
