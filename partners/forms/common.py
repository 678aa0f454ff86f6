"""What the forms of this app share."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.crypto import INSTALLATION
from accounts.disclosure import Disclosure
from accounts.fields import CodeField, CodesField
from accounts.models import Programme, User
from accounts.rows import SealedField, Versioned, uuid7
from accounts.widgets import Chips, Note
from terminology.fields import Concepts

if TYPE_CHECKING:
    ProgrammeChoice = forms.ModelChoiceField[Programme]
else:
    ProgrammeChoice = forms.ModelChoiceField
EARLIEST, LATEST = 1990, 2100


class LineField(forms.CharField):
    """One line of text: composed, no control characters."""

    def clean(self, value: Any) -> str:
        text = unicodedata.normalize("NFC", super().clean(value))
        if any(unicodedata.category(c) == "Cc" for c in text):
            raise ValidationError(_("Only one line of text."))
        return text


class NoteField(forms.CharField):
    """Remarks: several lines, no other control characters."""

    widget = Note

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=4000, required=False, **kwargs)

    def clean(self, value: Any) -> str:
        text = unicodedata.normalize("NFC", super().clean(value)).replace("\r\n", "\n")
        if any(unicodedata.category(c) == "Cc" and c != "\n" for c in text):
            raise ValidationError(_("The text has control characters, which cannot be stored."))
        return text


def one_of(spec: str, **options: Any) -> CodeField:
    """One value of a reference list."""
    return CodeField(Concepts(spec), **options)


def some_of(spec: str, **options: Any) -> CodesField:
    """Several values of a reference list."""
    return CodesField(Concepts(spec), **options)


class RowForm(forms.Form):
    """A form that creates or changes one row. It carries the row's id, so that sending it twice
    makes one row, and its version, so that of two who edit both see both.

    `values` is what the services take.
    """

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("id", uuid7())

    @property
    def values(self) -> dict[str, Any]:
        return {name: v for name, v in self.cleaned_data.items() if name not in ("id", "version")}

    @property
    def row_id(self) -> UUID:
        return self.cleaned_data["id"] or uuid7()

    @property
    def expected(self) -> int:
        """The version the person saw; 0, which no row has, when it was not sent."""
        return self.cleaned_data["version"] or 0

    def dates_in_order(self, first: str, last: str, message: Any) -> None:
        start, end = self.cleaned_data.get(first), self.cleaned_data.get(last)
        if start and end and end < start:
            self.add_error(last, message)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):
            if hasattr(value, "year") and not EARLIEST <= value.year <= LATEST:
                self.add_error(name, _("This year is not possible."))
        return self.cleaned_data


class ProgrammeField(ProgrammeChoice):
    """A filter by programme, written by its code in the address."""

    def __init__(self) -> None:
        super().__init__(
            Programme.objects.order_by("code"),
            label=_("Programme"),
            required=False,
            to_field_name="code",
            empty_label=None,
            widget=Chips,
        )

    def label_from_instance(self, obj: Programme) -> str:
        return obj.name


class ProgrammesMixin:
    """A field `programmes` with those that the user may choose."""

    fields: dict[str, forms.Field]

    def offer(self, programmes: list[Programme]) -> None:
        field = self.fields["programmes"]
        field.choices = [(str(p.pk), p.name) for p in programmes]  # type: ignore[attr-defined]


def initial_of(
    row: Versioned, form: type[RowForm], disclosure: Disclosure | None = None
) -> dict[str, Any]:
    """The values of a row as its form takes them."""
    found: dict[str, Any] = {"id": row.pk, "version": row.version}
    for name in form.base_fields:
        if name in found:
            continue
        column = row._meta.get_field(name)
        if isinstance(column, models.ManyToManyField):
            found[name] = [str(item.pk) for item in getattr(row, name).all()]
        elif isinstance(column, SealedField) and disclosure is not None:
            found[name] = disclosure.open(row, name, INSTALLATION)
        elif isinstance(column, models.ForeignKey):
            found[name] = str(getattr(row, column.attname) or "")
        else:
            found[name] = getattr(row, name)
    return found


def facts(form: RowForm, values: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """Labels and values in words, for the page that shows both versions."""
    return [
        (field.label, _in_words(field, values.get(name)))
        for name, field in form.fields.items()
        if not field.widget.is_hidden
    ]


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, date):
        return date_format(value, "j M Y")
    several = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(_word(field, item) for item in several if item not in (None, ""))


def _word(field: forms.Field, item: Any) -> str:
    if isinstance(field, CodesField):
        return field.codes.label(str(item)) or str(item)
    if isinstance(field, forms.ChoiceField):
        offered: Any = field.choices
        choices = {str(key): label for key, label in offered}
        return str(choices.get(str(item), item))
    return str(item)


def own_programmes(user: User, ids: list[UUID]) -> list[Programme]:
    """Programmes of the user's postings, read with the postings already."""
    found = {p.programme_id: p.programme for p in user.active_postings if p.programme_id in ids}
    return [programme for programme in found.values() if programme is not None]
