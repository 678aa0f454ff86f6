"""A signed consultation read back: its payload, and that payload in words with the privacy class
of each part. What "last time" shows, the timeline and the page of a consultation come from here.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import COULD_NOT_ASK
from accounts.policy import Discipline
from accounts.privacy import PrivacyClass, stricter
from accounts.rows import Row
from consultations import scales
from consultations.builders.details import MEDICINES
from consultations.builders.scores import SCORES
from consultations.definitions import FORMS, definition, form_of
from consultations.models import (
    Consultation,
    Diagnosis,
    Prescription,
    ScaleResult,
    VisitType,
    VitalSigns,
)
from consultations.vitals import SIGNS, body_mass_index
from terminology import lists

Payload = dict[str, Any]
State = ScaleResult.State
Open = Callable[[Row, str], str]  # a sealed field in plain text; empty where it may not be read

DETAIL: dict[str, str] = {
    Discipline.MEDICAL: "medicaldetail",
    Discipline.NURSING: "medicaldetail",
    Discipline.SRH: "medicaldetail",
    Discipline.PSYCHOLOGY: "mentalhealthdetail",
    Discipline.PSYCHIATRY: "mentalhealthdetail",
    Discipline.SOCIAL_WORK: "socialworkdetail",
    Discipline.CULTURAL_MEDIATION: "mediationdetail",
    Discipline.HEALTH_PROMOTION: "promotiondetail",
    Discipline.PHYSIOTHERAPY: "rehabilitationdetail",
    Discipline.OCCUPATIONAL: "rehabilitationdetail",
}
# Lists of rows that `read` walks through; the detail comes by `select_related(DETAIL[…])`.
PREFETCH = (
    "choices", "diagnoses", "prescriptions", "test_results", "items", "scores", "goals",
    "need_steps__need", "appointments", "supported_link",
)  # fmt: skip
# Form field of a stored column, where the two differ.
_RENAMED = {
    (Discipline.SRH, "contraception"): "contraception_current",
    (Discipline.CULTURAL_MEDIATION, "mode"): "mediation_mode",
}
_HEADER = ("mode", "mediation", "late_reason", "treatment_consent", "consent_giver")


# -- Rows to payload -------------------------------------------------------------------------
def read(header: Consultation, open: Open, vitals: VitalSigns | None = None) -> Payload:
    """The payload a consultation was built from, as far as `open` lets its texts be read.

    `vitals`: the measurement taken in it (vital signs belong to the visit).
    """
    payload: Payload = {"visit_type": header.visit_type}
    payload |= {name: getattr(header, f"{name}_id") for name in _HEADER}
    payload |= {"paper_folio": header.paper_folio, "consent_reason": open(header, "consent_reason")}
    payload |= _detail(header, open)
    for row in header.choices.all():
        payload.setdefault(row.field, []).append(row.concept_id)
    payload |= _lines(header, open)
    rows: Any = header  # the type checker does not see this relation
    for score in rows.scores.all():
        if score.field in SCORES:
            payload[score.field] = _score(score.field, score.value)
        else:
            payload.setdefault("scales", {})[score.field] = _taken(score)
    payload["vitals"] = {} if vitals is None else vitals_of(vitals)
    for booked in header.appointments.all():
        payload["follow_up"] = {"date": booked.local_date.isoformat()} | (
            {"site": str(booked.site_id)} if booked.site_id else {}
        )
    link = getattr(header, "supported_link", None)
    payload["supported"] = str(link.supported_id) if link else None
    return {name: value for name, value in payload.items() if _answered(name, value)}


def _answered(name: str, value: Any) -> bool:
    if value is False:
        return name == "service_explained"  # "no" is an answer there, elsewhere an empty box
    return value is not None and value not in ("", [], {})


def _detail(header: Consultation, open: Open) -> Payload:
    row = getattr(header, DETAIL[header.discipline])
    found: Payload = {}
    for column in row._meta.concrete_fields:
        if column.name in ("id", "consultation"):
            continue
        name = _RENAMED.get((Discipline(header.discipline), column.name), column.name)
        if column.get_internal_type() == "BinaryField":
            found[name] = open(row, column.name)
        else:
            value = getattr(row, column.attname)
            found[name] = value.isoformat() if isinstance(value, date) else value
    return found


def _score(field: str, value: int | None) -> Any:
    if value is None:
        return COULD_NOT_ASK
    return f"scale_bands:{field}.{field}_{value}" if field.startswith("cgi_") else value


def _taken(row: ScaleResult) -> Payload:
    """What a scale came to; its single answers are on a page of their own."""
    line = {"total": row.value, "state": row.state, "band": row.band_id}
    return {name: value for name, value in line.items() if value is not None}


def _lines(header: Consultation, open: Open) -> Payload:
    medicines = next((name for name in MEDICINES if name in form_of(header.discipline)), "")
    return {
        "diagnosis": [
            {"concept": row.concept_id, "certainty": row.certainty, "novelty": row.novelty}
            for row in header.diagnoses.all()
        ],
        **(
            {medicines: [_prescription(row, open) for row in header.prescriptions.all()]}
            if header.prescriptions.all()
            else {}
        ),
        "tests": [
            {"test": row.test_id, "result": row.result_id} for row in header.test_results.all()
        ],
        "items": [{"item": row.item_id, "quantity": row.quantity} for row in header.items.all()],
        "goals": [
            {"text": open(row, "text"), "status": row.status_id} for row in header.goals.all()
        ],
        "needs": [_need(row) for row in header.need_steps.all()],
    }


def _prescription(row: Prescription, open: Open) -> Payload:
    line = {
        "medicine": row.medicine_id,
        "dose": row.dose,
        "route": row.route,
        "frequency": row.frequency,
        "days": row.days,
        "quantity": row.quantity,
        "note": open(row, "note"),
    }
    return {name: value for name, value in line.items() if value not in (None, "")}


def _need(row: Any) -> Payload:
    line = {"need": row.need.need_id, "action": row.action_id, "outcome": row.outcome_id}
    return line | ({"partner": str(row.partner_id)} if row.partner_id else {})


def vitals_of(row: VitalSigns) -> Payload:
    """The signs of one measurement, as a payload holds them."""
    found: Payload = {"oedema": row.oedema_id, "confirmed": row.confirmed}
    for sign in VitalSigns.MEASURES:
        value = getattr(row, sign) if sign != "oedema" else None
        if value is not None:
            found[sign] = f"{value:.1f}" if isinstance(value, Decimal) else str(value)
    return {name: value for name, value in found.items() if value}


# -- Payload to words ------------------------------------------------------------------------
class Shown(NamedTuple):
    """One answer in words, in the active language."""

    field: str
    label: str
    text: str
    privacy: PrivacyClass


def shown(discipline: str, payload: Mapping[str, Any]) -> list[Shown]:
    """The answers of a consultation without its header, in the order of the form."""
    found = []
    for code in form_of(discipline):
        name = _NAMES.get((discipline, code), code)
        words = text(name, payload)
        if words:
            field = definition(discipline, code)
            raised = stricter(field.privacy, *_raised(name, payload))
            found.append(Shown(name, field.label, words, raised))
    if "scales" in payload and "scales" not in form_of(discipline):
        field = FORMS[SCALES_FORM]["scales"]  # where the form only opens them
        found.append(Shown("scales", field.label, text("scales", payload), field.privacy))
    return found


SCALES_FORM = "mental_health"


# Where a field of the form has another name than its definition.
_NAMES: dict[tuple[str, str], str] = {(Discipline.CULTURAL_MEDIATION, "mode"): "mediation_mode"}


def headline(discipline: str, payload: Mapping[str, Any]) -> list[Shown]:
    """The part that says in a timeline what a consultation was about."""
    return [each for each in shown(discipline, payload) if each.field in HEADLINE[discipline]]


HEADLINE: dict[str, tuple[str, ...]] = {
    Discipline.MEDICAL: ("diagnosis",),
    Discipline.NURSING: ("procedures",),
    Discipline.SRH: ("diagnosis",),
    Discipline.PSYCHOLOGY: ("diagnosis", "risk"),
    Discipline.PSYCHIATRY: ("diagnosis", "risk"),
    Discipline.SOCIAL_WORK: ("needs",),
    Discipline.CULTURAL_MEDIATION: ("topic",),
    Discipline.HEALTH_PROMOTION: ("topics",),
    Discipline.PHYSIOTHERAPY: ("region", "treatment"),
    Discipline.OCCUPATIONAL: ("areas", "treatment"),
}


def text(name: str, payload: Mapping[str, Any]) -> str:
    """One field in words; empty when it was not answered."""
    if name in _OWN:
        return _OWN[name](payload)
    parts = (name, f"{name}_text", *_BESIDE.get(name, ()))
    return " · ".join(filter(None, (_part(part, payload.get(part)) for part in parts)))


_BESIDE = {
    "risk": ("risk_action",),
    "closure": ("closure_note",),
    "legal_stage": ("legal_next_date",),
    "medicines_given": ("prescribed_by",),
}
# What people wrote: shown as it is, whatever it looks like.
_WRITTEN = frozenset(
    "history exam advice_plan plan session_note note risk_action closure_note prescribed_by"
    " reason_text mental_state_text paper_folio consent_reason dose text".split()
)


def _part(name: str, value: Any) -> str:
    if value is None or name in _WRITTEN:
        return str(value or "")
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, (list, tuple)):
        lines = [_line(each) if isinstance(each, Mapping) else _word(each) for each in value]
        return ("; " if _is_lines(value) else ", ").join(lines)
    return _word(str(value))


def _is_lines(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(each, Mapping) for each in value)


def _word(value: str) -> str:
    """A key as its label, an ISO date as a day, anything else as it is."""
    if value == COULD_NOT_ASK:
        return str(_("Could not ask"))
    if ":" not in value:
        return _day(value) or value
    try:
        return lists.get(value).full_label
    except lists.UnknownConcept:
        return value


def _day(value: str) -> str:
    try:
        return date_format(date.fromisoformat(value), "j M Y") if len(value) == 10 else ""
    except ValueError:
        return ""


def _line(line: Mapping[str, Any]) -> str:
    """One line of a list: a medicine with its dose, a test and its result …"""
    parts = (
        _LINE[name](value) if name in _LINE else _part(name, value) for name, value in line.items()
    )
    return " · ".join(filter(None, parts))


def _days(value: int) -> str:
    return str(_("%(days)s days") % {"days": value})


_LINE: dict[str, Callable[[Any], str]] = {
    "certainty": lambda v: str(_("suspected")) if v == Diagnosis.Certainty.SUSPECTED else "",
    "novelty": lambda v: str(_("follow-up")) if v == Diagnosis.Novelty.FOLLOW_UP else "",
    "route": lambda v: str(Prescription.Route(v).label),
    "frequency": lambda v: str(Prescription.Frequency(v).label),
    "days": _days,
    "quantity": lambda v: f"× {v}",
    "partner": lambda v: "",
}


def _vitals(payload: Mapping[str, Any]) -> str:
    return vitals_text(payload.get("vitals", {}))


def vitals_text(vitals: Mapping[str, Any]) -> str:
    """The signs of one measurement in a row, with the computed body mass index."""
    words = [
        f"{SIGNS[sign].label} {_measured(sign, vitals[sign])}" for sign in SIGNS if sign in vitals
    ]
    index = body_mass_index(_of(vitals, "weight"), _of(vitals, "height"))
    words += [f"{SIGNS['bmi'].label} {_measured('bmi', str(index))}"] if index else []
    oedema = vitals.get("oedema")
    words += [f"{_('Oedema of both feet')}: {_word(oedema)}"] if oedema else []
    return ", ".join(words)


def _of(vitals: Mapping[str, Any], sign: str) -> Decimal | None:
    return Decimal(vitals[sign]) if sign in vitals else None


def sign_text(sign: str, row: VitalSigns) -> str:
    """One measured value with its unit."""
    return _measured(sign, str(getattr(row, sign)))


def _measured(sign: str, value: str) -> str:
    number = Decimal(value)
    unit = str(SIGNS[sign].unit)
    shown = number_format(number, decimal_pos=1 if number % 1 else 0)
    return f"{shown}{unit}" if unit.startswith("/") else f"{shown} {unit}"


def _pregnancy(payload: Mapping[str, Any]) -> str:
    parts = [_part("pregnancy", payload.get("pregnancy")), _last_period(payload)]
    return " · ".join(filter(None, parts))


def _last_period(payload: Mapping[str, Any]) -> str:
    parts = [_part("last_period", payload.get("last_period"))]
    weeks = payload.get("pregnancy_weeks")
    if weeks is not None:
        parts.append(str(_("%(weeks)s weeks of pregnancy") % {"weeks": weeks}))
    if payload.get("pregnancy_estimated"):
        parts.append(str(pgettext_lazy("weeks of pregnancy", "estimated")))
    return ", ".join(filter(None, parts))


def _follow_up(payload: Mapping[str, Any]) -> str:
    booked = payload.get("follow_up")
    return _day(booked["date"]) if booked else ""


def _scales(payload: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{scales.of(scales.taken(code, sheet)).label}: {_result(code, sheet)}"
        for code, sheet in (payload.get("scales") or {}).items()
    )


def _result(code: str, sheet: Mapping[str, Any]) -> str:
    """As signed; of a sheet that is not signed yet, its total."""
    if "state" not in sheet:
        try:
            return scales.result_of(code, sheet, age=None, sex="").text
        except ValueError:
            return "–"
    words = "" if code == scales.CSSRS else str(sheet.get("total", ""))
    state = "" if sheet["state"] == State.COMPLETE else str(State(sheet["state"]).label)
    return " · ".join(filter(None, (words, lists.label(sheet.get("band")), state)))


def _nothing(_payload: Mapping[str, Any]) -> str:
    return ""


_OWN: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "vitals": _vitals,
    "scales": _scales,
    "weight": _nothing,  # with the other signs
    "muac": _nothing,
    "oedema": _nothing,
    "pregnancy": _pregnancy,
    "follow_up": _follow_up,
    "supported": lambda payload: str(_("Yes")) if payload.get("supported") else "",
    "actions": _nothing,  # with their needs
    "outcome": _nothing,
    "visit_type": lambda payload: (
        str(VisitType(payload["visit_type"]).label) if payload.get("visit_type") else ""
    ),
}


def _raised(name: str, payload: Mapping[str, Any]) -> Iterator[PrivacyClass]:
    """Classes of the codes that stand in a field."""
    value = payload.get(name)
    lines = value if isinstance(value, (list, tuple)) else (value,)
    words = (
        word
        for line in lines
        for part, word in (line.items() if isinstance(line, Mapping) else ((name, line),))
        if part not in _WRITTEN
    )
    for word in words:
        if isinstance(word, str) and ":" in word:
            yield _class_of(word)


def _class_of(key: str) -> PrivacyClass:
    """The class of a code; of one that no list has, the strictest."""
    try:
        return lists.get(key).privacy
    except lists.UnknownConcept:
        return PrivacyClass.PROTECTED
