"""One referral as rows. The moves are replayed with the steps that the services make, so that
state, clock and times are what they would be; only nothing is saved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts import crypto
from accounts.models import Programme, User
from accounts.rows import uuid7
from consultations.models import Appointment, Consultation
from demo import phrases
from demo.plan.model import PersonPlan
from demo.world import Offer
from partners.models import Agreement, Organisation, Service, Site
from patients import builders
from patients.builders import Person
from patients.card import ConsentAnswer
from patients.models import Access, Consent, DataKey
from referrals import rules
from referrals.machine import TABLE, Move, Side
from referrals.models import (
    Origin,
    Referral,
    ReferralAppointment,
    ReferralContact,
    ReferralCriterion,
    ReferralMove,
    ReferralReason,
    Status,
    Urgency,
)
from referrals.models.referral import MINIMUM, NOTHING
from referrals.queries.package import Package
from referrals.rules import Facts, code
from referrals.services.steps import Step

SUMMARY = "data_scopes:clinical_summary"
_ENDS_ACCESS = (Status.DECLINED, Status.CANCELLED, Status.CLOSED_INCOMPLETE)
_STAYS = (Move.NOTE, Move.RECHECK)  # moves that leave the version as it is


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the sender writes. Lists as codes, without the name of their list."""

    plan: PersonPlan
    person: Person
    name: str
    reasons: Sequence[str]
    risk: str
    summary: str
    at: datetime
    by: User
    urgency: str = ""  # as computed where nothing is said
    criteria: Sequence[str] = ()
    contacts: Sequence[str] = ("next_outing",)
    whereabouts: str = ""
    whereabouts_type: str = ""
    sender: Programme | None = None
    site: Site | None = None
    header: Consultation | None = None
    origin: str = Origin.TEAM
    from_partner: Organisation | None = None
    receiver: Programme | None = None
    offer: Offer | None = None
    data_scope: str = SUMMARY
    danger: str = ""


@dataclass
class _Replayed(Step):
    """A step at a moment of the past, whose moves are collected."""

    secret: DataKey | None = None
    made: list[ReferralMove] = field(default_factory=list)

    @property
    def key(self) -> Any:
        return self.secret

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.programme.time_zone)).date()

    def keep(self, made: ReferralMove) -> None:
        self.made.append(made)


class Handover:
    """A referral from its draft on. `rows()` gives everything, consents before what needs them."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        keys = {DataKey.Purpose(key.purpose): key for key in asked.person.keys}
        self._keys, self._key = keys, keys[DataKey.Purpose.NARRATIVE]
        holder = asked.sender or asked.receiver
        if holder is None:
            raise ValueError("somebody of ours asks or receives")
        self._sides = {
            Side.SENDER: holder,
            Side.RECEIVER: asked.receiver or holder,
        }
        self._consents: list[Consent] = []
        self._links: list[ReferralAppointment] = []
        self.row = self._draft()
        self._step = _Replayed(
            self.row, asked.by, Side.SENDER, holder, asked.at, 0, secret=self._key
        )

    # -- What is asked ---------------------------------------------------------------------------
    def _draft(self) -> Referral:
        asked, patient = self._asked, self._asked.person.patient
        floor = rules.floor(self._facts(), asked.at)
        urgency = asked.urgency or floor.urgency
        partner = asked.offer.service.organisation if asked.offer else None
        row = Referral(
            patient=patient,
            origin=asked.origin,
            from_programme=asked.sender,
            from_partner=asked.from_partner,
            from_site=asked.site,
            consultation_id=asked.header.pk if asked.header else None,
            written_by=asked.by,
            written_at=asked.at,
            target_id=f"referral_targets:{self._target()}",
            to_programme=asked.receiver,
            to_partner=partner,
            to_service=asked.offer.service if asked.offer else None,
            destination=self._destination(),
            urgency=urgency,
            urgency_floor=floor.urgency,
            risk_now_id=f"mh_risk_levels:{asked.risk}",
            language_id=f"languages:{asked.plan.language}",
            mediator=asked.plan.needs_interpreter,
            whereabouts_type_id=(
                f"accommodation_types:{asked.whereabouts_type}" if asked.whereabouts_type else None
            ),
            data_scope_id=asked.data_scope,
            mark="",
        )
        row.seal(
            self._key,
            urgency_reason="\n".join(floor.words),
            summary=asked.summary,
            whereabouts=asked.whereabouts,
            danger_reason=asked.danger,
        )
        if Urgency(urgency).rank > Urgency(floor.urgency).rank:
            row.seal(self._key, lowered_reason=phrases.LOWERED)
        if urgency == Urgency.IMMEDIATE:
            row.seal(self._key, voice_handover_to=phrases.HANDOVER)
            row.voice_handover_at = asked.at
        return row

    def _facts(self) -> Facts:
        plan, built = self._asked.plan, self._asked.person
        criteria = frozenset(code(row.criterion_id) for row in built.vulnerabilities)
        alone = plan.travel.startswith("uasc") or "child_unaccompanied" in criteria
        return Facts(
            reasons=frozenset(self._asked.reasons),
            criteria=criteria,
            risk=self._asked.risk,
            age=plan.age,
            sex=plan.sex,
            unaccompanied=plan.age < 18 and alone,
        )

    def _target(self) -> str:
        if self._asked.receiver is not None:
            return rules.kind_of_target(self._asked.receiver)
        hospital = self._asked.offer and code(self._asked.offer.service.service_id) in (
            "hospital", "emergency_care",
        )  # fmt: skip
        return "hospital" if hospital else "partner"

    def _destination(self) -> str:
        if self._asked.receiver is not None:
            return f"programme:{self._asked.receiver.pk}"
        return f"service:{self._asked.offer.service.pk}" if self._asked.offer else ""

    # -- The moves -------------------------------------------------------------------------------
    @property
    def status(self) -> str:
        return str(self.row.status)

    @property
    def moves(self) -> list[ReferralMove]:
        return self._step.made

    @property
    def last_at(self) -> datetime:
        """When the last move was made."""
        return self._step.now

    def send(self) -> None:
        """As `asking` sends: what may be known is settled, the package frozen, the clock set."""
        asked, row = self._asked, self.row
        row.submitted_at, row.submitted_on = asked.at, self._step.today
        row.age_years = asked.header.age_years if asked.header else asked.plan.age
        self._settle_sharing()
        content = Package(row.data_scope_id, self._shared()).dumps()
        row.seal(self._key, package=content)
        row.package_mark = crypto.mac(
            "referral-package", str(row.pk).encode(), content.encode()
        ).hex()
        self.move(Move.SEND, asked.at, asked.by)

    def move(
        self,
        move: Move,
        at: datetime,
        by: User,
        *,
        text: str = "",
        reason: str | None = None,
        risk: str | None = None,
        alternative: Service | None = None,
        appointment: Appointment | None = None,
        on: date | None = None,
    ) -> None:
        """One move with what it sets, never before the one before it. `reason`, `risk`: keys."""
        row, step = self.row, self._step
        step.by, step.now = by, max(at, step.now)
        sides = TABLE[move].sides
        step.side = Side.SENDER if Side.SENDER in sides else Side.RECEIVER
        step.programme = self._sides[step.side]
        if move in (Move.ACCEPT, Move.SCHEDULE, Move.ARRIVE):
            row.accepted_at = row.accepted_at or step.now
        if move == Move.SCHEDULE:
            self._schedule(appointment, on)
        if move == Move.ARRIVE:
            row.arrived_at = step.now
        if move == Move.SERVE:
            row.served_at, row.outcome_id = step.now, reason
        if move == Move.DECLINE:
            row.decline_reason_id = reason
        if move == Move.CLOSE:
            row.outcome_id = reason
        if move in (Move.DECLINE, Move.CLOSE, Move.FEEDBACK):
            row.feedback_at = step.now
            row.seal(self._key, feedback=text)
        if move == Move.ASK_CANCEL:
            row.cancel_asked_at = step.now
        step.make(move, text=text, reason=reason, risk=risk, alternative=alternative)
        if move in (Move.WAITLIST, Move.RECHECK):
            row.risk_checked_on = step.today if risk else None
        if move not in _STAYS and move != Move.SEND:
            row.version += 1

    def _schedule(self, appointment: Appointment | None, on: date | None) -> None:
        row = self.row
        if appointment is not None:
            row.appointment_id, on = appointment.pk, appointment.local_date
            self._links.append(
                ReferralAppointment(referral_id=row.pk, appointment_id=appointment.pk)
            )
        if row.first_appointment_on is None:
            row.first_appointment_on = on

    # -- What may be known -----------------------------------------------------------------------
    def _settle_sharing(self) -> None:
        asked, row = self._asked, self.row
        if asked.offer is None:
            row.consent = self._consent("sharing_internal")
            return
        row.agreement = self._agreement()
        if row.data_scope_id != NOTHING and not asked.danger:
            row.consent = self._consent("sharing_partner", asked.offer.service.organisation)

    def _agreement(self) -> Agreement | None:
        offer, on = self._asked.offer, self.row.submitted_on
        return offer.agreement_on(on) if offer and on else None

    def _consent(self, kind: str, partner: Organisation | None = None) -> Consent:
        asked = self._asked
        child = asked.plan.age < 18
        giver = "mother_father" if child else "self"
        if child and asked.plan.travel.startswith("uasc"):
            giver = "nna_no_adult_assent"
        answer = ConsentAnswer(
            type=f"consent_types:{kind}",
            giver=f"consent_givers:{giver}",
            language=f"languages:{asked.plan.language}",
            folio=f"C-{asked.plan.number:06d}",
        )
        row = builders.consent(
            answer,
            asked.person.patient.pk,
            self._keys,
            by=asked.by,
            at=asked.at,
            on=self._step.today,
            site_id=asked.site.pk if asked.site else None,
            partner_id=partner.pk if partner else None,
        )
        self._consents.append(row)
        return row

    def _shared(self) -> dict[str, Any]:
        """Field by field as `queries.package` makes it."""
        asked, row, patient = self._asked, self.row, self._asked.person.patient
        if row.data_scope_id == NOTHING:
            return {}
        ours = [str(each.name) for each in (asked.sender, asked.site) if each is not None]
        sender = asked.from_partner.name if asked.from_partner else " · ".join(ours)
        minimum = {
            "code": patient.code,
            "sender": sender,
            "hour": asked.at.replace(second=0, microsecond=0).isoformat(),
            "language": row.language_id,
            "mediator": row.mediator,
        }
        if row.data_scope_id == MINIMUM:
            return minimum
        return minimum | {
            "name": asked.name,
            "age": row.age_years,
            "sex": f"sex_gender:{patient.sex}",
            "nationality": patient.nationality_id,
            "reason": [f"referral_reasons:{each}" for each in asked.reasons],
            "urgency": f"referral_urgency:{row.urgency}",
            "summary": asked.summary,
            "criteria": self._criteria(),
            "risk_now": row.risk_now_id,
            "contact": [f"safe_contact_methods:{each}" for each in asked.contacts],
            "whereabouts": asked.whereabouts,
            "whereabouts_type": row.whereabouts_type_id,
            "allergies": "",
        }

    def _criteria(self) -> list[str]:
        return [f"cai_admission_criteria:{each}" for each in self._asked.criteria]

    # -- Rows ------------------------------------------------------------------------------------
    def rows(self) -> Iterator[Any]:
        asked, row = self._asked, self.row
        yield from self._consents
        yield row
        for position, reason in enumerate(asked.reasons):
            yield ReferralReason(
                referral_id=row.pk, reason_id=f"referral_reasons:{reason}", position=position
            )
        for key in self._criteria():
            yield ReferralCriterion(referral_id=row.pk, criterion_id=key)
        for method in asked.contacts:
            yield ReferralContact(referral_id=row.pk, method_id=f"safe_contact_methods:{method}")
        yield from self._step.made
        yield from self._links
        if asked.receiver is not None and row.submitted_at:
            yield Access(
                id=uuid7(),
                patient_id=row.patient_id,
                programme_id=asked.receiver.pk,
                basis=Access.Basis.REFERRAL,
                since=row.submitted_at,
                until=row.closed_at if row.status in _ENDS_ACCESS else None,
                shares_history=True,
            )
