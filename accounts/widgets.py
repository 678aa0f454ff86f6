"""Controls for a phone in sunlight: chips to tap, numbers to step, long lists to search.

Each works without JavaScript; the module named in its template makes it better.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol

from django import forms
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Choice = tuple[str, str]


class Codes(Protocol):
    """A list of codes that the picker offers. Labels are in the active language."""

    name: str
    """Sent to the search as `list=`."""

    @property
    def complete(self) -> bool:
        """`quick` is the whole list: nothing to search for."""
        ...

    def quick(self) -> Sequence[Choice]:
        """The 8 to 12 most frequent, in order."""

    def label(self, key: str) -> str | None:
        """None when the list has no such key."""

    def find(self, text: str) -> Sequence[Choice]:
        """Whatever the accents, best first, at most 12."""


class Chips(forms.RadioSelect):
    """One of a few, as chips. `columns` of a scale carry no ring, only the value."""

    template_name = "django/forms/widgets/chips.html"
    group_class = "chips"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Iterable[Any] = (),
        *,
        ends: tuple[str | Promise, str | Promise] | None = None,
        exclusive: Iterable[str] = (),
    ) -> None:
        super().__init__(attrs, choices)
        self.ends = ends
        self.exclusive = tuple(exclusive)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        options = [
            option
            for _group, options, _index in context["widget"]["optgroups"]
            for option in options
            if option["value"] != ""  # "no answer yet" is no chip: nothing is chosen
        ]
        id_ = context["widget"]["attrs"].get("id")
        for index, option in enumerate(options if id_ else ()):
            option["attrs"]["id"] = self.id_for_label(id_, str(index))
        context["widget"] |= {
            "options": options,
            "group_class": self.group_class,
            "ends": self.ends,
            "exclusive": " ".join(self.exclusive),
            "undo": not self.is_required and not self.allow_multiple_selected,
        }
        return context


class ManyChips(Chips):
    """Several of a few. A value in `exclusive` ("not asked") takes the others off."""

    allow_multiple_selected = True
    input_type = "checkbox"

    def use_required_attribute(self, initial: Any) -> bool:
        return False  # the browser would ask for each of the boxes

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False  # unticked boxes are not sent


class ScaleChips(Chips):
    """0 to 10 in one line of thumbs, with words for what is not a number."""

    group_class = "chips scale"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for option in context["widget"]["options"]:
            option["words"] = not str(option["value"]).isdecimal()
        return context


class YesNo(Chips):
    """Yes or no; neither is chosen before it was asked."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, choices=(("yes", _("Yes")), ("no", _("No"))))

    def format_value(self, value: Any) -> list[str]:
        return [{True: "yes", False: "no"}.get(value, str(value or ""))]


class Stepper(forms.TextInput):
    """A whole number: the numeric keyboard, and − and + beside it."""

    template_name = "django/forms/widgets/stepper.html"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        *,
        minimum: int | None = None,
        maximum: int | None = None,
        step: int = 1,
    ) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off", **(attrs or {})})
        self.minimum, self.maximum, self.step = minimum, maximum, step

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"minimum": self.minimum, "maximum": self.maximum, "step": self.step}
        return context


class Number(forms.TextInput):
    """A number with decimals, typed on the numeric keyboard."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"inputmode": "decimal", "autocomplete": "off", "class": "short", **(attrs or {})}
        )


class Note(forms.Textarea):
    """Free text in a box that grows with it."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, rows: int = 3) -> None:
        super().__init__({"rows": rows, "cols": 40, **(attrs or {})})


class DayInput(forms.DateInput):
    """The phone's own date picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "medium", **(attrs or {})}, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """The phone's own picker of date and time."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "medium", **(attrs or {})}, format="%Y-%m-%dT%H:%M")


def _part(**attrs: Any) -> forms.TextInput:
    return forms.TextInput({"inputmode": "numeric", "autocomplete": "off", **attrs})


class DateParts(forms.MultiWidget):
    """Day, month and year in boxes of their own: for dates that people know by heart."""

    template_name = "django/forms/widgets/date_parts.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__([_part(maxlength=2), _part(maxlength=2), _part(maxlength=4)], attrs)

    def decompress(self, value: Any) -> list[Any]:
        return [value.day, value.month, value.year] if isinstance(value, date) else [None] * 3


class AgeOrDate(NamedTuple):
    """When a person was born, as they said it. Either an age or a date, whole or in part."""

    age: int | None = None
    unit: str = "years"  # or "months", for small children
    about: bool = False
    day: int | None = None
    month: int | None = None
    year: int | None = None

    def birth(self, on: date) -> tuple[int, int | None, int | None, str]:
        """Year, month, day and precision: `day`, `month`, `year` or `estimated`.

        An age given on a date leaves the year open by one; the year taken is the one whose
        difference from `on` is the age given, so that the age reads back as it was said.
        """
        if self.year is not None:
            precision = "day" if self.day else "month" if self.month else "year"
            return self.year, self.month, self.day, "estimated" if self.about else precision
        age = self.age or 0
        if self.unit == "months":
            months = on.year * 12 + on.month - 1 - age
            return months // 12, months % 12 + 1, None, "estimated" if self.about else "month"
        return on.year - age, None, None, "estimated" if self.about else "year"


class AgeOrDateInput(forms.MultiWidget):
    """Age first, with "about"; the date, or the part of it that is known, below."""

    template_name = "django/forms/widgets/age_or_date.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        units = Chips(choices=(("years", _("years")), ("months", _("months"))))
        units.is_required = True
        super().__init__(
            [
                _part(maxlength=3),
                units,
                forms.CheckboxInput(),
                _part(maxlength=2),
                _part(maxlength=2),
                _part(maxlength=4),
            ],
            attrs,
        )

    def decompress(self, value: Any) -> list[Any]:
        return list(value) if isinstance(value, tuple) else [None, "years", False, None, None, None]


@dataclass(frozen=True)
class PickerAnswer:
    """What the picker sent: keys in the order chosen, and what was typed beside them."""

    keys: tuple[str, ...] = ()
    other: str = ""

    def __str__(self) -> str:
        return ", ".join((*self.keys, self.other)).strip(", ")


class Picker(forms.Widget):
    """Search and tap, for long lists. Chosen values stand first, as chips, in their order.

    Without JavaScript what is typed in the box is looked up by the server: one match is taken,
    several come back as chips.
    """

    template_name = "django/forms/widgets/picker.html"
    use_fieldset = True

    def __init__(
        self, codes: Codes, attrs: dict[str, Any] | None = None, *, several: bool = False
    ) -> None:
        super().__init__(attrs)
        self.codes = codes
        self.several = several
        self.max_choices: int | None = None
        self.exclusive: tuple[str, ...] = ()

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0" if index == "0" else ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> PickerAnswer:
        keys = data.getlist(name) if hasattr(data, "getlist") else data.get(name) or ()
        keys = (keys,) if isinstance(keys, str) else keys
        return PickerAnswer(
            tuple(dict.fromkeys(str(key) for key in keys if key)),
            str(data.get(f"{name}_other") or "").strip(),
        )

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        answer = as_answer(value)
        chosen, other = self._settled(answer)
        taken = {key for key, _label in chosen}
        offered = self.codes.find(other) if other else ()
        quick = [choice for choice in self.codes.quick() if choice[0] not in taken]
        context["widget"] |= {
            "chosen": chosen,
            "offered": [choice for choice in offered if choice[0] not in taken],
            "quick": quick,
            # The error summary leads to `_0`: a chip, or the box where there is none.
            "box": "other" if chosen or quick else "0",
            "other": other,
            "type": "checkbox" if self.several else "radio",
            "several": self.several,
            "searchable": not self.codes.complete,
            "list": self.codes.name,
            "url": search_url(),
            "max_choices": self.max_choices,
            "exclusive": " ".join(self.exclusive),
            "invalid": "aria-invalid" in context["widget"]["attrs"],
        }
        return context

    def _settled(self, answer: PickerAnswer) -> tuple[list[Choice], str]:
        """Chosen keys with their labels, and the typed text that is still open."""
        keys, other = list(answer.keys), answer.other
        match = only_match(self.codes, other)
        if match is not None:
            keys, other = ([*keys, match] if self.several else [match]), ""
        labels = ((key, self.codes.label(key)) for key in dict.fromkeys(keys))
        return [(key, label) for key, label in labels if label is not None], other


def as_answer(value: Any) -> PickerAnswer:
    """A key, a list of keys, an answer or nothing: as an answer."""
    if isinstance(value, PickerAnswer):
        return value
    if isinstance(value, (list, tuple)):
        return PickerAnswer(tuple(str(key) for key in value))
    return PickerAnswer((str(value),)) if value else PickerAnswer()


def only_match(codes: Codes, text: str) -> str | None:
    """The key meant by a typed text: the only match, or the one that reads the same."""
    if not text:
        return None
    found = codes.find(text)
    same = [key for key, label in found if _plain(text) in (_plain(label), _plain(key))]
    if len(found) == 1 or len(same) == 1:
        return same[0] if same else found[0][0]
    return None


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", str(text)).strip().casefold()


def search_url() -> str:
    """Where the picker searches; empty where this installation has no lists."""
    try:
        return reverse("terminology:search")
    except NoReverseMatch:
        return ""
