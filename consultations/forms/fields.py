"""Fields of consultation forms, made from their definitions; text comes out normalised."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField, CodesField, DayField, ScaleField, SeveralField
from accounts.renderers import is_empty
from accounts.widgets import Chips, ManyChips, Note
from consultations.definitions import Field as Definition
from consultations.forms.codes import Offered
from terminology import lists

FEW = lists.QUICK  # options shown at once; more are searched
SHORT_TEXT, TEXT, LONG_TEXT = 200, 5_000, 20_000
NOT_OFFERED = _("This answer is not in the list. Choose another one.")
NOT_ASKED = "yes_no_not_asked:not_asked"


class Text(forms.CharField):
    """Text as it is kept: composed accents, line ends of one kind, no NUL, no blanks around."""

    def __init__(self, *, rows: int = 2, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", TEXT)
        kwargs.setdefault("widget", Note(rows=rows))
        super().__init__(**kwargs)
        # The limit is said by the server: the browser would cut what is pasted without a word.
        self.widget.attrs.pop("maxlength", None)

    def to_python(self, value: Any) -> str:
        return normal(str(super().to_python(value) or ""))


def normal(text: str) -> str:
    """Composed (NFC), with line feeds only and nothing around."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


class Taps(NamedTuple):
    """Codes tapped and the short text beside them."""

    keys: tuple[str, ...] = ()
    text: str = ""


class _First:
    """Of a long list, chips for the first values and for those chosen."""

    first: frozenset[str]

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> list[Any]:
        groups = super().optgroups(name, value, attrs)  # type: ignore[misc]
        return [
            (group, kept, index)
            for group, options, index in groups
            if (kept := [o for o in options if o["selected"] or o["value"] in self.first])
        ]


class FirstChips(_First, Chips):
    pass


class FirstManyChips(_First, ManyChips):
    pass


class TapTextInput(forms.MultiWidget):
    """Chips, and a line for what they do not say."""

    template_name = "consultations/forms/tap_text.html"
    use_fieldset = True

    def __init__(self, chips: Chips) -> None:
        super().__init__({"": chips, "text": Note(rows=1)})

    def decompress(self, value: Any) -> list[Any]:
        keys, text = value or Taps()
        several = getattr(self.widgets[0], "allow_multiple_selected", False)
        return [list(keys) if several else next(iter(keys), ""), text]


class TapText(forms.MultiValueField):
    """One tap, several, or short text; required means one of the two. Gives `Taps`.

    `first` are the values offered as chips; any of `choices` may be sent.
    """

    def __init__(
        self,
        choices: Iterable[tuple[str, Any]],
        *,
        first: Iterable[str],
        several: bool = False,
        exclusive: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        self.several = several
        known: dict[str, Any] = {"choices": list(choices), "required": False}
        taps: forms.ChoiceField
        if several:
            taps = SeveralField(widget=FirstManyChips, exclusive=exclusive, **known)
        else:
            taps = forms.ChoiceField(widget=FirstChips, **known)
        taps.widget.first = frozenset(first)
        taps.error_messages["invalid_choice"] = NOT_OFFERED
        taps.widget.is_required = False
        super().__init__(
            fields=[taps, Text(required=False)],
            widget=TapTextInput(taps.widget),
            require_all_fields=False,
            **kwargs,
        )

    def compress(self, data_list: Sequence[Any]) -> Taps:
        keys, text = data_list or ("", "")
        if not self.several:
            keys = (keys,) if keys else ()
        return Taps(tuple(keys), text)

    def clean(self, value: Any) -> Taps:
        cleaned: Taps = super().clean(value) or Taps()
        if self.required and not any(cleaned):
            raise ValidationError(self.error_messages["required"], code="required")
        return cleaned


def choice(
    definition: Definition,
    *,
    required: bool | None = None,
    options: Sequence[lists.Entry] | None = None,
    first: Sequence[lists.Entry] | None = None,
    **kwargs: Any,
) -> forms.Field:
    """One value: chips where all fit, else quick picks and a search."""
    kwargs = _common(definition, required, kwargs)
    offered = lists.all(definition.list) if options is None else options
    if options is None and len(offered) > FEW:
        return CodeField(Offered(definition.list, first=first), **kwargs)
    return chips([(entry.key, entry.label) for entry in offered], **kwargs)


def chips(choices: Iterable[tuple[str, Any]], **kwargs: Any) -> forms.ChoiceField:
    field = forms.ChoiceField(choices=list(choices), widget=Chips, **kwargs)
    field.error_messages["invalid_choice"] = NOT_OFFERED
    return field


def multi(
    definition: Definition,
    *,
    required: bool | None = None,
    most: int | None = None,
    ordered: bool = False,
    exclusive: Iterable[str] = (),
    first: Sequence[lists.Entry] | None = None,
    **kwargs: Any,
) -> forms.Field:
    """Several values. Where the order or the number counts, they are picked one by one.

    "Not asked" and "none" stand alone wherever the list has them.
    """
    kwargs = _common(definition, required, kwargs)
    offered = lists.all(definition.list)
    alone = (*exclusive, *(e.key for e in offered if e.code in ("not_asked", "not_assessed")))
    if len(offered) > FEW or ordered or most:
        codes = Offered(definition.list, first=first)
        return CodesField(codes, max_choices=most, exclusive=alone, **kwargs)
    field = SeveralField(
        choices=[(entry.key, entry.label) for entry in offered], exclusive=alone, **kwargs
    )
    field.error_messages["invalid_choice"] = NOT_OFFERED
    return field


def taps(
    definition: Definition,
    *,
    first: Sequence[lists.Entry],
    several: bool = False,
    exclusive: Iterable[str] = (),
    **kwargs: Any,
) -> TapText:
    """Taps or short text, from a list."""
    return TapText(
        [(entry.key, entry.label) for entry in lists.all(definition.list)],
        first=[entry.key for entry in first],
        several=several,
        exclusive=exclusive,
        **_common(definition, None, kwargs),
    )


def text(definition: Definition, *, required: bool | None = None, **kwargs: Any) -> Text:
    """Free text; long where the definition says so."""
    if definition.type == "long_text":
        kwargs = {"max_length": LONG_TEXT, "rows": 4} | kwargs
    return Text(**_common(definition, required, kwargs))


def slider(
    definition: Definition, *, required: bool | None = None, ends: tuple[Any, Any], **kwargs: Any
) -> ScaleField:
    """0 to 10; "could not ask" where the definition offers it."""
    could_not_ask = "could_not_ask" in definition.validation
    return ScaleField(
        could_not_ask=could_not_ask, ends=ends, **_common(definition, required, kwargs)
    )


def _common(
    definition: Definition, required: bool | None, kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    needed = definition.required if required is None else required
    return {"label": definition.label, "required": needed, **kwargs}


class FollowUp(NamedTuple):
    """The next appointment: a day and, where it is known, a site (id)."""

    day: date
    site: str = ""


class FollowUpInput(forms.MultiWidget):
    """Days to tap, another day, and where."""

    template_name = "consultations/forms/follow_up.html"
    use_fieldset = True

    def __init__(self, widgets: dict[str, Any], *, site: str) -> None:
        super().__init__(widgets)
        self.site = site

    def decompress(self, value: Any) -> list[Any]:
        day, site = value or (None, "")
        return ["", day, site or self.site]


class FollowUpField(forms.MultiValueField):
    """The next appointment; after the day of the outing and within a year. Gives `FollowUp`."""

    DAYS = (1, 7, 14, 28)
    YEAR = 366
    default_error_messages = {
        "two": _("Two days are given. Keep one."),
        "early": _("The next appointment must be after the day of this one."),
        "far": _("The next appointment must be within a year."),
    }

    def __init__(
        self, *, day: date, site: str, sites: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        self.day, self.site = day, site
        tap = chips(self._days(), required=False)
        other = DayField(required=False)
        # Where people are seen today comes first: most come back to the same place.
        places = sorted(sites, key=lambda place: place[0] != site)
        where = forms.ChoiceField(choices=places, required=False, widget=_where(places))
        where.error_messages["invalid_choice"] = NOT_OFFERED
        kwargs.setdefault("initial", None)
        super().__init__(
            fields=[tap, other, where],
            widget=FollowUpInput(
                {"": tap.widget, "on": other.widget, "site": where.widget}, site=site
            ),
            require_all_fields=False,
            required=False,
            **kwargs,
        )

    def _days(self) -> list[tuple[str, str]]:
        return [(str(self.day + timedelta(days)), self._words(days)) for days in self.DAYS]

    def _words(self, days: int) -> str:
        date_words = date_format(self.day + timedelta(days), "D j M")
        if days == 1:
            return gettext("1 day (%(day)s)") % {"day": date_words}
        weeks = days // 7
        return str(_WEEKS % {"weeks": weeks, "day": date_words})

    def clean(self, value: Any) -> FollowUp | None:
        parts = list(value) if isinstance(value, (list, tuple)) else []
        if is_empty(parts[:2]):  # the site alone is no appointment
            return None
        cleaned: FollowUp | None = super().clean(value)
        return cleaned

    def compress(self, data_list: Sequence[Any]) -> FollowUp | None:
        tapped, other, site = data_list
        days = {day for day in (date.fromisoformat(tapped) if tapped else None, other) if day}
        if len(days) != 1:
            self._refuse("two")
        day = days.pop()
        if day <= self.day:
            self._refuse("early")
        if day - self.day > timedelta(self.YEAR):
            self._refuse("far")
        return FollowUp(day, site or self.site)

    def _refuse(self, code: str) -> None:
        raise ValidationError(self.error_messages[code], code=code)


_WEEKS = ngettext_lazy("%(weeks)d week (%(day)s)", "%(weeks)d weeks (%(day)s)", "weeks")


def _where(places: Sequence[tuple[str, str]]) -> forms.Widget:
    if len(places) < 2:
        return forms.HiddenInput()
    return forms.Select() if len(places) >= 8 else Chips()


__all__ = (
    "FEW",
    "LONG_TEXT",
    "NOT_ASKED",
    "SHORT_TEXT",
    "TEXT",
    "FollowUp",
    "FollowUpField",
    "ManyChips",
    "TapText",
    "Taps",
    "Text",
    "chips",
    "choice",
    "multi",
    "normal",
    "slider",
    "taps",
    "text",
)
