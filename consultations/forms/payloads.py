"""From what a form holds to the payload that is signed, and back.

A payload is JSON: keys of lists as text, numbers with decimals as text, days as ISO dates,
nothing for what is empty. The same answers always give the same payload: its HMAC tells a
repeated submission from another body. `consultations.builders` describes it field by field.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.fields import COULD_NOT_ASK, CodeField, CodesField, ScaleField, YesNoField
from consultations.forms.fields import FollowUp, FollowUpField, Taps, TapText
from consultations.models import Diagnosis

Payload = dict[str, Any]


def pack(name: str, field: forms.Field, value: Any) -> Payload:
    """The payload of one cleaned value."""
    if isinstance(field, TapText):
        keys = list(value.keys) if field.several else next(iter(value.keys), "")
        return _kept(name, keys) | _kept(f"{name}_text", value.text)
    if isinstance(value, FollowUp):
        return {name: {"date": value.day.isoformat()} | _kept("site", value.site)}
    if isinstance(value, date):
        return {name: value.isoformat()}
    if isinstance(value, Decimal):
        return {name: f"{value:.1f}"}
    if value is False and not isinstance(field, YesNoField):
        return {}  # a box that was not ticked
    return _kept(name, value)


def _kept(name: str, value: Any) -> Payload:
    return {} if value is None or value in ("", []) else {name: value}


def unpack(name: str, field: forms.Field, payload: Mapping[str, Any]) -> Any:
    """The initial value of a field; what is no longer offered is left out."""
    if isinstance(field, TapText):
        keys = payload.get(name) or ()
        keys = (keys,) if isinstance(keys, str) else tuple(keys)
        return Taps(_offered(field.fields[0], keys), str(payload.get(f"{name}_text", "")))
    value = payload.get(name)
    if value is None:
        return None
    if isinstance(field, FollowUpField):
        return FollowUp(date.fromisoformat(value["date"]), value.get("site", ""))
    if isinstance(field, forms.DateField):
        return date.fromisoformat(value)
    if isinstance(field, ScaleField):
        return str(value)
    if isinstance(field, CodeField | forms.ChoiceField) and not _several(field):
        return next(iter(_offered(field, (value,))), None)
    return list(_offered(field, value)) if _several(field) else value


def _several(field: forms.Field) -> bool:
    several = isinstance(field, CodesField) and field.several
    return several or isinstance(field, forms.MultipleChoiceField)


def _offered(field: forms.Field, keys: Sequence[str]) -> tuple[str, ...]:
    if isinstance(field, CodesField):
        return tuple(key for key in keys if field.codes.label(key) is not None)
    if isinstance(field, forms.ChoiceField):
        return tuple(key for key in keys if field.valid_value(key))
    return tuple(keys)


def write(data: QueryDict, name: str, field: forms.Field, value: Any) -> None:
    """Post an initial value, as the browser would send it."""
    if isinstance(field.widget, forms.MultiWidget):
        parts: list[Any] = field.widget.decompress(value) or []
        names: list[str] = field.widget.widgets_names  # type: ignore[attr-defined]
        for suffix, part in zip(names, parts, strict=True):
            _put(data, f"{name}{suffix}", part)
    elif isinstance(field, YesNoField) and isinstance(value, bool):
        _put(data, name, "yes" if value else "no")
    elif isinstance(field, forms.BooleanField):
        _put(data, name, "on" if value else None)
    else:
        _put(data, name, value)


def _put(data: QueryDict, name: str, value: Any) -> None:
    if isinstance(value, (list, tuple)):
        data.setlist(name, [str(part) for part in value])
    elif value not in (None, ""):
        data[name] = str(value)
    else:
        data.pop(name, None)


def codes_of(diagnoses: Sequence[Payload]) -> Payload:
    """Diagnoses of a payload as the form asks for them: codes, and which were known before."""
    follow_up = Diagnosis.Novelty.FOLLOW_UP
    return {
        "diagnosis": [line["concept"] for line in diagnoses],
        "known": " ".join(
            line["concept"] for line in diagnoses if line.get("novelty") == follow_up
        ),
    }


__all__ = ("COULD_NOT_ASK", "Payload", "codes_of", "pack", "unpack", "write")
