"""HP: health promotion and group activities."""

from django.utils.translation import gettext_lazy as _

from reports.indicators.registry import Measure, chosen, indicator, tally
from reports.reading import Reading

_STREET = "group_activity_types:street_activity"


@indicator(
    "HP04",
    _("Group activities of the type street activity."),
    behind=lambda reading: reading.activities().filter(type=_STREET),
    breakdowns=("site", "month"),
)
def street_activities(reading: Reading, by: frozenset[str]) -> Measure:
    """Activities for people living on the street.

    Signed group activities of type street_activity that no correction has replaced.
    Source: published, MdM 2020 (34).
    """
    held = [(each, each.n) for each in reading.held_in_period if each.type == _STREET]
    ways = {
        "site": lambda each: reading.sites[each.site].code,
        "month": lambda each: f"{each.day:%Y-%m}",
    }
    return tally(held, chosen(ways, by))
