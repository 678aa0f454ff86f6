"""Fields of the person card: names in every script, phones as people write them."""

import re
import unicodedata
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.widgets import Chips, Note
from patients.definitions import FORMS
from patients.definitions import Field as Definition
from terminology import lists

LONGEST_NAME = 80
LONGEST_NOTE = 2000
PERSON_CARD = FORMS["person_card"]
FAMILY_MEMBER = FORMS["family_member"]

# Zero-width joiners are part of Persian and Indian spelling; other format signs only confuse.
_KEPT = "\u200c\u200d"


def tidy(text: str) -> str:
    """NFC, without control and direction signs, single spaces. NUL stays, to be refused."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(
        sign
        for sign in text
        if sign in _KEPT or sign in "\x00\n\t" or unicodedata.category(sign) not in ("Cc", "Cf")
    )
    return re.sub(r"[^\S\n]+", " ", text).strip()


class LineField(forms.CharField):
    """One line of text."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", LONGEST_NAME)
        options.setdefault("widget", forms.TextInput({"autocomplete": "off"}))
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        return " ".join(tidy(super().to_python(value) or "").split())


class NameField(LineField):
    """A name in any script; it needs a letter."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not any(sign.isalpha() for sign in value):
            raise ValidationError(_("Write the name in letters, of any alphabet."), code="letters")


class NoteField(forms.CharField):
    """A short free text."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", LONGEST_NOTE)
        options.setdefault("widget", Note(rows=2))
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value) or "")


def choice(
    definition: Definition,
    spec: str = "",
    *,
    required: bool | None = None,
    widget: type[forms.Widget] | forms.Widget = Chips,
    **options: Any,
) -> forms.ChoiceField:
    """One value of a list, by its key, labelled as `forms.csv` says."""
    options.setdefault("label", definition.lazy_label)
    return forms.ChoiceField(
        choices=partial(lists.choices, spec or definition.list),
        required=definition.required if required is None else required,
        widget=widget,
        **options,
    )


def codes_of(spec: str) -> list[tuple[str, str]]:
    """`(code, label)` of a list whose closed set the database knows by code."""
    return [(entry.code, entry.label) for entry in lists.all(spec)]
