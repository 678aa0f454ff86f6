"""Reports that are owed again and again."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import policy
from accounts import services as accounts
from accounts.models import Programme, User
from accounts.policy import Permission, Role
from reports import periods
from reports.models import Report, ReportDefinition
from reports.services.reports import ask


@transaction.atomic
def define(*, by: User, programmes: Iterable[Programme], **values: Any) -> ReportDefinition:
    """A new definition; whoever is not a manager names programmes of their own."""
    chosen = _allowed(by, programmes)
    definition = ReportDefinition.objects.create(created_by=by, **values)
    definition.programmes.set(chosen)
    accounts.record(by=by, action="report_definition.saved", purpose=str(definition.pk))
    return definition


@transaction.atomic
def redefine(
    definition: ReportDefinition,
    *,
    by: User,
    expected: int,
    programmes: Iterable[Programme],
    **values: Any,
) -> ReportDefinition:
    """Change what is made from now on; editions made stay. Raises `EditConflict`."""
    chosen = _allowed(by, programmes)
    for name, value in values.items():
        setattr(definition, name, value)
    definition.save_version(expected=expected, fields=list(values))
    definition.programmes.set(chosen)
    accounts.record(by=by, action="report_definition.saved", purpose=str(definition.pk))
    return definition


@transaction.atomic
def switch(definition: ReportDefinition, *, by: User, expected: int, on: bool) -> ReportDefinition:
    """Make it by itself, or no longer."""
    policy.require(by, Permission.READ_REPORTS)
    definition.active = on
    definition.save_version(expected=expected, fields=["active"])
    accounts.record(by=by, action="report_definition.saved", purpose=str(definition.pk))
    return definition


def _allowed(by: User, programmes: Iterable[Programme]) -> list[Programme]:
    policy.require(by, Permission.READ_REPORTS)
    chosen = list(programmes)
    if Role.MANAGER not in by.roles and not by.is_system:
        if not chosen:
            policy.require(by, Permission.PUBLISH_REPORT)
        for programme in chosen:
            policy.require(by, Permission.READ_REPORTS, programme)
    return chosen


def ask_what_is_due(today: date | None = None) -> list[Report]:
    """Every period that is over, of every active definition, that nobody has asked for yet:
    days on which nothing ran are made up for. Each period once, however often this runs."""
    today = today or timezone.localdate()
    asked = []
    for definition in ReportDefinition.objects.filter(active=True).prefetch_related("programmes"):
        there = set(
            Report.objects.filter(definition=definition, scheduled=True).values_list(
                "starts_on", flat=True
            )
        )
        asked += [
            _ask(definition, period)
            for period in due(definition, today)
            if period.start not in there
        ]
    return asked


def due(definition: ReportDefinition, today: date) -> list[periods.Period]:
    """Periods of a definition that should have been made by `today`, oldest first."""
    over = today - timedelta(days=definition.days_after)
    found = []
    period = periods.of_kind(definition.period_kind, definition.first_day)
    while period.end < over:
        if period.start >= definition.first_day:
            found.append(period)
        period = periods.following(definition.period_kind, period)
    return found


def _ask(definition: ReportDefinition, period: periods.Period) -> Report:
    return ask(
        by=User.objects.system("reports"),
        name=definition.name,
        start=period.start,
        end=period.end,
        programmes=definition.programmes.all(),
        sites=definition.sites,
        sections=definition.sections,
        language=definition.language,
        audience=definition.audience,
        definition=definition,
        scheduled=True,
    )
