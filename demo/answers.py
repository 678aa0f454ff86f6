"""Plausible answers of a consultation, in the shape of the payload that the forms give."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any

from demo.plan.model import ContactPlan
from demo.plan.numbers import apportion, dealt, number, shares
from terminology import lists

Payload = dict[str, Any]

_PLANS = (
    "Hidratación y reposo; datos de alarma explicados.",
    "Tomar el tratamiento completo; regresar si no hay mejoría.",
    "Vigilar temperatura; acudir a urgencias ante datos de alarma.",
    "Continuar el tratamiento; control en la próxima salida.",
    "Medidas de higiene y cuidado de la piel.",
)
_MH_PLANS = (
    "Ejercicios de respiración dos veces al día.",
    "Anotar los momentos de calma y lo que ayuda.",
    "Retomar actividades con personas de confianza.",
)
# Main condition to a usual medicine: dose, frequency, days, quantity.
_MEDICINES: dict[str, tuple[str, str, str, int, int]] = {
    "uri": ("paracetamol_500", "500 mg", "8h", 3, 9),
    "pharyngitis": ("amoxicillin_500", "500 mg", "8h", 7, 21),
    "headache": ("paracetamol_500", "500 mg", "8h", 3, 9),
    "msk_back": ("ibuprofen_400", "400 mg", "8h", 3, 9),
    "msk_other": ("ibuprofen_400", "400 mg", "8h", 3, 9),
    "gastritis": ("omeprazole_20", "20 mg", "24h", 14, 14),
    "uti": ("nitrofurantoin_100", "100 mg", "12h", 5, 10),
    "parasitosis": ("albendazole_400", "400 mg", "single", 1, 1),
    "diarrhoea_watery": ("ors", "1 sobre", "as_needed", 3, 6),
    "allergic_rhinitis": ("loratadine_10", "10 mg", "24h", 7, 7),
    "skin_infection": ("dicloxacillin_500", "500 mg", "6h", 7, 28),
    "mycosis": ("clotrimazole_cr", "capa fina", "12h", 14, 1),
}
_DEAL = 72  # people at a time: as many as are admitted in the year of the scenario


@dataclass(frozen=True)
class _Draw:
    """Keys with their cumulated weights: quick to draw from."""

    keys: Sequence[str]
    weights: Sequence[float]

    @classmethod
    def of(cls, weights: dict[str, float]) -> "_Draw":
        return cls(tuple(weights), tuple(accumulate(weights.values())))

    @classmethod
    def even(cls, name: str, most: int = 12, leave: Sequence[str] = ()) -> "_Draw":
        """The first codes of a list, the earlier the more often."""
        codes = [e.code for e in lists.all(name) if e.offered and e.code not in leave][:most]
        return cls.of({code: 1 / (1 + position) for position, code in enumerate(codes)})

    def one(self, rng: Random) -> str:
        return rng.choices(self.keys, cum_weights=self.weights)[0]

    def some(self, rng: Random, most: int) -> list[str]:
        wanted = rng.randint(1, most)
        found: list[str] = []
        for _ in range(wanted * 3):
            key = self.one(rng)
            if key not in found:
                found.append(key)
            if len(found) == wanted:
                break
        return found


class Answers:
    """Draws answers for one scenario; the same generator gives the same answers."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        conditions = shares("morbidity_mobile")
        rest = conditions.pop("other")
        self._conditions = _Draw.of({**conditions, "other": rest})
        self._known_conditions = {e.code for e in lists.all("morbidity")}
        mental = shares("mh_diagnosis_mobile")
        mental["other_disorder"] = mental.pop("other_disorder")
        self._mental = _Draw.of(mental)
        self._centre: dict[int, str] = {}  # people to what they are treated for there
        self._dealt: dict[int, list[str]] = {}  # what is left to deal, by year
        self._events = {
            category: [
                e.code
                for e in lists.all("precipitating_events")
                if e.attributes.get("category") == category
            ]
            for category in shares("mh_event")
        }
        self._event = _Draw.of(shares("mh_event"))
        self._intention = _Draw.of(shares("intention_2025"))
        self._draws = {
            name: _Draw.even(name, most, leave)
            for name, most, leave in (
                ("mh_symptoms", 14, ()),
                ("mh_interventions", 6, ()),
                ("social_needs", 16, ()),
                ("social_actions", 8, ()),
                ("accommodation_types", 6, ()),
                ("legal_procedure_stages", 10, ()),
                ("mediation_topics", 8, ()),
                ("health_promotion_topics", 14, ()),
                ("body_regions", 10, ()),
                ("physiotherapy_treatments", 6, ()),
                ("mental_state_findings", 8, ()),
                ("items_distributed", 6, ()),
            )
        }
        self._makers: dict[str, Callable[[ContactPlan], Payload]] = {
            "medical": self._medical,
            "nursing": self._nursing,
            "psychology": self._psychology,
            "psychiatry": self._psychiatry,
            "social_work": self._social_work,
            "cultural_mediation": self._mediation,
            "health_promotion": self._promotion,
            "physiotherapy": self._physiotherapy,
        }

    def of(self, contact: ContactPlan) -> Payload:
        child = contact.person.age < 18
        frame: Payload = {
            "visit_type": contact.visit_type,
            "mode": "consultation_modes:phone"
            if contact.site == "R01"
            else "consultation_modes:individual",
            "treatment_consent": "consent_decisions:given",
        }
        if child:
            giver = (
                "nna_no_adult_assent"
                if contact.person.travel.startswith("uasc")
                else ("mother_father")
            )
            frame["consent_giver"] = f"consent_givers:{giver}"
        if contact.person.needs_interpreter and contact.discipline != "cultural_mediation":
            frame["mediation"] = f"mediation_modes:{contact.mediation or 'none_available'}"
        return frame | self._makers[contact.discipline](contact)

    # -- by discipline ---------------------------------------------------------------------------
    def _chance(self, share: float) -> bool:
        return self._rng.random() < share

    def _condition(self) -> str:
        code = self._conditions.one(self._rng)
        return f"morbidity:{code if code in self._known_conditions else 'uri'}"

    def _medical(self, contact: ContactPlan) -> Payload:
        condition = self._condition()
        answer: Payload = {
            "reason": condition,
            "diagnosis": [
                {
                    "concept": condition,
                    "certainty": "confirmed",
                    "novelty": "follow_up" if contact.visit_type == "follow_up" else "new",
                }
            ],
            "violence_link": "yes_no_not_asked:not_asked",
            "advice_plan": self._rng.choice(_PLANS),
        }
        if self._chance(0.6):
            answer["vitals"] = self._vitals(contact.person.age)
        medicine = _MEDICINES.get(condition.partition(":")[2])
        if medicine and contact.person.age >= 12:
            key, dose, frequency, days, quantity = medicine
            answer["treatment"] = [
                {
                    "medicine": f"medicines:{key}",
                    "dose": dose,
                    "route": "oral",
                    "frequency": frequency,
                    "days": days,
                    "quantity": quantity,
                }
            ]
        if contact.person.sex == "female" and 12 <= contact.person.age <= 50:
            pregnant = self._chance(0.06)
            answer["pregnancy"] = f"pregnancy_status:{'pregnant' if pregnant else 'not_pregnant'}"
        return answer

    def _vitals(self, age: int) -> Payload:
        rng = self._rng
        signs: Payload = {
            "temperature": f"{rng.gauss(36.7, 0.4):.1f}",
            "spo2": str(min(99, max(91, round(rng.gauss(95, 1.6))))),
        }
        fast = max(0, 12 - age)
        signs["heart_rate"] = str(max(55, round(rng.gauss(78 + 3.5 * fast, 9))))
        signs["respiratory_rate"] = str(max(13, round(rng.gauss(17 + fast, 2))))
        if age >= 15:
            systolic = max(95, round(rng.gauss(118, 13)))
            signs["systolic_bp"] = str(systolic)
            signs["diastolic_bp"] = str(min(systolic - 20, max(55, round(rng.gauss(75, 9)))))
            signs["weight"] = f"{max(40.0, rng.gauss(66, 11)):.1f}"
        else:
            signs["weight"] = f"{max(4.5, 8.5 + 2.5 * age + rng.gauss(0, 1.5)):.1f}"
        return signs

    def _nursing(self, contact: ContactPlan) -> Payload:
        procedure = self._rng.choice(("dressing", "injection", "observation", "vaccination"))
        return {
            "reason": self._condition(),
            "procedures": [f"medical_procedures:{procedure}"],
            "advice_plan": self._rng.choice(_PLANS),
        }

    def _risk(self, contact: ContactPlan) -> Payload:
        draw, high = self._rng.random(), number("mh_risk", "high")
        if contact.risk:
            draw = {"high": 0.0, "moderate": high}[contact.risk]
        if draw < high:
            return {
                "risk": "mh_risk_levels:high",
                "risk_action": "Acompañamiento continuo; valoración psiquiátrica hoy.",
            }
        if draw < high + number("mh_risk", "moderate"):
            return {"risk": "mh_risk_levels:moderate", "risk_action": "Plan de seguridad."}
        return {"risk": f"mh_risk_levels:{'low' if draw < 0.14 else 'none'}"}

    def _mental_diagnosis(self, contact: ContactPlan) -> list[Payload]:
        at_centre = contact.programme == "CAI"
        code = self._at_centre(contact) if at_centre else self._mental.one(self._rng)
        novelty = "follow_up" if contact.visit_type == "follow_up" else "new"
        return [
            {
                "concept": f"mh_diagnoses:{code}",
                "certainty": "confirmed",
                "novelty": novelty,
            }
        ]

    def _at_centre(self, contact: ContactPlan) -> str:
        """The same at every consultation of a person; shared out over people as published."""
        number_ = contact.person.number
        if number_ not in self._centre:
            left = self._dealt.setdefault(contact.day.year, [])
            left.extend(() if left else dealt(apportion(_DEAL, shares("cai_diagnosis")), self._rng))
            self._centre[number_] = left.pop()
        return self._centre[number_]

    def _psychology(self, contact: ContactPlan) -> Payload:
        rng = self._rng
        event = rng.choice(self._events[self._event.one(rng)])
        answer: Payload = {
            "intervention": self._keys("mh_interventions", 2),
            "distress": min(10, max(0, round(rng.gauss(6, 2)))),
            "functioning": min(10, max(0, round(rng.gauss(5, 2)))),
            "symptoms": self._keys("mh_symptoms", 3),
            "events": [f"precipitating_events:{event}"],
            "risk_others": "yes_no_not_asked:no",
            "diagnosis": self._mental_diagnosis(contact),
            "plan": rng.choice(_MH_PLANS),
        } | self._risk(contact)
        if contact.visit_type == "first":
            answer["service_explained"] = True
        if contact.programme == "CAI" and self._chance(0.3):
            answer["cgi_s"] = f"scale_bands:cgi_s.cgi_s_{rng.randint(2, 6)}"
        return answer

    def _psychiatry(self, contact: ContactPlan) -> Payload:
        return {
            "mental_state": self._keys("mental_state_findings", 2),
            "diagnosis": self._mental_diagnosis(contact),
            "medication": [
                {
                    "medicine": "medicines:sertraline_50",
                    "dose": "50 mg",
                    "route": "oral",
                    "frequency": "24h",
                    "days": 28,
                    "quantity": 28,
                }
            ],
            "adherence": self._rng.choice(("adherence:as_agreed", "adherence:some_missed")),
        } | self._risk(contact)

    def _social_work(self, contact: ContactPlan) -> Payload:
        rng = self._rng
        outcome = ("open", "open", "partly_met", "met", "not_met_no_service")
        return {
            "needs": [
                {
                    "need": need,
                    "action": f"social_actions:{self._draws['social_actions'].one(rng)}",
                    "outcome": f"social_outcomes:{rng.choice(outcome)}",
                }
                for need in self._keys("social_needs", 2)
            ],
            "accommodation": f"accommodation_types:{self._draws['accommodation_types'].one(rng)}",
            "legal_stage": "legal_procedure_stages:"
            + self._draws["legal_procedure_stages"].one(rng),
            "intention": f"destination_intentions:{self._intention.one(rng)}",
            "safety": f"danger_level:{'none' if self._chance(0.9) else 'possible'}",
        }

    def _mediation(self, contact: ContactPlan) -> Payload:
        return {
            "language": f"languages:{contact.person.language}",
            "mediation_mode": f"mediation_modes:{contact.mediation}",
            "activity": "mediation_modes:consultation_support",
            "topic": self._keys("mediation_topics", 1),
            "minutes": max(5, round(self._rng.gauss(20, 7))),
        }

    def _promotion(self, contact: ContactPlan) -> Payload:
        answer: Payload = {"topics": self._keys("health_promotion_topics", 2)}
        if self._chance(0.4):
            answer["items"] = [
                {"item": key, "quantity": 1} for key in self._keys("items_distributed", 2)
            ]
        return answer

    def _physiotherapy(self, contact: ContactPlan) -> Payload:
        rng = self._rng
        return {
            "region": self._keys("body_regions", 2),
            "pain": rng.randint(2, 8),
            "function": rng.randint(2, 9),
            "treatment": self._keys("physiotherapy_treatments", 2),
        }

    def _keys(self, name: str, most: int) -> list[str]:
        return [f"{name}:{code}" for code in self._draws[name].some(self._rng, most)]


def minutes(discipline: str, rng: Random) -> int:
    """Length of a consultation in minutes, around the mean of the distributions."""
    means = shares("consultation_minutes")
    return max(4, round(rng.gauss(means.get(discipline, 30), 4)))
