"""Lists shown page by page, with every GET parameter read by a form."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

Thing = TypeVar("Thing")
PER_PAGE = 25


class ListForm(forms.Form):
    """Filters of a list. Unknown values are an error (400), not silently ignored."""

    mark_optional = False

    page = forms.IntegerField(
        min_value=1, max_value=100_000, required=False, widget=forms.HiddenInput
    )

    def value(self, name: str) -> Any:
        """The cleaned value; None where nothing or nonsense was given."""
        self.is_valid()
        return self.cleaned_data.get(name)

    @property
    def status(self) -> int:
        return 200 if self.is_valid() else 400

    def page_of(self, things: QuerySet[Any] | Sequence[Any], per_page: int = PER_PAGE) -> Page[Any]:
        """The page asked for; the last one when there are fewer."""
        return Paginator(things, per_page).get_page(self.value("page") or 1)
