"""From figures to an edition: taken once, exact; then as it may leave the organisation.

An edition is plain data (JSON): codes and numbers, no labels. Words are put to it by whoever
shows it, so that one snapshot serves the page in any language and the files in theirs.
"""

import calendar
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import override

from accounts.models import Programme
from partners.models import Site
from reports import figures, sdc
from reports.indicators import INDICATORS
from reports.indicators.registry import words
from reports.scope import Scope

Document = dict[str, Any]
Progress = Callable[[str, int], None]
# Told exactly in every edition (indicators.csv, column `disclosure`).
EXACT = ("GEN01", "CA01")
# Figures on diagnoses of mental health and HIV are as sensitive as those on violence.
SENSITIVE_CODES = frozenset(
    ("MH05", "MH06", "MED03", "MED06", "MED15", "MH10", "MH18", "MH21", "CA20")
)
# Their categories name violence, torture, HIV or diagnoses.
_SENSITIVE_DIMENSIONS = frozenset(("diagnosis", "reason", "profile", "vulnerability"))
_ORDERED = frozenset(("age", "month"))
# Sums that readers know by heart.
_SUMS = (("GEN01", ("GEN05", "GEN06")), ("MH02", ("MH01", "SW01")))
_SAME = (
    ("MH01", "mental_health"), ("MED01", "primary_health_care"), ("SW01", "social_work"),
    ("HP01", "health_promotion"), ("CM01", "cultural_mediation"),
)  # fmt: skip
# Months are given by these for the systems of ministries.
MONTHLY = ("sex", "age")
_MONTHLY_FIGURES = ("GEN01", "GEN03", "GEN04", "GEN05", "GEN06", "MED01", "MH01", "SW01")


# -- Taking --------------------------------------------------------------------------------------
def codes_of(sections: Collection[str]) -> list[str]:
    """Figures of the chosen sections, in the order of the list; all without a choice."""
    return [code for code in INDICATORS if _chosen(code, sections)]


def _chosen(code: str, sections: Collection[str]) -> bool:
    return not sections or section_of(code) in sections


def section_of(code: str) -> str:
    return code.rstrip("0123456789")


def take(scope: Scope, sections: Collection[str], progress: Progress) -> Document:
    """Everything an edition holds, exact, as the records stand at the cut-off."""
    codes = codes_of(sections)
    by = {name for code in codes for name in INDICATORS[code].breakdowns}
    progress("figures", 10)
    found = figures.compute(scope, by, codes=codes)
    taken: Document = {
        "from": scope.start.isoformat(),
        "to": scope.end.isoformat(),
        "programmes": [programme.code for programme in scope.programmes],
        "definitions": settings.FIGURES_VERSION,
        "figures": {code: _entry(figure) for code, figure in found.items()},
        # Named, never left out without a word and never a zero.
        "missing": [code for code in words() if code not in INDICATORS and _chosen(code, sections)],
    }
    progress("months", 30)
    taken["months"] = _months(scope, [code for code in _MONTHLY_FIGURES if code in codes])
    progress("places", 45)
    taken["places"] = _places(scope)
    return taken


def _entry(figure: figures.Figure) -> dict[str, Any]:
    measure = figure.measure
    entry: dict[str, Any] = {"value": measure.value}
    for name in ("numerator", "denominator", "with_centre", "without_centre"):
        if getattr(measure, name) is not None:
            entry[name] = getattr(measure, name)
    if measure.by:
        entry["by"] = {name: dict(cells) for name, cells in measure.by.items()}
    if measure.counts:
        entry["counts"] = {
            name: {key: list(pair) for key, pair in cells.items()}
            for name, cells in measure.counts.items()
        }
    if measure.reason:
        entry["reason"] = {code: _in(code, measure.reason) for code, _name in settings.LANGUAGES}
    return entry


def _in(language: str, text: Any) -> str:
    with override(language):
        return str(text)


def months(start: date, end: date) -> Iterator[tuple[str, date, date]]:
    """The whole months of a period, by name; a month begun or broken off is left out."""
    day = start if start.day == 1 else _next(start)
    while (last := _last(day)) <= end:
        yield f"{day:%Y-%m}", day, last
        day = last + timedelta(days=1)


def _last(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _next(day: date) -> date:
    return _last(day) + timedelta(days=1)


def _months(scope: Scope, codes: list[str]) -> Document:
    """Whole months one by one: people in a month are that month's, and do not add up."""
    if not codes:
        return {}
    found = {}
    for name, first, last in months(scope.start, scope.end):
        month = figures.compute(replace(scope, start=first, end=last), MONTHLY, codes=codes)
        found[name] = {
            code: {
                "value": figure.measure.value,
                "by": {d: dict(figure.measure.by[d]) for d in MONTHLY if d in figure.measure.by},
            }
            for code, figure in month.items()
            if figure.measure.value is not None
        }
    return found


def _places(scope: Scope) -> list[Document]:
    """Who does what, where, when, for whom (5W): a line for each place with work in the period.

    `unduplicated` counts a person once in the period; `monthly_total` adds up the people of
    each month (of each part of a month at the ends), as coordination bodies ask for both.
    """
    codes = ("GEN01", "GEN03")
    whole = figures.compute(scope, ("site",), codes=codes)
    monthly: dict[str, int] = {}
    for first, last in _parts(scope.start, scope.end):
        part = figures.compute(replace(scope, start=first, end=last), ("site",), codes=("GEN03",))
        for site, people in part["GEN03"].measure.by.get("site", {}).items():
            monthly[site] = monthly.get(site, 0) + int(people)
    consultations = whole["GEN01"].measure.by.get("site", {})
    unduplicated = whole["GEN03"].measure.by.get("site", {})
    known = {site.code: site for site in Site.objects.filter(code__in=consultations)}
    return [
        {
            "site": code,
            "services": _services_at(scope, known[code]),
            "consultations": count,
            "unduplicated": unduplicated.get(code, 0),
            "monthly_total": monthly.get(code, 0),
        }
        for code, count in consultations.items()
    ]


def _parts(start: date, end: date) -> Iterator[tuple[date, date]]:
    while start <= end:
        yield start, min(_last(start), end)
        start = _next(start)


def _services_at(scope: Scope, site: Site) -> list[str]:
    there = figures.compute(replace(scope, sites=(site.pk,)), codes=("GEN01",))["GEN01"]
    return [name for name, count in there.measure.by["service"].items() if count]


# -- What leaves -----------------------------------------------------------------------------------
def internal(exact: Document) -> Document:
    return {**exact, "audience": "internal"}


def for_publication(exact: Document, earlier: Iterable[tuple[Document, Document]] = ()) -> Document:
    """The edition as it may leave: the rule, the audit, and what was merged or withheld.

    `earlier` are published editions of overlapping periods, exact and as they went out.
    """
    release = _release(exact)
    before = [old for old, _out in earlier]
    _beside_earlier(release, before)
    done = release.protect()
    shown = _Shown(release)
    out = {
        **exact,
        "audience": "publication",
        "figures": {code: shown.figure(code, f) for code, f in exact["figures"].items()},
        "months": {
            month: {
                code: shown.month(month, code, f) for code, f in found.items() if _is_count(code)
            }
            for month, found in exact["months"].items()
        },
        "places": [shown.place(line) for line in exact["places"]],
        # Not which values were rounded further: that would tell where a few people came.
        "control": {"merged_or_withheld": done, "compared": len(before)},
    }
    out["control"]["starred"] = _stars(out)
    return out


def rule_of(code: str, dimension: str = "") -> sdc.Rule:
    """Stricter where the variable is sensitive: violence, diagnoses, migration status."""
    sensitive = (
        INDICATORS[code].privacy in ("sensitive", "protected")
        or code in SENSITIVE_CODES
        or dimension in _SENSITIVE_DIMENSIONS
    )
    return sdc.SENSITIVE if sensitive else sdc.ORDINARY


def is_exempt(code: str) -> bool:
    """Counts of sites, programmes, bodies and activities are no counts of people."""
    return words()[code]["disclosure"] == "exempt"


def _is_count(code: str) -> bool:
    return INDICATORS[code].unit == "count" and not is_exempt(code)


def _release(exact: Document) -> sdc.Release:
    """All counts of people of an edition with the sums that tie them together."""
    release = sdc.Release({}, {}, exact=set())
    for code, figure in exact["figures"].items():
        if is_exempt(code):
            continue
        if INDICATORS[code].unit == "count":
            _add_figure(release, code, figure)
        else:
            _add_shares(release, code, figure)
    for month, found in exact["months"].items():
        for code, figure in found.items():
            _add_month(release, month, code, figure)
    _add_places(release, exact)
    _add_sums(release)
    return release


def _put(release: sdc.Release, name: str, count: int, rule: sdc.Rule) -> None:
    release.counts[name], release.rules[name] = count, rule


def _add_figure(release: sdc.Release, code: str, figure: dict[str, Any]) -> None:
    if figure["value"] is None:
        return
    _put(release, code, int(figure["value"]), rule_of(code))
    if code in EXACT:
        release.exact.add(code)
    if "without_centre" in figure:
        _put(release, f"{code}.without_centre", int(figure["without_centre"]), rule_of(code))
    for dimension, cells in figure.get("by", {}).items():
        _add_table(release, f"{code}/{dimension}", code, code, dimension, cells)


def _add_table(
    release: sdc.Release,
    name: str,
    total: str,
    code: str,
    dimension: str,
    cells: dict[str, int],
) -> None:
    rule = rule_of(code, dimension)
    for key, count in cells.items():
        _put(release, f"{name}/{key}", int(count), rule)
    whole = release.counts.get(total, -1)
    additive = sum(cells.values()) == whole
    if cells and (additive or max(cells.values()) <= whole <= sum(cells.values())):
        release.tables.append(
            sdc.Table(
                name,
                total,
                {key: f"{name}/{key}" for key in cells},
                additive=additive,
                ordered=dimension in _ORDERED,
            )
        )
    elif cells:
        # A breakdown of something else than the total: nothing ties it, each cell by itself.
        release.counts[f"{name}/"] = sum(cells.values())
        release.hidden.add(f"{name}/")
        release.tables.append(sdc.Table(name, f"{name}/", {key: f"{name}/{key}" for key in cells}))


def _add_shares(release: sdc.Release, code: str, figure: dict[str, Any]) -> None:
    """Numerators and denominators, whole and of each cell, where they are known."""
    for part in ("numerator", "denominator"):
        if figure.get(part) is not None:
            _put(release, f"{code}.{part}", int(figure[part]), rule_of(code))
    for dimension, cells in figure.get("counts", {}).items():
        for place, part in enumerate(("numerator", "denominator")):
            counts = {key: pair[place] for key, pair in cells.items()}
            if place and len(set(counts.values())) == 1:
                counts = {"": next(iter(counts.values()))}  # one whole, shared out
            total = f"{code}.{part}"
            tied = release.counts.get(total) == sum(counts.values())
            if not place and figure.get("denominator") == sum(counts.values()):
                total, tied = f"{code}.denominator", True
            _add_table(
                release,
                f"{code}/{dimension}/{part}",
                total if tied else "",
                code,
                dimension,
                counts,
            )


def _add_month(release: sdc.Release, month: str, code: str, figure: dict[str, Any]) -> None:
    """A month's total is a cell of the breakdown by month, where the figure has one."""
    if not _is_count(code):
        return
    total = f"{month}.{code}"
    _put(release, total, int(figure["value"]), rule_of(code))
    cell = f"{code}/month/{month}"
    if release.counts.get(cell) == release.counts[total]:
        release.sums.append(sdc.sums_to(total, [cell]))
    for dimension, cells in figure["by"].items():
        _add_table(release, f"{total}/{dimension}", total, code, dimension, cells)


def _add_places(release: sdc.Release, exact: Document) -> None:
    for line in exact["places"]:
        for name, code in (
            ("consultations", "GEN01"),
            ("unduplicated", "GEN03"),
            ("monthly_total", "GEN03"),
        ):
            place = f"{line['site']}.{name}"
            _put(release, place, int(line[name]), rule_of(code))
            cell = f"{code}/site/{line['site']}"
            if name != "monthly_total" and release.counts.get(cell) == line[name]:
                release.sums.append(sdc.sums_to(place, [cell]))


def _add_sums(release: sdc.Release) -> None:
    """Sums between figures that hold in these records."""
    counts = release.counts
    for total, parts in _SUMS:
        if {total, *parts} <= set(counts) and counts[total] == sum(counts[p] for p in parts):
            release.sums.append(sdc.sums_to(total, parts))
    for code, service in _SAME:
        cell = f"GEN01/service/{service}"
        if code in counts and counts.get(cell) == counts[code]:
            release.sums.append(sdc.sums_to(code, [cell]))
    centre = {"GEN01", "CA01", "GEN01.without_centre"}
    if centre <= set(counts) and counts["GEN01"] == sum(
        counts[name] for name in centre - {"GEN01"}
    ):
        release.sums.append(sdc.sums_to("GEN01", ("CA01", "GEN01.without_centre")))


def _beside_earlier(release: sdc.Release, earlier: Iterable[Document]) -> None:
    """Round more coarsely what, beside an earlier release, would isolate a few people."""
    for old in earlier:
        before = _release(old)
        for name in sorted(set(before.counts) & set(release.counts)):
            if name in release.exact or name in release.hidden or name in before.hidden:
                continue
            count, rule = release.counts[name], release.rules.get(name, sdc.ORDINARY)
            old_rule = before.rules.get(name, sdc.ORDINARY)
            coarse = sdc.coarser(before.counts[name], count, old_rule, rule)
            if coarse is None:
                _withhold(release, name)
            else:
                release.rules[name] = coarse


def _withhold(release: sdc.Release, name: str) -> None:
    """No rounding helps: the value, or the table it stands in, is not told."""
    tables = [table for table in release.tables if name in table.cells.values()]
    for table in tables:
        table.withheld = True
    if not tables:
        release.hidden.add(name)


class _Shown:
    """An edition's entries as a release tells them."""

    def __init__(self, release: sdc.Release) -> None:
        self.release = release
        self.tables = {table.name: table for table in release.tables}

    def figure(self, code: str, figure: dict[str, Any]) -> dict[str, Any]:
        if is_exempt(code) or figure["value"] is None and not figure.get("by"):
            return figure
        if INDICATORS[code].unit == "count":
            return self._count(code, figure)
        return self._divided(code, figure)

    def _count(self, code: str, figure: dict[str, Any]) -> dict[str, Any]:
        entry: dict[str, Any] = {"value": self._told(code, figure["value"])}
        if "without_centre" in figure:
            entry["with_centre"] = entry["value"]
            name = f"{code}.without_centre"
            entry["without_centre"] = self._told(name, figure["without_centre"])
        by = {d: self._cells(f"{code}/{d}") for d in figure.get("by", {})}
        if by:
            entry["by"] = by
        return entry

    def _told(self, name: str, value: Any) -> Any:
        return None if value is None else self.release.shown(name)

    def _cells(self, name: str) -> dict[str, int | str]:
        table = self.tables.get(name)
        return self.release.cells(table) if table else {}

    def _divided(self, code: str, figure: dict[str, Any]) -> dict[str, Any]:
        """Percentages and ratios from rounded counts; medians only of enough people."""
        top, bottom = (
            self.release.shown(f"{code}.{part}") if figure.get(part) is not None else None
            for part in ("numerator", "denominator")
        )
        entry = {"value": divided(code, top, bottom, figure["value"])}
        if figure.get("numerator") is not None:
            entry["numerator"] = top
        if figure.get("denominator") is not None:
            entry["denominator"] = bottom
        shares = self._shares(code, figure)
        return {**entry, "by": shares} if shares else entry

    def _shares(self, code: str, figure: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Shares of a breakdown, again from rounded counts; where the counts behind a share are
        not known, or were merged apart from each other, it is not told."""
        found = {}
        for dimension in figure.get("counts", {}):
            tops = self._cells(f"{code}/{dimension}/numerator")
            bottoms = self._cells(f"{code}/{dimension}/denominator")
            found[dimension] = {
                key: divided(code, top, bottoms.get(key, bottoms.get("")), None)
                for key, top in tops.items()
                if key in bottoms or "" in bottoms
            }
        return found

    def month(self, month: str, code: str, figure: dict[str, Any]) -> dict[str, Any]:
        total = f"{month}.{code}"
        by = {d: self._cells(f"{total}/{d}") for d in figure["by"]}
        return {"value": self.release.shown(total), "by": by}

    def place(self, line: Document) -> Document:
        names = ("consultations", "unduplicated", "monthly_total")
        return {**line, **{name: self.release.shown(f"{line['site']}.{name}") for name in names}}


def divided(code: str, top: Any, bottom: Any, exact: Any) -> Any:
    """A quotient of published counts. A median, or a mean without counts, stands as it is where
    enough people are behind it."""
    if exact is None and top is None:
        return None
    if top == sdc.STAR or bottom == sdc.STAR:
        return sdc.STAR
    if top is not None and bottom:
        times = 100 if INDICATORS[code].unit == "percent" else 1
        return (
            min(round(top * times / bottom, 1), 100.0) if times == 100 else round(top / bottom, 1)
        )
    if top is None and isinstance(bottom, int) and bottom:
        return round(exact)
    return None


def _stars(document: Document) -> int:
    """How many values an edition does not tell, by the rule."""
    if isinstance(document, dict):
        return sum(_stars(value) for value in document.values())
    if isinstance(document, list):
        return sum(_stars(value) for value in document)
    return int(document == sdc.STAR)


# -- Proof and comparison ------------------------------------------------------------------------
def canonical(document: Document) -> bytes:
    """The one way to write an edition as bytes: what its SHA-256 is of."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def sha256(document: Document) -> str:
    return hashlib.sha256(canonical(document)).hexdigest()


def difference(old: Document, new: Document) -> dict[str, list[Any]]:
    """Figures whose told value changed from one edition to the next: code, [before, now]."""
    before, now = old["figures"], new["figures"]
    return {
        code: [before.get(code, {}).get("value"), now.get(code, {}).get("value")]
        for code in dict.fromkeys((*before, *now))
        if before.get(code, {}).get("value") != now.get(code, {}).get("value")
    }


def scope_of(
    start: date, end: date, programmes: Iterable[str], sites: Iterable[str], until: Any = None
) -> Scope:
    """The scope of an edition from what it stores."""
    wanted = list(programmes)
    return Scope(
        start,
        end,
        tuple(Programme.objects.filter(code__in=wanted).order_by("code")) if wanted else (),
        tuple(Site.objects.filter(code__in=list(sites)).values_list("pk", flat=True)),
        until=until,
    )
