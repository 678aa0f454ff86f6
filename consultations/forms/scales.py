"""The page of one scale: its questions in the language of the interview, or its score."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import WholeField, YesNoField
from consultations import scales
from consultations.definitions import FORMS
from consultations.forms.fields import chips
from consultations.forms.payloads import Payload
from consultations.models import ScaleResult
from consultations.scales import CSSRS, TOTAL, Scale

Informant = ScaleResult.Informant
_RATERS = {
    "self or interviewer": (Informant.INTERVIEW, Informant.SELF),
    "caregiver 2-17; self 11-17": (Informant.CAREGIVER, Informant.SELF),
}
_FORM_LABELS = {
    "0_4": pgettext_lazy("scoring", "answers scored 0 to 4"),
    "1_5": pgettext_lazy("scoring", "answers scored 1 to 5"),
    "adult": pgettext_lazy("form of a scale", "adults"),
    "child": pgettext_lazy("form of a scale", "children"),
}
_SELF_FROM = 11  # years; SDQ


class ScaleForm(forms.Form):
    """Common to all: who answered. `sheet()` is what the draft keeps."""

    use_required_attribute = False
    mark_optional = False

    def __init__(
        self,
        data: Any = None,
        *,
        scale: Scale,
        language: str,
        sheet: Payload,
        age: int | None,
        sex: str,
    ) -> None:
        super().__init__(data)
        self.scale, self.language, self.before = scale, language, sheet
        self.age, self.sex = age, sex
        self._add_informant()
        self.build()

    def build(self) -> None:
        raise NotImplementedError

    def _add_informant(self) -> None:
        raters: tuple[Informant, ...] = _RATERS.get(self.scale.entry.attributes["rater"], ())
        if self.scale.code == "sdq" and self.age is not None and self.age < _SELF_FROM:
            raters = (Informant.CAREGIVER,)
        if raters:
            self.fields["informant"] = chips(
                [(each.value, each.label) for each in raters],
                label=_("Who answers"),
                required=False,
                initial=self.before.get("informant") or raters[0].value,
            )

    @property
    def first(self) -> list[forms.BoundField]:
        """Asked of everybody."""
        return [self[name] for name in self.fields if name not in self.tucked]

    @property
    def rest(self) -> list[forms.BoundField]:
        """Asked when the first answers call for it."""
        return [self[name] for name in self.tucked]

    @property
    def tucked(self) -> tuple[str, ...]:
        return ()

    @property
    def opens_rest(self) -> bool:
        return False

    def items(self) -> dict[str, int]:
        raise NotImplementedError

    def sheet(self) -> Payload:
        """Empty where nothing was answered."""
        items, total = self.items(), self.cleaned_data.get(TOTAL)
        if not items and total is None:
            return {}
        sheet: Payload = {"language": self.language}
        for name in ("informant", "form"):
            if self.cleaned_data.get(name):
                sheet[name] = self.cleaned_data[name]
        if total is not None:
            sheet[TOTAL] = total
        return sheet | ({"items": items} if items else {})

    @property
    def lacks_rest(self) -> bool:
        """The first answers call for more, and none of it was given."""
        return self.opens_rest and not any(name in self.items() for name in self.tucked)

    def clean(self) -> dict[str, Any]:
        sheet = self.sheet() if not self.errors else {}
        if sheet:
            try:
                scales.result_of(self.scale.code, sheet, age=self.age, sex=self.sex)
            except ValueError as error:
                raise ValidationError(self.impossible, code="impossible") from error
        return self.cleaned_data

    impossible: Any = _("These answers are not possible together.")


class ItemsForm(ScaleForm):
    """Question by question. Of PHQ-9 and GAD-7 the first two are asked first."""

    def build(self) -> None:
        known = self.before.get("items") or {}
        for item in self.scale.items:
            field = chips(
                [(e.code, e.labels[self.language]) for e in self.scale.answers[item]],
                label=self.scale.texts[item].labels[self.language],
                required=False,
                initial=str(known[item]) if item in known else None,
            )
            self.fields[item] = field

    @property
    def tucked(self) -> tuple[str, ...]:
        short = scales.SHORT.get(self.scale.code)
        return self.scale.items[len(scales.of(short).items) :] if short else ()

    @property
    def opens_rest(self) -> bool:
        short = scales.SHORT.get(self.scale.code)
        if not short:
            return False
        given = {item: self._given(item) for item in self.scale.items}
        if any(given[item] is not None for item in self.tucked):
            return True
        first = scales.score(short, {i: given[i] for i in scales.of(short).items}, age=None)
        return bool(first.positive)

    def _given(self, item: str) -> int | None:
        value = str(self[item].value() or "")
        return int(value) if value in {e.code for e in self.scale.answers[item]} else None

    def items(self) -> dict[str, int]:
        found = ((item, self.cleaned_data.get(item)) for item in self.scale.items)
        return {item: int(value) for item, value in found if value}


class TotalForm(ScaleForm):
    """The score, where the licence keeps the questions out of the application."""

    impossible = _("This score does not exist.")

    def build(self) -> None:
        ranges = list(self.scale.forms.values())
        least = min([low for low, _high in ranges], default=self.scale.total_min)
        most = max([high for _low, high in ranges], default=self.scale.total_max)
        self.fields[TOTAL] = WholeField(
            label=_("Score"),
            min_value=least,
            max_value=most,
            required=False,
            initial=self.before.get(TOTAL),
        )
        if self.scale.forms:
            usual = self._usual_form()
            self.fields["form"] = chips(
                [(code, _FORM_LABELS[code]) for code in self.scale.forms],
                label=_("Version"),
                required=False,
                initial=self.before.get("form") or usual,
            )
        item = self.scale.critical[0]
        if item:
            known = (self.before.get("items") or {}).get(item)
            self.fields[item] = YesNoField(
                label=_("Question %(number)s was answered “yes”")
                % {"number": item.rpartition("_")[2]},
                required=False,
                initial=None if known is None else bool(known),
            )

    def _usual_form(self) -> str:
        codes = list(self.scale.forms)
        if "child" in codes and self.age is not None and self.age < 18:
            return "child"
        return codes[0]

    def items(self) -> dict[str, int]:
        item = self.scale.critical[0]
        answer = self.cleaned_data.get(item) if item else None
        return {} if answer is None or self.cleaned_data.get(TOTAL) is None else {item: int(answer)}


class RiskForm(ScaleForm):
    """The C-SSRS screener: answers only, beside the official wording."""

    impossible = _(
        "Questions 3 to 5 are answered only when 2 is “yes”, and the past three months only when "
        "it ever happened."
    )

    def build(self) -> None:
        known = self.before.get("items") or {}
        for item in (*_ASKED, *_DEPENDENT):
            self.fields[item] = YesNoField(
                label=FORMS[CSSRS][item].labels[self.language],
                required=False,
                initial=bool(known[item]) if item in known else None,
            )

    @property
    def tucked(self) -> tuple[str, ...]:
        return _DEPENDENT

    @property
    def opens_rest(self) -> bool:
        return any(self._is_yes(item) for item in ("q2", "q6_lifetime", *_DEPENDENT))

    def _is_yes(self, item: str) -> bool:
        return self[item].value() in (True, "yes")

    @property
    def lacks_rest(self) -> bool:
        found = scales.score(self.scale, self.items(), age=self.age)
        return self.opens_rest and found.state == scales.State.INCOMPLETE

    def items(self) -> dict[str, int]:
        found = ((item, self.cleaned_data.get(item)) for item in scales.CSSRS_ITEMS)
        return {item: int(value) for item, value in found if value is not None}


_ASKED = ("q1", "q2", "q6_lifetime")
_DEPENDENT = ("q3", "q4", "q5", "q6_3_months")


def form_class(scale: Scale) -> type[ScaleForm]:
    if scale.code == CSSRS:
        return RiskForm
    return TotalForm if scale.typed else ItemsForm
