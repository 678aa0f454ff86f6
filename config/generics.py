"""Lets code write `ModelForm[Concept]`, as Django's type stubs ask, where Django's own classes
cannot be subscripted yet. The part of `django_stubs_ext.monkeypatch` that is used here: the whole
would load the admin site into every process.
"""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Field
from django.forms import BaseFormSet
from django.forms.models import BaseModelForm, ModelChoiceField

_GENERIC_IN_STUBS = (BaseFormSet, BaseModelForm, Field, ModelChoiceField, Paginator)


def _itself(cls: type, _: Any) -> type:
    return cls


def make_subscriptable() -> None:
    for generic in _GENERIC_IN_STUBS:
        if not hasattr(generic, "__class_getitem__"):
            generic.__class_getitem__ = classmethod(_itself)  # type: ignore[union-attr]
