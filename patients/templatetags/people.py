"""People in templates: `{% load people %}`."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patients import codes, queries
from patients.models import Patient, Vulnerability
from patients.queries import Age
from terminology import lists

register = template.Library()

_KINDS = ("danger", "warn", "plain", "plain")


@register.filter
def card_code(code: str) -> str:
    """`ABCD-EFGH-J`, as on the card."""
    return codes.display(code)


@register.filter
def age_words(age: Age) -> str:
    """Years; under two years months, as care of small children counts."""
    if age.months < 24:
        return ngettext("%(number)d month", "%(number)d months", age.months) % {
            "number": age.months
        }
    return ngettext("%(number)d year", "%(number)d years", age.years) % {"number": age.years}


@register.filter
def sex_words(patient: Patient) -> str:
    return lists.label(f"sex_gender:{patient.sex}")


@register.filter
def kind_of(row: Vulnerability) -> str:
    """The kind of its badge."""
    return _KINDS[queries.priority(row)]


@register.filter
def relation_words(key: str) -> str:
    return lists.label(key) or _("Relative")
