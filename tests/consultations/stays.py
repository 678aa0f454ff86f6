"""A centre with its team, and stays there, for anybody's tests.

`centre()` has one colleague per role, in `by["psychologist"]` and so on; `centre.admit()` opens a
stay through the service; `centre.stay(...)` writes one of another day without it.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from accounts.models import Programme, User
from accounts.rows import uuid7
from consultations.models import CarePlan, Episode, PlanGoal
from consultations.services import episodes, plans
from consultations.services.episodes import Exit
from consultations.services.plans import Action
from patients.models import Access, ContactAttempt, Patient
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.patients.factories import PatientFactory

ROLES = (
    "doctor", "psychologist", "psychiatrist", "social_worker", "physio", "mediator", "coordinator",
)  # fmt: skip
INCLUSION = tuple(
    f"cai_admission_criteria:inc_{code}"
    for code in ("extreme_violence", "impact", "multidisciplinary", "stay", "consent")
)


@dataclass
class Centre:
    programme: Programme = field(
        default_factory=lambda: ProgrammeFactory(kind=Programme.Kind.CENTRE)
    )
    by: dict[str, User] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for role in ROLES:
            self.by[role] = UserFactory(role=role, programme=self.programme)

    @property
    def today(self) -> date:
        return self.programme.today()

    def before(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def person(self, **values: Any) -> Patient:
        return PatientFactory(by=self.by["doctor"], **values)

    def decided(self, *roles: str) -> list[tuple[User, str]]:
        return [(self.by[role], self.by[role].discipline) for role in roles]

    def admit(self, patient: Patient | None = None, **values: Any) -> Episode:
        payload = {
            "criteria": list(values.pop("criteria", INCLUSION)),
            "reference_worker": str(values.pop("reference_worker", self.by["psychologist"].pk)),
            "house_rules": True,
            "team": values.pop("team", []),
        }
        given: dict[str, Any] = {
            "payload": payload,
            "by": self.by["coordinator"],
            "decided_by": self.decided("psychologist", "social_worker"),
            "admitted_on": self.today,
            **values,
        }
        return episodes.admit(patient or self.person(), self.programme, **given)

    def stay(self, days: int, patient: Patient | None = None, **values: Any) -> Episode:
        """A stay admitted some days ago, as it stands in the database."""
        given: dict[str, Any] = {
            "patient": patient or self.person(),
            "reference_worker": self.by["psychologist"],
            "opened_by": self.by["coordinator"],
            "phase_id": "episode_phases:stabilisation",
            **values,
        }
        row = Episode.objects.create(
            programme=self.programme, admitted_on=self.before(days), **given
        )
        Access.objects.get_or_create(
            patient=row.patient, programme=self.programme, basis=Access.Basis.EPISODE, until=None
        )
        return row

    def goal(self, episode: Episode, **values: Any) -> PlanGoal:
        given: dict[str, Any] = {
            "id": uuid7(),
            "domain": "care_plan_domains:symptoms",
            "words": "Dormir toda la noche",
            "action": Action(discipline="psychology", text="Una sesión a la semana"),
            "by": self.by["psychologist"],
            **values,
        }
        return plans.add_goal(episode, **given)

    def sign(self, episode: Episode, **values: Any) -> CarePlan:
        given: dict[str, Any] = {
            "id": uuid7(),
            "agreed": "consent_decisions:given",
            "agreed_on": self.today,
            "review_date": self.today + timedelta(days=30),
            "frequencies": {"psychology": 2, "physiotherapy": 0},
            "by": self.by["psychologist"],
            **values,
        }
        return plans.sign_plan(episode, **given)

    def close(self, episode: Episode, by: str = "psychologist", **values: Any) -> Episode:
        said = Exit(
            **{
                "outcome": "cai_discharge_outcomes:completed_goals",
                "closed_on": self.today,
                "plan_after": "Sigue con su grupo",
                "missing_scores_reason": "No quiso contestar",
                **values,
            }
        )
        return episodes.close_episode(
            episode, said, by=self.by[by], expected=Episode.objects.get(pk=episode.pk).version
        )

    def tried(self, patient: Patient, days: int, outcome: str = "no_answer") -> ContactAttempt:
        """An attempt of some days ago, as it stands in the database."""
        at = ContactAttempt._meta.get_field("recorded_at").get_default() - timedelta(days=days)
        return ContactAttempt.objects.create(
            patient=patient,
            programme=self.programme,
            at=at,
            local_date=self.before(days),
            method_id="safe_contact_methods:call",
            purpose_id="contact_purposes:missed_appointment",
            outcome_id=f"contact_outcomes:{outcome}",
            by=self.by["social_worker"],
        )


__all__ = ("INCLUSION", "ROLES", "Centre")
