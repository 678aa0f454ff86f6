"""Reports and schedules for anybody's tests; a report is ready, with its snapshot and files."""

import hashlib
from datetime import date
from typing import Any

from django.utils import timezone

from accounts.models import Programme, User
from reports import editions, outputs
from reports.models import Report, ReportDefinition, ReportFile, Snapshot, State
from tests.accounts.factories import UserFactory

PERIOD = (date(2025, 1, 1), date(2025, 1, 31))


def ReportFactory(
    *, programmes: list[Programme] | None = None, by: User | None = None, **values: Any
) -> Report:
    chosen = programmes or []
    by = by or UserFactory(role="manager")
    parameters = {"programmes": [p.code for p in chosen], "sites": [], "sections": []}
    defaults = {
        "name": "January", "starts_on": PERIOD[0], "ends_on": PERIOD[1], "edition": 1,
        "parameters": parameters, "language": "es", "audience": "internal", "asked_by": by,
        "asked_at": timezone.now(), "state": State.READY, "progress": 100,
        "key": hashlib.sha256(str(values or chosen).encode()).hexdigest(),
    }  # fmt: skip
    report = Report.objects.create(**(defaults | values))
    report.programmes.set(chosen)
    if report.is_frozen:
        _freeze(report)
    return report


def _freeze(report: Report) -> None:
    figures = {"GEN01": {"value": 12, "by": {"service": {"mental_health": 12}}}}
    exact = {
        "from": str(report.starts_on), "to": str(report.ends_on), "definitions": "2026.1",
        "figures": figures, "months": {}, "places": [], "sites": [],
        "programmes": report.parameters["programmes"],
    }  # fmt: skip
    document = editions.internal(exact)
    Snapshot.objects.create(
        report=report, cut_off=timezone.now(), exact=exact, document=document,
        sha256=editions.sha256(document), taken_at=timezone.now(),
    )  # fmt: skip
    for name in outputs.MAKERS:
        ReportFile.objects.create(
            report=report, name=name, content=b"%PDF", size=4, sha256="0" * 64,
            made_at=timezone.now(),
        )  # fmt: skip


def DefinitionFactory(
    *, programmes: list[Programme] | None = None, **values: Any
) -> ReportDefinition:
    defaults = {
        "name": "Monthly", "period_kind": "month", "language": "es", "audience": "internal",
        "first_day": PERIOD[0], "created_by": UserFactory(role="manager"),
    }  # fmt: skip
    definition = ReportDefinition.objects.create(**(defaults | values))
    definition.programmes.set(programmes or [])
    return definition
