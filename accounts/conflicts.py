"""Two people saved the same row: show the second both versions and keep what they wrote."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.fields import DayField


class Difference(NamedTuple):
    label: Any
    yours: str
    theirs: str


def differences(form: forms.BaseForm, theirs: Mapping[str, Any]) -> list[Difference]:
    """The visible fields of a valid form that differ from what stands in the row now."""
    return [
        Difference(field.label, _shown(field, yours), _shown(field, theirs[name]))
        for name, field in form.fields.items()
        if name in theirs and (yours := form.cleaned_data.get(name)) != theirs[name]
    ]


def keep_mine(form: "forms.ModelForm[Any]", theirs: Any) -> list[Difference]:
    """Let the form save over `theirs` when it is sent again; returns what would be overwritten.

    The answer that shows it has status 409: nothing was saved yet.
    """
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data[form.add_prefix("version")] = theirs.version  # type: ignore[index]
    return differences(form, values_of(theirs, form.fields))


def twice(request: HttpRequest, form: forms.BaseForm, saved: Model, *, again: str) -> HttpResponse:
    """An id that was used before, with another content: 409 and both versions."""
    visible = [name for name, field in form.fields.items() if not field.widget.is_hidden]
    form.is_valid()
    yours = [
        (form.fields[n].label, _shown(form.fields[n], form.cleaned_data.get(n))) for n in visible
    ]
    theirs = [(form.fields[n].label, _shown(form.fields[n], getattr(saved, n))) for n in visible]
    context = {"yours": yours, "saved": theirs, "again": again}
    return render(request, "409.html", context, status=409)


def values_of(row: Model, names: Iterable[str]) -> dict[str, Any]:
    """Fields of a row by name, as a form's `cleaned_data` holds them."""
    return {name: getattr(row, name) for name in names if hasattr(row, name) and name != "version"}


def _shown(field: forms.Field, value: Any) -> str:
    if value in (None, ""):
        return "–"
    if isinstance(field, DayField):
        return f"{value:%d/%m/%Y}"
    choices = dict(getattr(field, "choices", None) or ())
    return str(choices.get(value, value))
