"""GEN: consultations, people, sites and programmes."""

from collections import Counter
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from consultations.models import Consultation
from partners.models import Site
from reports.indicators.breakdowns import FIRST, of_consultations, of_people
from reports.indicators.registry import Measure, fold, indicator, percent, ratio
from reports.reading import Reading, service_of

_CONSULTATION = (
    "service",
    "discipline",
    "month",
    "site",
    "programme",
    "sex",
    "age",
    "nationality",
    "visit_type",
    "language",
)
_PERSON = ("sex", "age", "nationality", "programme", "site")


def _consultations(reading: Reading) -> QuerySet[Consultation]:
    return reading.direct()


@indicator(
    "GEN01",
    _(
        "Signed individual consultations. Group sessions never count; in a family consultation "
        "each person counts one."
    ),
    behind=_consultations,
    breakdowns=_CONSULTATION,
    always=("service",),
)
def direct_consultations(reading: Reading, by: frozenset[str]) -> Measure:
    """Direct consultations.

    Counts signed individual consultations of disciplines with `direct_consultation` = yes whose
    local date lies in the period. Drafts, group sessions and triage never count. The breakdown
    `service` has six keys: the five services and `other` (physiotherapy, occupational therapy).
    Source: published, MSF 2025 (20,273 January to October).
    """
    cells = reading.consultations("programme")
    total = sum(cells.values())
    at_centre = sum(cells[(programme,)] for programme in reading.centre_ids)
    measure = Measure(total, by=of_consultations(reading, [n for n in _CONSULTATION if n in by]))
    if not reading.scope.programmes:
        measure.with_centre, measure.without_centre = total, total - at_centre
    return measure


@indicator(
    "GEN02",
    _("Each discipline's part of all direct consultations."),
    behind=_consultations,
    breakdowns=("discipline",),
    always=("discipline",),
)
def share_by_discipline(reading: Reading, by: frozenset[str]) -> Measure:
    """Direct consultations by discipline, share.

    Numerator: direct consultations of the discipline; denominator: all direct consultations of
    the scope and period (GEN01). Percent with one decimal. Source: published, MSF 2025.
    """
    counted = fold(reading.consultations("discipline"), str)
    total = int(sum(counted.values()))
    shares = {d: percent(int(n), total) or 0.0 for d, n in sorted(counted.items())}
    counts = {d: (int(n), total) for d, n in sorted(counted.items())}
    return Measure(
        None, denominator=total, by={"discipline": shares}, counts={"discipline": counts}
    )


def _people(reading: Reading) -> Any:
    return reading.persons(reading.direct())


@indicator(
    "GEN03",
    _(
        "Different people with at least one direct consultation. People do not add up "
        "over months, sites or programmes."
    ),
    behind=_people,
    breakdowns=_PERSON,
    counts_people=True,
)
def people_attended(reading: Reading, by: frozenset[str]) -> Measure:
    """People attended (unique).

    Distinct people with at least one direct consultation in the scope and period; a merged
    record counts as its survivor; the age is the age at the first of these consultations.
    Source: published, MdM 2020 (1,489 treated).
    """
    measure = Measure(sum(reading.people.values()), by=of_people(reading.people, by))
    _add_places(reading, measure, by)
    if not reading.scope.programmes and reading.centres:
        measure.with_centre = measure.value
        measure.without_centre = reading.people_outside_centres
    return measure


def _add_places(reading: Reading, measure: Measure, by: frozenset[str]) -> None:
    if "programme" in by:
        cells = reading.people_by("programme")
        measure.by["programme"] = fold(cells, reading.programme_codes.get)
    if "site" in by:
        measure.by["site"] = fold(reading.people_by("site"), lambda pk: reading.sites[pk].code)


@indicator(
    "GEN04",
    _("People whose first direct consultation ever, in these programmes, lies in the period."),
    behind=lambda reading: reading.new_persons(),
    counts_people=True,
    breakdowns=("sex", "age", "nationality"),
)
def new_people(reading: Reading, by: frozenset[str]) -> Measure:
    """New people.

    People whose first ever direct consultation in the selected programmes is in the period; age
    at that consultation. Source: MSF practice.
    """
    return Measure(sum(reading.new_people.values()), by=of_people(reading.new_people, by))


def _of_types(reading: Reading, by: frozenset[str], *, first: bool) -> Measure:
    cells = reading.consultations("visit_type", "discipline", "site")
    chosen = {cell: n for cell, n in cells.items() if (cell[0] in FIRST) is first}
    measure = Measure(sum(chosen.values()))
    if "discipline" in by:
        measure.by["discipline"] = fold(type(cells)(chosen), lambda _v, d, _s: d)
    if "site" in by:
        measure.by["site"] = fold(type(cells)(chosen), lambda _v, _d, pk: reading.sites[pk].code)
    return measure


@indicator(
    "GEN05",
    _("Direct consultations marked first visit, new episode or readmission."),
    behind=lambda reading: reading.direct().filter(visit_type__in=FIRST),
    breakdowns=("discipline", "site"),
)
def first_consultations(reading: Reading, by: frozenset[str]) -> Measure:
    """First consultations.

    Direct consultations with visit type first, new_episode or readmission. GEN05 + GEN06 =
    GEN01. Source: MSF practice.
    """
    return _of_types(reading, by, first=True)


@indicator(
    "GEN06",
    _("Direct consultations marked follow-up or closure."),
    behind=lambda reading: reading.direct().exclude(visit_type__in=FIRST),
    breakdowns=("discipline", "site"),
)
def follow_up_consultations(reading: Reading, by: frozenset[str]) -> Measure:
    """Follow-up consultations.

    Direct consultations with visit type follow_up or closure. GEN05 + GEN06 = GEN01.
    Source: MSF practice.
    """
    return _of_types(reading, by, first=False)


@indicator("GEN07", _("Direct consultations divided by people attended."))
def consultations_per_person(reading: Reading, by: frozenset[str]) -> Measure:
    """Consultations per person.

    Numerator: direct consultations (GEN01); denominator: people attended (GEN03). One decimal.
    Source: MSF practice.
    """
    people = sum(reading.people.values())
    count = sum(reading.consultations("programme").values())
    return Measure(ratio(count, people), numerator=count, denominator=people)


def _sites(ids: set[Any]) -> QuerySet[Site]:
    return Site.objects.filter(pk__in=ids).order_by("code")


@indicator(
    "GEN12",
    _(
        "Locations with at least one consultation or activity in the period; remote "
        "follow-up and the centre are left out."
    ),
    behind=lambda reading: _sites(reading.active_sites),
    breakdowns=("month",),
)
def active_sites(reading: Reading, by: frozenset[str]) -> Measure:
    """Active sites in period.

    Distinct sites with at least one direct consultation or group activity in the period; site
    types remote and cai are left out. Source: MSF practice.
    """
    measure = Measure(len(reading.active_sites))
    if "month" in by:
        active = [month for pk, month in reading.site_months if pk in reading.active_sites]
        measure.by["month"] = dict(sorted(Counter(active).items()))
    return measure


@indicator(
    "GEN20",
    _("Programmes with a consultation, a group activity, a training or an outing held."),
)
def active_programmes(reading: Reading, by: frozenset[str]) -> Measure:
    """Active programmes.

    Programmes with recorded activity in the period: a signed consultation, group activity,
    training or held outing. Source: published, MdM 2020 (four programmes).
    """
    return Measure(len(reading.active_programmes))


@indicator(
    "GEN21",
    _(
        "Locations open on the last day and visited in the 30 days to it; remote "
        "follow-up and the centre are left out."
    ),
    behind=lambda reading: _sites(reading.sites_at_end),
)
def sites_at_end(reading: Reading, by: frozenset[str]) -> Measure:
    """Active sites at end of period.

    Sites open on the last day (`closed` is the last open day) with at least one direct
    consultation or group activity in the 30 days to that day; site types remote and cai are
    left out. Source: published, MSF 2025 (twelve locations).
    """
    return Measure(len(reading.sites_at_end))


def is_psychosocial(discipline: str) -> bool:
    return service_of(discipline) in ("mental_health", "social_work")
