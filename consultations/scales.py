"""Scales as the list `scales` defines them: totals, bands, what changed, and when one is due.

Nothing here reads the database. Sources, beside those the lists name: PHQ-9 Kroenke 2001 and its
manual (missing items, response, remission), GAD-7 Spitzer 2006, PCL-5 Weathers 2013 and Marx 2022
(reliable change, recovery), WHO-5 Topp 2015, AUDIT-C Bush 1998, C-SSRS screener with triage points
(Posner 2011), CRIES-8 Perrin 2005.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations.models import ScaleResult
from terminology import lists
from terminology.lists import Entry

State = ScaleResult.State
TOTAL = "total"  # the score of a scale whose questions are not in the application
CSSRS = "cssrs"
CSSRS_ITEMS = ("q1", "q2", "q3", "q4", "q5", "q6_lifetime", "q6_3_months")
_ONLY_IF = {"q3": "q2", "q4": "q2", "q5": "q2", "q6_3_months": "q6_lifetime"}
# The official wording, which the application may not contain.
OFFICIAL_TEXT = {CSSRS: "https://cssrs.columbia.edu/"}
LEVELS = ("not_assessed", "none", "low", "moderate", "high")

_FIRST_OF = {"phq2": "phq9", "gad2": "gad7"}  # the first items of another scale
SHORT = {long: short for short, long in _FIRST_OF.items()}
_CRIES = frozenset((0, 1, 3, 5))
_PCL_CLUSTERS = ((1, 5, 1), (6, 7, 1), (8, 14, 2), (15, 20, 2))  # DSM-5 B, C, D, E
_PCL_SYMPTOM = 2  # an item rated at least so is a symptom
_RESPONSE = ("phq9",)  # at least half the baseline gone (Kroenke 2010)
_PERCENT = {"who5": 25, "whodas12": 48}  # shown as a share of this raw score
_OLDEST = {"cries8": 17, "cats2": 17, "sdq": 17}
# Versions that are scored otherwise: least and greatest total.
_FORMS: dict[str, dict[str, tuple[int, int]]] = {
    "k6": {"0_4": (0, 24), "1_5": (6, 30)},
    "mhos": {"adult": (6, 30), "child": (13, 65)},
}


@dataclass(frozen=True, eq=False)
class Scale:
    """One scale out of the lists. `items` are codes; `texts` their words where the licence lets
    the application show them, else the total is typed (`typed`)."""

    code: str
    entry: Entry
    items: tuple[str, ...]
    texts: Mapping[str, Entry]
    answers: Mapping[str, tuple[Entry, ...]]
    bands: tuple[Entry, ...]
    total_min: int
    total_max: int
    max_missing: int
    never_missing: str
    min_age: int
    critical: tuple[str, int]  # item and the least value that calls for action; "" where none
    meaningful: int  # difference that counts, in points (WHO-5: percent points)
    reliable: int
    recovered_max: int | None

    @property
    def label(self) -> str:
        return self.entry.label

    @property
    def typed(self) -> bool:
        """Only the score is recorded."""
        return not self.texts and self.code != CSSRS

    @property
    def higher_is_worse(self) -> bool:
        return self.entry.attributes["direction"] == "higher is worse"

    @property
    def attribution(self) -> str:
        return self.entry.attributes["attribution"]

    @property
    def is_working(self) -> bool:
        """The wording of an item is a working translation, not the published one."""
        return any(e.attributes["translation_status"] == "working" for e in self.texts.values())

    @property
    def forms(self) -> Mapping[str, tuple[int, int]]:
        return _FORMS.get(self.code, {})

    @property
    def per_cent_of(self) -> int | None:
        return _PERCENT.get(self.code)

    def suits(self, age: int | None) -> bool:
        """Whether the scale was made for this age, in completed years."""
        if self.code == "mhos":  # has a form for children
            return True
        return age is None or self.min_age <= age <= _OLDEST.get(self.code, 200)

    def allowed(self, item: str) -> frozenset[int]:
        """The values an item may have."""
        if self.code == "cries8":
            return _CRIES
        if item in self.answers:
            return frozenset(int(entry.code) for entry in self.answers[item])
        attributes = self.entry.attributes
        return frozenset(range(int(attributes["item_min"]), int(attributes["item_max"]) + 1))

    def cut_off(self, sex: str = "") -> int | None:
        """The least total that screens positive (of WHO-5: the least that does not)."""
        text = self.entry.attributes["screen_cutoff"]
        if by_sex := re.search(r"men >=(\d+), women >=(\d+)", text):
            # Sex neither female nor male, or unknown: the lower cut-off.
            return int(by_sex[1]) if _sex(sex) == "male" else int(by_sex[2])
        if found := re.match(r"(?:raw <)?(\d+)(?:/(\d+))?", text):
            return int(found[2] or found[1])
        return None

    def band(self, total: int, sex: str = "") -> Entry | None:
        """The published band of a whole score."""
        applies = "male" if _sex(sex) == "male" else "female"
        for entry in self.bands:
            attributes = entry.attributes
            if attributes["applies_to"] not in ("", applies):
                continue
            if int(attributes["score_min"]) <= total <= int(attributes["score_max"]):
                return entry
        return None


def _sex(key: str) -> str:
    return key.rpartition(":")[2]


def of(code: str) -> Scale:
    """Raises `lists.UnknownConcept`."""
    return _of(code, lists.generation())


@lru_cache(maxsize=128)
def _of(code: str, _generation: tuple[int, int]) -> Scale:
    entry = lists.find("scales", code)
    attributes = entry.attributes
    source = _FIRST_OF.get(code, code)
    count = int(attributes["items"])
    texts = {
        item.code: item
        for item in sorted(
            lists.all("scale_items", part=source), key=lambda e: int(e.attributes["sequence"])
        )
    }
    texts = dict(list(texts.items())[:count])
    items = tuple(texts) or _unwritten(code, count)
    return Scale(
        code=code,
        entry=entry,
        items=items,
        texts=texts,
        answers=_answers(source, items),
        bands=tuple(lists.all("scale_bands", part=code)),
        total_min=int(attributes["total_min"]),
        total_max=int(attributes["total_max"]),
        max_missing=_number(attributes["max_missing"]) or 0,
        never_missing=attributes["never_missing"],
        min_age=_number(attributes["min_age"]) or 0,
        critical=_critical(source, attributes["critical_item"]),
        meaningful=_number(attributes["meaningful_change"]) or 0,
        reliable=_number(attributes["reliable_change"]) or 0,
        recovered_max=_number(attributes["recovered_max"]),
    )


def _unwritten(code: str, count: int) -> tuple[str, ...]:
    """Codes of questions whose words are not in the application."""
    if code == CSSRS:
        return CSSRS_ITEMS
    return tuple(f"{code}_{n}" for n in range(1, count + 1)) if count > 1 else ()


def _answers(source: str, items: Iterable[str]) -> dict[str, tuple[Entry, ...]]:
    offered = lists.all("scale_answers", part=source)
    return {
        item: tuple(e for e in offered if e.scope in (item, source)) for item in items if offered
    }


def _number(text: str) -> int | None:
    found = re.match(r"\d+(?!-)", text)
    return int(found[0]) if found else None


def _critical(code: str, text: str) -> tuple[str, int]:
    found = re.match(r"item (\d+) (?:>=(\d+)|yes)", text)
    return (f"{code}_{found[1]}", int(found[2] or 1)) if found else ("", 1)


def offered(age: int | None = None) -> list[Scale]:
    """The scales to choose from at this age: those asked as a whole, in the order of the list.

    Short forms are part of their scales; ratings that the forms ask by themselves are left out.
    """
    off = {*_FIRST_OF, *RATINGS, *settings.SCALES_OFF}
    found = (of(entry.code) for entry in lists.all("scales") if entry.code not in off)
    return [scale for scale in found if scale.suits(age)]


RATINGS = ("functioning", "distress", "pain", "cgi_s", "cgi_i")  # fields of their own


# -- Scoring ---------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Result:
    """What the answers say. An incomplete scale has neither total nor band."""

    scale: Scale
    state: State
    total: int | None = None
    band: Entry | None = None
    answered: int | None = None  # questions answered; None where only the score is known
    critical: tuple[str, ...] = ()
    positive: bool | None = None  # at or beyond the screening cut-off
    provisional: bool | None = None  # PCL-5: the DSM-5 rule; None where missing items may change it
    suits: bool = True
    form: str = ""
    risk_unknown: bool = False  # the question that may never be missing is missing

    @property
    def text(self) -> str:
        """Total of the greatest possible, and the share where the scale is read so."""
        if self.total is None or self.scale.code == CSSRS:
            return ""
        top = self.scale.forms.get(self.form, (0, self.scale.total_max))[1]
        words = _("%(total)d of %(most)d") % {
            "total": self.total,
            "most": self.scale.total_max if self.scale.code == "k6" else top,
        }
        if whole := self.scale.per_cent_of:
            words += f" ({percent(self.total, whole)} %)"
        return words

    @property
    def message(self) -> str:
        """In the active language, for the professional."""
        parts = [self.text]
        if self.state in (State.INCOMPLETE, State.PRO_RATA):
            parts.append(self._missing())
        if self.state == State.NOT_ASKED:
            parts.append(_("Not assessed"))
        if self.band is not None:
            parts.append(self.band.label)
        return " · ".join(filter(None, (*parts, *self._advice())))

    def _missing(self) -> str:
        if self.answered is None:
            return str(self.state.label).capitalize()
        counts = {"answered": self.answered, "items": len(self.scale.items)}
        if self.state == State.PRO_RATA:
            return _("estimated from %(answered)d of %(items)d answers") % counts
        return _("Incomplete: %(answered)d of %(items)d answered, no total.") % counts

    def _advice(self) -> Iterable[str]:
        if not self.suits:
            yield _("no bands: not made for this age")
        if self.scale.code in _FIRST_OF and self.positive:
            yield _("ask the remaining questions")
        if self.provisional:
            yield _("provisional PTSD by the DSM-5 rule")
        if self.critical and self.scale.code != CSSRS:
            yield _("ask about suicide risk")
        elif self.risk_unknown:
            yield _("suicide risk not assessed")


def percent(total: int, whole: int) -> int:
    return (total * 200 + whole) // (2 * whole)


def score(
    scale: Scale | str,
    answers: Mapping[str, int | None],
    *,
    age: int | None = None,
    sex: str = "",
    form: str = "",
) -> Result:
    """The result of a scale from its answers by item, or from `total` where the questions are not
    in the application (a critical question may stand beside it).

    Of K6 scored 1 to 5 (`form="1_5"`) the total is brought to 0 to 24. Raises `ValueError` for
    an unknown question, an impossible value, or a total where there are questions.
    """
    scale = of(scale) if isinstance(scale, str) else scale
    if form and form not in scale.forms:
        raise ValueError(f"{scale.code} has no form {form}")
    given = {item: value for item, value in answers.items() if value is not None}
    for item, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{item} is no whole number")
    if scale.code == CSSRS:
        return _score_risk(scale, given, age)
    if TOTAL in given:
        return _score_total(scale, given, age, sex, form)
    return _score_items(scale, given, age, sex)


def _score_total(
    scale: Scale, given: Mapping[str, int], age: int | None, sex: str, form: str
) -> Result:
    total, beside = given[TOTAL], {name: v for name, v in given.items() if name != TOTAL}
    if not scale.typed:
        raise ValueError(f"the total of {scale.code} is computed from its answers")
    if any(name != scale.critical[0] or v not in scale.allowed(name) for name, v in beside.items()):
        raise ValueError(f"{scale.code}: answers beside a total")
    if total == 0 and scale.code in ("cgi_s", "cgi_i"):  # 0 is "not assessed": no part of means
        return Result(scale, State.NOT_ASKED)
    least, most = scale.forms.get(form, (scale.total_min, scale.total_max))
    if not least <= total <= most or total < sum(beside.values()):
        raise ValueError(f"{scale.code}: {total} is not between {least} and {most}")
    if form == "1_5":
        total -= least
    return _banded(scale, State.COMPLETE, total, given, age, sex, form)


def _score_items(scale: Scale, given: Mapping[str, int], age: int | None, sex: str) -> Result:
    for item, value in given.items():
        if item not in scale.items:
            raise ValueError(f"{scale.code} has no question {item}")
        if value not in scale.allowed(item):
            raise ValueError(f"{item} is never {value}")
    missing = len(scale.items) - len(given)
    if missing == 0 and given:
        return _banded(scale, State.COMPLETE, sum(given.values()), given, age, sex)
    unknown = bool(scale.never_missing) and scale.never_missing not in given
    if not given or missing > scale.max_missing or unknown:
        return Result(
            scale,
            State.INCOMPLETE,
            answered=len(given),
            critical=_alarming(scale, given),
            suits=scale.suits(age),
            risk_unknown=unknown,
        )
    total = _pro_rata(sum(given.values()), len(given), len(scale.items))
    return _banded(scale, State.PRO_RATA, total, given, age, sex)


def _pro_rata(total: int, answered: int, items: int) -> int:
    """The mean of what was answered, for all items; halves go up."""
    return (2 * total * items + answered) // (2 * answered)


def _banded(
    scale: Scale,
    state: State,
    total: int,
    given: Mapping[str, int],
    age: int | None,
    sex: str,
    form: str = "",
) -> Result:
    cut, suits = scale.cut_off(sex), scale.suits(age)
    positive = None
    if cut is not None and suits:
        positive = total >= cut if scale.higher_is_worse else total < cut
    return Result(
        scale,
        state,
        total=total,
        band=scale.band(total, sex) if suits else None,
        answered=len(given),
        critical=_alarming(scale, given),
        positive=positive,
        provisional=_provisional(given) if scale.code == "pcl5" and suits else None,
        suits=suits,
        form=form,
    )


def _alarming(scale: Scale, given: Mapping[str, int]) -> tuple[str, ...]:
    item, least = scale.critical
    return (item,) if given.get(item, 0) >= least and item else ()


def _provisional(given: Mapping[str, int]) -> bool | None:
    """Items rated 2 or more: one of 1–5, one of 6–7, two of 8–14, two of 15–20."""
    sure = possible = True
    for first, last, least in _PCL_CLUSTERS:
        values = [given.get(f"pcl5_{n}") for n in range(first, last + 1)]
        met = sum(value is not None and value >= _PCL_SYMPTOM for value in values)
        sure &= met >= least
        possible &= met + values.count(None) >= least
    return sure if sure or not possible else None


# -- Suicide risk ----------------------------------------------------------------------------
def _score_risk(scale: Scale, given: Mapping[str, int], age: int | None) -> Result:
    check_risk(given)
    level, complete = risk_level(given), _risk_is_complete(given)
    if not complete:
        return Result(
            scale,
            State.INCOMPLETE,
            answered=len(given),
            critical=_yes(given),
            suits=scale.suits(age),
        )
    asked = sum(given[item] for item in CSSRS_ITEMS if item != "q6_3_months" and item in given)
    suits = scale.suits(age)
    return Result(
        scale,
        State.COMPLETE,
        total=asked,
        # Under 12 the level is the clinician's own judgement.
        band=lists.find("mh_risk_levels", level) if suits else None,
        answered=len(given),
        critical=_yes(given),
        positive=level != "none",
        suits=suits,
    )


def _yes(given: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(item for item in CSSRS_ITEMS if given.get(item))


def check_risk(given: Mapping[str, int]) -> None:
    """Raises `ValueError`: yes or no to known questions, 3 to 5 only when 2 is yes, the past three
    months only when it ever happened."""
    for item, value in given.items():
        if item not in CSSRS_ITEMS or value not in (0, 1):
            raise ValueError(f"{item} is answered by yes or no")
        if item in _ONLY_IF and not given.get(_ONLY_IF[item]):
            raise ValueError(f"{item} is asked only when {_ONLY_IF[item]} is yes")


def _risk_is_complete(given: Mapping[str, int]) -> bool:
    """All that is asked of everybody, and what a "yes" opens."""
    return all(item in given for item in CSSRS_ITEMS if given.get(_ONLY_IF.get(item, ""), 1))


def risk_level(given: Mapping[str, int]) -> str:
    """The level that the answers reach (`mh_risk_levels.cssrs_rule`): at least this one where
    some are missing. "none" only when nothing asked was answered yes."""
    yes = set(_yes(given))
    if yes & {"q4", "q5", "q6_3_months"}:
        return "high"
    if yes & {"q3", "q6_lifetime"}:
        return "moderate"
    return "low" if yes else "none"


def higher(*levels: str | None) -> str | None:
    """The highest of levels of risk, as keys of `mh_risk_levels`; None where there is none."""
    known = [level for level in levels if level]
    return max(known, key=lambda key: LEVELS.index(key.partition(":")[2]), default=None)


def risk_of(sheets: Mapping[str, Any] | None, age: int | None) -> str | None:
    """The level that the C-SSRS among some sheets reaches, as a key; None where it was not asked,
    says nothing yet, or the person is too young for it."""
    sheet = (sheets or {}).get(CSSRS)
    if not sheet or not of(CSSRS).suits(age):
        return None
    answers = answers_of(sheet)
    level = risk_level(answers)
    if level == "none" and not _risk_is_complete(answers):
        return None
    return f"mh_risk_levels:{level}"


# -- Sheets: a scale as a payload holds it ---------------------------------------------------
def answers_of(sheet: Mapping[str, Any]) -> dict[str, int]:
    """Answers by item, and the typed total, of one sheet of a payload:
    `{"items": {code: value}, "total": …, "language", "informant", "form"}`."""
    answers = dict(sheet.get("items") or {})
    if sheet.get(TOTAL) is not None:
        answers[TOTAL] = sheet[TOTAL]
    return answers


def taken(code: str, sheet: Mapping[str, Any]) -> str:
    """The scale that was taken: of PHQ-9 and GAD-7 the short form when no more was asked."""
    short = SHORT.get(code)
    items = sheet.get("items") or {}
    return short if short and items and set(items) <= set(of(short).items) else code


def result_of(code: str, sheet: Mapping[str, Any], *, age: int | None, sex: str) -> Result:
    """Raises `ValueError` as `score`."""
    form = str(sheet.get("form") or "")
    return score(taken(code, sheet), answers_of(sheet), age=age, sex=sex, form=form)


# -- Change ----------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Change:
    """From the baseline to the last score. None: nothing is published for this scale."""

    scale: Scale
    difference: int  # last minus baseline, in raw points
    better: bool
    response: bool | None
    remission: bool | None  # PHQ-9 remission, PCL-5 recovery
    reliable: bool | None
    meaningful: bool | None

    @property
    def text(self) -> str:
        return f"{self.difference:+d}".replace("-", "−")

    @property
    def meanings(self) -> list[str]:
        """What it means, in the active language, each with where it comes from."""
        found = []
        if self.difference == 0:
            found.append(_("no change"))
        else:
            found.append(_("better") if self.better else _("worse"))
        if self.response:
            found.append(_("response: at least half of the baseline is gone"))
        if self.remission and self.scale.code == "phq9":
            found.append(_("remission: below 5"))
        elif self.remission:
            found.append(_("recovered: %(most)d or less") % {"most": self.scale.recovered_max or 0})
        if self.reliable:
            found.append(
                _("reliable change: %(least)d points or more") % {"least": self.scale.reliable}
            )
        if self.meaningful and not self.reliable:
            found.append(self._threshold())
        elif self.meaningful is False and self.difference:
            found.append(_("too small to count"))
        return found

    def _threshold(self) -> str:
        least = {"least": self.scale.meaningful}
        if self.scale.code == "pcl5":
            return _("%(least)d points or more: threshold of the organisation") % least
        if self.scale.code == "who5":
            return _("meaningful: %(least)d percent points or more") % least
        return (
            ngettext(
                "meaningful: %(least)d point or more",
                "meaningful: %(least)d points or more",
                self.scale.meaningful,
            )
            % least
        )


def change(scale: Scale | str, baseline: Any, last: Any) -> Change | None:
    """What changed between two scores (numbers or results); None where one has no total.

    CGI-I says itself what changed: 1 and 2 are improvement.
    """
    scale = of(scale) if isinstance(scale, str) else scale
    before, after = (getattr(value, "total", value) for value in (baseline, last))
    if before is None or after is None:
        return None
    difference = after - before
    better = difference < 0
    if scale.entry.attributes["direction"] == "higher is better":
        better = difference > 0
    size = abs(difference) * (4 if scale.code == "who5" else 1)
    return Change(
        scale=scale,
        difference=difference,
        better=better,
        response=2 * after <= before and before > 0 if scale.code in _RESPONSE else None,
        remission=None if scale.recovered_max is None else after <= scale.recovered_max < before,
        reliable=size >= scale.reliable if scale.reliable else None,
        meaningful=size >= scale.meaningful if scale.meaningful else None,
    )


# -- When ------------------------------------------------------------------------------------
EVERY = timedelta(weeks=4)
BASELINE = timedelta(days=14)  # after admission to the centre
_EARLY = timedelta(weeks=4)  # a score of so long before admission still is the baseline
_ADULTS = (("pcl5",), ("phq9",), ("gad7",), ("who5",), ("functioning",), ("pain",))
_CHILDREN = (("cries8", "cats2"), ("sdq",), ("functioning",), ("pain",))


def baseline(age: int | None) -> list[tuple[str, ...]]:
    """What the centre asks at admission, in groups of which one scale is enough: adults PCL-5,
    PHQ-9, GAD-7, WHO-5, functioning and pain; children CRIES-8 or CATS-2 and SDQ, as they suit."""
    groups = _ADULTS if age is None or age >= 18 else _CHILDREN
    suited = (tuple(code for code in group if of(code).suits(age)) for group in groups)
    return [group for group in suited if group]


@dataclass(frozen=True)
class Due:
    on: date
    reason: str  # first, baseline, repeat, closure
    late: bool  # the day has passed


def due(
    scale: Scale | str,
    history: Sequence[date],
    today: date,
    admission: date | None = None,
    *,
    age: int | None = None,
    closing: bool = False,
) -> Due | None:
    """When a scale is next to be asked: first visit, every 4 weeks, closure; at the centre the
    baseline within 14 days of admission. `history`: days on which it was completed.

    None where the scale does not suit the age, or another of its group was taken at the centre
    (give the days of the whole group: see `baseline`).
    """
    scale = of(scale) if isinstance(scale, str) else scale
    if not scale.suits(age):
        return None
    taken_on = sorted(day for day in history if day <= today)
    if admission is not None:
        asked = any(scale.code in group for group in baseline(age))
        since = [day for day in taken_on if day >= admission - _EARLY]
        if not since and not asked:
            return None
        if not since:
            return _due(admission + BASELINE, "baseline", today)
        taken_on = since
    if not taken_on:
        return _due(today, "first", today)
    if closing and taken_on[-1] < today:
        return _due(today, "closure", today)
    return _due(taken_on[-1] + EVERY, "repeat", today)


def _due(on: date, reason: str, today: date) -> Due:
    return Due(on, reason, late=on < today)


__all__ = (
    "BASELINE",
    "CSSRS",
    "CSSRS_ITEMS",
    "EVERY",
    "TOTAL",
    "Change",
    "Due",
    "Result",
    "Scale",
    "State",
    "answers_of",
    "baseline",
    "change",
    "due",
    "higher",
    "of",
    "offered",
    "result_of",
    "risk_level",
    "risk_of",
    "score",
    "taken",
)
