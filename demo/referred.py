"""What became of each referral of the year, move by move, within the times of the plan."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.policy import Discipline
from consultations.models import Appointment, Consultation
from demo import phrases
from demo.capacity import Capacity
from demo.handover import SUMMARY, Asked, Handover
from demo.plan.model import ContactPlan, ReferralPlan
from demo.records import Records
from demo.world import Offer, World
from patients.models import ContactAttempt
from referrals import rules
from referrals.machine import Move
from referrals.models import Status
from referrals.models.referral import MINIMUM, NOTHING
from terminology import lists

CENTRE, MOBILE = "CAI", "CDMX-MOBILE"
INCLUSION = (
    "inc_extreme_violence",
    "inc_impact",
    "inc_multidisciplinary",
    "inc_stay",
    "inc_consent",
)
_ZONE = ZoneInfo("America/Mexico_City")
_LAST = datetime(2025, 10, 31, 17, tzinfo=_ZONE)  # by then all are over
_MAIN = (("torture", "sexual_violence", "extreme_violence", "severe_mh"), (20, 26, 38, 16))
_BESIDE = (("complex_case", "psychiatry", "physiotherapy"), (50, 20, 30))
_RISK = (("none", "low", "moderate", "high", "not_assessed"), (66, 18, 6, 1, 9))
_WAYS = ("call", "whatsapp_neutral", "next_outing", "via_site", "accompanied")
_WHERE = ("shelter_civil", "rented", "hosted", "informal_camp", "hotel_hostel")
_PRIORITY = ("prio_recent", "prio_no_network")
_FEW = {"not_criteria": 2, "other_service_better": 3, "person_leaving": 4}
_SAID_SO = ("moved", "withdrawn")  # known before the day of the appointment, at times
_WITH_SERVICE = {
    "other_service_better": "service_taxonomy:mhpss_specialised",
    "needs_hospital_first": "service_taxonomy:hospital",
}
# What a partner's service is asked for, in words of `referral_reasons`.
REASON_OF = {
    "hospital": "hospital_specialist", "primary_care": "medical_followup", "hiv_sti": "hiv_tb",
    "emergency_care": "emergency_medical", "mhpss_specialised": "severe_mh",
    "gbv_response": "gbv_shelter", "mhpss_community_support": "psychology",
    "legal_asylum": "legal", "shelter_general": "shelter", "shelter_women": "gbv_shelter",
    "cash": "cash_food", "employment": "livelihood", "documentation": "documentation",
    "education": "education", "child_protection": "child_protection", "food": "cash_food",
}  # fmt: skip
_PARTNER_LOST = (
    ("unreachable", "not_attended", "moved", "withdrawn", "no_longer_needed", "unknown"),
    (12, 34, 18, 10, 8, 18),
)
_PARTNER_DECLINES = (("no_capacity", "not_criteria", "other_service_better"), (60, 25, 15))


def office(moment: datetime) -> datetime:
    """The moment, or the next hour at which the centre is open."""
    local = moment.astimezone(_ZONE)
    if local.hour >= 17:
        local = datetime.combine(local.date() + timedelta(days=1), time(8, 20), _ZONE)
    if local.hour < 8:
        local = datetime.combine(local.date(), time(8, 20), _ZONE)
    while local.weekday() > 4:
        local = datetime.combine(local.date() + timedelta(days=1), time(8, 20), _ZONE)
    return local


def on(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), _ZONE)


class Referred:
    """Rows of the referrals of a plan. Build them after the consultations they come from."""

    def __init__(
        self, world: World, records: Records, names: dict[int, str], capacity: Capacity, rng: Random
    ) -> None:
        self._world, self._records, self._names = world, records, names
        self._capacity, self._rng = capacity, rng
        self._triage = world.coordinators[CENTRE]
        self._social = world.who(CENTRE, Discipline.SOCIAL_WORK)
        self.criteria: dict[int, list[str]] = {}

    def rows(self, plans: Iterable[ReferralPlan]) -> Iterator[Any]:
        for plan in plans:
            make = self._to_partner if plan.service else self._to_centre
            yield from make(plan)

    # -- To the centre ---------------------------------------------------------------------------
    def _to_centre(self, plan: ReferralPlan) -> Iterator[Any]:
        handover = Handover(self._ask_centre(plan))
        handover.send()
        attempts: list[ContactAttempt] = []
        if plan.stay is not None:
            self._admitted(handover, plan, plan.stay.admitted)
            episode = self._records.episodes[plan.contact.person.number]
            handover.row.episode_id = episode.pk
        elif plan.result == "declined":
            self._declined(handover, plan)
        else:
            attempts = self._lost(handover, plan)
        yield from handover.rows()
        yield from attempts

    def _ask_centre(self, plan: ReferralPlan) -> Asked:
        rng, person = self._rng, plan.contact.person
        reasons = [rng.choices(*_MAIN)[0]]
        if rng.random() < 0.55:
            reasons.append(rng.choices(*_BESIDE)[0])
        criteria = list(INCLUSION)
        if (few := _FEW.get(plan.detail)) is not None and plan.result == "declined":
            criteria = sorted(rng.sample(INCLUSION, few))
        criteria += [each for each in _PRIORITY if rng.random() < 0.3]
        if person.age < 18:
            criteria.append("prio_minor")
        self.criteria[person.number] = [f"cai_admission_criteria:{each}" for each in criteria]
        return self._ask(
            plan.contact,
            reasons=reasons,
            risk=rng.choices(*_RISK)[0],
            summary=rng.choice(phrases.SUMMARIES),
            criteria=criteria,
            contacts=sorted(rng.sample(_WAYS, rng.randint(1, 2))),
            whereabouts=rng.choice(phrases.WHEREABOUTS),
            whereabouts_type=rng.choice(_WHERE),
            receiver=self._world.programmes[CENTRE],
            data_scope=SUMMARY,
        )

    def _ask(self, contact: ContactPlan, **more: Any) -> Asked:
        header = self._header(contact)
        return Asked(
            plan=contact.person,
            person=self._records.person(contact.person.number),
            name=self._names.get(contact.person.number, ""),
            at=header.signed_at + timedelta(minutes=self._rng.randint(1, 20)),
            by=self._world.who(MOBILE, contact.discipline),
            sender=self._world.programmes[MOBILE],
            site=self._world.sites[contact.site],
            header=header,
            **more,
        )

    def _header(self, contact: ContactPlan) -> Consultation:
        return self._records.header(contact)

    def _decision(self, handover: Handover, before: datetime = _LAST) -> datetime:
        """When it was decided: mostly within the norm of its urgency, always before something."""
        allowed = rules.norm(handover.row.urgency).triage_hours
        share = self._rng.uniform(0.05, 0.6) if self._rng.random() < 0.85 else (
            self._rng.uniform(1.1, 1.8)
        )  # fmt: skip
        sent = handover.row.submitted_at or before
        return min(office(sent + timedelta(hours=allowed * share)), before)

    def _look(self, handover: Handover, decision: datetime, *, ask: bool = False) -> None:
        """Between sending and decision: a look, and sometimes a question to the sender."""
        sent = handover.row.submitted_at or decision
        between = decision - sent
        if ask or self._rng.random() < 0.6:
            handover.move(Move.REVIEW, sent + between * 0.3, self._triage)
        if ask:
            sender = handover.row.written_by
            handover.move(Move.ASK, sent + between * 0.4, self._triage, text=phrases.QUESTION)
            handover.move(Move.ANSWER, sent + between * 0.8, sender, text=phrases.ANSWER)

    def _admitted(self, handover: Handover, plan: ReferralPlan, admitted: date) -> None:
        rng = self._rng
        arrival = on(admitted, 8, 30)
        decision = self._decision(handover, arrival - timedelta(hours=16))
        decision = max(decision, (handover.row.submitted_at or decision) + timedelta(minutes=20))
        days = (admitted - decision.date()).days
        self._look(handover, decision, ask=rng.random() < 0.1)
        if days >= 8 and rng.random() < 0.5:
            self._waited(handover, decision, admitted)
        else:
            handover.move(Move.ACCEPT, decision, self._triage)
        accepted = handover.row.accepted_at or decision
        if (admitted - accepted.date()).days >= 4 and rng.random() < 0.2:
            self._missed_once(handover, accepted, admitted)
        first = self._first(plan, admitted)
        first.booked_at = handover.last_at + timedelta(minutes=5)
        first.booked_by = self._triage
        handover.move(Move.SCHEDULE, first.booked_at, self._triage, appointment=first)
        handover.move(Move.ARRIVE, arrival, self._social)
        served = min(on(admitted, 13) + timedelta(days=rng.choice((0, 0, 1, 3))), _LAST)
        handover.move(
            Move.SERVE, served, self._social, reason=f"referral_closure_outcomes:{plan.detail}"
        )
        late = rng.random() < 0.12
        answered = served + timedelta(days=rng.randint(8, 14) if late else rng.randint(0, 5))
        handover.move(
            Move.FEEDBACK,
            min(answered + timedelta(hours=2), _LAST),
            self._social,
            text=rng.choice(phrases.ANSWERS_ARRIVED),
        )

    def _waited(self, handover: Handover, decision: datetime, admitted: date) -> None:
        """On the waiting list; the risk is asked again after a week."""
        risk = "mh_risk_levels:low"
        handover.move(Move.WAITLIST, decision, self._triage, risk=risk)
        again = decision + timedelta(days=6)
        if again.date() < admitted - timedelta(days=2):
            handover.move(Move.RECHECK, office(again), self._social, risk=risk)
        handover.move(Move.ACCEPT, on(admitted - timedelta(days=2), 9), self._triage)

    def _missed_once(self, handover: Handover, accepted: datetime, admitted: date) -> None:
        day = office(accepted + timedelta(days=1)).date()
        if day > admitted - timedelta(days=2):
            return
        missed = self._capacity.expect(
            handover.row.patient_id, Discipline.PSYCHOLOGY, day, Appointment.State.MISSED
        )
        missed.booked_at = accepted + timedelta(minutes=5)
        missed.booked_by = self._triage
        handover.move(Move.SCHEDULE, missed.booked_at, self._triage, appointment=missed)
        handover.move(Move.MISS, on(day, 16, 30), self._social)

    def _first(self, plan: ReferralPlan, admitted: date) -> Appointment:
        header = self._records.first_at_centre(plan.contact.person.number, admitted)
        return self._capacity.first(header)

    def _declined(self, handover: Handover, plan: ReferralPlan) -> None:
        decision = self._decision(handover)
        self._look(handover, decision, ask=plan.detail == "insufficient_info")
        service = self._world.partners.get(_WITH_SERVICE.get(plan.detail, ""), [])
        reason = f"referral_decline_reasons:{plan.detail}"
        needs = lists.get(reason).flag("needs_alternative")
        handover.move(
            Move.DECLINE,
            decision,
            self._triage,
            reason=reason,
            alternative=service[0].service if service else None,
            text=phrases.ALTERNATIVE if needs else phrases.ANSWERS_DECLINED[0],
        )

    def _lost(self, handover: Handover, plan: ReferralPlan) -> list[ContactAttempt]:
        """Accepted, and the person never arrived."""
        rng = self._rng
        decision = self._decision(handover, _LAST - timedelta(days=11))
        self._look(handover, decision)
        handover.move(Move.ACCEPT, decision, self._triage)
        attempts: list[ContactAttempt] = []
        day = office(decision + timedelta(days=rng.randint(2, 4)))
        told = plan.detail in _SAID_SO and rng.random() < 0.5
        state = Appointment.State.CANCELLED_BY_PERSON if told else Appointment.State.MISSED
        expected = self._capacity.expect(
            handover.row.patient_id, Discipline.PSYCHOLOGY, day.date(), state
        )
        expected.booked_at, expected.booked_by = decision + timedelta(minutes=4), self._triage
        handover.move(Move.SCHEDULE, expected.booked_at, self._triage, appointment=expected)
        tries = 3 if plan.detail == "unreachable" else rng.randint(0, 2)
        if told:
            day, tries = decision, 0
        else:
            handover.move(Move.MISS, on(day.date(), 16, 40), self._social)
        for _ in range(tries):
            day = office(day + timedelta(days=rng.choice((1, 1, 2)), hours=1))
            outcome = rng.choice(("no_answer", "no_answer", "wrong_number", "not_at_place"))
            attempts.append(self._attempt(handover, day, outcome))
        handover.move(
            Move.CLOSE,
            min(office(day + timedelta(days=1)), _LAST),
            self._triage,
            reason=f"referral_closure_outcomes:{plan.detail}",
            text=rng.choice(phrases.ANSWERS_LOST),
        )
        return attempts

    def _attempt(self, handover: Handover, moment: datetime, outcome: str) -> ContactAttempt:
        return ContactAttempt(
            patient_id=handover.row.patient_id,
            programme_id=self._world.programmes[CENTRE].pk,
            at=moment,
            local_date=moment.astimezone(_ZONE).date(),
            method_id="safe_contact_methods:call",
            purpose_id="contact_purposes:referral",
            outcome_id=f"contact_outcomes:{outcome}",
            by=self._social,
            recorded_at=moment,
        )

    # -- To partners -----------------------------------------------------------------------------
    def _to_partner(self, plan: ReferralPlan) -> Iterator[Any]:
        rng = self._rng
        offer = self._offer(plan)
        scope = self._scope(offer, plan.contact.day)
        handover = Handover(
            self._ask(
                plan.contact,
                reasons=[REASON_OF[rules.code(plan.service)]],
                risk="not_assessed",
                summary=rng.choice(phrases.PARTNER_SUMMARIES),
                contacts=[rng.choice(("next_outing", "via_site", "call", "accompanied"))],
                offer=offer,
                data_scope=scope,
            )
        )
        handover.send()
        self._answered(handover, plan)
        yield from handover.rows()

    def _offer(self, plan: ReferralPlan) -> Offer:
        """Somebody with an agreement in force, where there is one."""
        offers = self._world.partners[plan.service]
        ready = [each for each in offers if each.agreement_on(plan.contact.day)]
        return self._rng.choice(ready or offers)

    def _scope(self, offer: Offer, day: date) -> str:
        """Without an agreement, or where the person prefers it, somebody goes along."""
        agreement = offer.agreement_on(day)
        if agreement is None or self._rng.random() < 0.06:
            return NOTHING
        return SUMMARY if agreement.data_sharing and self._rng.random() < 0.5 else MINIMUM

    def _answered(self, handover: Handover, plan: ReferralPlan) -> None:
        rng, by = self._rng, handover.row.written_by
        keeper: User = self._world.coordinators[MOBILE]
        sent = handover.row.submitted_at or _LAST
        decided = office(sent + timedelta(hours=rng.expovariate(1 / 40)))
        if plan.result == "lost" and rng.random() < 0.22:
            reason = rng.choices(*_PARTNER_DECLINES)[0]
            handover.move(
                Move.DECLINE, decided, keeper,
                reason=f"referral_decline_reasons:{reason}", text=phrases.ALTERNATIVE,
            )  # fmt: skip
            return
        handover.move(Move.ACCEPT, decided, keeper)
        day = office(decided + timedelta(days=rng.randint(1, 9))).date()
        if rng.random() < 0.7:
            handover.move(Move.SCHEDULE, decided + timedelta(minutes=10), keeper, on=day)
        if plan.result == "received":
            handover.move(Move.ARRIVE, on(day, 10), by)
            handover.move(
                Move.SERVE, on(day, 12), by, reason="referral_closure_outcomes:service_received"
            )
            answered = on(day, 12) + timedelta(days=rng.choice((0, 1, 2, 4, 6, 9)))
            handover.move(Move.FEEDBACK, answered, by, text=rng.choice(phrases.ANSWERS_SERVED))
            return
        if handover.status == Status.APPOINTMENT_GIVEN:
            handover.move(Move.MISS, on(day, 17), by)
        handover.move(
            Move.CLOSE,
            on(day, 17) + timedelta(days=rng.randint(2, 14)),
            keeper,
            reason=f"referral_closure_outcomes:{rng.choices(*_PARTNER_LOST)[0]}",
            text=rng.choice(phrases.ANSWERS_LOST),
        )
