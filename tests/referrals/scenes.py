"""A mobile team, the centre, a survivor; and referrals between them, for the tests of the pages."""

from datetime import time, timedelta
from typing import Any

from accounts.models import Programme, User
from accounts.rows import uuid7
from consultations.models import Slot
from consultations.services import slots
from partners.models import Service
from patients import services as people
from patients.card import ConsentAnswer
from patients.models import Patient
from referrals import services
from referrals.models import Referral
from referrals.services import Ask
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import site_of
from tests.partners.factories import AgreementFactory, OrganisationFactory, ServiceFactory
from tests.patients.factories import PatientFactory

CRITERIA = ("cai_admission_criteria:inc_extreme_violence",)
TORTURE = "referral_reasons:torture"
GIVEN = "consent_decisions:given"


def centre_of(**values: Any) -> Programme:
    return ProgrammeFactory(**{"code": "CAI", "kind": "centre", **values})


def answers(destination: str, **more: Any) -> dict[str, Any]:
    """What the page sends for a survivor of torture who goes to the centre."""
    return {
        "id": str(uuid7()),
        "consent_id": str(uuid7()),
        "reason": [TORTURE],
        "destination": destination,
        "criteria": list(CRITERIA),
        "summary": "Dolor y pesadillas desde el viaje.",
        "contact": ["safe_contact_methods:next_outing"],
        "language": "languages:spa",
        "mediator": "no",
        "consent": GIVEN,
        **more,
    }


def to_centre(
    doctor: User, centre: Programme, patient: Patient | None = None, **more: Any
) -> Referral:
    """A referral that was sent to the centre."""
    given: dict[str, Any] = {
        "target": "referral_targets:cai",
        "reasons": (TORTURE,),
        "urgency": "priority",
        "summary": "Dolor y pesadillas desde el viaje.",
        "risk_now": "mh_risk_levels:not_assessed",
        "language": "languages:spa",
        "contacts": ("safe_contact_methods:next_outing",),
        "criteria": CRITERIA,
        "data_scope": "data_scopes:clinical_summary",
        "to_programme": centre,
        "from_programme": doctor.posting.programme if doctor.posting else None,
        **more,
    }
    ask = Ask(patient=patient or PatientFactory(by=doctor), **given)
    return services.refer(ask, by=doctor, id=uuid7())


def partner_service(programme: Programme, **values: Any) -> Service:
    """Legal aid by an organisation with which data may be shared."""
    organisation = OrganisationFactory()
    AgreementFactory(organisation=organisation, programmes=[programme], data_sharing=True)
    return ServiceFactory(organisation=organisation, **values)


def consent_to(service: Service, patient: Patient, doctor: User) -> None:
    people.record_consent(
        patient,
        ConsentAnswer(
            type="consent_types:sharing_partner", method="verbal_witnessed", witness="Rosa",
            purpose="Asesoría",
        ),
        by=doctor,
        partner=service.organisation,
    )  # fmt: skip


def place(
    coordinator: User, centre: Programme, *, days: int = 3, discipline: str = "psychology",
    at: time = time(10), places: int = 1,
) -> Slot:  # fmt: skip
    """A free hour at the centre."""
    return slots.offer(
        centre,
        by=coordinator,
        discipline=discipline,
        professional=None,
        site=site_of(centre),
        on=centre.today() + timedelta(days=days),
        at=at,
        minutes=50,
        places=places,
    )


def coordinator_of(programme: Programme) -> User:
    return UserFactory(role="coordinator", programme=programme)
