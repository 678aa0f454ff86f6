"""Words of sites and organisations in templates: `{% load partners %}`."""

from collections.abc import Iterable

from django import template

from partners.words import SHORT_WEEKDAYS, WEEKDAY_WORDS

register = template.Library()


@register.filter
def short_days(codes: Iterable[str]) -> str:
    """Mon, Wed."""
    return ", ".join(str(SHORT_WEEKDAYS[code]) for code in codes)


@register.filter
def long_day(code: str) -> str:
    return str(WEEKDAY_WORDS[code])


@register.filter
def dialled(phone: str) -> str:
    """What a telephone dials: digits and a leading plus."""
    return "".join(c for i, c in enumerate(phone) if c.isdecimal() or (c == "+" and i == 0))
