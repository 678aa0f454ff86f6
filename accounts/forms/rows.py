"""Forms of rows that carry the id of what they create or the version of what they change."""

from typing import Any, Generic, TypeVar
from uuid import UUID

from django import forms
from django.db import models

from accounts.rows import Versioned, uuid7

R = TypeVar("R", bound=Versioned)


class NewRowForm(forms.ModelForm, Generic[R]):  # type: ignore[type-arg]
    """Makes a row under an id that the page chose: sent twice, it is made once."""

    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"id": uuid7(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    @property
    def values(self) -> dict[str, Any]:
        """What the service is given: the clean values of the row's own fields."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}  # type: ignore[attr-defined]


class EditRowForm(forms.ModelForm, Generic[R]):  # type: ignore[type-arg]
    """Changes a row that it saw at `version`."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, instance: R, **kwargs: Any) -> None:
        kwargs["initial"] = {"version": instance.version, **(kwargs.get("initial") or {})}
        super().__init__(data, instance=instance, **kwargs)

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}  # type: ignore[attr-defined]


def already_made(rows: models.QuerySet[R], data: Any) -> R | None:
    """The row under the id that a form sent back: it was sent before."""
    try:
        return rows.filter(pk=UUID(data.get("id", ""))).first()
    except ValueError:
        return None
