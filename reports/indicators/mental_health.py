"""MH: mental health."""

from django.utils.translation import gettext_lazy as _

from reports.indicators.breakdowns import of_consultations
from reports.indicators.general import is_psychosocial
from reports.indicators.registry import Measure, indicator
from reports.reading import Reading, direct_disciplines


def _psychosocial() -> list[str]:
    return [discipline for discipline in direct_disciplines() if is_psychosocial(discipline)]


@indicator(
    "MH02",
    _("Direct consultations of mental health (psychology, psychiatry) and social work."),
    behind=lambda reading: reading.direct().filter(discipline__in=_psychosocial()),
    breakdowns=("service", "programme", "month"),
)
def psychosocial_consultations(reading: Reading, by: frozenset[str]) -> Measure:
    """Psychosocial consultations.

    Direct consultations of the services mental_health and social_work (psychology, psychiatry,
    social work). Source: published, MdM 2020 (746).
    """
    wanted = [name for name in ("service", "programme", "month") if name in by]
    cells = reading.consultations("discipline")
    value = sum(count for (discipline,), count in cells.items() if is_psychosocial(discipline))
    return Measure(value, by=of_consultations(reading, wanted, lambda _p, d: is_psychosocial(d)))
