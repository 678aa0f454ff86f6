"""Unsaved rows of a person from a clean card. Registration and the demonstration data build with
the same functions, so that both mean the same."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.db import models
from django.db.models.base import ModelState

from accounts import crypto
from accounts.models import User
from accounts.rows import uuid7
from patients import ages, codes, names, phones, rules
from patients.card import AllergyAnswer, ConsentAnswer, Names, PersonCard, needs_protection
from patients.models import (
    Access,
    Allergy,
    Consent,
    DataKey,
    Identity,
    Patient,
    PersonState,
    ProtectionTask,
    SearchToken,
    Vulnerability,
)
from patients.names import index
from terminology import lists

KINDS = {
    index.KEY: SearchToken.Kind.NAME_KEY,
    index.DELETION: SearchToken.Kind.NAME_DELETION,
    index.MOTHER: SearchToken.Kind.NAME_MOTHER,
    phones.KIND: SearchToken.Kind.PHONE,
}


@dataclass
class Person:
    """Everything that a registration creates, unsaved."""

    patient: Patient
    keys: list[DataKey]
    identity: Identity
    accesses: list[Access]
    consents: list[Consent]
    tokens: list[SearchToken] = field(default_factory=list)
    states: list[PersonState] = field(default_factory=list)
    vulnerabilities: list[Vulnerability] = field(default_factory=list)
    allergies: list[Allergy] = field(default_factory=list)
    tasks: list[ProtectionTask] = field(default_factory=list)

    def batches(self) -> Iterator[tuple[type[models.Model], list[models.Model]]]:
        """Rows by model, in an order that satisfies the foreign keys."""
        yield Patient, [self.patient]
        yield DataKey, [*self.keys]
        yield Identity, [self.identity]
        yield Access, [*self.accesses]
        yield Consent, [*self.consents]
        yield SearchToken, [*self.tokens]
        yield PersonState, [*self.states]
        yield Vulnerability, [*self.vulnerabilities]
        yield Allergy, [*self.allergies]
        yield ProtectionTask, [*self.tasks]


def person(
    card: PersonCard,
    *,
    by: User,
    programme_id: UUID,
    at: datetime,
    on: date,
    site_id: UUID | None = None,
    id: UUID | None = None,
    code: str = "",
) -> Person:
    """All rows of a new person, registered at the instant `at`, which is the local date `on`.

    Without consent to data: no name, no contact, no search token.
    """
    patient = _patient(card, by, programme_id, at, site_id)
    patient.id = id or uuid7()
    patient.code = code or codes.new_code()
    keys = {purpose: DataKey.fresh(patient.id, purpose) for purpose in DataKey.Purpose}
    age = ages.years(card.birth.date, on)
    built = Person(
        patient=patient,
        keys=list(keys.values()),
        identity=identity(card, patient.id, keys[DataKey.Purpose.IDENTITY], by, at),
        accesses=[
            Access(
                patient_id=patient.id,
                programme_id=programme_id,
                basis=Access.Basis.REGISTERED,
                since=at,
            )
        ],
        consents=[consent(card.consent, patient.id, keys, by=by, at=at, on=on, site_id=site_id)],
    )
    if card.consent.given:
        built.tokens = [
            *name_tokens(patient.id, card.names),
            *phone_tokens(patient.id, card.phone),
        ]
    built.states = _states(card, patient.id, by, at, on)
    built.vulnerabilities = _vulnerabilities(card, patient.id, age, by, at, on)
    if card.allergy is not None:
        built.allergies = [
            allergy(card.allergy, patient.id, keys[DataKey.Purpose.NARRATIVE], by, at)
        ]
    if needs_protection(card.travel_composition, card.consent.giver, age):
        built.tasks = [protection_task(patient.id, by, at)]
    return built


def _patient(
    card: PersonCard, by: User, programme_id: UUID, at: datetime, site_id: UUID | None
) -> Patient:
    return Patient(
        sex=card.sex,
        gender_identity_id=card.gender_identity or None,
        birth_year=card.birth.date.year,
        birth_precision=card.birth.precision,
        nationality_id=card.nationality,
        second_nationality_id=card.second_nationality or None,
        language_id=card.language,
        interpreter_needed=card.interpreter_needed,
        travel_composition_id=card.travel_composition or None,
        profile_id=card.profile or None,
        migration_status_id=card.migration_status or None,
        status_id=card.status,
        data_consent=card.data_consent,
        consent_giver_id=card.consent.giver,
        registered_at=at,
        registered_by_id=by.pk,
        registered_in_id=programme_id,
        registered_site_id=site_id,
    )


def identity(card: PersonCard, patient_id: UUID, key: DataKey, by: User, at: datetime) -> Identity:
    """Names, birth date and contact, sealed; without consent the birth date alone."""
    row = Identity(patient_id=patient_id, key_id=key.pk, recorded_at=at, recorded_by_id=by.pk)
    row.seal(key, birth_date=card.birth.date.isoformat())
    if card.consent.given:
        seal_names(row, key, card.names)
        row.seal(
            key,
            phone=card.phone,
            contact=card.contact.dumps(),
            care_preferences=dumps_preferences(card.care_preferences),
        )
    return row


def seal_names(row: Identity, key: DataKey, who: Names) -> None:
    row.is_alias = who.is_alias
    row.seal(
        key,
        given_name=who.given_name,
        family_name=who.family_name,
        mother_name=who.mother_name,
        official_name=who.official_name,
    )


def dumps_preferences(preferences: Iterable[object]) -> str:
    listed = list(preferences)
    return json.dumps(listed) if listed else ""


@lru_cache(maxsize=65536)
def _blind(kind: str, text: str) -> int:
    return crypto.token32(kind, text)


def name_tokens(patient_id: UUID, who: Names) -> list[SearchToken]:
    """Tokens of the name used, the official one and the mother's."""
    found = names.tokens(who.full, who.mother_name)
    if who.official_name:
        found |= names.tokens(who.official_name)
    return [_token(patient_id, token.kind, token.text) for token in sorted(found)]


def phone_tokens(patient_id: UUID, e164: str) -> list[SearchToken]:
    tails = phones.tails(e164) if e164 else ()
    # Not by `_blind`: no two people have the same number, and it must not stay in memory.
    return [
        _search_token(SearchToken.Kind.PHONE, crypto.token32(phones.KIND, tail), patient_id)
        for tail in tails
    ]


def _token(patient_id: UUID, kind: str, text: str) -> SearchToken:
    return _search_token(KINDS[kind], _blind(kind, text), patient_id)


def _search_token(kind: int, token: int, patient_id: UUID) -> SearchToken:
    """As `SearchToken(kind=…, token=…, patient_id=…)` at a tenth of the time: a person has thirty
    of them, and the demonstration nine thousand people."""
    row = SearchToken.__new__(SearchToken)
    row._state = ModelState()
    row.__dict__.update(id=None, kind=kind, token=token, patient_id=patient_id)
    return row


def consent(
    answer: ConsentAnswer,
    patient_id: UUID,
    keys: dict[DataKey.Purpose, DataKey],
    *,
    by: User,
    at: datetime,
    on: date,
    site_id: UUID | None = None,
    partner_id: UUID | None = None,
    id: UUID | None = None,
) -> Consent:
    """An answer; it expires `expires_days` of its type after the day it was given."""
    row = Consent(
        id=id or uuid7(),
        patient_id=patient_id,
        type_id=answer.type,
        decision_id=answer.decision,
        method=answer.method,
        folio=answer.folio,
        language_id=answer.language,
        text_version=answer.text_version,
        giver_id=answer.giver,
        partner_id=partner_id,
        site_id=site_id,
        decided_at=at,
        expires_on=_expiry(answer.type, on) if answer.given else None,
        recorded_by_id=by.pk,
    )
    row.seal(keys[DataKey.Purpose.IDENTITY], witness=answer.witness)
    row.seal(keys[DataKey.Purpose.NARRATIVE], reason=answer.reason, purpose=answer.purpose)
    return row


def _expiry(consent_type: str, on: date) -> date | None:
    days = lists.get(consent_type).number("expires_days")
    return on + timedelta(days=int(days)) if days is not None else None


def _states(
    card: PersonCard, patient_id: UUID, by: User, at: datetime, on: date
) -> list[PersonState]:
    said = (
        (PersonState.Kind.PROFILE, card.profile),
        (PersonState.Kind.MIGRATION_STATUS, card.migration_status),
        (PersonState.Kind.STATUS, card.status),
    )
    return [
        PersonState(
            patient_id=patient_id,
            kind=kind,
            value_id=value,
            since=on,
            recorded_at=at,
            recorded_by_id=by.pk,
        )
        for kind, value in said
        if value
    ]


@lru_cache(maxsize=4096)
def _automatic(
    travel_composition: str, language: str, age: int, _generation: tuple[int, int]
) -> frozenset[str]:
    """Criteria that hold by what the automatic rules may know from the person card."""
    facts: dict[str, rules.Fact] = {
        "age": age,
        "person_card.travel_composition": travel_composition or None,
        "person_card.language": language,
    }
    return frozenset(key for key, holds in rules.judgements(facts).items() if holds)


def _vulnerabilities(
    card: PersonCard, patient_id: UUID, age: int, by: User, at: datetime, on: date
) -> list[Vulnerability]:
    automatic = _automatic(card.travel_composition, card.language, age, lists.generation())
    recorded = [key for key in card.vulnerabilities if key not in automatic]
    return [
        vulnerability(patient_id, key, source, by, at, on)
        for source, keys in (
            (Vulnerability.Source.AUTOMATIC, sorted(automatic)),
            (Vulnerability.Source.RECORDED, recorded),
        )
        for key in keys
    ]


def vulnerability(
    patient_id: UUID, criterion: str, source: str, by: User, at: datetime, on: date
) -> Vulnerability:
    return Vulnerability(
        patient_id=patient_id,
        criterion_id=criterion,
        since=on,
        source=source,
        recorded_at=at,
        recorded_by_id=by.pk,
    )


def allergy(
    answer: AllergyAnswer, patient_id: UUID, key: DataKey, by: User, at: datetime
) -> Allergy:
    row = Allergy(patient_id=patient_id, state=answer.state, recorded_at=at, recorded_by_id=by.pk)
    if answer.state == Allergy.State.LISTED:
        row.key_id = key.pk
        row.seal(key, substances=answer.substances)
    return row


def protection_task(patient_id: UUID, by: User, at: datetime) -> ProtectionTask:
    return ProtectionTask(
        patient_id=patient_id,
        kind=ProtectionTask.Kind.CHILD_PROTECTION,
        opened_at=at,
        opened_by_id=by.pk,
        due_at=at + timedelta(hours=ProtectionTask.HOURS),
    )
