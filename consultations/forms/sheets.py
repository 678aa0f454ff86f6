"""Scales inside the form of a discipline: each is filled in on a page of its own and stands here
as one hidden line of text, `name=value` apart by blanks, which the draft keeps with the rest.

Names are the codes of the questions, `total` where only the score is recorded, and `language`,
`informant` and `form`: `language=es phq9_1=2 phq9_2=0`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from consultations import scales
from consultations.forms.payloads import Payload
from consultations.models import ScaleResult
from consultations.queries import scores
from consultations.queries.reach import GROUPS
from consultations.scales import CSSRS, TOTAL, Scale, State
from terminology import lists
from terminology.models import LANGUAGES

if TYPE_CHECKING:
    from consultations.forms.base import DisciplineForm

BLOCK = "scales"
_PREFIX = "scale_"
_WORDS = ("language", "informant", "form")


def field_name(code: str) -> str:
    return f"{_PREFIX}{code}"


def read(text: str) -> Payload:
    """A sheet from its line of text. Raises `ValueError`."""
    sheet: Payload = {}
    items: dict[str, int] = {}
    for token in text.split():
        name, _equals, value = token.partition("=")
        if name in _WORDS:
            sheet[name] = value
        elif not (value.isascii() and value.isdecimal() and len(value) < 4):
            raise ValueError(f"{name} has no number")
        elif name == TOTAL:
            sheet[TOTAL] = int(value)
        else:
            items[name] = int(value)
    if items:
        sheet["items"] = items
    if not items and TOTAL not in sheet:
        return {}
    if sheet.get("language", "es") not in LANGUAGES:
        raise ValueError("no such language")
    if sheet.get("informant", "self") not in ScaleResult.Informant.values:
        raise ValueError("no such informant")
    return sheet


def write(sheet: Mapping[str, Any]) -> str:
    """The reverse of `read`, always in the same order."""
    pairs = [(name, sheet[name]) for name in (*_WORDS, TOTAL) if sheet.get(name) not in (None, "")]
    pairs += sorted((sheet.get("items") or {}).items())
    return " ".join(f"{name}={value}" for name, value in pairs)


class SheetField(forms.Field):
    """The line of one scale. Gives its sheet, or an empty one; refuses impossible answers."""

    widget = forms.HiddenInput

    def __init__(self, scale: Scale, *, age: int | None, sex: str) -> None:
        super().__init__(label=scale.label, required=False)
        self.scale, self.age, self.sex = scale, age, sex

    def clean(self, value: Any) -> Payload:
        try:
            sheet = read(str(value or ""))
            if sheet:
                scales.result_of(self.scale.code, sheet, age=self.age, sex=self.sex)
        except (ValueError, lists.UnknownConcept) as error:
            message = _("%(scale)s: these answers are not possible. Fill it in again.")
            raise ValidationError(
                message, code="invalid", params={"scale": self.scale.label}
            ) from error
        return sheet


@dataclass(frozen=True)
class Line:
    """One scale of the block: what it says today, what it said last, whether it is due."""

    scale: Scale
    field: forms.BoundField
    today: str
    last: str
    due: scales.Due | None


def offered_in(discipline: str, age: int | None) -> list[Scale]:
    """Psychology and psychiatry ask any scale that suits the age; medical care the C-SSRS, which
    a concern in its first question opens."""
    if GROUPS[discipline] == "mental_health":
        return scales.offered(age)
    screener = scales.of(CSSRS)
    return [screener] if discipline == Discipline.MEDICAL and screener.suits(age) else []


# -- In the form of a discipline -------------------------------------------------------------
def add_scales(form: "DisciplineForm") -> None:
    """The block of scales; at the centre it stands among the core while one of them is due."""
    context = form.context
    sex = context.patient.sex
    names = []
    for scale in offered_in(form.discipline, context.age_years):
        name = field_name(scale.code)
        form.fields[name] = SheetField(scale, age=context.age_years, sex=sex)
        names.append(name)
    if not names:
        return
    form.groups[BLOCK] = tuple(names)
    due = context.due.values()
    urgent = context.admission is not None and any(d.on <= context.outing.local_date for d in due)
    (form.core if urgent else form.optional).append(BLOCK)


def lines(form: "DisciplineForm") -> list[Line]:
    context = form.context
    found = []
    for name in form.groups.get(BLOCK, ()):
        field = form[name]
        scale = scales.of(name.removeprefix(_PREFIX))
        due = context.due.get(scale.code)
        if due is not None and due.on > context.outing.local_date:
            due = None
        found.append(Line(scale, field, _today(form, name, scale), _last(form, scale), due))
    return found


def _today(form: "DisciplineForm", name: str, scale: Scale) -> str:
    try:
        sheet = read(str(form[name].value() or ""))
        return _message(form, scale, sheet) if sheet else ""
    except ValueError:
        return gettext("These answers are not possible.")


def _message(form: "DisciplineForm", scale: Scale, sheet: Payload) -> str:
    found = scales.result_of(
        scale.code, sheet, age=form.context.age_years, sex=form.context.patient.sex
    )
    used = found.scale.label
    return found.message if used == scale.label else f"{used}: {found.message}"


def _last(form: "DisciplineForm", scale: Scale) -> str:
    known = form.context.scores
    short = scales.SHORT.get(scale.code, "")
    points = sorted((*known.get(scale.code, ()), *known.get(short, ())), key=lambda p: p.on)
    if not points:
        return ""
    last: scores.Score = points[-1]
    return f"{last.result.message} ({date_format(last.on, 'j M')})"


def sheets(form: "DisciplineForm") -> dict[str, Payload]:
    """The scales that were filled in, as a payload holds them."""
    return {
        name.removeprefix(_PREFIX): sheet
        for name in form.groups.get(BLOCK, ())
        if (sheet := form.cleaned_data.get(name))
    }


def loosen(payload: Mapping[str, Any]) -> Payload:
    """Sheets of a payload as the hidden fields hold them."""
    return {field_name(code): write(each) for code, each in (payload.get(BLOCK) or {}).items()}


def check_scales(form: "DisciplineForm") -> str | None:
    """Warn of what is incomplete and of alarming answers. Gives the level of suicide risk that
    the C-SSRS reaches, as a key."""
    age, sex = form.context.age_years, form.context.patient.sex
    filled = sheets(form)
    for code, sheet in filled.items():
        result = scales.result_of(code, sheet, age=age, sex=sex)
        if result.state == State.INCOMPLETE:
            form.caution(BLOCK, f"{result.scale.label}: {result.message}", about=code)
        elif result.critical and CSSRS not in filled and code != CSSRS:
            message = _("%(scale)s: thoughts of death or self-harm. Ask about suicide risk.")
            form.caution(BLOCK, message % {"scale": result.scale.label}, about=f"{code}.risk")
    return scales.risk_of(filled, age)
