"""How people at the centre do over time: ratings and scales that fall with noise, one in five
or so hardly at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from consultations import scales
from demo.plan.model import ContactPlan, StayPlan
from demo.plan.numbers import number

Payload = dict[str, Any]
_NON_RESPONDERS = 0.18  # domain.md 17
_MONTH = 30.4
_ITEM_9 = {
    "mh_risk_levels:none": (0, 0),
    "mh_risk_levels:low": (0, 1),
    "mh_risk_levels:moderate": (1, 2),
    "mh_risk_levels:high": (2, 3),
}


@dataclass(frozen=True)
class Course:
    """Mean at the baseline and change a month of one score, over people."""

    scale: str
    mean: float
    deviation: float
    month: float
    noise: float


def _of_adults() -> tuple[Course, ...]:
    base = {name: number("cai_score", f"{name}_baseline_mean") for name in ("pcl5", "phq9", "gad7")}
    return (
        Course("pcl5", base["pcl5"], 12, -4.0, 4.0),
        Course("phq9", base["phq9"], 5, -1.3, 1.6),
        Course("gad7", base["gad7"], 4, -1.0, 1.4),
        Course("who5", 7, 3, 1.1, 1.5),
    )


_OF_CHILDREN = (Course("cries8", 22, 6, -1.8, 2.5), Course("sdq", 18, 4, -0.9, 1.8))


class Courses:
    """What psychology measures of each stay: all scales of the age at the first consultation,
    every four weeks and before the exit; functioning and severity in between."""

    def __init__(self, stays: Iterable[StayPlan], contacts: Iterable[ContactPlan], rng: Random):
        self._rng = rng
        self._stays = {stay.person.number: stay for stay in stays}
        self._courses: dict[tuple[int, str], tuple[float, float]] = {}
        self._responds = {n: rng.random() >= _NON_RESPONDERS for n in self._stays}
        self._asked: dict[int, date] = {}
        self._last: dict[int, ContactPlan] = {}
        self._adults, self._own = _of_adults(), _own()
        for contact in contacts:
            if self.measures(contact):
                self._last[contact.person.number] = contact

    def measures(self, contact: ContactPlan) -> bool:
        known = contact.person.number in self._stays
        return known and contact.programme == "CAI" and contact.discipline == "psychology"

    def asked_on(self, stay: StayPlan) -> date | None:
        """The last day on which the scales were asked."""
        return self._asked.get(stay.person.number)

    def of(self, contact: ContactPlan, payload: Payload) -> Payload:
        """Answers that replace those of chance in the payload of a psychology consultation."""
        months = (contact.day - self._stays[contact.person.number].admitted).days / _MONTH
        said: Payload = {
            "functioning": self._value(contact, self._own["functioning"], months, (0, 10)),
            "distress": self._value(contact, self._own["distress"], months, (0, 10)),
        }
        severity = self._value(contact, self._own["cgi_s"], months, (1, 7))
        if "cgi_s" in payload:
            said["cgi_s"] = f"scale_bands:cgi_s.cgi_s_{severity}"
        if not self._due(contact):
            return said
        first = contact.person.number not in self._asked
        self._asked[contact.person.number] = contact.day
        said["cgi_s"] = f"scale_bands:cgi_s.cgi_s_{severity}"
        if not first:
            said["cgi_i"] = f"scale_bands:cgi_i.cgi_i_{self._improvement(contact, severity)}"
        said["scales"] = self._sheets(contact, payload, months)
        return said

    def _due(self, contact: ContactPlan) -> bool:
        last = self._asked.get(contact.person.number)
        if last is None:
            return True
        leaving = self._stays[contact.person.number].outcome not in ("", "lost_followup")
        is_last = self._last[contact.person.number] is contact
        if is_last and leaving:
            return contact.day - last >= timedelta(days=7)
        # Sometimes a week late, as it goes.
        return contact.day - last >= scales.EVERY and self._rng.random() < 0.85

    def _improvement(self, contact: ContactPlan, severity: int) -> int:
        mean = self._courses[contact.person.number, "cgi_s"][0]
        change = severity - mean
        return min(6, max(1, round(3.4 + 0.9 * change)))

    def _sheets(self, contact: ContactPlan, payload: Payload, months: float) -> Payload:
        age = contact.person.age
        informant = "caregiver" if age < 11 else "interview"
        adult = age >= 18
        courses = self._adults if adult else _OF_CHILDREN
        sheets: Payload = {}
        for course in courses:
            scale = scales.of(course.scale)
            if not scale.suits(age):
                continue
            total = self._value(contact, course, months, (scale.total_min, scale.total_max))
            sheet: Payload = {"informant": informant}
            if scale.typed:
                sheet["total"] = total
            else:
                sheet["items"] = self._items(scale, total, payload.get("risk", ""))
                sheet["language"] = {"fra": "fr", "eng": "en"}.get(contact.person.language, "es")
            sheets[course.scale] = sheet
        return sheets

    def _items(self, scale: scales.Scale, total: int, risk: str) -> dict[str, int]:
        """The total spread over the items; the critical one as the risk that was found."""
        rng, most = self._rng, max(scale.allowed(scale.items[0]))
        values = dict.fromkeys(scale.items, 0)
        critical = scale.critical[0]
        if critical:
            least, top = _ITEM_9.get(risk, (0, 0))
            values[critical] = rng.randint(least, top)
            total -= values[critical]
        free = [item for item in scale.items if item != critical]
        for place in rng.sample(range(len(free) * most), max(0, min(total, len(free) * most))):
            values[free[place // most]] += 1
        if scale.max_missing and rng.random() < 0.04:
            del values[rng.choice(free)]  # not answered: the total is estimated
        return values

    def _value(
        self, contact: ContactPlan, course: Course, months: float, limits: tuple[int, int]
    ) -> int:
        rng, key = self._rng, (contact.person.number, course.scale)
        if key not in self._courses:
            slope = course.month * (rng.uniform(0.7, 1.4) if self._responds[key[0]] else 0.05)
            self._courses[key] = rng.gauss(course.mean, course.deviation), slope
        start, slope = self._courses[key]
        value = round(start + slope * months + rng.gauss(0, course.noise))
        return min(limits[1], max(limits[0], value))


def _own() -> dict[str, Course]:
    return {
        "functioning": Course(
            "functioning", number("cai_score", "functioning_baseline_mean"), 1.4, 0.6, 0.7
        ),
        "distress": Course("distress", 7.2, 1.4, -0.6, 0.8),
        "cgi_s": Course("cgi_s", number("cai_score", "cgi_s_baseline_mean"), 0.8, -0.35, 0.4),
    }
