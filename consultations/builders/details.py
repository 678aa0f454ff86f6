from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Model

from accounts.crypto import Key
from accounts.policy import Discipline
from consultations.builders.needs import build_needs
from consultations.builders.scores import answers, scores
from consultations.builders.vitals import build_vitals
from consultations.models import (
    Appointment,
    Choice,
    Consultation,
    Diagnosis,
    ItemDistribution,
    MediationDetail,
    MediationLink,
    MedicalDetail,
    MentalHealthDetail,
    Need,
    Prescription,
    PromotionDetail,
    RehabilitationDetail,
    SessionGoal,
    SocialWorkDetail,
    TestResult,
)
from consultations.scales import higher, risk_of

Payload = Mapping[str, Any]


@dataclass
class Built:
    """Unsaved rows of one consultation. Save `rows` list by list, in order, after the header;
    update `needs_closed` (`closed_on`, `outcome`); book `appointment`."""

    rows: list[list[Model]] = field(default_factory=list)
    needs_closed: list[Need] = field(default_factory=list)
    appointment: Appointment | None = None


def build_details(
    header: Consultation,
    payload: Payload,
    key: Key,
    *,
    open_needs: Mapping[str, Need],
    sex: str = "",
) -> Built:
    """Everything a consultation consists of beside its header.

    `open_needs` are the person's open needs in this programme by key of the list; a need that is
    not among them is opened. `sex` decides between the cut-offs of AUDIT-C. Raises `ValueError`
    for impossible answers of a scale, and for a high suicide risk without an action.
    """
    measured = list(scores(header, payload, sex))
    needs = build_needs(header, payload.get("needs", ()), open_needs)
    rows: list[list[Model]] = [
        list(needs.opened),
        [_DETAILS[header.discipline](header, payload, key)],
        list(needs.steps),
        list(_vitals(header, payload)),
        list(_choices(header, payload)),
        list(_diagnoses(header, payload)),
        list(_prescriptions(header, payload, key)),
        list(_tests(header, payload)),
        list(_items(header, payload)),
        [result for result, _sheet in measured],
        list(answers(measured)),
        list(_goals(header, payload, key)),
        list(_link(header, payload)),
    ]
    return Built([of for of in rows if of], needs.closed, _appointment(header, payload))


# -- The typed row ---------------------------------------------------------------------------
def _day(payload: Payload, name: str) -> date | None:
    return date.fromisoformat(payload[name]) if name in payload else None


HIGH = "mh_risk_levels:high"


def _medical(header: Consultation, payload: Payload, key: Key) -> Model:
    text, get = payload.get, payload.get
    high = risk_of(payload.get("scales"), header.age_years) == HIGH
    if high and not payload.get("risk_action"):
        raise ValueError("a high suicide risk without an action")
    row = MedicalDetail(
        consultation_id=header.pk,
        reason_id=get("reason"),
        pregnancy_id=get("pregnancy"),
        pregnancy_weeks=get("pregnancy_weeks"),
        pregnancy_estimated=get("pregnancy_estimated", False),
        last_period=_day(payload, "last_period"),
        contraception_id=get("contraception", get("contraception_current")),
        contraception_given_id=get("contraception_given"),
        violence_link_id=get("violence_link"),
        risk_id=get("risk"),
    )
    row.seal(
        key,
        reason_text=text("reason_text", ""),
        risk_action=text("risk_action", ""),
        history=text("history", ""),
        exam=text("exam", ""),
        advice_plan=text("advice_plan", ""),
        prescribed_by=text("prescribed_by", ""),
    )
    return row


def _mental_health(header: Consultation, payload: Payload, key: Key) -> Model:
    text, get = payload.get, payload.get
    row = MentalHealthDetail(
        consultation_id=header.pk,
        service_explained=get("service_explained"),
        referral_source_id=get("referral_source"),
        duration_id=get("duration"),
        # The answers raise the level that was chosen, and never lower it.
        risk_id=higher(payload["risk"], risk_of(payload.get("scales"), header.age_years)) or "",
        risk_others_id=get("risk_others"),
        closure_id=get("closure"),
        adherence_id=get("adherence"),
    )
    row.seal(
        key,
        risk_action=text("risk_action", ""),
        session_note=text("session_note", ""),
        plan=text("plan", ""),
        closure_note=text("closure_note", ""),
        history=text("history", ""),
        mental_state_text=text("mental_state_text", ""),
    )
    return row


def _social_work(header: Consultation, payload: Payload, key: Key) -> Model:
    row = SocialWorkDetail(
        consultation_id=header.pk,
        accommodation_id=payload.get("accommodation"),
        legal_stage_id=payload.get("legal_stage"),
        legal_next_date=_day(payload, "legal_next_date"),
        intention_id=payload.get("intention"),
        safety_id=payload["safety"],
        risk_id=payload.get("risk"),
    )
    row.seal(key, note=payload.get("note", ""))
    return row


def _mediation(header: Consultation, payload: Payload, key: Key) -> Model:
    row = MediationDetail(
        consultation_id=header.pk,
        language_id=payload["language"],
        mode_id=payload["mediation_mode"],
        activity_id=payload["activity"],
        minutes=payload.get("minutes"),
    )
    row.seal(key, note=payload.get("note", ""))
    return row


def _promotion(header: Consultation, payload: Payload, key: Key) -> Model:
    row = PromotionDetail(consultation_id=header.pk)
    row.seal(key, note=payload.get("note", ""))
    return row


def _rehabilitation(header: Consultation, payload: Payload, key: Key) -> Model:
    row = RehabilitationDetail(consultation_id=header.pk)
    row.seal(key, plan=payload.get("plan", ""))
    return row


_DETAILS: dict[str, Callable[[Consultation, Payload, Key], Model]] = {
    Discipline.MEDICAL: _medical,
    Discipline.NURSING: _medical,
    Discipline.SRH: _medical,
    Discipline.PSYCHOLOGY: _mental_health,
    Discipline.PSYCHIATRY: _mental_health,
    Discipline.SOCIAL_WORK: _social_work,
    Discipline.CULTURAL_MEDIATION: _mediation,
    Discipline.HEALTH_PROMOTION: _promotion,
    Discipline.PHYSIOTHERAPY: _rehabilitation,
    Discipline.OCCUPATIONAL: _rehabilitation,
}

# -- Answers with several codes --------------------------------------------------------------
_REHABILITATION = ("region", "areas", "treatment")
CHOICES: dict[str, tuple[str, ...]] = {
    Discipline.MEDICAL: ("substances", "procedures"),
    Discipline.NURSING: ("procedures",),
    Discipline.SRH: (),
    Discipline.PSYCHOLOGY: ("intervention", "symptoms", "events"),
    Discipline.PSYCHIATRY: ("mental_state", "side_effects"),
    Discipline.SOCIAL_WORK: ("documents", "income_work", "network"),
    Discipline.CULTURAL_MEDIATION: ("topic", "barrier"),
    Discipline.HEALTH_PROMOTION: ("topics", "need_detected"),
    Discipline.PHYSIOTHERAPY: _REHABILITATION,
    Discipline.OCCUPATIONAL: _REHABILITATION,
}


def _choices(header: Consultation, payload: Payload) -> Iterator[Choice]:
    for name in CHOICES[header.discipline]:
        for position, code in enumerate(payload.get(name, ())):
            yield Choice(consultation_id=header.pk, field=name, concept_id=code, position=position)


# -- Lines -----------------------------------------------------------------------------------
def _diagnoses(header: Consultation, payload: Payload) -> Iterator[Diagnosis]:
    for position, line in enumerate(payload.get("diagnosis", ())):
        yield Diagnosis(
            consultation_id=header.pk,
            concept_id=line["concept"],
            position=position,
            certainty=line.get("certainty", Diagnosis.Certainty.CONFIRMED),
            novelty=line.get("novelty", Diagnosis.Novelty.NEW),
        )


# Field of the form, and whether it was administered on the spot. One per discipline.
MEDICINES = {"treatment": False, "medication": False, "medicines_given": True}


def _prescriptions(header: Consultation, payload: Payload, key: Key) -> Iterator[Prescription]:
    if header.discipline in _REHABILITATED:
        return  # their `treatment` is no medicine
    for name, administered in MEDICINES.items():
        for position, line in enumerate(payload.get(name, ())):
            row = Prescription(
                consultation_id=header.pk,
                medicine_id=line["medicine"],
                dose=line.get("dose", ""),
                route=line.get("route", Prescription.Route.ORAL),
                frequency=line.get("frequency", Prescription.Frequency.SINGLE),
                days=line.get("days"),
                quantity=line.get("quantity"),
                administered=administered,
                position=position,
            )
            row.seal(key, note=line.get("note", ""))
            yield row


_REHABILITATED = (Discipline.PHYSIOTHERAPY, Discipline.OCCUPATIONAL)


def _tests(header: Consultation, payload: Payload) -> Iterator[TestResult]:
    for position, line in enumerate(payload.get("tests", ())):
        yield TestResult(
            consultation_id=header.pk,
            test_id=line["test"],
            result_id=line["result"],
            position=position,
        )


def _items(header: Consultation, payload: Payload) -> Iterator[ItemDistribution]:
    for line in payload.get("items", ()):
        yield ItemDistribution(
            consultation_id=header.pk, item_id=line["item"], quantity=line.get("quantity", 1)
        )


def _goals(header: Consultation, payload: Payload, key: Key) -> Iterator[SessionGoal]:
    for position, line in enumerate(payload.get("goals", ())):
        row = SessionGoal(consultation_id=header.pk, status_id=line["status"], position=position)
        row.seal(key, text=line["text"])
        yield row


# -- Visit, appointment, link ----------------------------------------------------------------
def _vitals(header: Consultation, payload: Payload) -> Iterator[Model]:
    if payload.get("vitals"):
        yield build_vitals(
            payload["vitals"],
            visit_id=header.visit_id,
            patient_id=header.patient_id,
            taken_by_id=header.professional_id,
            taken_at=header.started_at,
        )


def _link(header: Consultation, payload: Payload) -> Iterator[MediationLink]:
    if payload.get("supported"):
        yield MediationLink(mediation_id=header.pk, supported_id=UUID(payload["supported"]))


def _appointment(header: Consultation, payload: Payload) -> Appointment | None:
    booked = payload.get("follow_up")
    if not booked:
        return None
    return Appointment(
        patient_id=header.patient_id,
        programme_id=header.programme_id,
        site_id=UUID(booked["site"]) if booked.get("site") else None,
        discipline=header.discipline,
        local_date=date.fromisoformat(booked["date"]),
        booked_in_id=header.pk,
        booked_by_id=header.professional_id,
        booked_at=header.signed_at,
    )
