"""An edition put into words: sections, figures with their definitions, breakdowns.

Everything here is in the active language; the numbers are those of the document.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.charts import Chart, Series, shown
from reports import labels
from reports.editions import Document, section_of
from reports.indicators import INDICATORS
from reports.indicators.breakdowns import SERVICES
from reports.indicators.registry import words
from reports.models import Report, Snapshot
from reports.sdc import MERGED, STAR
from terminology import lists

MOST_ROWS = 40  # of one breakdown in the PDF and on the page; all are in the spreadsheet


def section_names() -> dict[str, str]:
    return {
        "GEN": _("Activity and people"),
        "MED": _("Primary health care"),
        "MH": _("Mental health"),
        "SV": _("Sexual violence"),
        "VI": _("Other violence"),
        "SW": _("Social work"),
        "CM": _("Cultural mediation"),
        "HP": _("Health promotion"),
        "RF": _("Referrals"),
        "CA": _("Care centre"),
        "PA": _("Partners and trainings"),
        "DQ": _("Quality of the data"),
    }


@dataclass(frozen=True)
class Row:
    key: str
    label: str
    value: Any

    @property
    def text(self) -> str:
        return shown(self.value)


@dataclass(frozen=True)
class Breakdown:
    dimension: str
    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Line:
    """One figure as the edition tells it."""

    code: str
    label: str
    definition: str
    unit: str
    value: Any
    numerator: Any = None
    denominator: Any = None
    reason: str = ""
    computed: bool = True
    breakdowns: list[Breakdown] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The value with its unit and what it was divided from."""
        if self.value is None:
            return "–"
        text = shown(self.value)
        if self.unit == "percent" and self.value != STAR:
            text += " %"
        if self.numerator is not None and self.denominator is not None:
            text += f" ({shown(self.numerator)} / {shown(self.denominator)})"
        return text


@dataclass(frozen=True)
class Section:
    code: str
    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Edition:
    """All that a file needs to know of an edition. Holds no row of the database."""

    pk: str
    name: str
    number: int
    language: str
    start: date
    end: date
    publication: bool
    cut_off: datetime
    definitions: str
    sha256: str
    asked_at: datetime
    document: Document
    difference: dict[str, list[Any]]
    codes: dict[str, dict[str, str]]

    @classmethod
    def of(cls, report: Report, snapshot: Snapshot, codes: dict[str, dict[str, str]]) -> "Edition":
        return cls(
            pk=str(report.pk),
            name=report.name,
            number=report.edition,
            language=report.language,
            start=report.starts_on,
            end=report.ends_on,
            publication=report.for_publication,
            cut_off=snapshot.cut_off,
            definitions=snapshot.definitions,
            sha256=snapshot.sha256,
            asked_at=report.asked_at,
            document=snapshot.document,
            difference=snapshot.difference,
            codes=codes,
        )

    @property
    def period(self) -> str:
        first, last = (date_format(day, "j M Y") for day in (self.start, self.end))
        return _("%(first)s to %(last)s") % {"first": first, "last": last}

    @property
    def standing(self) -> str:
        """What every page and sheet says of the edition."""
        if self.publication:
            return _(
                "For publication: 0 is shown, few people are starred (*), other counts are "
                "rounded to 5."
            )
        return _("Internal: exact figures, not for publication.")

    @cached_property
    def control(self) -> list[str]:
        """What disclosure control did, in sentences; nothing for an internal edition."""
        control = self.document.get("control")
        if control is None:
            return []
        return [
            self.standing,
            _(
                "Where the subject is sensitive, up to 10 are starred, zero included. "
                "Percentages are computed from rounded counts."
            ),
            _("Values not shown (*): %(count)s.") % {"count": shown(control["starred"])},
            _("Breakdowns merged or withheld so that no star can be worked out: %(count)s.")
            % {"count": shown(len(control["merged_or_withheld"]))},
            _("Earlier editions of overlapping periods that this one was compared with: %(count)s.")
            % {"count": shown(control["compared"])},
        ]

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        return {name: labels.names(name) for name in ("site", "programme")}

    def facts(self) -> list[tuple[str, str]]:
        """Provenance, for the cover and the sheet of its own."""
        programmes = self._names["programme"]
        chosen = self.document["programmes"]
        return [
            (_("Report"), self.name),
            (_("Edition"), str(self.number)),
            (_("Period"), self.period),
            (_("Programmes"), ", ".join(programmes.get(c, c) for c in chosen) or _("all")),
            (_("Sites"), ", ".join(self.document["sites"]) or _("all")),
            (_("Kind of edition"), self.standing),
            (_("Records signed until"), _moment(self.cut_off)),
            (_("Version of the definitions"), self.definitions),
            (_("Report id"), self.pk),
            (_("SHA-256 of the figures"), self.sha256),
        ]

    def sections(self) -> list[Section]:
        """Figures in the order of the list of indicators, by section."""
        found: dict[str, list[Line]] = {}
        missing = set(self.document.get("missing", ()))
        for code in words():
            if code in self.document["figures"]:
                found.setdefault(section_of(code), []).append(self._line(code))
            elif code in missing:
                found.setdefault(section_of(code), []).append(_missing(code))
        names = section_names()
        return [Section(code, names.get(code, code), lines) for code, lines in found.items()]

    def _line(self, code: str) -> Line:
        figure, indicator = self.document["figures"][code], INDICATORS[code]
        language = (get_language() or "es")[:2]
        return Line(
            code=code,
            label=indicator.label,
            definition=str(indicator.summary),
            unit=indicator.unit,
            value=figure["value"],
            numerator=figure.get("numerator"),
            denominator=figure.get("denominator"),
            reason=figure.get("reason", {}).get(language, ""),
            breakdowns=[
                Breakdown(
                    name,
                    str(labels.DIMENSIONS.get(name, name)),
                    _rows(code, name, cells, self._names.get(name, {})),
                )
                for name, cells in sorted(figure.get("by", {}).items())
                if cells
            ],
        )

    def changes(self) -> list[tuple[str, str, str]]:
        """What differs from the edition before: label, then, now."""
        return [
            (f"{code} {INDICATORS[code].label}", shown(before), shown(now))
            for code, (before, now) in sorted(self.difference.items())
            if code in INDICATORS
        ]


def _missing(code: str) -> Line:
    """A figure of the list that this version does not compute: named, with a dash."""
    known, language = words()[code], (get_language() or "es")[:2]
    return Line(
        code=code,
        label=known.get(f"label_{language}") or known["label_es"],
        definition=known["numerator"],
        unit=known["unit"],
        value=None,
        reason=_("Not computed by this version."),
        computed=False,
    )


def _moment(instant: datetime) -> str:
    return date_format(localtime(instant), "j M Y H:i")


def _rows(code: str, name: str, cells: dict[str, Any], known: dict[str, str]) -> list[Row]:
    return [
        Row(key, " + ".join(_label(code, name, part, known) for part in key.split(MERGED)), value)
        for key, value in in_order(name, cells)
    ]


def _label(code: str, name: str, key: str, known: dict[str, str]) -> str:
    where = INDICATORS[code].lists.get(name)
    if where and key != "unknown":
        return lists.label(f"{where}:{key}")
    return known.get(key) or labels.of(name, key)


def in_order(name: str, cells: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Ages and months in their order, services in that of the reports, the rest by size; the
    database does not keep the order of a document."""
    ages = [band.code for band in lists.all("age_bands", part="unhcr")]
    fixed = {"age": ages, "service": list(SERVICES)}.get(name)

    def place(cell: tuple[str, Any]) -> tuple[Any, ...]:
        first = cell[0].split(MERGED)[0]
        if fixed is not None:
            return (fixed.index(first) if first in fixed else len(fixed), first)
        if name == "month":
            return (first,)
        size = cell[1] if isinstance(cell[1], (int, float)) else 0.5
        return (-size, first)

    yield from sorted(cells.items(), key=place)


def chart_of(line: Line, breakdown: Breakdown) -> Chart:
    return Chart(
        f"{line.label}: {breakdown.title}",
        [row.label for row in breakdown.rows],
        [Series(line.label, [row.value for row in breakdown.rows])],
    )


def charts_of(section: Section, most: int) -> list[tuple[str, Chart]]:
    """The first breakdown of the first figures of a section, to look at on a page."""
    found = [
        (each.dimension, chart_of(line, each))
        for line in section.lines
        for each in line.breakdowns[:2]
        if 1 < len(each.rows) <= 20
    ]
    return found[:most]
