"""The share package: what the receiver sees, field by field, as `data_scope` allows.

Built before it is sent, shown to who sends, then frozen: codes and texts as they were, put in
words in the language of whoever reads. The reason of the urgency and the notes of a session never
travel.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import policy
from accounts.crypto import Key
from accounts.disclosure import Disclosure
from accounts.models import User
from accounts.policy import Reach, Role
from accounts.privacy import PrivacyClass, stricter
from consultations.definitions import FORMS
from consultations.queries.notes import allowed, opener
from consultations.queries.notes import find as find_note
from consultations.queries.reach import is_treating, reader
from consultations.queries.whole import gather
from consultations.summaries import read, shown
from patients.definitions import FORMS as PERSON_FORMS
from patients.models import Allergy, Patient
from patients.queries import age_at, current_identity, open_name
from patients.services import key_of
from referrals.models import Referral
from referrals.models.referral import MINIMUM, NOTHING
from referrals.queries.asks import Ask
from terminology import lists

FULL = "data_scopes:full_note"
# Who reads what was shared: both teams and both coordinators (design, table of reading).
READERS = frozenset(
    (
        Role.DOCTOR,
        Role.NURSE,
        Role.PHYSIO,
        Role.PSYCHOLOGIST,
        Role.PSYCHIATRIST,
        Role.SOCIAL_WORKER,
        Role.COORDINATOR,
    )
)
_NEVER = ("session_note", "risk_action")


class Line(NamedTuple):
    """One field of the package in words, in the active language."""

    field: str
    label: str
    text: str
    privacy: PrivacyClass


@dataclass(frozen=True)
class Package:
    """`fields` in the order shown; values are texts, concept keys, or lists of keys."""

    scope: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: Mapping[str, Any] | None = None  # discipline and payload of one note

    def dumps(self) -> str:
        said = {"scope": self.scope, "fields": dict(self.fields), "note": self.note}
        return json.dumps(said, default=str, ensure_ascii=False, sort_keys=True)

    def without_name(self) -> "Package":
        """As who may not know the person reads it."""
        return replace(self, fields={k: v for k, v in self.fields.items() if k != "name"})

    @classmethod
    def loads(cls, text: str) -> "Package":
        stored = json.loads(text) if text else {}
        return cls(stored.get("scope", NOTHING), stored.get("fields", {}), stored.get("note"))

    def lines(self) -> list[Line]:
        own = [
            Line(name, str(_label(name)), words, _class_of(name, self.fields[name]))
            for name in _SHOWN
            if name in self.fields and (words := _words(name, self.fields[name]))
        ]
        if self.note is None:
            return own
        answers = shown(self.note["discipline"], self.note["payload"])
        return own + [Line(*answer) for answer in answers]


# -- Making it ---------------------------------------------------------------------------------
def package_class(data_scope: str) -> PrivacyClass:
    """The class of the disclosure that making a package needs."""
    return PrivacyClass.PROTECTED if data_scope == FULL else PrivacyClass.CLINICAL


def package_preview(ask: Ask, *, by: User, permit: Disclosure) -> Package:
    """What the receiver will see. `permit` names the person, of `package_class(data_scope)`."""
    if ask.data_scope == NOTHING:
        return Package(NOTHING)
    fields = _minimum(ask)
    if ask.data_scope == MINIMUM:
        return Package(MINIMUM, fields)
    note = _note(ask, by, permit) if ask.data_scope == FULL else None
    return Package(ask.data_scope, fields | _clinical(ask, by, permit), note)


def _minimum(ask: Ask) -> dict[str, Any]:
    return {
        "code": ask.patient.code,
        "sender": _sender(ask),
        "hour": timezone.now().replace(second=0, microsecond=0).isoformat(),
        "language": ask.language,
        "mediator": ask.mediator,
    }


def _sender(ask: Ask) -> str:
    if ask.from_partner is not None:
        return ask.from_partner.name
    names = (ask.from_programme and ask.from_programme.name, ask.from_site and ask.from_site.name)
    return " · ".join(name for name in names if name)


def _clinical(ask: Ask, by: User, permit: Disclosure) -> dict[str, Any]:
    patient = ask.patient
    identity = ask.identity or current_identity(patient)
    today = by.posting.programme.today() if by.posting and by.posting.programme else None
    return {
        "name": open_name(permit, identity),
        "age": age_at(patient, today or timezone.localdate(), identity).years,
        "sex": f"sex_gender:{patient.sex}",
        "nationality": patient.nationality_id,
        "reason": list(ask.reasons),
        "urgency": f"referral_urgency:{ask.urgency}",
        "summary": ask.summary,
        "criteria": list(ask.criteria),
        "risk_now": ask.risk_now,
        "contact": list(ask.contacts),
        "whereabouts": ask.whereabouts,
        "whereabouts_type": ask.whereabouts_type,
        "allergies": _allergies(patient, permit),
    }


def _allergies(patient: Patient, permit: Disclosure) -> str:
    rows = Allergy.objects.filter(patient=patient, superseded_at__isnull=True)
    row = rows.select_related("key").first()
    return permit.open(row, "substances", row.key) if row is not None and row.key else ""


def _note(ask: Ask, by: User, permit: Disclosure) -> dict[str, Any] | None:
    """The note that the referral comes from, as far as who sends it may read it."""
    if ask.consultation is None:
        return None
    note = find_note(by, ask.consultation.pk)
    gather([note])
    who = reader(by, ask.patient)
    payload = allowed(note, read(note, opener(permit, key_of(ask.patient), note, who)), who)
    kept = {name: value for name, value in payload.items() if name not in _NEVER}
    return {"discipline": note.discipline, "payload": json.loads(json.dumps(kept, default=str))}


# -- Reading it --------------------------------------------------------------------------------
def read_package(referral: Referral, permit: Disclosure, key: Key, *, named: bool) -> Package:
    """`named`: the reader may know the person today. Who may not reads no name."""
    shared = Package.loads(permit.open(referral, "package", key))
    return shared if named else shared.without_name()


def roles_at(user: User, referral: Referral) -> set[Role]:
    """Roles of the user in the programmes of either side."""
    sides = {referral.from_programme_id, referral.to_programme_id} - {None}
    return {role for pk in sides if pk in user.programme_ids for role in policy.roles_in(user, pk)}


def may_read_package(user: User, referral: Referral) -> bool:
    return bool(READERS & roles_at(user, referral))


def may_read_urgency_reason(user: User, referral: Referral) -> bool:
    """Of what is protected: by whoever treats the person, and by who wrote it."""
    if referral.written_by_id == user.pk:
        return True
    reach = policy.reach(roles_at(user, referral), PrivacyClass.PROTECTED)
    return Reach.TREATING_TEAM in reach and is_treating(user, referral.patient)


def disclosure_class(user: User, referral: Referral) -> PrivacyClass:
    """The class of the access event that shows the referral to this reader."""
    why = may_read_urgency_reason(user, referral)
    if not may_read_package(user, referral):
        return PrivacyClass.PROTECTED if why else PrivacyClass.SENSITIVE
    protected = referral.data_scope_id == FULL or why
    codes = (lists.get(row.reason_id).privacy for row in referral.reasons.all())
    own = PrivacyClass.PROTECTED if protected else PrivacyClass.CLINICAL
    return stricter(own, *codes)


# -- In words ----------------------------------------------------------------------------------
def _concept(value: Any) -> str:
    return lists.label(value) if value else ""


def _concepts(value: Any) -> str:
    return lists.labels(value)


def _text(value: Any) -> str:
    return str(value or "")


def _moment(value: Any) -> str:
    moment = parse_datetime(value or "")
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else ""


def _yes(value: Any) -> str:
    return _("yes") if value else ""


class _Field(NamedTuple):
    form: str  # where its label stands; empty: `label`
    code: str
    words: Callable[[Any], str]
    label: Any = ""
    privacy: PrivacyClass = PrivacyClass.OPEN


_SHOWN: dict[str, _Field] = {
    "code": _Field("person_card", "code", _text),
    "name": _Field("", "", _text, gettext_lazy("Name"), PrivacyClass.IDENTITY),
    "sender": _Field("", "", _text, gettext_lazy("Sent by")),
    "hour": _Field("", "", _moment, gettext_lazy("Date and time")),
    "language": _Field("referral", "language", _concept),
    "mediator": _Field("", "", _yes, gettext_lazy("Mediator needed")),
    "age": _Field("", "", _text, gettext_lazy("Age"), PrivacyClass.IDENTITY),
    "sex": _Field("person_card", "sex", _concept),
    "nationality": _Field("person_card", "nationality", _concept),
    "reason": _Field("referral", "reason", _concepts),
    "urgency": _Field("referral", "urgency", _concept),
    "summary": _Field("referral", "summary", _text),
    "criteria": _Field("referral", "criteria", _concepts),
    "risk_now": _Field("referral", "risk_now", _concept),
    "allergies": _Field("person_card", "allergies", _text),
    "contact": _Field("referral", "contact", _concepts),
    "whereabouts_type": _Field("referral", "whereabouts", _concept),
    "whereabouts": _Field("referral", "whereabouts", _text),
}


def _label(name: str) -> str:
    shown_as = _SHOWN[name]
    if not shown_as.form:
        return str(shown_as.label)
    forms = FORMS if shown_as.form == "referral" else PERSON_FORMS
    return forms[shown_as.form][shown_as.code].label


def _words(name: str, value: Any) -> str:
    return _SHOWN[name].words(value)


def _class_of(name: str, value: Any) -> PrivacyClass:
    shown_as = _SHOWN[name]
    if not shown_as.form:
        return shown_as.privacy
    forms = FORMS if shown_as.form == "referral" else PERSON_FORMS
    own = forms[shown_as.form][shown_as.code].privacy
    keys = value if isinstance(value, list) else [value]
    raised = (lists.get(key).privacy for key in keys if isinstance(key, str) and ":" in key)
    return own if shown_as.words in (_text, _moment) else stricter(own, *raised)
