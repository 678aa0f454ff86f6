"""Names, birth date and contact: superseded by a new row, never edited."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import disclosure, policy
from accounts.models import User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.services import record
from patients import ages, builders, hooks
from patients.ages import Birth
from patients.card import Contact, Names
from patients.models import Identity, Patient, SearchToken
from patients.queries import current_identity
from patients.services.locking import locked, save, today
from patients.services.vulnerabilities import follow_rules

_NAME_KINDS = (
    SearchToken.Kind.NAME_KEY,
    SearchToken.Kind.NAME_DELETION,
    SearchToken.Kind.NAME_MOTHER,
)


@transaction.atomic
def correct_identity(
    patient: Patient,
    names: Names,
    birth: Birth,
    *,
    expected: int,
    by: User,
) -> Patient:
    """Put other names or another birth date in force; what was recorded before stays behind it.

    Raises `EditConflict`. A pseudonymous record keeps no name, whatever is given. A corrected
    birth date restates the ages on signed headers (`hooks.on_birth_date_corrected`).
    """
    policy.require(by, Permission.EDIT_PERSON)
    current = locked(patient, expected=expected)
    before = current_identity(current)
    texts = {"birth_date": birth.date.isoformat()}
    if not current.is_pseudonymous:
        texts |= {
            "given_name": names.given_name,
            "family_name": names.family_name,
            "mother_name": names.mother_name,
            "official_name": names.official_name,
        }
    supersede(before, texts, by=by, is_alias=names.is_alias and not current.is_pseudonymous)
    if not current.is_pseudonymous:
        _index_names(current.pk, names)
    _set_birth(current, before, birth, by)
    record(
        by=by,
        action="person.identity_corrected",
        subjects=[current],
        privacy_class=PrivacyClass.IDENTITY,
    )
    return current


def _set_birth(patient: Patient, before: Identity, birth: Birth, by: User) -> None:
    same = disclosure.compare(
        before, "birth_date", before.key, lambda text: text == birth.date.isoformat()
    )
    patient.birth_year, patient.birth_precision = birth.date.year, birth.precision
    save(patient, "birth_year", "birth_precision")
    if not same:
        for restate in hooks.on_birth_date_corrected:
            restate(patient, birth.date)
        on = today(by)
        follow_rules(patient, {"age": ages.years(birth.date, on)}, by=by, on=on)


@transaction.atomic
def update_contact(
    patient: Patient, phone: str, contact: Contact, *, expected: int, by: User
) -> Patient:
    """Set the number (E.164, or empty) and the ways and rules of contact. Raises `EditConflict`."""
    policy.require(by, Permission.EDIT_PERSON)
    current = locked(patient, expected=expected)
    if not current.is_pseudonymous:
        supersede(current_identity(current), {"phone": phone, "contact": contact.dumps()}, by=by)
        _replace_tokens(
            current.pk, (SearchToken.Kind.PHONE,), builders.phone_tokens(current.pk, phone)
        )
    save(current)
    record(
        by=by,
        action="person.contact_changed",
        subjects=[current],
        privacy_class=PrivacyClass.IDENTITY,
    )
    return current


@transaction.atomic
def update_preferences(
    patient: Patient, preferences: Sequence[Mapping[str, str]], *, expected: int, by: User
) -> Patient:
    """Set who attends and whom the person must not meet. Raises `EditConflict`."""
    policy.require(by, Permission.EDIT_PERSON)
    current = locked(patient, expected=expected)
    texts = {"care_preferences": builders.dumps_preferences(preferences)}
    supersede(current_identity(current), texts, by=by)
    save(current)
    record(
        by=by,
        action="person.preferences_changed",
        subjects=[current],
        privacy_class=PrivacyClass.PROTECTED,
    )
    return current


def supersede(
    before: Identity, texts: Mapping[str, str], *, by: User, is_alias: bool | None = None
) -> Identity:
    """A new identity in force with these texts, all others as they were. For services."""
    at = timezone.now()
    after = Identity(
        patient_id=before.patient_id,
        key=before.key,
        is_alias=before.is_alias if is_alias is None else is_alias,
        recorded_at=at,
        recorded_by=by,
    )
    for field in Identity.SEALED:
        if field in texts:
            after.seal(before.key, **{field: texts[field]})
        else:
            _carry_over(before, after, field)
    before.supersede(at)
    after.save(force_insert=True)
    return after


def _carry_over(before: Identity, after: Identity, field: str) -> None:
    """Seal for the new row what the old one holds, which is bound to the old row's id."""
    disclosure.compare(
        before, field, before.key, lambda text: after.seal(before.key, **{field: text})
    )


def make_pseudonymous(patient: Patient, *, by: User) -> None:
    """Keep the birth date alone and forget the search tokens. For services."""
    before = current_identity(patient)
    emptied = dict.fromkeys((name for name in Identity.SEALED if name != "birth_date"), "")
    supersede(before, emptied, by=by, is_alias=False)
    forget_tokens(patient)


def forget_tokens(patient: Patient) -> None:
    SearchToken.objects.filter(patient=patient).delete()


def index_again(patient: Patient) -> None:
    """Build the search tokens anew from the identity in force. For services."""
    identity = current_identity(patient)
    fields = ("given_name", "family_name", "mother_name", "official_name", "phone")

    def tokens(
        given: str, family: str, mother: str, official: str, phone: str
    ) -> list[SearchToken]:
        names = Names(
            given_name=given, family_name=family, mother_name=mother, official_name=official
        )
        return [
            *builders.name_tokens(patient.pk, names),
            *builders.phone_tokens(patient.pk, phone),
        ]

    blind = disclosure.compare_fields(identity, fields, identity.key, tokens)
    _replace_tokens(patient.pk, tuple(SearchToken.Kind), blind)


def _index_names(patient_id: UUID, names: Names) -> None:
    _replace_tokens(patient_id, _NAME_KINDS, builders.name_tokens(patient_id, names))


def _replace_tokens(patient_id: UUID, kinds: Sequence[int], tokens: Sequence[SearchToken]) -> None:
    SearchToken.objects.filter(patient=patient_id, kind__in=kinds).delete()
    SearchToken.objects.bulk_create(tokens)
