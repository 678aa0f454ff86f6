"""Asking for an edition, and what people decide about it."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts import policy
from accounts import services as accounts
from accounts.models import Programme, User
from accounts.policy import Permission, Role
from reports import editions
from reports.models import Report, ReportDefinition, State
from reports.reading import Reading


class NotNow(Exception):
    """The report is not in a state that allows it, or the same person decided before."""


def ask(
    *,
    by: User,
    name: str,
    start: date,
    end: date,
    programmes: Iterable[Programme] = (),
    sites: Iterable[str] = (),
    sections: Iterable[str] = (),
    language: str = "es",
    audience: str = "internal",
    definition: ReportDefinition | None = None,
    scheduled: bool = False,
) -> Report:
    """A new edition of what was asked, waiting for the worker. Whoever is not a manager must
    name programmes of their own. A period of a schedule is asked for once: the second time
    gives the report that is there."""
    policy.require(by, Permission.READ_REPORTS)
    chosen = list(programmes)
    if not (by.is_system or Role.MANAGER in by.roles):
        if not chosen:
            chosen = list(
                Programme.objects.filter(
                    pk__in=policy.programmes_where(by, Permission.READ_REPORTS)
                )
            )
        for programme in chosen:
            if Role.COORDINATOR not in policy.roles_in(by, programme):
                policy.require(by, Permission.PUBLISH_REPORT)
    parameters = {
        "programmes": sorted(programme.code for programme in chosen),
        "sites": sorted(sites),
        "sections": sorted(sections),
    }
    report = Report(
        definition=definition, scheduled=scheduled, name=name, starts_on=start, ends_on=end,
        parameters=parameters, key=_key(start, end, parameters, language, audience),
        language=language, audience=audience, asked_by=by, asked_at=timezone.now(),
    )  # fmt: skip
    return _insert(report, chosen)


def _key(start: date, end: date, parameters: Any, language: str, audience: str) -> str:
    text = json.dumps([str(start), str(end), parameters, language, audience], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _insert(report: Report, programmes: list[Programme]) -> Report:
    for attempt in range(5):
        try:
            with transaction.atomic():
                return _number(report, programmes)
        except IntegrityError:
            # Somebody asked for the same at the same moment: theirs of the schedule, or the
            # number before ours.
            if report.scheduled:
                return Report.objects.get(
                    definition=report.definition, starts_on=report.starts_on, scheduled=True
                )
            if attempt == 4:
                raise
    raise AssertionError("unreachable")


def _number(report: Report, programmes: list[Programme]) -> Report:
    same = Report.objects.filter(key=report.key)
    report.edition = (same.aggregate(last=Max("edition"))["last"] or 0) + 1
    report.previous = same.filter(snapshot__isnull=False).order_by("-edition").first()
    report.save(force_insert=True)
    report.programmes.set(programmes)
    accounts.record(by=report.asked_by, action="report.asked", purpose=_told(report))
    return report


def _told(report: Report) -> str:
    """What the log says of a report: no figures."""
    return f"{report.pk} {report.starts_on} to {report.ends_on}"


# -- Decisions -------------------------------------------------------------------------------------
@transaction.atomic
def approve(report: Report, *, by: User) -> Report:
    """The figures were checked. Raises `NotNow`."""
    report = _locked(report, by, Permission.APPROVE_REPORT)
    if report.state != State.READY:
        raise NotNow("only a report that is ready is approved")
    report.state, report.approved_by, report.approved_at = State.APPROVED, by, timezone.now()
    report.save(update_fields=["state", "approved_by", "approved_at"])
    accounts.record(by=by, action="report.approved", purpose=_told(report))
    return report


@transaction.atomic
def publish(report: Report, *, by: User, to: str) -> Report:
    """It goes out, to whom is written down. Never by the person who approved it (`NotNow`)."""
    report = _locked(report, by, Permission.PUBLISH_REPORT)
    if report.state != State.APPROVED:
        raise NotNow("only an approved report is published")
    if report.approved_by_id == by.pk:
        raise NotNow("whoever approved a report does not publish it")
    report.state, report.published_by = State.PUBLISHED, by
    report.published_at, report.published_to = timezone.now(), to.strip()
    report.save(update_fields=["state", "published_by", "published_at", "published_to"])
    accounts.record(by=by, action="report.published", purpose=_told(report))
    return report


@transaction.atomic
def withdraw(report: Report, *, by: User, because: str) -> Report:
    """Not to be used any more; it stays as it was, and says so."""
    report = _locked(report, by, Permission.PUBLISH_REPORT)
    if report.state not in (State.READY, State.APPROVED, State.PUBLISHED):
        raise NotNow("there is nothing to withdraw")
    report.state, report.withdrawn_by = State.WITHDRAWN, by
    report.withdrawn_at, report.withdrawn_because = timezone.now(), because.strip()
    report.save(update_fields=["state", "withdrawn_by", "withdrawn_at", "withdrawn_because"])
    accounts.record(by=by, action="report.withdrawn", purpose=_told(report))
    return report


def _locked(report: Report, by: User, permission: Permission) -> Report:
    """Two may decide at once: the second one waits here and then meets another state."""
    policy.require(by, permission)
    return Report.objects.visible_to(by).get(
        pk=Report.objects.select_for_update().get(pk=report.pk).pk
    )


# -- Reading ---------------------------------------------------------------------------------------
def note_download(report: Report, name: str, *, by: User) -> None:
    """The file leaves the application: logged before it is handed out."""
    accounts.disclose(by=by, action="report.downloaded", purpose=f"{_told(report)} {name}")


def note_reading(report: Report, *, by: User) -> None:
    accounts.disclose(by=by, action="report.read", purpose=_told(report))


def late_records(report: Report, cut_off: datetime | None = None) -> int:
    """Direct consultations of the period that were signed after the cut-off."""
    scope = editions.scope_of(
        report.starts_on, report.ends_on, report.parameters["programmes"],
        report.parameters["sites"],
    )  # fmt: skip
    return Reading(scope).direct().filter(signed_at__gt=cut_off or report.snapshot.cut_off).count()
