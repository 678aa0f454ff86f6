"""Vital signs in a form: at triage, and in the consultations that measure them."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import NumberField, ScaleField, WholeField
from accounts.renderers import LastAnswer
from accounts.widgets import Number
from consultations import summaries, vitals
from consultations.definitions import FORMS
from consultations.forms.context import FormContext
from consultations.forms.fields import choice
from consultations.models import VitalSigns
from consultations.vitals import SIGNS, Finding, Level, Person

if TYPE_CHECKING:
    from consultations.forms.base import DisciplineForm

_DECIMALS = ("temperature", "weight", "height")
ROW = (
    "temperature", "heart_rate", "respiratory_rate", "systolic_bp", "diastolic_bp", "spo2",
    "glucose_capillary", "weight", "height", "gcs",
)  # fmt: skip
_HINTS = {"gcs": pgettext_lazy("Glasgow coma scale", "3 to 15")}


def sign_fields(names: Iterable[str]) -> dict[str, forms.Field]:
    """One small box per sign; what is possible depends on the age and is checked with it."""
    made: dict[str, forms.Field] = {}
    for name in names:
        spec = SIGNS[name]
        kwargs: dict[str, Any] = {"label": spec.label, "required": False}
        if name in _DECIMALS:
            made[name] = NumberField(decimals=1, max_digits=5, **kwargs)
        else:
            box = Number({"inputmode": "numeric"})
            made[name] = WholeField(widget=box, min_value=0, max_value=9999, **kwargs)
        made[name].unit = spec.unit  # type: ignore[attr-defined]
        made[name].needed = True  # type: ignore[attr-defined]  # the row says it is optional
    return made


def muac_fields() -> dict[str, forms.Field]:
    """Circumference and oedema, where they mean something."""
    medical = FORMS["medical"]
    muac = sign_fields(("muac",))["muac"]
    muac.label = medical["muac"].label
    return {"muac": muac, "oedema": choice(medical["oedema"])}


def person(context: FormContext, pregnancy: str = "") -> Person:
    return Person(
        age_months=context.age_months if context.age_months is not None else 12 * 30,
        pregnancy=pregnancy or context.pregnancy,
        site_altitude=context.site_altitude,
        last=_numbers(context.last_vitals),
    )


def _numbers(row: VitalSigns | None) -> Mapping[str, Any]:
    if row is None:
        return {}
    return {sign: getattr(row, sign) for sign in ("weight", "height") if getattr(row, sign)}


def last_answers(context: FormContext) -> dict[str, LastAnswer]:
    """What was measured before, beside each box: today's triage first."""
    today, before = context.vitals, context.last_vitals
    answers: dict[str, LastAnswer] = {}
    for row in (before, today):
        if row is None:
            continue
        when = None if row is today else row.taken_at
        for sign in summaries.vitals_of(row):
            if sign in SIGNS:
                answers[sign] = LastAnswer(summaries.sign_text(sign, row), when)
    return answers


def given(form: forms.Form) -> dict[str, Any]:
    """The signs answered, as a payload holds them."""
    values = {
        name: form.cleaned_data.get(name)
        for name in (*VitalSigns.MEASURES,)
        if name in form.fields and name != "pain"
    }
    return {
        name: value if name == "oedema" else f"{value:.1f}" if name in _DECIMALS else str(value)
        for name, value in values.items()
        if value not in (None, "")
    }


def judge(form: forms.Form, whom: Person) -> list[Finding]:
    """Refuse what cannot be; hand back what is unusual or critical."""
    findings = vitals.check(given(form), whom)
    for finding in findings:
        if finding.level == Level.REJECT:
            form.add_error(finding.sign, ValidationError(finding.message, code="impossible"))
    return [finding for finding in findings if finding.level != Level.REJECT]


def add_vitals(form: "DisciplineForm", *, without: tuple[str, ...] = ()) -> None:
    """The row of signs of a consultation, as one block of its form."""
    definition = form.define("vitals")
    names = tuple(name for name in ROW if name not in without)
    form.fields |= sign_fields(names)
    form.groups["vitals"] = names
    form.group_of(definition).append("vitals")
    form.last |= last_answers(form.context)


def check_vitals(form: "DisciplineForm", pregnancy: str = "") -> None:
    for finding in judge(form, person(form.context, pregnancy)):
        form.caution(finding.sign, finding.message, finding.code)


def payload(form: forms.Form, tokens: str) -> dict[str, Any]:
    """Signs, and which of them were confirmed although unusual."""
    signs = given(form)
    confirmed = {token.partition(".")[0] for token in tokens.split()} & set(signs)
    return signs | ({"confirmed": sorted(confirmed)} if confirmed else {})


class VitalsForm(forms.Form):
    """Triage: vital signs of a visit, not a consultation. At least one of them."""

    use_required_attribute = False
    mark_optional = False

    def __init__(
        self, data: QueryDict | None = None, *, context: FormContext, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.context = context
        self.fields |= sign_fields(ROW)
        if person(context).measured_by_muac:
            self.fields |= muac_fields()
        definition = FORMS["medical"]["pain"]
        self.fields["pain"] = ScaleField(label=definition.label, required=False)
        self.fields["confirmed_warnings"] = forms.CharField(
            required=False, widget=forms.HiddenInput, max_length=2000
        )
        self.last = last_answers(context)
        self._findings: list[Finding] = []

    @property
    def names(self) -> list[str]:
        return [name for name in self.fields if name != "confirmed_warnings"]

    def clean(self) -> dict[str, Any]:
        self._findings = judge(self, person(self.context))
        if not self.errors and not self._given():
            raise ValidationError(_("Fill in at least one value."), code="required")
        return self.cleaned_data

    def _given(self) -> dict[str, Any]:
        pain = self.cleaned_data.get("pain")
        return given(self) | ({"pain": str(pain)} if pain is not None else {})

    def warnings(self) -> list[tuple[str, str]]:
        return [(finding.sign, finding.message) for finding in self._findings]

    @property
    def warning_tokens(self) -> str:
        return " ".join(sorted({f"{each.sign}.{each.code}" for each in self._findings}))

    @property
    def is_confirmed(self) -> bool:
        seen = str(self.cleaned_data.get("confirmed_warnings") or "").split()
        return set(self.warning_tokens.split()) <= set(seen)

    def payload(self) -> dict[str, Any]:
        """For `builders.build_vitals`."""
        signs = payload(self, self.warning_tokens)
        return signs | self._given()
