"""CM: cultural mediation."""

from django.utils.translation import gettext_lazy as _

from reports.indicators.breakdowns import of_consultations
from reports.indicators.registry import Measure, indicator
from reports.reading import Reading

_MEDIATION = "cultural_mediation"


@indicator(
    "CM01",
    _(
        "Direct consultations of intercultural mediation, those that support another "
        "consultation included."
    ),
    behind=lambda reading: reading.direct().filter(discipline=_MEDIATION),
    breakdowns=("language", "site"),
)
def mediation_consultations(reading: Reading, by: frozenset[str]) -> Measure:
    """Cultural-mediation consultations.

    Direct consultations of discipline cultural_mediation. One that supports another
    consultation counts as one of its own; the person counts once. Source: published, MSF 2025.
    """
    value = reading.consultations("discipline")[(_MEDIATION,)]
    wanted = [name for name in ("language", "site") if name in by]
    return Measure(value, by=of_consultations(reading, wanted, lambda _p, d: d == _MEDIATION))
