"""The parts of a plan."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(slots=True, eq=False)
class PersonPlan:
    """An invented person; age in completed years on `arrives`."""

    number: int
    programme: str
    sex: str
    age: int
    nationality: str
    language: str
    travel: str
    arrives: date = date.max
    gender: str = ""
    profile: str = ""

    @property
    def needs_interpreter(self) -> bool:
        return self.language != "spa"


@dataclass(slots=True, eq=False)
class ContactPlan:
    """One consultation to be: who, when, where, which discipline."""

    person: PersonPlan
    programme: str
    site: str
    day: date
    discipline: str
    visit_type: str = "follow_up"
    mediation: str = ""  # mode, or ad_hoc or none_available, where an interpreter is needed
    supports: "ContactPlan | None" = None
    risk: str = ""  # of suicide, where it is not left to chance


@dataclass(slots=True, eq=False)
class StayPlan:
    """An episode of care at the centre. Who is lost was there for the last time on `last_seen`."""

    person: PersonPlan
    admitted: date
    closed: date | None = None
    outcome: str = ""
    last_seen: date | None = None

    def there_on(self, day: date) -> bool:
        last = self.last_seen or self.closed
        return self.admitted <= day and (last is None or day <= last)


@dataclass(slots=True, eq=False)
class ReferralPlan:
    """A referral out of a consultation, and what became of it.

    To the centre: `result` is admitted (with its stay), lost or declined, `detail` the closure
    outcome or the reason. To a partner's service (`service`, a key of `service_taxonomy`):
    received or lost.
    """

    contact: ContactPlan
    result: str
    detail: str = ""
    stay: StayPlan | None = None
    service: str = ""


@dataclass(slots=True)
class Plan:
    people: list[PersonPlan] = field(default_factory=list)
    contacts: list[ContactPlan] = field(default_factory=list)
    stays: list[StayPlan] = field(default_factory=list)
    referrals: list[ReferralPlan] = field(default_factory=list)

    def add(self, other: "Plan") -> None:
        self.people += other.people
        self.contacts += other.contacts
        self.stays += other.stays
        self.referrals += other.referrals


SERVICE = {
    "medical": "primary_health_care",
    "nursing": "primary_health_care",
    "srh": "primary_health_care",
    "psychology": "mental_health",
    "psychiatry": "mental_health",
}


def service(discipline: str) -> str:
    return SERVICE.get(discipline, discipline)
