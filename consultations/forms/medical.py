"""Primary health care: medical consultations and what nursing and reproductive health share."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import DayField, SeveralField, WholeField
from accounts.policy import Discipline
from consultations.forms import vitals
from consultations.forms.base import DisciplineForm
from consultations.forms.fields import NOT_ASKED, Text, multi
from consultations.forms.lines import ItemLine, PrescriptionLine, TestLine
from consultations.forms.payloads import Payload, codes_of
from consultations.forms.sheets import add_scales, check_scales
from consultations.models import Diagnosis
from terminology import lists

PREGNANCY_AGES = (10, 55)  # completed years
DIAGNOSES = 5
REASONS = 8  # to tap; the others take few words
_CONCERN = "risk_screening:concern"
_PLACES = [(str(index), str(index + 1)) for index in range(DIAGNOSES)]


class CareForm(DisciplineForm):
    """What medical, nursing and reproductive health have in common."""

    asides: ClassVar[tuple[str, ...]] = ("diagnosis_suspected",)

    def build_reason(self) -> None:
        self.add("reason", first=lists.quick(self.define("reason").list, limit=REASONS))

    def build_vitals(self, *, without: tuple[str, ...] = ()) -> None:
        vitals.add_vitals(self, without=without)

    def build_tests(self) -> None:
        self.add_lines("tests", TestLine, add=_("Add a test"))

    def build_items(self) -> None:
        self.add_lines("items", ItemLine, add=_("Add an item"))

    def build_treatment(self) -> None:
        self.add_lines("treatment", PrescriptionLine, add=_("Add a medicine"))

    def build_diagnosis(self, first: Sequence[lists.Entry] | None = None) -> None:
        """Up to five, the main one first; which are only suspected, by their place in the order.
        What is still open is copied."""
        field = multi(self.define("diagnosis"), most=DIAGNOSES, ordered=True, first=first)
        self.add("diagnosis", field)
        open_problems = [key for key in self.context.open_problems if _offered(field, key)]
        self.initial.setdefault("diagnosis", open_problems[:DIAGNOSES])
        self.add_known(self.context.open_problems)
        self.beside("diagnosis", "diagnosis_suspected", _which(_("Only suspected (by number)")))

    def build_weeks(self) -> None:
        """The day of the last period, or the weeks of pregnancy, exact or estimated."""
        for name, field in (
            ("last_period", DayField(label=_("Last period"), required=False)),
            ("pregnancy_weeks", _weeks()),
            ("pregnancy_estimated", _estimated()),
        ):
            self.fields[name] = field
            self.optional.append(name)

    def check(self) -> None:
        vitals.check_vitals(self, self.answer("pregnancy") or "")
        places = self.cleaned_data.get("diagnosis_suspected") or ()
        if any(int(place) >= len(self.answer("diagnosis") or ()) for place in places):
            self.refuse("diagnosis_suspected", _("There is no diagnosis of this number."))
        self._check_last_period()
        if self.answer("risk") == _CONCERN:
            self.caution("risk", _("Concern: call mental health today, do not leave it for later."))
        if self._lacks_weight():
            self.caution("weight", _("Under 12 years, weigh before prescribing."))

    def _check_last_period(self) -> None:
        day = self.answer("last_period")
        today = self.context.outing.local_date
        if day and day > today:
            self.refuse("last_period", _("This day has not come yet."), "future")
        elif day and (today - day).days > 366 and "last_period" in self.fields:
            self.caution("last_period", _("The last period is more than a year ago: please check."))

    def _lacks_weight(self) -> bool:
        under_12 = self.context.age_years is not None and self.context.age_years < 12
        prescribed = self.rows("treatment")
        today = self.context.vitals
        weighed = self.answer("weight") or (today is not None and today.weight)
        return bool(under_12 and prescribed and not weighed)

    # -- Payload -----------------------------------------------------------------------------
    def refine(self, payload: Payload) -> Payload:
        for name in ("diagnosis_suspected", "weight", "muac", "oedema"):
            payload.pop(name, None)
        signs = vitals.payload(self, self.warning_tokens)
        if signs:
            payload["vitals"] = signs
        if "diagnosis" in payload:
            payload["diagnosis"] = self._diagnoses(payload["diagnosis"])
        return payload

    def _diagnoses(self, keys: list[str]) -> list[Payload]:
        suspected = self.cleaned_data.get("diagnosis_suspected") or ()
        return [
            {
                "concept": key,
                "certainty": _CERTAINTY[str(place) in suspected],
                "novelty": self.novelty(key),
            }
            for place, key in enumerate(keys)
        ]

    def loosen(self, payload: Payload) -> Payload:
        diagnoses = payload.get("diagnosis") or ()
        loose: Payload = {**payload, **payload.get("vitals", {}), **codes_of(diagnoses)}
        loose["diagnosis_suspected"] = [
            str(place)
            for place, line in enumerate(diagnoses)
            if line.get("certainty") == _CERTAINTY[True]
        ]
        return loose


_CERTAINTY = {True: Diagnosis.Certainty.SUSPECTED.value, False: Diagnosis.Certainty.CONFIRMED.value}


def _which(label: Any) -> SeveralField:
    field = SeveralField(label=label, choices=_PLACES, required=False)
    field.needed = True  # type: ignore[attr-defined]  # no "(optional)" on what is an aside
    return field


def _weeks() -> WholeField:
    return WholeField(label=_("Weeks of pregnancy"), min_value=0, max_value=42, required=False)


def _estimated() -> forms.BooleanField:
    label = pgettext_lazy("weeks of pregnancy", "estimated")
    return forms.BooleanField(label=label, required=False)


def _offered(field: forms.Field, key: str) -> bool:
    codes = getattr(field, "codes", None)
    return codes is not None and codes.label(key) is not None


class MedicalForm(CareForm):
    discipline = Discipline.MEDICAL
    asides = (*CareForm.asides, "risk_action")

    def build(self) -> None:
        self.build_reason()
        self.build_vitals()
        self.add_measures()
        if self._asks_pregnancy():
            self.add("pregnancy")
            self.build_weeks()
        self.add("contraception")
        self.add("pain")
        self.add("history")
        self.add("substances")
        self.add("exam", rows=3)
        self.build_tests()
        self.build_diagnosis()
        self.build_treatment()
        self.add("procedures")
        self.build_items()
        self.add("violence_link")
        self.initial.setdefault("violence_link", NOT_ASKED)
        self.build_risk()
        self.add("advice_plan")
        self.add_follow_up()

    def build_risk(self) -> None:
        """A first question; a concern opens the C-SSRS."""
        self.add("risk")
        action = Text(
            label=_("Action taken"),
            help_text=_("Always when the risk is high."),
            required=False,
            rows=1,
        )
        self.beside("risk", "risk_action", action)
        add_scales(self)

    def check(self) -> None:
        reached = check_scales(self)
        if reached not in (None, "mh_risk_levels:none"):
            self.cleaned_data["risk"] = _CONCERN
        if reached == "mh_risk_levels:high" and not self.answer("risk_action"):
            self.refuse(
                "risk_action", _("High risk: write what was done before signing."), "required"
            )
        super().check()

    def add_measures(self) -> None:
        """Circumference and oedema for small children, in pregnancy and breastfeeding."""
        whom = vitals.person(self.context)
        if not whom.measured_by_muac and not self._asks_pregnancy():
            return
        for name, field in vitals.muac_fields().items():
            if name == "muac" or whom.age_months < 60:
                self.add(name, field)

    def _asks_pregnancy(self) -> bool:
        low, high = PREGNANCY_AGES
        age = self.context.age_years
        return age is None or low <= age <= high
