"""Answers in words, for the page that puts two versions side by side."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.conflicts import Difference
from accounts.fields import CodesField
from accounts.widgets import AgeOrDate
from patients.ages import Birth

NOTHING = "–"


def shown(field: forms.Field, value: Any) -> str:
    """A clean value as the reader of the form would say it."""
    if value in (None, "", [], ()):
        return NOTHING
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, Birth):
        return f"{date_format(value.date, 'SHORT_DATE_FORMAT')} ({value.precision.label})"
    if isinstance(value, AgeOrDate):
        return _said(value)
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(_label(field, each) for each in values)


def _label(field: forms.Field, value: Any) -> str:
    if isinstance(field, CodesField):
        return field.codes.label(str(value)) or str(value)
    return str(dict(getattr(field, "choices", None) or ()).get(value, value))


def _said(answer: AgeOrDate) -> str:
    if answer.year is not None:
        parts = (answer.day, answer.month, answer.year)
        return "/".join(str(part) for part in parts if part is not None)
    unit = _("months") if answer.unit == "months" else _("years")
    return f"{answer.age} {unit}"


def visible(form: forms.BaseForm) -> list[tuple[Any, str]]:
    """Label and answer of every visible field of a form that was checked."""
    return [
        (field.label, shown(field, form.cleaned_data.get(name)))
        for name, field in form.fields.items()
        if not field.widget.is_hidden and form.cleaned_data.get(name) not in (None, "", [])
    ]


def differences(form: forms.BaseForm, theirs: Mapping[str, Any]) -> list[Difference]:
    """The fields of a valid form that differ from what stands in the record now."""
    return [
        Difference(form.fields[name].label, shown(form.fields[name], yours), shown(field, there))
        for name, there in theirs.items()
        if (field := form.fields.get(name)) is not None
        and (yours := form.cleaned_data.get(name)) != there
        and not (yours in (None, "") and there in (None, ""))
    ]
