"""Labels of list values in templates: `{% load lists %}`, `{{ person.nationality_id|concept }}`."""

from collections.abc import Iterable

from django import template

from terminology import lists

register = template.Library()


@register.filter
def concept(key: str | None) -> str:
    """The label of a key in the active language; empty for none."""
    return lists.label(key)


@register.filter
def concepts(keys: Iterable[str]) -> str:
    """The labels of several keys in a row."""
    return lists.labels(keys)
