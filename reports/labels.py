"""Words for the categories of a breakdown, in the active language."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Programme
from consultations.models import VisitType
from partners.models import Site
from terminology import lists

DIMENSIONS: dict[str, str | Promise] = {
    "service": _("Service"),
    "discipline": _("Discipline"),
    "month": _("Month"),
    "programme": _("Programme"),
    "site": _("Site"),
    "sex": _("Sex"),
    "age": _("Age"),
    "nationality": _("Nationality"),
    "visit_type": _("Visit type"),
    "language": _("Language"),
    "published_group": _("Kind of organisation"),
    "partner_type": _("Type of organisation"),
}
SERVICES: dict[str, str | Promise] = {
    "mental_health": _("Mental health"),
    "primary_health_care": _("Primary health care"),
    "social_work": _("Social work"),
    "health_promotion": _("Health promotion"),
    "cultural_mediation": _("Cultural mediation"),
    "other": _("Other (rehabilitation)"),
}
GROUPS: dict[str, str | Promise] = {
    "public_body": _("Public bodies"),
    "ngo": _("Non-governmental organisations"),
    "grassroots": _("Grassroots organisations"),
    "international": _("International organisations"),
    "other": _("Others"),
}
UNITS: dict[str, str | Promise] = {
    "count": "",
    "percent": _("percent"),
    "ratio": _("ratio"),
    "days": _("days"),
    "points": _("points"),
    "minutes": _("minutes"),
}
_LISTS = {
    "discipline": "consultation_disciplines",
    "sex": "sex_gender",
    "nationality": "countries",
    "language": "languages",
    "partner_type": "partner_types",
}


def of(dimension: str, key: str) -> str:
    """The label of one category. An age without a birth year is `unknown`."""
    if key == "unknown":
        return gettext("unknown")
    if dimension == "month":
        return date_format(date.fromisoformat(f"{key}-01"), "M Y")
    if dimension == "age":
        return lists.label(f"age_bands:unhcr.{key}")
    if dimension in _LISTS:
        return lists.label(f"{_LISTS[dimension]}:{key}")
    fixed: dict[str, dict[str, Any]] = {
        "service": SERVICES,
        "published_group": GROUPS,
        "visit_type": dict(VisitType.choices),
    }
    return str(fixed.get(dimension, {}).get(key, key))


def names(dimension: str) -> dict[str, str]:
    """Names of sites or programmes by code, read once for a page."""
    if dimension == "site":
        return {site.code: site.name for site in Site.objects.all()}
    if dimension == "programme":
        return {programme.code: programme.name for programme in Programme.objects.all()}
    return {}
