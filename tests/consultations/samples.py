"""A context without a database row behind it, and one full payload per discipline."""

from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

from django.http import QueryDict

from accounts.models import Programme, User
from accounts.policy import Discipline
from accounts.rows import uuid7
from consultations.forms import FORMS, DisciplineForm, FormContext
from consultations.models import Outing
from patients.models import Patient

DAY = date(2025, 11, 20)
SITE = uuid7()
PARTNER = str(uuid7())
SUPPORTED = str(uuid7())


def make_context(discipline: str = Discipline.MEDICAL, **changes: Any) -> FormContext:
    """An adult of thirty at their first visit, on a Thursday."""
    programme = Programme(code="X", time_zone="America/Mexico_City")
    known: dict[str, Any] = {
        "patient": Patient(code="ABCDEFGH1", language_id="languages:hat"),
        "discipline": discipline,
        "user": User(),
        "outing": Outing(programme=programme, site_id=SITE, local_date=DAY),
        "age_years": 30,
        "age_months": 365,
        "under_18": False,
        "first_visit": True,
        "partners": [(PARTNER, "Casa Refugio Uno")],
        "sites": [(str(SITE), "Parque"), (str(uuid7()), "Albergue")],
        "now": datetime(2025, 11, 20, 18, tzinfo=UTC),
    }
    return FormContext(**(known | changes))


def child(years: int, **changes: Any) -> dict[str, Any]:
    return {"age_years": years, "age_months": 12 * years + 1, "under_18": True, **changes}


def payload_of(discipline: str, **answers: Any) -> dict[str, Any]:
    found = deepcopy({**FRAME, **FULL[discipline], **answers})
    return {name: value for name, value in found.items() if value is not None}


def post(discipline: str, *, context: FormContext | None = None, **answers: Any) -> QueryDict:
    """The full payload as a browser sends it; `answers` replace fields as they are posted."""
    context = context or make_context(discipline)
    form = FORMS[discipline]
    known = payload_of(discipline)
    if discipline == Discipline.PSYCHOLOGY and context.first_visit:
        known.pop("cgi_i")
    data = form.post_data(known, context)
    for name, value in answers.items():
        field = name.replace("__", "-")
        if isinstance(value, list):
            data.setlist(field, value)
        elif value is None:
            data.pop(field, None)
        else:
            data[field] = value
    return data


def filled(
    discipline: str, *, context: FormContext | None = None, **answers: Any
) -> DisciplineForm:
    """The bound form of a full payload."""
    context = context or make_context(discipline)
    return FORMS[discipline](post(discipline, context=context, **answers), context=context)


FRAME = {
    "visit_type": "first",
    "mode": "consultation_modes:individual",
    "mediation": "mediation_modes:none_needed",
    "treatment_consent": "consent_decisions:given",
}
_DIAGNOSES = [
    {"concept": "morbidity:uri", "certainty": "suspected", "novelty": "new"},
    {"concept": "morbidity:hypertension", "certainty": "confirmed", "novelty": "follow_up"},
]
_MIND = [
    {"concept": "mh_diagnoses:depression", "certainty": "confirmed", "novelty": "follow_up"},
    {"concept": "mh_diagnoses:insomnia", "certainty": "confirmed", "novelty": "new"},
]
_MEDICINES = [
    {
        "medicine": "medicines:paracetamol_500",
        "dose": "500 mg",
        "route": "oral",
        "frequency": "8h",
        "days": 3,
        "quantity": 9,
        "note": "con alimentos",
    },
    {
        "medicine": "medicines:ibuprofen_400",
        "dose": "400 mg",
        "route": "oral",
        "frequency": "12h",
    },
]
_TESTS = [{"test": "rapid_tests:malaria", "result": "test_results:negative"}]
_ITEMS = [{"item": "items_distributed:ors_sachet", "quantity": 4}]
_VITALS = {
    "temperature": "36.8",
    "heart_rate": "72",
    "systolic_bp": "118",
    "diastolic_bp": "76",
    "spo2": "97",
    "weight": "64.5",
    "height": "168.0",
}
_FOLLOW_UP = {"date": "2025-11-27", "site": str(SITE)}

FULL: dict[str, dict[str, Any]] = {
    Discipline.MEDICAL: {
        "reason": "morbidity:uri",
        "reason_text": "tos desde hace tres días",
        "vitals": _VITALS,
        "pregnancy": "pregnancy_status:pregnant",
        "pregnancy_weeks": 20,
        "pregnancy_estimated": True,
        "last_period": "2025-07-01",
        "contraception": "contraception_methods:none",
        "pain": 3,
        "history": "Asma en la infancia",
        "substances": ["substance_use:not_asked"],
        "exam": "Faringe roja",
        "tests": _TESTS,
        "diagnosis": _DIAGNOSES,
        "treatment": _MEDICINES,
        "procedures": ["medical_procedures:dressing", "medical_procedures:observation"],
        "items": _ITEMS,
        "violence_link": "yes_no_not_asked:yes",
        "risk": "risk_screening:no_concern",
        "advice_plan": "Reposo y líquidos",
        "follow_up": _FOLLOW_UP,
    },
    Discipline.NURSING: {
        "reason_text": "curación de la herida",
        "vitals": {"temperature": "37.0"},
        "procedures": ["medical_procedures:dressing"],
        "medicines_given": [
            {
                "medicine": "medicines:paracetamol_500",
                "dose": "1 tableta",
                "route": "oral",
                "frequency": "single",
            }
        ],
        "prescribed_by": "Dra. de guardia",
        "tests": _TESTS,
        "advice_plan": "Mantener seca",
        "items": _ITEMS,
        "follow_up": _FOLLOW_UP,
    },
    Discipline.SRH: {
        "reason": "morbidity:family_planning",
        "pregnancy": "pregnancy_status:not_pregnant",
        "last_period": "2025-11-02",
        "vitals": {"systolic_bp": "110", "diastolic_bp": "70"},
        "contraception_current": "contraception_methods:none",
        "contraception_given": "contraception_methods:implant",
        "tests": _TESTS,
        "exam": "Sin hallazgos",
        "diagnosis": [
            {"concept": "morbidity:family_planning", "certainty": "confirmed", "novelty": "new"}
        ],
        "treatment": _MEDICINES[:1],
        "violence_link": "yes_no_not_asked:not_asked",
        "advice_plan": "Volver si hay molestias",
        "follow_up": _FOLLOW_UP,
    },
    Discipline.PSYCHOLOGY: {
        "service_explained": False,
        "referral_source": "mh_referral_source:self",
        "intervention": ["mh_interventions:pfa", "mh_interventions:counselling"],
        "distress": 7,
        "functioning": "could_not_ask",
        "symptoms": ["mh_symptoms:sleep", "mh_symptoms:sad"],
        "duration": "symptom_duration:weeks_1_4",
        "events": ["precipitating_events:vio_kidnap"],
        "risk": "mh_risk_levels:high",
        "risk_action": "No se dejó sola; traslado al hospital",
        "risk_others": "yes_no_not_asked:no",
        "diagnosis": _MIND,
        "cgi_s": "scale_bands:cgi_s.cgi_s_4",
        "cgi_i": "scale_bands:cgi_i.cgi_i_2",
        "session_note": "Lo que se habló",
        "goals": [{"text": "Dormir la noche", "status": "care_plan_goal_status:in_progress"}],
        "plan": "Respiración cada noche",
        "follow_up": {"date": "2025-11-21", "site": str(SITE)},
        "closure": "cai_discharge_outcomes:moved",
        "closure_note": "Viaja mañana",
    },
    Discipline.PSYCHIATRY: {
        "history": "Primer episodio",
        "mental_state": ["mental_state_findings:low_mood", "mental_state_findings:slowed"],
        "mental_state_text": "Colabora",
        "diagnosis": _MIND[:1],
        "medication": [
            {
                "medicine": "medicines:sertraline_50",
                "dose": "50 mg",
                "route": "oral",
                "frequency": "24h",
                "days": 14,
                "quantity": 14,
            }
        ],
        "risk": "mh_risk_levels:low",
        "follow_up": _FOLLOW_UP,
    },
    Discipline.SOCIAL_WORK: {
        "needs": [
            {
                "need": "social_needs:shelter",
                "action": "social_actions:referral_external",
                "outcome": "social_outcomes:open",
                "partner": PARTNER,
            },
            {
                "need": "social_needs:food",
                "action": "social_actions:in_kind",
                "outcome": "social_outcomes:met",
            },
        ],
        "accommodation": "accommodation_types:street",
        "legal_stage": "legal_procedure_stages:none",
        "legal_next_date": "2025-12-01",
        "documents": ["id_documents:passport"],
        "intention": "destination_intentions:stay_mexico",
        "income_work": ["income_work:none"],
        "network": ["support_network:family_here"],
        "safety": "danger_level:none",
        "risk": "risk_screening:no_concern",
        "items": _ITEMS,
        "note": "Llega con dos hijas",
        "follow_up": _FOLLOW_UP,
    },
    Discipline.CULTURAL_MEDIATION: {
        "mediation": "mediation_modes:in_person",
        "language": "languages:hat",
        "mediation_mode": "mediation_modes:in_person",
        "activity": "mediation_modes:individual_support",
        "topic": ["mediation_topics:appointment"],
        "minutes": 25,
        "barrier": ["mediation_barriers:mistrust"],
        "note": "Prefiere la mañana",
    },
    Discipline.HEALTH_PROMOTION: {
        "topics": ["health_promotion_topics:vaccination"],
        "need_detected": ["referral_reasons:medical_followup"],
        "items": _ITEMS,
        "note": "Pide folleto",
    },
    Discipline.PHYSIOTHERAPY: {
        "region": ["body_regions:neck", "body_regions:lower_back"],
        "pain": 0,
        "function": 6,
        "treatment": ["physiotherapy_treatments:exercise"],
        "plan": "Ejercicios en casa",
        "follow_up": _FOLLOW_UP,
    },
    Discipline.OCCUPATIONAL: {
        "areas": ["occupational_areas:work"],
        "performance": 5,
        "satisfaction": "could_not_ask",
        "treatment": ["occupational_treatments:cognitive"],
        "plan": "Organizar la semana",
        "follow_up": _FOLLOW_UP,
    },
}
