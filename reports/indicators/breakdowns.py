"""Breakdowns that several figures share."""

from collections.abc import Callable, Iterable
from typing import Any

from consultations.models.consultation import VisitType
from reports.indicators.registry import Number, fold
from reports.reading import AGE_UNKNOWN, Cells, Reading, service_of
from terminology import lists

SERVICES = (
    "mental_health",
    "primary_health_care",
    "social_work",
    "health_promotion",
    "cultural_mediation",
    "other",
)
AGE_SCHEME = "unhcr"
UNKNOWN = "unknown"
Only = Callable[[Any, str], bool]


def age_band(age: int | None) -> str:
    """Code of the UNHCR band of an age in completed years; both ends included."""
    if age is None or age == AGE_UNKNOWN:
        return UNKNOWN
    for band in lists.all("age_bands", part=AGE_SCHEME):
        low, high = band.number("min_years"), band.number("max_years")
        if age >= (low or 0) and (high is None or age <= high):
            return band.code
    return UNKNOWN


def code_of(key: str | None) -> str:
    """The code of a concept key: `countries:VEN` gives `VEN`."""
    return key.rpartition(":")[2] if key else UNKNOWN


def of_consultations(
    reading: Reading, wanted: Iterable[str], only: Only = lambda *_: True
) -> dict[str, dict[str, Number]]:
    """Breakdowns of the direct consultations that `only(programme, discipline)` accepts."""
    return {name: _consultations_by(reading, name, only) for name in wanted}


def _consultations_by(reading: Reading, name: str, only: Only) -> dict[str, Number]:
    if name == "service":
        cells = reading.consultations("programme", "discipline")
        counted = fold(cells, lambda p, d: service_of(d) if only(p, d) else None)
        return {service: counted.get(service, 0) for service in SERVICES}
    show: dict[str, Callable[[Any], Any]] = {
        "programme": reading.programme_codes.get,
        "discipline": str,
        "visit_type": str,
        "month": str,
        "site": lambda pk: reading.sites[pk].code,
        "age": age_band,
    }
    shown = show.get(name, code_of)
    cells = reading.consultations(name, "programme", "discipline")
    return in_order(name, fold(cells, lambda value, p, d: shown(value) if only(p, d) else None))


def of_people(cells: Cells, wanted: Iterable[str]) -> dict[str, dict[str, Number]]:
    """Breakdowns of distinct people by what they are: sex, age at the first consultation,
    nationality. Each person stands in one cell of each."""
    ways: dict[str, Callable[..., str]] = {
        "sex": lambda sex, _n, _a: sex,
        "nationality": lambda _s, nationality, _a: code_of(nationality),
        "age": lambda _s, _n, age: age_band(age),
    }
    return {name: in_order(name, fold(cells, ways[name])) for name in wanted if name in ways}


def in_order(name: str, cells: dict[str, Number]) -> dict[str, Number]:
    """Cells in the order of their codes; ages from the youngest, the unknown last."""
    if name != "age":
        return dict(sorted(cells.items()))
    bands = [band.code for band in lists.all("age_bands", part=AGE_SCHEME)]
    return {code: cells[code] for code in (*bands, UNKNOWN) if code in cells}


FIRST = {VisitType.FIRST, VisitType.NEW_EPISODE, VisitType.READMISSION}
