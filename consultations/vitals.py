"""Limits of vital signs by age and condition, from `data/vital_signs.csv`.

Three limits per sign: what cannot be (refused), what is unusual (confirmed once) and what is
critical (confirmed, with advice). A low limit means *below* it, a high limit *at or above* it.
A row with a condition replaces the general row of its sign while the condition holds.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from terminology import lists

DATA = Path(__file__).resolve().parent / "data" / "vital_signs.csv"
Number = Decimal | int


class Sign(NamedTuple):
    """How a sign is called and measured; `places` are decimals."""

    label: Any
    unit: Any
    places: int = 0


SIGNS: dict[str, Sign] = {
    "temperature": Sign(_("Temperature"), "°C", 1),
    "heart_rate": Sign(_("Pulse"), _("/min")),
    "respiratory_rate": Sign(_("Breathing"), _("/min")),
    "systolic_bp": Sign(_("Systolic pressure"), "mmHg"),
    "diastolic_bp": Sign(_("Diastolic pressure"), "mmHg"),
    "spo2": Sign(pgettext_lazy("oxygen saturation", "SpO2"), "%"),
    "glucose_capillary": Sign(_("Blood glucose"), "mg/dL"),
    "weight": Sign(_("Weight"), "kg", 1),
    "height": Sign(_("Height"), "cm", 1),
    "bmi": Sign(_("Body mass index"), "kg/m²", 1),
    "muac": Sign(_("MUAC"), "mm"),
    "pain": Sign(_("Pain"), "/10"),
    "gcs": Sign(_("Glasgow"), "/15"),
}
PREGNANT_OR_POSTPARTUM = "pregnant_or_postpartum"
HIGH_ALTITUDE = "high_altitude"
MUAC_POSSIBLE = (70, 500)  # mm
MUAC_MONTHS = (6, 59)  # of children who are measured
_PREGNANT = ("pregnancy_status:pregnant", "pregnancy_status:postpartum")
_MUAC_ADULTS = ("pregnancy_status:pregnant", "pregnancy_status:breastfeeding")


class Level(StrEnum):
    REJECT = "reject"
    WARN = "warn"
    CRITICAL = "critical"


class Finding(NamedTuple):
    sign: str
    level: Level
    code: str  # what it is about: low, high, change, order, band …
    message: str


@dataclass(frozen=True)
class Limits:
    """One row: what counts for a sign at an age, in completed months."""

    sign: str
    age_min: int
    age_max: int | None
    condition: str
    reject_below: Decimal
    reject_above: Decimal
    critical_low: Decimal | None
    warn_low: Decimal | None
    warn_high: Decimal | None
    critical_high: Decimal | None
    per_year: tuple[Decimal, Decimal] | None  # critical_low = first + second × completed years

    def holds(self, age_months: int, conditions: Iterable[str]) -> bool:
        in_age = self.age_min <= age_months and (self.age_max is None or age_months <= self.age_max)
        return in_age and (not self.condition or self.condition in conditions)

    def low(self, age_months: int) -> Decimal | None:
        if self.per_year is None:
            return self.critical_low
        base, step = self.per_year
        return base + step * (age_months // 12)

    def judge(self, value: Decimal, age_months: int) -> tuple[Level, str, Decimal] | None:
        """Level, direction and the limit passed; None for a usual value."""
        low = self.low(age_months)
        if value < self.reject_below or value > self.reject_above:
            below = value < self.reject_below
            edge = self.reject_below if below else self.reject_above
            return Level.REJECT, "low" if below else "high", edge
        if low is not None and value < low:
            return Level.CRITICAL, "low", low
        if self.critical_high is not None and value >= self.critical_high:
            return Level.CRITICAL, "high", self.critical_high
        if self.warn_low is not None and value < self.warn_low:
            return Level.WARN, "low", self.warn_low
        if self.warn_high is not None and value >= self.warn_high:
            return Level.WARN, "high", self.warn_high
        return None


@dataclass(frozen=True, kw_only=True)
class Person:
    """What the limits depend on."""

    age_months: int
    pregnancy: str = ""  # key of pregnancy_status
    site_altitude: int | None = None  # metres
    last: Mapping[str, Number] | None = None  # measured on an earlier day

    @property
    def conditions(self) -> frozenset[str]:
        found = set()
        if self.pregnancy in _PREGNANT:
            found.add(PREGNANT_OR_POSTPARTUM)
        if (self.site_altitude or 0) >= settings.HIGH_ALTITUDE_METRES:
            found.add(HIGH_ALTITUDE)
        return frozenset(found)

    @property
    def measured_by_muac(self) -> bool:
        """The circumference means something at 6 to 59 months, in pregnancy and breastfeeding."""
        low, high = MUAC_MONTHS
        return low <= self.age_months <= high or self.pregnancy in _MUAC_ADULTS


@lru_cache(maxsize=1)
def _rows() -> tuple[Limits, ...]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return tuple(_limits(row) for row in csv.DictReader(file))


def _limits(row: Mapping[str, str]) -> Limits:
    def number(column: str) -> Decimal | None:
        return Decimal(row[column]) if row[column] else None

    rule = row["critical_low_rule"].replace(" x age", "").split(" + ")
    return Limits(
        sign=row["sign"],
        age_min=int(row["age_min_months"]),
        age_max=int(row["age_max_months"]) if row["age_max_months"] else None,
        condition=row["condition"],
        reject_below=Decimal(row["reject_below"]),
        reject_above=Decimal(row["reject_above"]),
        critical_low=number("critical_low"),
        warn_low=number("warn_low"),
        warn_high=number("warn_high"),
        critical_high=number("critical_high"),
        per_year=(Decimal(rule[0]), Decimal(rule[1])) if len(rule) == 2 else None,
    )


def limits(sign: str, person: Person) -> Limits | None:
    """The row that counts; where a sign has none for the age, only what is possible at any."""
    conditions = person.conditions
    of_sign = [row for row in _rows() if row.sign == sign]
    fitting = [row for row in of_sign if row.holds(person.age_months, conditions)]
    if fitting:
        return max(fitting, key=lambda row: bool(row.condition))
    return _possible(sign, of_sign) if of_sign else None


def _possible(sign: str, rows: list[Limits]) -> Limits:
    low = min(row.reject_below for row in rows)
    high = max(row.reject_above for row in rows)
    return Limits(sign, 0, None, "", low, high, None, None, None, None, None)


def body_mass_index(weight: Number | None, height: Number | None) -> Decimal | None:
    """kg/m², one decimal; computed, never typed."""
    if not weight or not height:
        return None
    metres = Decimal(height) / 100
    return (Decimal(weight) / (metres * metres)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def check(values: Mapping[str, Any], person: Person) -> list[Finding]:
    """What is refused, unusual or critical among the values measured; empty ones are skipped."""
    measured = {
        sign: Decimal(value)
        for sign, value in values.items()
        if sign in SIGNS and value not in (None, "")
    }
    found = [finding for sign in measured if (finding := _judge(sign, measured[sign], person))]
    refused = {finding.sign for finding in found if finding.level == Level.REJECT}
    possible = {sign: value for sign, value in measured.items() if sign not in refused}
    found += _order(possible)
    found += _index(possible, person)
    found += _changes(possible, person)
    return found + _circumference(possible, person, str(values.get("oedema") or ""))


def _judge(sign: str, value: Decimal, person: Person) -> Finding | None:
    row = limits(sign, person)
    judged = row.judge(value, person.age_months) if row else None
    if judged is None:
        return None
    level, direction, limit = judged
    words = {
        "sign": SIGNS[sign].label,
        "value": _shown(sign, value),
        "limit": _shown(sign, limit),
    }
    return Finding(sign, level, direction, str(_MESSAGES[level, direction]) % words)


_MESSAGES = {
    (Level.REJECT, "low"): _("%(sign)s cannot be below %(limit)s at this age. Check the value."),
    (Level.REJECT, "high"): _("%(sign)s cannot be above %(limit)s at this age. Check the value."),
    (Level.WARN, "low"): _("%(sign)s %(value)s is low for this age (below %(limit)s)."),
    (Level.WARN, "high"): _("%(sign)s %(value)s is high for this age (%(limit)s or more)."),
    (Level.CRITICAL, "low"): _(
        "%(sign)s %(value)s is critical (below %(limit)s). Measure again; if it stands, look for"
        " danger signs and refer without delay."
    ),
    (Level.CRITICAL, "high"): _(
        "%(sign)s %(value)s is critical (%(limit)s or more). Measure again; if it stands, look for"
        " danger signs and refer without delay."
    ),
}


def _shown(sign: str, value: Decimal) -> str:
    spec = SIGNS[sign]
    places = spec.places if value % 1 else 0
    joint = "" if str(spec.unit).startswith("/") else " "
    return f"{number_format(value, decimal_pos=places)}{joint}{spec.unit}"


def _order(values: Mapping[str, Decimal]) -> list[Finding]:
    systolic, diastolic = values.get("systolic_bp"), values.get("diastolic_bp")
    if systolic is None or diastolic is None or diastolic < systolic:
        return []
    message = _("The diastolic pressure must be below the systolic one.")
    return [Finding("diastolic_bp", Level.REJECT, "order", str(message))]


def _index(values: Mapping[str, Decimal], person: Person) -> list[Finding]:
    index = body_mass_index(values.get("weight"), values.get("height"))
    if index is None:
        return []
    finding = _judge("bmi", index, person)
    if finding is None:
        return []
    # Two possible values may give an impossible index: a unit or a digit is wrong.
    return [finding._replace(sign="weight", code=f"bmi_{finding.code}")]


def _changes(values: Mapping[str, Decimal], person: Person) -> list[Finding]:
    last = person.last or {}
    found = []
    weight, before = values.get("weight"), last.get("weight")
    if weight is not None and before:
        share = abs(weight - Decimal(before)) / Decimal(before)
        most = Decimal("0.20") if person.age_months < 144 else Decimal("0.15")
        if share > most:
            found.append(_change("weight", weight, Decimal(before)))
    height, before = values.get("height"), last.get("height")
    if height is not None and before and person.age_months < 216 and Decimal(before) - height >= 3:
        found.append(_change("height", height, Decimal(before)))
    return found


def _change(sign: str, value: Decimal, before: Decimal) -> Finding:
    message = _("%(sign)s %(value)s, last time %(before)s: please confirm.") % {
        "sign": SIGNS[sign].label,
        "value": _shown(sign, value),
        "before": _shown(sign, before),
    }
    return Finding(sign, Level.WARN, "change", str(message))


def _circumference(values: Mapping[str, Decimal], person: Person, oedema: str) -> list[Finding]:
    muac = values.get("muac")
    low, high = MUAC_POSSIBLE
    if muac is not None and not low <= muac <= high:
        words = {"sign": SIGNS["muac"].label, "low": low, "high": high}
        message = str(_("%(sign)s must be between %(low)s and %(high)s mm.")) % words
        return [Finding("muac", Level.REJECT, "range", message)]
    band = muac_band(muac, person, oedema=oedema)
    if band is None or band.attributes["colour"] not in ("red", "yellow"):
        return []
    if band.attributes["colour"] == "red":
        message = str(_("%(band)s: refer today.")) % {"band": band.label}
        return [Finding("muac", Level.CRITICAL, band.code, message)]
    message = str(_("%(band)s: supplement and follow-up.")) % {"band": band.label}
    return [Finding("muac", Level.WARN, band.code, message)]


def muac_band(muac: Number | None, person: Person, *, oedema: str = "") -> lists.Entry | None:
    """The band of list `muac`; oedema of both feet means severe at any circumference (6–59 months).

    None where the circumference has no meaning for the person or was not measured.
    """
    child = MUAC_MONTHS[0] <= person.age_months <= MUAC_MONTHS[1]
    if child and oedema == "yes_no_not_asked:yes":
        return lists.find("muac", "muac_sam_oedema")
    if muac is None or not person.measured_by_muac:
        return None
    condition = "" if child else "pregnant or breastfeeding"
    for band in lists.all("muac"):
        fits = band.attributes["condition"] == condition
        if fits and int(band.attributes["min_mm"]) <= muac <= int(band.attributes["max_mm"]):
            return band
    return None
