"""Form fields that take answers as people give them and hand on clean values."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.renderers import is_empty
from accounts.widgets import (
    AgeOrDate,
    AgeOrDateInput,
    Codes,
    DateParts,
    DayInput,
    ManyChips,
    MomentInput,
    Number,
    Picker,
    ScaleChips,
    Stepper,
    YesNo,
    as_answer,
    only_match,
)

MAX_AGE_YEARS = 110
EARLIEST_YEAR = 1900
COULD_NOT_ASK = "could_not_ask"


class YesNoField(forms.Field):
    """True, False, or None where nothing was answered; required means answered."""

    widget = YesNo

    def to_python(self, value: Any) -> bool | None:
        if value in (True, "yes", "True", "true", "on"):
            return True
        return False if value in (False, "no", "False", "false") else None


class SeveralField(forms.MultipleChoiceField):
    """Several of a few. A value in `exclusive` stands alone."""

    widget = ManyChips
    default_error_messages = {
        "exclusive": _("“%(label)s” cannot stand together with other answers."),
    }

    def __init__(self, *, exclusive: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.exclusive = tuple(exclusive)
        self.widget.exclusive = self.exclusive

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        alone = next((code for code in value if code in self.exclusive), None)
        if alone is not None and len(value) > 1:
            label = dict(_flat(self.choices)).get(alone, alone)
            raise ValidationError(
                self.error_messages["exclusive"], code="exclusive", params={"label": label}
            )


def _flat(choices: Any) -> list[tuple[str, Any]]:
    return [(str(value), label) for value, label in choices]


class ScaleField(forms.ChoiceField):
    """0 to 10; `could_not_ask`, where offered, is an answer of its own."""

    widget = ScaleChips

    def __init__(
        self,
        *,
        maximum: int = 10,
        could_not_ask: bool = False,
        ends: tuple[str | Promise, str | Promise] | None = None,
        **kwargs: Any,
    ) -> None:
        choices: list[tuple[str, Any]] = [(str(n), str(n)) for n in range(maximum + 1)]
        if could_not_ask:
            choices.append((COULD_NOT_ASK, _("Could not ask")))
        super().__init__(choices=choices, **kwargs)
        self.widget.ends = ends

    def clean(self, value: Any) -> int | str | None:
        value = super().clean(value)
        if value in ("", None):
            return None
        return COULD_NOT_ASK if value == COULD_NOT_ASK else int(value)


class WholeField(forms.IntegerField):
    """A whole number, with − and + beside it."""

    def __init__(self, *, step: int = 1, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            Stepper(minimum=kwargs.get("min_value"), maximum=kwargs.get("max_value"), step=step),
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        return super().to_python(_digits(value))


class NumberField(forms.DecimalField):
    """A number with decimals; takes 36,5 and 36.5."""

    widget = Number

    def __init__(self, *, decimals: int = 1, **kwargs: Any) -> None:
        super().__init__(decimal_places=decimals, **kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return super().to_python(_digits(value))


def _digits(value: Any) -> Any:
    return re.sub(r"\s", "", value).replace(",", ".") if isinstance(value, str) else value


class DayField(forms.DateField):
    """A date, by the phone's own picker; also takes 3/11/2025."""

    widget = DayInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"])
        super().__init__(**kwargs)


class MomentField(forms.DateTimeField):
    """A date and time, by the phone's own picker."""

    widget = MomentInput


class DatePartsField(forms.MultiValueField):
    """A whole date in three boxes."""

    widget = DateParts
    default_error_messages = {
        "incomplete": _("Give day, month and year."),
        "impossible": _("There is no such date."),
    }

    def __init__(self, **kwargs: Any) -> None:
        required = kwargs.get("required", True)
        parts = [forms.IntegerField(required=required) for _part in range(3)]
        super().__init__(fields=parts, require_all_fields=True, **kwargs)

    def compress(self, data_list: Sequence[Any]) -> date | None:
        if is_empty(list(data_list)):
            return None
        if any(part is None for part in data_list):
            raise ValidationError(self.error_messages["incomplete"], code="incomplete")
        day, month, year = data_list
        return _date(year, month, day, self.error_messages["impossible"])


def _date(year: int, month: int, day: int, message: Any) -> date:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise ValidationError(message, code="impossible") from None


class AgeOrDateField(forms.MultiValueField):
    """An age, or a birth date of which the year is enough. Gives `AgeOrDate` or None."""

    widget = AgeOrDateInput
    default_error_messages = {
        "whole": _("Write the age and the date in numbers."),
        "range": _("The age must be between 0 and 110 years."),
        "future": _("The birth date cannot be in the future."),
        "no_year": _("Give at least the year of birth."),
        "no_month": _("Give the month with the day."),
        "impossible": _("There is no such date."),
        "differ": _("The age and the birth date do not agree. Keep the one that is right."),
    }

    def __init__(self, **kwargs: Any) -> None:
        whole = {"invalid": self.default_error_messages["whole"]}
        number = [forms.IntegerField(required=False, error_messages=whole) for _i in range(4)]
        unit = forms.ChoiceField(
            choices=(("years", _("years")), ("months", _("months"))), required=False
        )
        about = forms.BooleanField(required=False)
        age, day, month, year = number
        super().__init__(
            fields=[age, unit, about, day, month, year], require_all_fields=False, **kwargs
        )

    def clean(self, value: Any) -> AgeOrDate | None:
        # The unit is always sent: alone it is no answer.
        parts = list(value) if isinstance(value, (list, tuple)) else []
        if is_empty(parts[:1] + parts[3:]):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        cleaned: AgeOrDate | None = super().clean(value)
        return cleaned

    def compress(self, data_list: Sequence[Any]) -> AgeOrDate:
        age, unit, about, day, month, year = data_list
        answer = AgeOrDate(age, unit or "years", bool(about), day, month, year)
        self._check_age(answer)
        self._check_date(answer)
        if answer.age is not None and answer.year is not None:
            self._check_both(answer)
        return answer

    def _check_age(self, answer: AgeOrDate) -> None:
        most = MAX_AGE_YEARS * (12 if answer.unit == "months" else 1)
        if answer.age is not None and not 0 <= answer.age <= most:
            self._refuse("range")

    def _check_date(self, answer: AgeOrDate) -> None:
        if answer.year is None:
            if answer.month is not None or answer.day is not None:
                self._refuse("no_year")
            return
        if answer.day is not None and answer.month is None:
            self._refuse("no_month")
        today = timezone.localdate()
        month = answer.month if answer.month is not None else 1
        day = answer.day if answer.day is not None else 1
        earliest = _date(answer.year, month, day, self.error_messages["impossible"])
        if earliest > today:
            self._refuse("future")
        if today.year - answer.year > MAX_AGE_YEARS:
            self._refuse("range")

    def _check_both(self, answer: AgeOrDate) -> None:
        stated = (answer.age or 0) / (12 if answer.unit == "months" else 1)
        from_date = timezone.localdate().year - (answer.year or 0)
        if not answer.about and not from_date - 1 <= stated <= from_date:
            self._refuse("differ")

    def _refuse(self, code: str) -> None:
        raise ValidationError(self.error_messages[code], code=code)


class CodesField(forms.Field):
    """Keys of a long list, in the order chosen."""

    widget: Picker
    default_error_messages = {
        "unknown": _("This answer is not in the list. Choose another one."),
        "none_found": _("Nothing in the list reads like “%(text)s”."),
        "which": _("Several answers read like “%(text)s”. Tap the right one."),
        "too_many": pgettext_lazy("answers", "Choose at most %(max)d."),
        "exclusive": _("“%(label)s” cannot stand together with other answers."),
    }
    several = True

    def __init__(
        self,
        codes: Codes,
        *,
        max_choices: int | None = None,
        exclusive: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        picker = Picker(codes, several=self.several)
        super().__init__(widget=picker, **kwargs)
        self.codes = codes
        self.max_choices = max_choices if self.several else 1
        self.exclusive = tuple(exclusive)
        self.widget.max_choices = self.max_choices
        self.widget.exclusive = self.exclusive

    def to_python(self, value: Any) -> list[str]:
        answer = as_answer(value)
        keys = list(answer.keys)
        if answer.other:
            typed = self._look_up(answer.other)
            keys = [*keys, typed] if self.several else [typed]
        return list(dict.fromkeys(keys))

    def _look_up(self, text: str) -> str:
        match = only_match(self.codes, text)
        if match is None:
            code = "which" if self.codes.find(text) else "none_found"
            raise ValidationError(self.error_messages[code], code=code, params={"text": text})
        return match

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if any(self.codes.label(key) is None for key in value):
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        if self.max_choices is not None and len(value) > self.max_choices:
            raise ValidationError(
                self.error_messages["too_many"], code="too_many", params={"max": self.max_choices}
            )
        alone = next((key for key in value if key in self.exclusive), None)
        if alone is not None and len(value) > 1:
            raise ValidationError(
                self.error_messages["exclusive"],
                code="exclusive",
                params={"label": self.codes.label(alone)},
            )

    def has_changed(self, initial: Any, data: Any) -> bool:
        before, after = as_answer(initial), as_answer(data)
        return bool(after.other) or before.keys != after.keys


class CodeField(CodesField):
    """One key of a long list; empty string when nothing is chosen."""

    several = False

    def clean(self, value: Any) -> str:
        keys = super().clean(value)
        return keys[0] if keys else ""


def one_more(data: QueryDict, prefix: str) -> QueryDict:
    """The posted lines with one empty line more: what "Add" does without JavaScript."""
    longer = data.copy()
    total = f"{prefix}-TOTAL_FORMS"
    number = data.get(total, "0")
    longer[total] = str(int(number) + 1 if number.isdecimal() else 1)
    return longer
