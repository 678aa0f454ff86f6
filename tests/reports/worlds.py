"""Small worlds of referrals and stays, written as rows, and the arithmetic of an independent count."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, settings

from accounts.models import Programme, User
from partners.models import Agreement, Organisation
from patients.models import Consent, Patient
from referrals.models import Referral, ReferralMove, ReferralReason
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.partners.factories import AgreementFactory, OrganisationFactory
from tests.patients.factories import PatientFactory

START, END = date(2025, 2, 1), date(2025, 3, 31)
ZONE = ZoneInfo("America/Mexico_City")
NOW = datetime(2025, 4, 9, 18, tzinfo=UTC)
TODAY = NOW.astimezone(ZONE).date()
FEW = settings(
    max_examples=12,
    deadline=None,
    # Shrinking a world of rows takes minutes: the first that fails is told as it is.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class World:
    doctor: User
    mobile: Programme
    centre: Programme
    partner: Organisation
    agreement: Agreement
    people: list[Patient]
    consents: dict[Any, Consent] = field(default_factory=dict)


def make_world() -> World:
    """A mobile programme, a centre, a partner with an agreement, and five people, each of whom
    agrees to share with that partner."""
    doctor = UserFactory(role="doctor")
    partner = OrganisationFactory(code="partner_one")
    world = World(
        doctor,
        ProgrammeFactory(code="ONE", kind=Programme.Kind.MOBILE),
        ProgrammeFactory(code="TWO", kind=Programme.Kind.CENTRE),
        partner,
        AgreementFactory(organisation=partner, data_sharing=True),
        [
            PatientFactory(by=doctor, sex=sex, nationality=nationality)
            for sex, nationality in (
                ("female", "HTI"), ("male", "HND"), ("female", "HTI"), ("sex_unknown", "VEN"),
                ("intersex", "CUB"),
            )
        ],
    )  # fmt: skip
    for person in world.people:
        world.consents[person.pk] = Consent.objects.create(
            patient=person,
            type_id="consent_types:sharing_partner",
            decision_id="consent_decisions:given",
            method=Consent.Method.VERBAL,
            language_id="languages:spa",
            giver_id="consent_givers:self",
            partner=partner,
            decided_at=datetime(2024, 12, 1, tzinfo=UTC),
            recorded_by=doctor,
        )
    return world


def local(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def rounded(value: Any) -> float:
    return float(Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def per_cent(rows: Iterable[Any], counted: Callable[[Any], bool]) -> float | None:
    found = [counted(row) for row in rows]
    return rounded(Decimal(sum(found) * 100) / Decimal(len(found))) if found else None


def shares(
    rows: Iterable[Any], counted: Callable[[Any], bool], key: Callable[[Any], Any]
) -> dict[str, float]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: per_cent(group, counted) or 0.0 for name, group in groups.items()}


def middle_days(spans: list[timedelta]) -> float | None:
    if not spans:
        return None
    micros = median([span // timedelta(microseconds=1) for span in spans])
    return rounded(Decimal(str(micros)) / 86_400_000_000)


def sent(world: World, plan: dict[str, Any], number: int) -> Referral:
    """A referral as the services leave it, with the moves that the waiting list is read from."""
    at = datetime(2025, 1, 30, 6, tzinfo=UTC) + timedelta(minutes=plan["minute"])
    person = world.people[plan["person"]]
    status, to = plan["status"], plan["to"]
    external = to in ("partner", "hospital")
    row = Referral(
        patient=person,
        origin="team" if plan["sender"] != "partner" else "partner",
        from_programme={"mobile": world.mobile, "centre": world.centre}.get(plan["sender"]),
        from_partner=world.partner if plan["sender"] == "partner" else None,
        written_by=world.doctor,
        target_id=f"referral_targets:{to}",
        to_programme=None if external else _receiver(world, plan["sender"]),
        to_partner=world.partner if external else None,
        destination=f"place {number}",
        urgency=plan["urgency"],
        urgency_floor="routine",
        risk_now_id="mh_risk_levels:none",
        language_id="languages:spa",
        data_scope_id=f"data_scopes:{plan['scope']}",
        package=b"sealed",
        status=status,
        submitted_at=at,
        submitted_on=local(at),
        paused_seconds=plan["paused"],
        mark="",
    )
    if external and plan["scope"] != "none":
        row.agreement = world.agreement
        if plan["consented"]:
            row.consent = world.consents[person.pk]
        else:
            row.danger_reason = b"sealed"
    _walk(row, plan)
    return row


def _receiver(world: World, sender: str) -> Programme:
    return world.mobile if sender == "centre" else world.centre


def _walk(row: Referral, plan: dict[str, Any]) -> None:
    """The times that the state of the plan implies, each so many hours after the one before."""
    hours = iter(plan["hours"])

    def later(moment: datetime | None) -> datetime:
        assert moment is not None
        return moment + timedelta(hours=next(hours), microseconds=plan["late_by"])

    status, far = row.status, plan["far"]
    if status == "info_requested":
        row.paused_at = later(row.submitted_at)
    decided = ("accepted", "waitlisted", "appointment_given", "no_show", "arrived",
               "service_received", "feedback_sent", "closed_incomplete", "declined")  # fmt: skip
    if status in decided or (status == "cancelled" and far >= 1):
        row.decided_at = later(row.submitted_at)
    reached = {"accepted": 1, "appointment_given": 2, "no_show": 2, "arrived": 3,
               "service_received": 4, "feedback_sent": 5}  # fmt: skip
    step = reached.get(status, 0)
    if status in ("closed_incomplete", "cancelled", "declined"):
        step = min(far, 3 if status == "closed_incomplete" else 2)
    if status == "closed_incomplete":
        step = max(step, 1)
    if step >= 1:
        row.decided_at = row.decided_at or later(row.submitted_at)
        row.accepted_at = later(row.decided_at) if plan["waited"] else row.decided_at
    if step >= 2:
        row.first_appointment_on = local(row.accepted_at) + timedelta(days=plan["days"])
    if step >= 3:
        row.arrived_at = later(row.accepted_at)
    if step >= 4:
        row.served_at = later(row.arrived_at)
        row.outcome_id = f"referral_closure_outcomes:{plan['received']}"
    if step >= 5:
        row.feedback_at = row.closed_at = later(row.served_at)
        row.feedback = b"sealed"
    last = row.arrived_at or row.accepted_at or row.decided_at or row.submitted_at
    if status in ("closed_incomplete", "cancelled", "declined"):
        row.closed_at = later(last)
        if status != "cancelled":
            row.feedback_at = row.closed_at
        if status == "declined":
            row.decline_reason_id = f"referral_decline_reasons:{plan['declined']}"
        if status == "closed_incomplete":
            row.outcome_id = f"referral_closure_outcomes:{plan['lost']}"
    if row.closed_at is not None:
        row.closed_on = local(row.closed_at)
    if status == "waitlisted":
        row.waitlisted_at = row.decided_at
    clocks = {"submitted": "triage", "under_review": "triage", "accepted": "first_contact",
              "waitlisted": "first_contact", "appointment_given": "first_contact",
              "no_show": "recontact", "service_received": "feedback"}  # fmt: skip
    if status in clocks:
        row.clock, row.due_at = clocks[status], NOW


def write(world: World, plans: list[dict[str, Any]]) -> list[Referral]:
    rows = [sent(world, plan, number) for number, plan in enumerate(plans)]
    Referral.objects.bulk_create(rows)
    reasons, moves = [], []
    for row, plan in zip(rows, plans, strict=True):
        row.asked = list(dict.fromkeys(plan["reasons"]))  # type: ignore[attr-defined]
        row.waits = _waits(row, plan)  # type: ignore[attr-defined]
        reasons += [
            ReferralReason(referral=row, reason_id=f"referral_reasons:{code}", position=place)
            for place, code in enumerate(row.asked)  # type: ignore[attr-defined]
        ]
        moves += _moves(world, row)
    ReferralReason.objects.bulk_create(reasons)
    ReferralMove.objects.bulk_create(moves)
    return rows


def _waits(row: Referral, plan: dict[str, Any]) -> tuple[datetime, datetime | None] | None:
    """When it was on the waiting list."""
    if row.status == "waitlisted":
        assert row.decided_at is not None
        return (row.decided_at, None)
    if plan["waited"] and row.accepted_at is not None and row.decided_at is not None:
        return (row.decided_at, row.accepted_at)
    return None


def _moves(world: World, row: Referral) -> list[ReferralMove]:
    waits = row.waits  # type: ignore[attr-defined]
    made = [("send", "draft", "submitted", row.submitted_at)]
    if waits is not None:
        made.append(("waitlist", "submitted", "waitlisted", waits[0]))
        made.append(("note", "waitlisted", "waitlisted", waits[0]))
        if waits[1] is not None:
            made.append(("accept", "waitlisted", "accepted", waits[1]))
    return [
        ReferralMove(
            referral=row, position=place, move=move, from_status=before, to_status=after,
            side="receiver", actor=world.doctor, at=at,
        )
        for place, (move, before, after, at) in enumerate(made)
    ]  # fmt: skip


def step_of(row: Referral) -> int:
    if row.served_at:
        return 5 if row.feedback_at else 4
    if row.arrived_at:
        return 3
    if row.first_appointment_on:
        return 2
    return 1 if row.accepted_at else 0


def tally(values: Iterable[Any]) -> dict[str, int]:
    return dict(Counter(values))
