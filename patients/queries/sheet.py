"""What the head of a person's pages shows: read first, opened once the event is written."""

from dataclasses import dataclass, field
from datetime import date

from accounts import policy
from accounts.disclosure import Disclosure
from accounts.models import User
from accounts.policy import Role
from accounts.privacy import PrivacyClass, stricter
from patients.card import Contact
from patients.models import Allergy, Consent, Identity, Patient, ProtectionTask, Vulnerability
from patients.queries.people import (
    Age,
    Relative,
    age_at,
    allergies,
    consents_in_force,
    current_identity,
    open_contact,
    open_name,
    priority,
    readable,
    relatives,
    vulnerabilities,
)
from terminology import lists


@dataclass
class Sheet:
    """One person for the pages that bring things together.

    `sheet` reads it without opening any sealed text; `open` then fills `name`, `contact`,
    `substances` and the names of relatives. `subjects` and `privacy_class` belong in the event of
    the page. Fields of the record that the user may read: `readable`.
    """

    patient: Patient
    identity: Identity
    age: Age
    vulnerabilities: list[Vulnerability]
    allergies: list[Allergy]
    consents: list[Consent]
    relatives: list[Relative]
    tasks: list[ProtectionTask]
    readable: set[str]
    name: str = ""
    contact: Contact = field(default_factory=Contact)
    substances: list[str] = field(default_factory=list)

    @property
    def subjects(self) -> list[Patient]:
        people = [row.patient for row in self.allergies] + [row.patient for row in self.relatives]
        return list({each.pk: each for each in (self.patient, *people)}.values())

    @property
    def privacy_class(self) -> PrivacyClass:
        """The strictest class among what the user is shown here."""
        criteria = (lists.get(row.criterion_id).privacy for row in self.vulnerabilities)
        clinical = PrivacyClass.CLINICAL if self.allergies else PrivacyClass.IDENTITY
        sensitive = PrivacyClass.SENSITIVE if "profile" in self.readable else clinical
        return stricter(clinical, sensitive, *criteria)

    @property
    def critical(self) -> list[Vulnerability]:
        """Current threat and suicide risk: at the top of every page, for who may read them."""
        return [row for row in self.vulnerabilities if priority(row) == 0]

    @property
    def others(self) -> list[Vulnerability]:
        return [row for row in self.vulnerabilities if priority(row) > 0]

    @property
    def allergies_state(self) -> str:
        """`listed` when any record of the person says so, else what was answered; "" unasked."""
        states = {row.state for row in self.allergies}
        order = (Allergy.State.LISTED, Allergy.State.UNKNOWN, Allergy.State.NONE)
        return next((state.value for state in order if state in states), "")

    def open(self, permit: Disclosure) -> "Sheet":
        self.name = open_name(permit, self.identity)
        self.contact = open_contact(permit, self.identity)
        self.substances = [
            permit.open(row, "substances", row.key) for row in self.allergies if row.key is not None
        ]
        for relative in self.relatives:
            relative.name = open_name(permit, relative.identity)
        return self


def sheet(patient: Patient, user: User, on: date) -> Sheet:
    """Six statements, whatever there is to show; two more for a family."""
    identity = current_identity(patient)
    age = age_at(patient, on, identity)
    return Sheet(
        patient=patient,
        identity=identity,
        age=age,
        vulnerabilities=vulnerabilities(patient, user),
        allergies=allergies(patient, user),
        consents=consents_in_force(patient),
        relatives=relatives(patient, user),
        tasks=open_tasks(patient, user),
        readable=readable(user, patient, patient.PRIVACY),
    )


# Who may say that somebody is safe: the supervisor, and who assesses the risk.
_CLOSES = {
    ProtectionTask.Kind.SAFETY: (
        Role.COORDINATOR,
        Role.PSYCHOLOGIST,
        Role.PSYCHIATRIST,
        Role.DOCTOR,
    )
}


def may_close(user: User, task: ProtectionTask) -> bool:
    roles = _CLOSES.get(ProtectionTask.Kind(task.kind))
    return roles is None or bool(policy.roles_in(user, task.programme_id).intersection(roles))


def open_tasks(patient: Patient, user: User) -> list[ProtectionTask]:
    """Those that the user may close, the most urgent first."""
    rows = ProtectionTask.objects.open().filter(patient=patient).order_by("due_at")
    return [task for task in rows if may_close(user, task)]
