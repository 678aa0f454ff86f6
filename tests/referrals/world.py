"""Teams, a partner and a person to refer, and referrals in whatever state a test needs.

`make_world()`; `referral_in(world, Status.ACCEPTED)` walks there by the services.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import Programme, User
from accounts.rows import uuid7
from consultations.models import Slot
from partners.models import Agreement, Organisation, Service
from patients.card import ConsentAnswer
from patients.models import Consent, Patient
from patients.services import record_consent
from referrals import services
from referrals.machine import Move
from referrals.models import Referral, Status
from referrals.services import Ask
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import SlotFactory
from tests.partners.factories import AgreementFactory, OrganisationFactory, ServiceFactory
from tests.patients.factories import PatientFactory

SHARING = "consent_types:sharing_partner"


@dataclass
class World:
    mobile: Programme
    centre: Programme
    doctor: User  # sends
    field_coordinator: User
    coordinator: User  # of the centre: receives
    psychologist: User  # of the centre
    mediator: User  # of the centre
    stranger: User  # of another programme
    partner: Organisation
    service: Service
    agreement: Agreement
    person: Patient
    extra: dict[str, Any] = field(default_factory=dict)


def make_world() -> World:
    mobile = ProgrammeFactory(kind=Programme.Kind.MOBILE)
    centre = ProgrammeFactory(kind=Programme.Kind.CENTRE)
    doctor = UserFactory(role="doctor", programme=mobile)
    partner = OrganisationFactory()
    return World(
        mobile=mobile,
        centre=centre,
        doctor=doctor,
        field_coordinator=UserFactory(role="coordinator", programme=mobile),
        coordinator=UserFactory(role="coordinator", programme=centre),
        psychologist=UserFactory(role="psychologist", programme=centre),
        mediator=UserFactory(role="mediator", programme=centre),
        stranger=UserFactory(role="coordinator"),
        partner=partner,
        service=ServiceFactory(organisation=partner),
        agreement=AgreementFactory(organisation=partner, data_sharing=True),
        person=PatientFactory(by=doctor),
    )


def an_ask(world: World, **changes: Any) -> Ask:
    """To the centre, unless a programme, service or partner is named."""
    given = {
        "patient": world.person,
        "target": "referral_targets:cai",
        "reasons": ("referral_reasons:psychology",),
        "urgency": "routine",
        "summary": "Duerme mal desde hace un mes",
        "risk_now": "mh_risk_levels:none",
        "language": "languages:spa",
        "contacts": ("safe_contact_methods:next_outing",),
        "data_scope": "data_scopes:clinical_summary",
        "criteria": ("cai_admission_criteria:inc_impact",),
        "from_programme": world.mobile,
        **changes,
    }
    if not {"to_programme", "to_service", "to_partner"} & set(changes):
        given["to_programme"] = world.centre
    return Ask(**given)


def to_partner(world: World, **changes: Any) -> Ask:
    return an_ask(
        world,
        **{
            "target": "referral_targets:partner",
            "reasons": ("referral_reasons:legal",),
            "to_service": world.service,
            "criteria": (),
            **changes,
        },
    )


def consents(world: World, partner: Organisation | None = None, **changes: Any) -> Consent:
    """The person agrees to sharing with the partner."""
    answer = replace(ConsentAnswer(type=SHARING, purpose="asesoría"), **changes)
    return record_consent(world.person, answer, by=world.doctor, partner=partner or world.partner)


def refer(world: World, **changes: Any) -> Referral:
    return services.refer(an_ask(world, **changes), by=world.doctor, id=uuid7())


def act(referral: Referral, move: Move, by: User, **given: Any) -> Referral:
    """As a page that shows the referral as it stands now."""
    referral.refresh_from_db()
    return services.move(referral, move, by=by, expected=referral.version, **given)


def slot(world: World, **changes: Any) -> Slot:
    return SlotFactory(programme=world.centre, **changes)


def _waits(world: World, row: Referral) -> None:
    act(row, Move.WAITLIST, world.coordinator)


def _missed(world: World, row: Referral) -> None:
    act(row, Move.SCHEDULE, world.coordinator, **today(world))
    act(row, Move.MISS, world.coordinator)


def today(world: World) -> dict[str, Any]:
    """A day without an hour, so that it can be missed today."""
    return {"on": world.centre.today(), "discipline": "psychology"}


_STEPS: dict[str, list[tuple[Move, dict[str, Any] | str]]] = {
    Status.SUBMITTED: [],
    Status.UNDER_REVIEW: [(Move.REVIEW, {})],
    Status.INFO_REQUESTED: [(Move.ASK, {"text": "¿Desde cuándo?"})],
    Status.ACCEPTED: [(Move.ACCEPT, {})],
    Status.WAITLISTED: [(Move.WAITLIST, {})],
    Status.DECLINED: [(Move.DECLINE, {"reason": "referral_decline_reasons:duplicate"})],
    Status.APPOINTMENT_GIVEN: [(Move.ACCEPT, {}), (Move.SCHEDULE, "today")],
    Status.NO_SHOW: [(Move.ACCEPT, {}), (Move.SCHEDULE, "today"), (Move.MISS, {})],
    Status.ARRIVED: [(Move.ACCEPT, {}), (Move.ARRIVE, {})],
    Status.SERVICE_RECEIVED: [
        (Move.ACCEPT, {}),
        (Move.ARRIVE, {}),
        (Move.SERVE, {"outcome": "referral_closure_outcomes:service_received"}),
    ],
    Status.FEEDBACK_SENT: [
        (Move.ACCEPT, {}),
        (Move.ARRIVE, {}),
        (
            Move.SERVE,
            {"outcome": "referral_closure_outcomes:service_received", "text": "Atendida"},
        ),
    ],
    Status.CLOSED_INCOMPLETE: [
        (Move.ACCEPT, {}),
        (Move.CLOSE, {"outcome": "referral_closure_outcomes:moved", "text": "Se fue"}),
    ],
}


def referral_in(world: World, status: str, **changes: Any) -> Referral:
    """A referral to the centre in this state, reached by the services."""
    if status == Status.DRAFT:
        return services.prepare(an_ask(world, **changes), by=world.doctor, id=uuid7())
    row = refer(world, **changes)
    if status == Status.CANCELLED:
        return act(row, Move.CANCEL, world.doctor, text="Ya no quiere")
    for move, given in _STEPS[status]:
        row = act(row, move, world.coordinator, **(today(world) if given == "today" else given))
    assert row.status == status
    return row


def state_of(referral: Referral) -> tuple[Any, ...]:
    """Everything a refused move must leave as it was."""
    row = Referral.objects.filter(pk=referral.pk).values().get()
    return tuple(sorted((name, repr(value)) for name, value in row.items())), tuple(
        referral.moves.values_list("pk", flat=True)
    )


def ids(rows: Iterable[Any]) -> list[UUID]:
    return [row.pk for row in rows]


def at_hour(hour: int, weekday: int = 2) -> dt.datetime:
    """A moment of a working week in Mexico City; 2 is Wednesday."""
    monday = dt.date(2026, 11, 16)
    day = monday + dt.timedelta(days=weekday)
    zone = timezone.get_default_timezone()
    return dt.datetime.combine(day, dt.time(hour), tzinfo=zone)


Given = Callable[[World], dict[str, Any]]
