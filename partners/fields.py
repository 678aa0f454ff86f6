"""Organisations and sites for the picker, found by words of their name or code."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from partners.models import Organisation, Site

MOST = 12
Choice = tuple[str, str]


class _Rows:
    """A table as a list of codes. Make one per form: it remembers the labels it has read."""

    name = ""
    complete = False

    def __init__(self, suggested: Callable[[], QuerySet[Any]] | None = None) -> None:
        self._suggested = suggested
        self._labels: dict[str, str] = {}

    def quick(self) -> list[Choice]:
        return self._quick

    @cached_property
    def _quick(self) -> list[Choice]:
        return self._choices(self._suggested()[:MOST]) if self._suggested else []

    def label(self, key: str) -> str | None:
        if key not in self._labels:
            self.read([key])
        return self._labels.get(key)

    def read(self, keys: Iterable[Any]) -> None:
        """Read the labels of several keys in one statement; what is no id is passed over."""
        ids = [key for key in map(str, keys) if key not in self._labels and _is_id(key)]
        if ids:
            self._choices(self._all().filter(pk__in=ids))

    def find(self, text: str) -> list[Choice]:
        return self._choices(self._offered(text)[:MOST])

    def _choices(self, rows: Iterable[Any]) -> list[Choice]:
        choices = [(str(row.pk), self._label_of(row)) for row in rows]
        self._labels |= dict(choices)
        return choices

    def _all(self) -> QuerySet[Any]:
        raise NotImplementedError

    def _offered(self, text: str) -> QuerySet[Any]:
        raise NotImplementedError

    def _label_of(self, row: Any) -> str:
        raise NotImplementedError


class Organisations(_Rows):
    name = "partners"

    def _all(self) -> QuerySet[Organisation]:
        return Organisation.objects.all()

    def _offered(self, text: str) -> QuerySet[Organisation]:
        return Organisation.objects.current().with_words(text).order_by("name_es", "pk")

    def _label_of(self, row: Organisation) -> str:
        return row.name


class Sites(_Rows):
    name = "sites"

    def _all(self) -> QuerySet[Site]:
        return Site.objects.all()

    def _offered(self, text: str) -> QuerySet[Site]:
        return Site.objects.with_words(text).order_by("code")

    def _label_of(self, row: Site) -> str:
        return f"{row.code} {row.name}"


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
