"""What the forms of this app share."""

import unicodedata
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField, CodesField
from accounts.models import Programme, User
from accounts.rows import uuid7
from accounts.widgets import Note
from terminology.fields import Concepts

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
        for name, value in cleaned.items():
            if hasattr(value, "year") and not EARLIEST <= value.year <= LATEST:
                self.add_error(name, _("This year is not possible."))
        return self.cleaned_data


class ProgrammesMixin:
    """A field `programmes` with those that the user may choose."""

    fields: dict[str, forms.Field]

    def offer(self, programmes: list[Programme]) -> None:
        field = self.fields["programmes"]
        field.choices = [(str(p.pk), p.name) for p in programmes]  # type: ignore[attr-defined]


def own_programmes(user: User, ids: list[UUID]) -> list[Programme]:
    """Programmes of the user's postings, read with the postings already."""
    found = {p.programme_id: p.programme for p in user.active_postings if p.programme_id in ids}
    return [programme for programme in found.values() if programme is not None]
