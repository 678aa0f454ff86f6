from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass, stricter
from accounts.services import record
from patients import builders, rules
from patients.models import Patient, Vulnerability
from patients.services.locking import locked, today
from terminology import lists


@transaction.atomic
def apply_rules(
    patient: Patient, facts: Mapping[str, rules.Fact], *, by: User, on: date | None = None
) -> list[Vulnerability]:
    """Open what the rules of `vulnerability_criteria` now say and end what they no longer say.

    `facts`: `age`, `suicide_risk`, `washington_group` and `form.field`, as codes or keys; what is
    not among them stays as it is. Only rows that a rule opened are ended by a rule. Returns what
    was opened. For services that write an event of their own; alone it writes none.
    """
    return follow_rules(patient, facts, by=by, on=on or today(by))


def follow_rules(
    patient: Patient, facts: Mapping[str, rules.Fact], *, by: User, on: date
) -> list[Vulnerability]:
    judged = rules.judgements(facts)
    if not judged:
        return []
    rows = Vulnerability.objects.open().filter(patient=patient, criterion__in=judged)
    open_now = {row.criterion_id: row for row in rows}
    for key, row in open_now.items():
        if not judged[key] and row.source == Vulnerability.Source.AUTOMATIC:
            _end(row, by, on)
    due = [key for key, holds in judged.items() if holds and key not in open_now]
    opened = [
        builders.vulnerability(
            patient.pk, key, Vulnerability.Source.AUTOMATIC, by, timezone.now(), on
        )
        for key in due
    ]
    return Vulnerability.objects.bulk_create(opened)


@transaction.atomic
def add_vulnerability(patient: Patient, criterion: str, *, by: User) -> Vulnerability:
    """Record a criterion (concept key); the open row if there is one."""
    policy.require(by, Permission.EDIT_PERSON)
    current = locked(patient)
    existing = Vulnerability.objects.open().filter(patient=current, criterion=criterion).first()
    if existing is not None:
        return existing
    row = builders.vulnerability(
        current.pk, criterion, Vulnerability.Source.RECORDED, by, timezone.now(), today(by)
    )
    row.save(force_insert=True)
    _record(row, current, by, "vulnerability.added")
    return row


@transaction.atomic
def end_vulnerability(row: Vulnerability, *, by: User) -> Vulnerability:
    """End an open row; one that is ended already stays as it is."""
    policy.require(by, Permission.EDIT_PERSON)
    current = Vulnerability.objects.select_for_update().select_related("patient").get(pk=row.pk)
    if current.until is None:
        _end(current, by, today(by))
        _record(current, current.patient, by, "vulnerability.ended")
    return current


def _end(row: Vulnerability, by: User, on: date) -> None:
    row.until, row.ended_by = max(on, row.since), by
    row.save(update_fields=("until", "ended_by"))


def _record(row: Vulnerability, patient: Patient, by: User, action: str) -> None:
    privacy = stricter(PrivacyClass.SENSITIVE, lists.get(row.criterion_id).privacy)
    record(by=by, action=action, subjects=[patient], privacy_class=privacy)
