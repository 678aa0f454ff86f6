"""What a person card says, clean: the only shape in which registrations reach the services."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from patients.ages import Birth
from patients.models import Consent, Patient

NO_CONTACT = "no_contact"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How the person may be reached. Codes of `safe_contact_methods`; rules with their values."""

    methods: tuple[str, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.methods or self.rules)

    def dumps(self) -> str:
        return (
            json.dumps({"methods": list(self.methods), "rules": dict(self.rules)}) if self else ""
        )

    @classmethod
    def loads(cls, text: str) -> "Contact":
        stored = json.loads(text) if text else {}
        return cls(methods=tuple(stored.get("methods", ())), rules=stored.get("rules", {}))


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names a person goes by. `given_name` may be an alias; the others may be empty."""

    given_name: str = ""
    family_name: str = ""
    mother_name: str = ""
    official_name: str = ""
    is_alias: bool = False

    @property
    def full(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, kw_only=True)
class ConsentAnswer:
    """One answer to one consent. `type`, `decision`, `language` and `giver` are concept keys."""

    type: str = "consent_types:data_processing"
    decision: str = "consent_decisions:given"
    method: str = Consent.Method.PAPER_FOLIO
    giver: str = "consent_givers:self"
    language: str = "languages:spa"
    folio: str = ""
    witness: str = ""
    reason: str = ""
    purpose: str = ""
    text_version: str = ""

    @property
    def given(self) -> bool:
        return self.decision == "consent_decisions:given"


@dataclass(frozen=True)
class AllergyAnswer:
    state: str
    substances: str = ""


@dataclass(frozen=True, kw_only=True)
class PersonCard:
    """A registration. Values of lists are concept keys; the phone is E.164."""

    consent: ConsentAnswer
    sex: str
    birth: Birth
    nationality: str
    language: str
    interpreter_needed: bool
    names: Names = Names()
    gender_identity: str = ""
    second_nationality: str = ""
    travel_composition: str = ""
    profile: str = ""
    migration_status: str = ""
    status: str = "person_statuses:active"
    phone: str = ""
    contact: Contact = Contact()
    care_preferences: tuple[Mapping[str, str], ...] = ()
    vulnerabilities: tuple[str, ...] = ()
    allergy: AllergyAnswer | None = None

    @property
    def data_consent(self) -> Patient.DataConsent:
        if self.consent.given:
            return Patient.DataConsent.GIVEN
        return Patient.DataConsent.REFUSED


def needs_protection(travel_composition: str, giver: str, age: int) -> bool:
    """A child without an adult of their family: the child-protection task opens (24 hours)."""
    return age < 18 and (
        travel_composition.rpartition(":")[2] in ("uasc_unaccompanied", "uasc_separated")
        or giver == "consent_givers:nna_no_adult_assent"
    )
