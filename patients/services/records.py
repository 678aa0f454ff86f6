from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.services import record
from patients.builders import protection_task
from patients.card import needs_protection
from patients.models import Patient, PersonState, ProtectionTask
from patients.queries import age_at
from patients.services.locking import locked, save, today
from patients.services.vulnerabilities import follow_rules

# What the form of the person card edits; names, birth date and contact have forms of their own.
EDITABLE = (
    "sex",
    "gender_identity_id",
    "nationality_id",
    "second_nationality_id",
    "language_id",
    "interpreter_needed",
    "travel_composition_id",
    "consent_giver_id",
)
STATES = {
    PersonState.Kind.PROFILE: "profile_id",
    PersonState.Kind.MIGRATION_STATUS: "migration_status_id",
    PersonState.Kind.STATUS: "status_id",
}


@transaction.atomic
def update_person(
    patient: Patient,
    changes: Mapping[str, Any],
    *,
    expected: int,
    by: User,
    source: str = PersonState.Source.PERSON,
) -> Patient:
    """Save what differs. Keys are column names of `EDITABLE` and `STATES`, values concept keys.

    Profile, migration status and status go to the history too. The automatic vulnerabilities
    follow; a child found alone opens the child-protection task. Raises `EditConflict`.
    """
    policy.require(by, Permission.EDIT_PERSON)
    current = locked(patient, expected=expected)
    on = today(by)
    changed = [name for name in EDITABLE if name in changes and _set(current, name, changes[name])]
    for kind, column in STATES.items():
        if column in changes and _set(current, column, changes[column]):
            changed.append(column)
            _note_state(current, kind, changes[column], on, source, by)
    save(current, *changed)
    _follow(current, by, on)
    record(by=by, action="person.edited", subjects=[current], privacy_class=PrivacyClass.SENSITIVE)
    return current


def _set(patient: Patient, column: str, value: Any) -> bool:
    value = None if value == "" else value
    differs = bool(getattr(patient, column) != value)
    setattr(patient, column, value)
    return differs


def _follow(patient: Patient, by: User, on: date) -> None:
    age = age_at(patient, on).years
    facts = {
        "age": age,
        "person_card.travel_composition": patient.travel_composition_id,
        "person_card.language": patient.language_id,
    }
    follow_rules(patient, facts, by=by, on=on)
    travel, giver = patient.travel_composition_id or "", patient.consent_giver_id or ""
    open_tasks = ProtectionTask.objects.open().filter(
        patient=patient, kind=ProtectionTask.Kind.CHILD_PROTECTION
    )
    if needs_protection(travel, giver, age) and not open_tasks.exists():
        protection_task(patient.pk, by, timezone.now()).save(force_insert=True)


@transaction.atomic
def set_state(
    patient: Patient,
    kind: str,
    value: str,
    *,
    by: User,
    since: date | None = None,
    source: str = PersonState.Source.TEAM,
    expected: int | None = None,
) -> Patient:
    """Change profile, migration status or status (concept key), with date and source.

    A change dated before the last one is kept in the history and leaves what holds now.
    """
    policy.require(by, Permission.EDIT_PERSON)
    current = locked(patient, expected=expected)
    kind = PersonState.Kind(kind)
    since = since or today(by)
    last = PersonState.objects.filter(patient=current, kind=kind).order_by("-since", "-pk").first()
    _note_state(current, kind, value, since, source, by)
    if last is None or since >= last.since:
        setattr(current, STATES[kind], value)
        save(current, STATES[kind])
    record(
        by=by,
        action="person.state_changed",
        subjects=[current],
        privacy_class=PrivacyClass.SENSITIVE,
    )
    return current


def _note_state(
    patient: Patient, kind: str, value: str, since: date, source: str, by: User
) -> None:
    if not value:
        return
    PersonState.objects.create(
        patient=patient, kind=kind, value_id=value, since=since, source=source, recorded_by=by
    )
