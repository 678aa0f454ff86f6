"""HP: health promotion and group activities."""

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from reports.indicators.registry import Measure, Number, indicator
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
    rows = reading.activities().filter(type=_STREET)
    measure = Measure(rows.count())
    if "site" in by:
        counted = rows.values("site").annotate(n=Count("pk")).values_list("site", "n")
        measure.by["site"] = {reading.sites[pk].code: n for pk, n in counted}
    if "month" in by:
        months: dict[str, Number] = {}
        for day in rows.values_list("local_date", flat=True):
            months[f"{day:%Y-%m}"] = months.get(f"{day:%Y-%m}", 0) + 1
        measure.by["month"] = dict(sorted(months.items()))
    return measure
