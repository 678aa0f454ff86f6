"""Each figure once. `INDICATORS` holds them in the order of `indicators.csv`."""

from reports.indicators import centre, general, mediation, mental_health, partners, promotion
from reports.indicators.registry import INDICATORS, Indicator, Measure

__all__ = (
    "INDICATORS",
    "Indicator",
    "Measure",
    "centre",
    "general",
    "mediation",
    "mental_health",
    "partners",
    "promotion",
)
