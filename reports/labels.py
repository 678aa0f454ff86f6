"""Words for the categories of a breakdown, in the active language."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Programme
from accounts.privacy import PrivacyClass
from consultations.models import VisitType
from partners.models import Organisation, Site
from reports.indicators.registry import Indicator
from reports.reading import Reading
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
    "target": _("Destination"),
    "urgency": _("Urgency"),
    "reason": _("Reason"),
    "outcome": _("Outcome"),
    "step": _("Furthest step"),
    "source": _("Who referred"),
    "diagnosis": _("Diagnosis"),
    "domain": _("Area of the plan"),
    "scale": _("Scale"),
    "timing": _("Months after the exit"),
    "partner": _("Partner"),
    "agreement_type": _("Type of agreement"),
    "stage": _("Stage"),
    "topic": _("Topic"),
}
STEPS: dict[str, str | Promise] = {
    "sent": _("Sent"),
    "accepted": _("Accepted"),
    "appointment": _("Appointment given"),
    "arrived": _("Person arrived"),
    "service": _("Service received"),
    "feedback": _("Answer to the sender"),
}
SOURCES: dict[str, str | Promise] = {
    "team": _("A team of ours"),
    "self": _("The person"),
    "partner": _("A partner"),
    "none": _("Without a referral"),
}
TIMINGS: dict[str, str | Promise] = {
    "1_months": _("1 month"),
    "3_months": _("3 months"),
    "6_months": _("6 months"),
}
# What is shown next to a figure and is not in it.
BESIDE: dict[str, str | Promise] = {
    "pending": _("waiting for a decision"),
    "not_admitted": _("seen and not admitted"),
    "among_declined": _("percent of the declined"),
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
    "target": "referral_targets",
    "urgency": "referral_urgency",
    "diagnosis": "mh_diagnoses",
    "domain": "care_plan_domains",
    "scale": "scales",
    "agreement_type": "agreement_types",
    "stage": "migration_process_stages",
    "topic": "training_topics",
}


def list_of(dimension: str, indicator: Indicator | None = None) -> str | None:
    """The list whose codes a breakdown shows; some differ from figure to figure."""
    own = indicator.lists.get(dimension) if indicator else None
    return own or _LISTS.get(dimension)


def privacy(dimension: str, key: str, indicator: Indicator) -> PrivacyClass | None:
    """The class of the code of a category, where the list gives it one."""
    name = list_of(dimension, indicator)
    if name is None or key == "unknown":
        return None
    return lists.get(f"{name}:{key}").privacy


def of(dimension: str, key: str, indicator: Indicator | None = None) -> str:
    """The label of one category. An age without a birth year is `unknown`."""
    if key == "unknown" or not key:
        return gettext("unknown")
    if dimension == "month":
        return date_format(date.fromisoformat(f"{key}-01"), "M Y")
    if dimension == "age":
        return lists.label(f"age_bands:unhcr.{key}")
    if name := list_of(dimension, indicator):
        return lists.label(f"{name}:{key}")
    fixed: dict[str, dict[str, Any]] = {
        "service": SERVICES,
        "published_group": GROUPS,
        "visit_type": dict(VisitType.choices),
        "step": STEPS,
        "source": SOURCES,
        "timing": TIMINGS,
    }
    return str(fixed.get(dimension, {}).get(key, key))


def ended(key: str) -> str:
    """Why a referral ended: a key of its list, or that it was taken back."""
    return (
        gettext("Cancelled by the person or who referred") if ":" not in key else lists.label(key)
    )


def beside(key: str, indicator: Indicator | None = None) -> str:
    """What a number shown next to a figure says; `what:code` names a category too."""
    what, _colon, code = key.partition(":")
    words = str(BESIDE.get(what, what))
    return f"{of('reason', code, indicator)}: {words}" if code else words


def names(dimension: str, reading: Reading | None = None) -> dict[str, str]:
    """Names of sites, programmes or partners by code; a reading has read them already."""
    rows: Iterable[Any] = ()
    if dimension == "site":
        rows = reading.sites.values() if reading else Site.objects.all()
    elif dimension == "programme":
        rows = reading.programmes if reading else Programme.objects.all()
    elif dimension == "partner":
        rows = reading.organisations.values() if reading else Organisation.objects.all()
    return {row.code: row.name for row in rows}
