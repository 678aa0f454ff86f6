"""Each figure once. `INDICATORS` holds them in the order of `indicators.csv`."""

from reports.indicators import (
    centre,
    cohort,
    funnel,
    general,
    mediation,
    mental_health,
    partners,
    promotion,
    referrals,
)
from reports.indicators.registry import INDICATORS, Indicator, Measure, in_order, words
from reports.indicators.sections import SECTIONS, Section

in_order()

__all__ = (
    "INDICATORS",
    "SECTIONS",
    "Indicator",
    "Measure",
    "Section",
    "centre",
    "cohort",
    "funnel",
    "general",
    "mediation",
    "mental_health",
    "partners",
    "promotion",
    "referrals",
    "words",
)
