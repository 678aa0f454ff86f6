"""The frame that every consultation shares: kind of visit, mode, mediation, consent, lateness."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from consultations.definitions import FORMS, HEADER
from consultations.forms.fields import Text, chips, choice
from consultations.models.consultation import FIRST_TYPES, VisitType
from terminology import lists

if TYPE_CHECKING:
    from consultations.forms.base import DisciplineForm

_FRAME = FORMS[HEADER]
_GROUP = "consultation_modes:group"  # a group activity, never a consultation
_GIVEN, _NOT_POSSIBLE = "consent_decisions:given", "consent_decisions:not_possible"
_NOT_TODAY = ("consent_decisions:expired",)
_MATURE = "consent_givers:self_mature_minor"
_MATURE_AGE = 12  # NOM-046 services
_MATURE_DISCIPLINES = (
    Discipline.MEDICAL,
    Discipline.NURSING,
    Discipline.SRH,
    Discipline.HEALTH_PROMOTION,
)
_MINORS = (
    "mother_father", "guardian", "protection_authority", "accompanying_adult",
    "nna_no_adult_assent", "self_mature_minor",
)  # fmt: skip
_ADULTS = ("self", "guardian", "relative")


def add_frame(form: "DisciplineForm") -> None:
    context = form.context
    for name, value in context.consent_defaults.items():
        form.initial.setdefault(name, value)
    add = _Adder(form)
    add(
        "visit_type", _visit_type(), VisitType.FIRST if context.first_visit else VisitType.FOLLOW_UP
    )
    modes = [mode for mode in lists.all("consultation_modes") if mode.key != _GROUP]
    add("mode", choice(_FRAME["mode"], options=modes), "consultation_modes:individual")
    if form.discipline != Discipline.CULTURAL_MEDIATION:  # whose own mode it is
        add("mediation", _mediation(form), _last_mediation(form))
    decisions = [each for each in lists.all("consent_decisions") if each.key not in _NOT_TODAY]
    add("treatment_consent", choice(_FRAME["treatment_consent"], options=decisions))
    add("consent_giver", _giver(form))
    add("consent_reason", Text(label=_("Why it was not possible"), required=False, rows=1))
    if context.late:
        add("late_reason", choice(_FRAME["late_reason"], required=True))
        add("paper_folio", _folio())


class _Adder:
    def __init__(self, form: "DisciplineForm") -> None:
        self.form = form

    def __call__(self, name: str, field: forms.Field, initial: Any = None) -> None:
        self.form.fields[name] = field
        self.form.frame.append(name)
        if initial:
            self.form.initial.setdefault(name, initial)


def _visit_type() -> forms.Field:
    options = [(entry.code, entry.label) for entry in lists.all("visit_types")]
    return chips(options, label=_FRAME["visit_type"].label)


def _mediation(form: "DisciplineForm") -> forms.Field:
    return choice(_FRAME["mediation"], required=form.context.interpreter_needed)


def _last_mediation(form: "DisciplineForm") -> str | None:
    if not form.context.interpreter_needed:
        return None
    last = (form.context.last or {}).get("mediation")
    return last if last and lists.known(last, _FRAME["mediation"].list) else None


def _giver(form: "DisciplineForm") -> forms.Field:
    """Who gave consent; under 18 somebody must, an adult needs no word about it."""
    codes: tuple[str, ...] = _MINORS if form.context.under_18 else _ADULTS
    if (form.context.age_years or 0) < _MATURE_AGE:
        codes = tuple(code for code in codes if code != "self_mature_minor")
    options = [each for each in lists.all("consent_givers") if each.code in codes]
    field = chips(
        [(each.key, each.label) for each in options], label=_("Who gives consent"), required=False
    )
    field.needed = form.context.under_18  # type: ignore[attr-defined]
    return field


def _folio() -> Text:
    return Text(
        label=_("Folio of the paper form"),
        required=False,
        max_length=40,
        widget=forms.TextInput({"class": "medium"}),
    )


def check_frame(form: "DisciplineForm") -> None:
    _check_consent(form)
    visit_type = form.answer("visit_type")
    if visit_type and form.context.first_visit and visit_type not in FIRST_TYPES:
        form.caution("visit_type", _("Nothing was recorded here before: is it a follow-up?"))
    if visit_type == VisitType.FIRST and not form.context.first_visit:
        form.caution("visit_type", _("The person was seen here before: is it a first visit?"))
    on_paper = form.answer("late_reason") == "late_entry_reasons:paper_form"
    if on_paper and not form.answer("paper_folio"):
        form.caution("paper_folio", _("Write the folio of the paper form."))


def _check_consent(form: "DisciplineForm") -> None:
    decision = form.answer("treatment_consent")
    if decision is None:
        return
    if lists.get(decision).flag("needs_reason") and not form.answer("consent_reason"):
        form.refuse("consent_reason", _("Write why consent was not possible."), "required")
    giver = form.answer("consent_giver")
    # An emergency is no giver: it is the decision "not possible", with its reason.
    if form.context.under_18 and decision != _NOT_POSSIBLE and not giver:
        form.refuse("consent_giver", _("Under 18: choose who gives consent."), "required")
    if giver == _MATURE and form.discipline not in _MATURE_DISCIPLINES:
        form.caution(
            "consent_giver",
            _("On their own behalf adolescents consent only to services that the law allows."),
        )
    if decision not in (_GIVEN, _NOT_POSSIBLE):
        form.caution(
            "treatment_consent", _("Care was not agreed to: record only what the person accepted.")
        )
