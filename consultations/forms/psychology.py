"""Mental health: psychology, and what psychiatry shares with it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from consultations import scales
from consultations.forms.base import DisciplineForm
from consultations.forms.fields import Text, chips, choice, multi
from consultations.forms.lines import GoalLine
from consultations.forms.payloads import Payload, codes_of
from consultations.forms.sheets import add_scales, check_scales
from consultations.models import Diagnosis
from consultations.models.consultation import VisitType
from terminology import lists

HIGH, MODERATE = "mh_risk_levels:high", "mh_risk_levels:moderate"
_RESPONSE = {"immediate": 1, "24 hours": 1, "7 days": 7}  # days, by response_time
_CGI_EVERY = 4  # sessions


class MindForm(DisciplineForm):
    """What psychology and psychiatry have in common: risk with its action, working diagnosis."""

    def build_risk(self) -> None:
        self.add("risk")
        action = Text(
            label=_("Action taken"),
            help_text=_("Always when the risk is high."),
            required=False,
            rows=1,
        )
        self.beside("risk", "risk_action", action)
        add_scales(self)

    def build_diagnosis(self) -> None:
        """One main, up to two more; "no diagnosis yet" is an answer."""
        self.add("diagnosis", multi(self.define("diagnosis"), most=3, ordered=True))
        self.add_known([line["concept"] for line in self._previous.get("diagnosis") or ()])

    def check(self) -> None:
        self._raise_risk(check_scales(self))
        risk = self.answer("risk")
        if risk == HIGH and not self.answer("risk_action"):
            self.refuse(
                "risk_action", _("High risk: write what was done before signing."), "required"
            )
        self._check_follow_up(risk)

    def _raise_risk(self, reached: str | None) -> None:
        """The answers of the C-SSRS raise the level that was chosen, and never lower it."""
        chosen = self.answer("risk")
        level = scales.higher(chosen, reached)
        if reached is None or level != reached:
            return
        self.cleaned_data["risk"] = level
        self.errors.pop("risk", None)
        if level != chosen:
            message = _("The answers of the C-SSRS raise the suicide risk: %(level)s.")
            self.caution("risk", message % {"level": lists.label(level)}, about=level)
        if level == MODERATE and not self.answer("risk_action"):
            self.caution("risk_action", _("Moderate risk: write what was done."))

    def _check_follow_up(self, risk: str | None) -> None:
        """The next appointment comes in the time that the level of risk allows."""
        response = lists.get(risk).attributes["response_time"] if risk else ""
        booked = self.answer("follow_up")
        if not response or not booked:
            return
        if booked.day - self.context.outing.local_date > timedelta(_RESPONSE[response]):
            self.caution("follow_up", _("For this level of risk the appointment is late."))

    def refine(self, payload: Payload) -> Payload:
        confirmed = Diagnosis.Certainty.CONFIRMED.value
        payload["diagnosis"] = [
            {"concept": key, "certainty": confirmed, "novelty": self.novelty(key)}
            for key in payload["diagnosis"]
        ]
        return payload

    def loosen(self, payload: Payload) -> Payload:
        return {**payload, **codes_of(payload.get("diagnosis") or ())}


class PsychologyForm(MindForm):
    discipline = Discipline.PSYCHOLOGY

    def build(self) -> None:
        self.add("service_explained")
        self.add("referral_source")
        self.add("intervention")
        self.add("distress")
        self.add("functioning")
        self.add("symptoms", most=3, ordered=True)
        self.add("duration")
        self.add("events", most=3, ordered=True, exclusive=("precipitating_events:not_asked",))
        self.build_risk()
        self.add("risk_others")
        self.build_diagnosis()
        self.build_cgi()
        self.add("session_note")
        self.add_lines("goals", GoalLine, add=_("Add a goal"), most=3)
        self.add("plan")
        self.add_follow_up()
        self.build_closure()

    def build_cgi(self) -> None:
        """Severity at the first session, every fourth and the last; change from the second on."""
        self.add("cgi_s", _scale(self.define("cgi_s").label, "cgi_s"))
        if not self._cgi_due:
            self.core.remove("cgi_s")
            self.optional.append("cgi_s")
        if not self.context.first_visit:
            self.add("cgi_i", _scale(self.define("cgi_i").label, "cgi_i"))

    @property
    def _cgi_due(self) -> bool:
        closing = self.data.get("visit_type") == VisitType.CLOSURE
        return self.context.first_visit or closing or (self.context.sessions + 1) % _CGI_EVERY == 0

    def build_closure(self) -> None:
        closure = self.define("closure")
        self.add("closure", choice(closure, options=lists.all(closure.list)))
        self.beside("closure", "closure_note", Text(label=_("Note on the closure"), required=False))

    def check(self) -> None:
        super().check()
        closing = self.answer("visit_type") == VisitType.CLOSURE
        if closing and not self.answer("closure"):
            self.caution("closure", _("A closure session says how care ended."))
        if self.answer("closure") and not closing:
            self.caution("visit_type", _("Care ended: is this a closure session?"))


def _scale(label: Any, scale: str) -> forms.Field:
    bands = lists.all("scale_bands", part=scale)
    options = [(band.key, f"{band.code.rpartition('_')[2]} · {band.label}") for band in bands]
    return chips(options, label=label, required=False)
