"""PA: partner organisations, trainings, and their answers to referrals."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from partners.models import Agreement, Organisation
from reports.indicators.breakdowns import code_of
from reports.indicators.registry import (
    INDICATORS,
    Measure,
    chosen,
    each,
    indicator,
    ratio,
    share,
    tally,
)
from reports.reading import Reading
from reports.reading.allies import Ally, Given
from reports.reading.referrals import Handed
from terminology import lists

GROUPS = ("public_body", "ngo", "grassroots", "international", "other")
_ALWAYS = GROUPS[:3]
_TOPICS = {"topic": "training_topics"}


def _group(ally: Ally) -> str:
    return str(lists.get(ally.type).attributes["published_group"])


def _active(reading: Reading) -> QuerySet[Organisation]:
    ids = reading.agreements().values("organisation")
    return Organisation.objects.filter(pk__in=ids).order_by("code")


@indicator(
    "PA01",
    _("Organisations with a signed agreement whose dates overlap the period."),
    behind=_active,
    breakdowns=("published_group", "partner_type", "stage"),
    always=("published_group",),
)
def active_partners(reading: Reading, by: frozenset[str]) -> Measure:
    """Active partner organisations.

    Organisations with an agreement signed whose dates overlap the period; no stored status of
    activity is used. With programmes chosen: agreements of these programmes. Source: published,
    MdM (7 public bodies, 11 NGOs, 7 grassroots organisations).
    """
    ways = {"published_group": _group, "partner_type": lambda ally: code_of(ally.type)}
    measure = tally(each(reading.allies.values()), chosen(ways, by))
    if "published_group" in by:
        found = measure.by["published_group"]
        measure.by["published_group"] = {
            group: found.get(group, 0) for group in GROUPS if group in found or group in _ALWAYS
        }
    if "stage" in by:
        measure.by["stage"] = tally(*_stages(reading)).by["stage"]
    return measure


def _stages(reading: Reading) -> tuple[list[tuple[Any, int]], dict[str, Callable[[Any], str]]]:
    """Pairs of organisation and stage, each counted once."""
    pairs = [(ally, stage) for ally in reading.allies.values() for stage in ally.stages]
    return each(pairs), {"stage": lambda pair: code_of(pair[1])}


@indicator(
    "PA02",
    _("Signed agreements that end within 60 days after the last day of the period."),
    behind=lambda reading: Organisation.objects.filter(
        pk__in=reading.expiring().values("organisation")
    ).order_by("code"),
    breakdowns=("agreement_type",),
)
def expiring_agreements(reading: Reading, by: frozenset[str]) -> Measure:
    """Agreements expiring within 60 days.

    Signed agreements in force on the last day of the period whose end date is that day or within
    60 days after it; computed from dates. Source: own.
    """
    rows: list[Agreement] = list(reading.expiring())
    return tally(each(rows), chosen({"agreement_type": lambda a: code_of(a.agreement_type_id)}, by))


@indicator(
    "PA03",
    _("Active partner organisations by the stages of the migration process that they cover."),
    behind=lambda reading: _active(reading).filter(stages__isnull=False).distinct(),
    breakdowns=("stage", "partner_type"),
    always=("stage",),
)
def partners_by_stage(reading: Reading, by: frozenset[str]) -> Measure:
    """Partners by migration stage.

    Active partner organisations (PA01) that cover a stage; one may cover several, so that the
    stages do not add up. Source: published, MdM (several stages).
    """
    covering = [ally for ally in reading.allies.values() if ally.stages]
    measure = tally(each(covering), chosen({"partner_type": lambda a: code_of(a.type)}, by))
    if "stage" in by:
        measure.by["stage"] = tally(*_stages(reading)).by["stage"]
    return measure


def _trained(reading: Reading) -> QuerySet[Any]:
    ids = reading.trainings().values("bodies")
    return Organisation.objects.filter(pk__in=ids).order_by("code")


@indicator(
    "PA04",
    _("Different organisations trained at least once in the period, however many sessions."),
    behind=_trained,
    breakdowns=("partner_type", "topic"),
    lists=_TOPICS,
)
def bodies_trained(reading: Reading, by: frozenset[str]) -> Measure:
    """Bodies trained.

    Distinct organisations trained at least once in the period, however many sessions they had;
    by topic an organisation may stand several times. Source: published, MdM 2020 (seven local
    bodies).
    """
    bodies = {pk: kind for given in reading.given for pk, kind in given.bodies.items()}
    measure = tally(each(bodies.values()), chosen({"partner_type": code_of}, by))
    if "topic" in by:
        pairs = {(pk, t) for given in reading.given for t in given.topics for pk in given.bodies}
        measure.by["topic"] = tally(each(pairs), {"topic": lambda p: code_of(p[1])}).by["topic"]
    return measure


def _of_trainings(reading: Reading, by: frozenset[str], size: Callable[[Given], int]) -> Measure:
    """Trainings weighted by `size`; under each of their topics and each type of body."""
    told = [(given, size(given)) for given in reading.given]
    measure = tally(told, {})
    if "topic" in by:
        pairs = [((g, topic), n) for g, n in told for topic in g.topics]
        measure.by |= tally(pairs, {"topic": lambda pair: code_of(pair[1])}).by
    if "partner_type" in by:
        kinds = [((g, kind), n) for g, n in told for kind in set(g.bodies.values())]
        measure.by |= tally(kinds, {"partner_type": lambda pair: code_of(pair[1])}).by
    return measure


@indicator(
    "PA05",
    _("Training sessions given to other bodies."),
    breakdowns=("topic", "partner_type"),
    lists=_TOPICS,
)
def training_sessions(reading: Reading, by: frozenset[str]) -> Measure:
    """Training sessions.

    Training sessions of the period; one may have several topics and bodies of several types.
    Source: MdM practice.
    """
    return _of_trainings(reading, by, lambda given: 1)


@indicator(
    "PA06",
    _("Participants of the trainings of the period; a person may have come to several."),
    breakdowns=("sex", "topic", "partner_type"),
    lists=_TOPICS,
)
def people_trained(reading: Reading, by: frozenset[str]) -> Measure:
    """People trained.

    Participants of trainings, counted as heads. Source: MdM practice.
    """
    measure = _of_trainings(reading, by, lambda given: sum(given.heads.values()))
    if "sex" in by:
        heads = [(sex, n) for given in reading.given for sex, n in given.heads.items() if n]
        codes = {"unknown": "sex_unknown"}
        measure.by["sex"] = tally(heads, {"sex": lambda s: codes.get(s, s)}).by["sex"]
    return measure


@indicator(
    "PA07",
    _("Mean gain in points (0 to 100) from the test before to the one after."),
    breakdowns=("topic",),
    lists=_TOPICS,
)
def knowledge_gain(reading: Reading, by: frozenset[str]) -> Measure:
    """Knowledge gain.

    Mean of post-test minus pre-test in points of 100, weighted by the participants with both
    tests. Denominator: participants with both tests; the others are left out. Source: MdM
    practice.
    """
    tested = [given for given in reading.given if given.both_tests and _has_tests(given)]
    measure = _gain(tested)
    if "topic" in by:
        topics = sorted({topic for given in tested for topic in given.topics})
        cells = {code_of(t): _gain([g for g in tested if t in g.topics]) for t in topics}
        measure.by["topic"] = {key: cell.value or 0 for key, cell in cells.items()}
    return measure


def _has_tests(given: Given) -> bool:
    return given.before is not None and given.after is not None


def _gain(tested: list[Given]) -> Measure:
    people = sum(given.both_tests or 0 for given in tested)
    # Means are kept with one decimal: tenths are whole numbers.
    tenths = sum(
        (given.both_tests or 0) * round(((given.after or 0) - (given.before or 0)) * 10)
        for given in tested
    )
    sign = -1 if tenths < 0 else 1
    value = ratio(abs(tenths), 10 * people)
    return Measure(None if value is None else sign * value, denominator=people)


@indicator(
    "PA08",
    _("Referrals to partners answered within 7 days, of those sent at least 7 days ago."),
    behind=lambda reading: reading.cohort().filter(
        to_partner__isnull=False, answer_due=True, answered=True
    ),
    breakdowns=("partner",),
)
def response_rate(reading: Reading, by: frozenset[str]) -> Measure:
    """Partner response rate.

    Numerator: referrals of the denominator answered (decision, or arrival) within 7 days.
    Denominator: referrals sent to a partner in the period, at least 7 days before the cut-off.
    Source: own.
    """

    def partner(cell: Handed) -> str | None:
        return reading.organisations[cell.partner].code if cell.partner else None

    return share(
        reading.handed,
        lambda cell: cell.answered,
        lambda cell: cell.in_cohort and cell.external and cell.answer_due,
        chosen({"partner": partner}, by),
    )


@indicator(
    "PA09",
    _("Days that own staff worked for a partner."),
    reason=_("Days worked for a partner are not recorded yet."),
)
def staff_days(reading: Reading, by: frozenset[str]) -> Measure:
    """Staff days given to partners.

    Days of own staff worked for a partner. Source: published, MdM 2019 (medical staff made
    available).
    """
    return Measure(None, reason=INDICATORS["PA09"].reason)


@indicator(
    "PA10",
    _("Advocacy actions recorded."),
    reason=_("Advocacy actions are not recorded yet."),
)
def advocacy_actions(reading: Reading, by: frozenset[str]) -> Measure:
    """Advocacy actions.

    Advocacy actions recorded. Source: published, MdM.
    """
    return Measure(None, reason=INDICATORS["PA10"].reason)
