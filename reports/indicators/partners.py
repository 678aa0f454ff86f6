"""PA: partner organisations and trainings."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from partners.models import Organisation
from reports.indicators.breakdowns import code_of
from reports.indicators.registry import Measure, Number, indicator
from reports.reading import Reading
from terminology import lists

GROUPS = ("public_body", "ngo", "grassroots", "international", "other")
_ALWAYS = GROUPS[:3]


def _active(reading: Reading) -> QuerySet[Organisation]:
    ids = reading.agreements().values("organisation")
    return Organisation.objects.filter(pk__in=ids).order_by("code")


@indicator(
    "PA01",
    _("Organisations with a signed agreement whose dates overlap the period."),
    behind=_active,
    breakdowns=("published_group", "partner_type"),
    always=("published_group",),
)
def active_partners(reading: Reading, by: frozenset[str]) -> Measure:
    """Active partner organisations.

    Organisations with an agreement signed whose dates overlap the period; no stored status of
    activity is used. With programmes chosen: agreements of these programmes. Source: published,
    MdM (7 public bodies, 11 NGOs, 7 grassroots organisations).
    """
    types = list(_active(reading).values_list("partner_type", flat=True))
    measure = Measure(len(types))
    if "published_group" in by:
        groups = [lists.get(key).attributes["published_group"] for key in types]
        measure.by["published_group"] = {
            group: groups.count(group) for group in GROUPS if group in groups or group in _ALWAYS
        }
    if "partner_type" in by:
        counted: dict[str, Number] = {}
        for key in sorted(types):
            counted[code_of(key)] = counted.get(code_of(key), 0) + 1
        measure.by["partner_type"] = counted
    return measure


def _trained(reading: Reading) -> QuerySet[Any]:
    ids = reading.trainings().values("bodies")
    return Organisation.objects.filter(pk__in=ids).order_by("code")


@indicator(
    "PA04",
    _("Different organisations trained at least once in the period, however many sessions."),
    behind=_trained,
    breakdowns=("partner_type",),
)
def bodies_trained(reading: Reading, by: frozenset[str]) -> Measure:
    """Bodies trained.

    Distinct organisations trained at least once in the period, however many sessions they had.
    Source: published, MdM 2020 (seven local bodies).
    """
    types = list(_trained(reading).values_list("partner_type", flat=True))
    measure = Measure(len(types))
    if "partner_type" in by:
        counted: dict[str, Number] = {}
        for key in sorted(types):
            counted[code_of(key)] = counted.get(code_of(key), 0) + 1
        measure.by["partner_type"] = counted
    return measure
