"""CA: admissions, exits and what changed, out of the stays at the centre."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from consultations.models import Episode
from reports.indicators.breakdowns import age_band, code_of, in_order
from reports.indicators.centre import of_a_centre
from reports.indicators.registry import (
    Measure,
    chosen,
    distribution,
    each,
    indicator,
    middle,
    percent,
    share,
    tally,
)
from reports.reading import Reading
from reports.reading.stays import Stay
from terminology import lists

PLAN_DAYS = 30
FIRST_REVIEW_DAYS, REVIEW_DAYS = 30, 60
APART_DAYS = 28
_WELL_PLANNED = ("care_plan_goal_status:achieved", "care_plan_goal_status:partly_achieved")
_OUTCOMES = {"outcome": "cai_discharge_outcomes"}
_NOT_RELEVANT = "care_plan_goal_status:not_relevant"
_DIED = "cai_discharge_outcomes:died"
_LOST = "cai_discharge_outcomes:lost_followup"


def _ways(reading: Reading) -> dict[str, Callable[[Stay], Any]]:
    return {
        "sex": lambda stay: stay.sex,
        "age": lambda stay: age_band(stay.age),
        "nationality": lambda stay: code_of(stay.nationality),
        "programme": lambda stay: reading.programme_codes[stay.programme],
        "outcome": lambda stay: code_of(stay.outcome),
        "urgency": lambda stay: stay.urgency,
        "source": lambda stay: stay.origin or "none",
        "diagnosis": lambda stay: code_of(stay.diagnosis) if stay.diagnosis else None,
        "visit_type": lambda stay: "readmission" if stay.is_readmission else "first",
        "month": lambda stay: f"{stay.admitted_on:%Y-%m}",
    }


def _behind(which: Callable[[Reading], list[Stay]]) -> Callable[[Reading], QuerySet[Any]]:
    def rows(reading: Reading) -> QuerySet[Any]:
        return Episode.objects.filter(pk__in=[stay.pk for stay in which(reading)])

    return rows


def success(stay: Stay) -> str:
    """yes, no or neutral: what the outcome says of the exit."""
    return str(lists.get(str(stay.outcome)).attributes["success"])


@indicator(
    "CA04",
    _("Stays admitted by the last day of the period and not closed by it."),
    behind=_behind(lambda reading: reading.active),
    breakdowns=("sex", "age", "nationality"),
)
@of_a_centre
def active_file(reading: Reading, by: frozenset[str]) -> Measure:
    """Active file at end of period.

    Episodes admitted on or before the last day and not closed on or before it; the age at the
    person's last consultation at the centre. Source: MSF (30 to 50 patients).
    """
    measure = tally(each(reading.active), chosen(_ways(reading), by))
    measure.by = {name: in_order(name, cells) for name, cells in measure.by.items()}
    return measure


@indicator(
    "CA05",
    _("Stays opened in the period; readmissions apart by visit type."),
    behind=_behind(lambda reading: reading.admissions),
    breakdowns=("source", "reason", "nationality", "month", "visit_type"),
    lists={"reason": "referral_reasons"},
)
@of_a_centre
def admissions(reading: Reading, by: frozenset[str]) -> Measure:
    """Admissions.

    Episodes opened in the period; readmissions apart (visit type). By source: who referred; by
    reason: those of the referral, several for one admission. Source: MSF (40 a quarter in 2024).
    """
    measure = tally(each(reading.admissions), chosen(_ways(reading), by))
    if "reason" in by:
        reasons = tally(each(reading.reasons_of_admissions), {"reason": lambda r: code_of(r[1])})
        measure.by |= reasons.by
    return measure


@indicator(
    "CA06",
    _("Each outcome's part of the stays closed in the period."),
    behind=_behind(lambda reading: reading.exits),
    breakdowns=("outcome",),
    always=("outcome",),
    lists=_OUTCOMES,
)
@of_a_centre
def exits_by_type(reading: Reading, by: frozenset[str]) -> Measure:
    """Exits by type.

    Numerator: exits with the outcome; denominator: episodes closed in the period.
    Source: MSF practice.
    """
    return distribution(each(reading.exits), lambda _: True, chosen(_ways(reading), by))


@indicator(
    "CA07",
    _("Exits with success, of those that could have had it; deaths and neutral exits left out."),
    behind=_behind(lambda reading: [s for s in reading.exits if success(s) == "yes"]),
    breakdowns=("programme",),
)
@of_a_centre
def successful_exits(reading: Reading, by: frozenset[str]) -> Measure:
    """Successful exits.

    Numerator: exits with an outcome whose success is yes. Denominator: exits whose outcome has
    success yes or no, died left out. Source: MSF practice.
    """
    return share(
        each(reading.exits),
        lambda stay: success(stay) == "yes",
        lambda stay: success(stay) in ("yes", "no") and stay.outcome != _DIED,
        chosen(_ways(reading), by),
    )


@indicator(
    "CA08",
    _("Exits by loss of contact, of all exits of the period."),
    behind=_behind(lambda reading: [s for s in reading.exits if s.outcome == _LOST]),
    breakdowns=("sex", "nationality"),
)
@of_a_centre
def lost_to_follow_up(reading: Reading, by: frozenset[str]) -> Measure:
    """Lost to follow-up.

    Numerator: exits with outcome lost_followup. Denominator: exits in the period.
    Source: MSF practice.
    """
    return share(
        each(reading.exits),
        lambda stay: stay.outcome == _LOST,
        lambda _: True,
        chosen(_ways(reading), by),
    )


# -- Retention -------------------------------------------------------------------------------------
def stayed(stay: Stay, length: int) -> bool:
    """Still in care when so many days had passed, or gone before with success."""
    day = stay.admitted_on + timedelta(days=length)
    return stay.closed_on is None or stay.closed_on >= day or success(stay) == "yes"


def censored(stay: Stay, length: int) -> bool:
    """Gone before that day by a neutral exit: says nothing about retention."""
    day = stay.admitted_on + timedelta(days=length)
    return stay.closed_on is not None and stay.closed_on < day and success(stay) == "neutral"


def _retention(reading: Reading, by: frozenset[str], length: int) -> Measure:
    latest = reading.today - timedelta(days=length)
    return share(
        each(reading.admissions),
        lambda stay: stayed(stay, length),
        lambda stay: stay.admitted_on <= latest and not censored(stay, length),
        chosen(_ways(reading), by),
    )


@indicator(
    "CA09",
    _("Still in care, or gone with success, 90 days after admission; neutral exits left out."),
    breakdowns=("month",),
)
@of_a_centre
def retention_at_3_months(reading: Reading, by: frozenset[str]) -> Measure:
    """Retention at 3 months.

    Numerator: people of the denominator still in care or exited with success yes 90 days after
    admission (an exit on day 90 or later was in care for 90 days). Denominator: admissions of the
    period whose 90 days have passed, by month of admission; neutral exits before day 90 (moved,
    transferred, hospital, programme closed) are censored. Source: cohort practice.
    """
    return _retention(reading, by, 90)


@indicator(
    "CA10",
    _("Still in care, or gone with success, 180 days after admission; neutral exits left out."),
    breakdowns=("month",),
)
@of_a_centre
def retention_at_6_months(reading: Reading, by: frozenset[str]) -> Measure:
    """Retention at 6 months.

    Numerator: people of the denominator still in care or exited with success yes 180 days after
    admission. Denominator: admissions of the period whose 180 days have passed, by month of
    admission; neutral exits before day 180 are censored. Source: cohort practice.
    """
    return _retention(reading, by, 180)


@indicator(
    "CA11",
    _("Median of the days from admission to exit, of the exits of the period."),
    behind=_behind(lambda reading: reading.exits),
    breakdowns=("outcome",),
    lists=_OUTCOMES,
)
@of_a_centre
def length_of_care(reading: Reading, by: frozenset[str]) -> Measure:
    """Median length of care.

    Median of the days from admission to exit over the exits in the period; who is still in care
    is left out. Source: MSF (3 to 6 months).
    """

    def length(stay: Stay) -> int:
        return (stay.closed_on - stay.admitted_on).days if stay.closed_on else 0

    return middle(reading.exits, length, chosen(_ways(reading), by))


# -- The active file, how it is cared for ----------------------------------------------------------
@indicator(
    "CA12",
    _(
        "People in care for 30 days or more who were seen by three groups of disciplines or more "
        "in the last 90 days."
    ),
    breakdowns=("programme",),
)
@of_a_centre
def three_groups(reading: Reading, by: frozenset[str]) -> Measure:
    """People seen by 3 or more discipline groups.

    Numerator: people of the denominator with consultations at the centre in 3 or more discipline
    groups in the 90 days to the end of the period (psychology with psychiatry and medical with
    nursing are one group each). Denominator: active file at the end of the period with at least
    30 days of care. Source: published, MSF 2025 (integrated approach).
    """
    latest = reading.scope.end - timedelta(days=30)
    return share(
        each(reading.active),
        lambda stay: len(reading.groups.get((stay.programme, stay.person), ())) >= 3,
        lambda stay: stay.admitted_on <= latest,
        chosen(_ways(reading), by),
    )


@indicator(
    "CA13",
    _("Admissions with a plan of care signed within 30 days."),
    breakdowns=("programme",),
)
@of_a_centre
def planned_in_time(reading: Reading, by: frozenset[str]) -> Measure:
    """Care plan in 30 days.

    Numerator: admissions of the denominator with a plan signed within 30 days. Denominator:
    admissions of the period at least 30 days before the cut-off. Source: own.
    """
    within = timedelta(days=PLAN_DAYS)
    return share(
        each(reading.admissions),
        lambda stay: stay.planned_on is not None and stay.planned_on <= stay.admitted_on + within,
        lambda stay: stay.admitted_on <= reading.today - within,
        chosen(_ways(reading), by),
    )


@indicator(
    "CA14",
    _("People in care for more than 30 days whose case reviews are up to date."),
    breakdowns=("programme",),
)
@of_a_centre
def reviewed_in_time(reading: Reading, by: frozenset[str]) -> Measure:
    """Case review up to date.

    Numerator: people of the denominator with a first review within 30 days of admission and the
    last review within 60 days before the end of the period. Denominator: active file at the end of
    the period with more than 30 days of care. Source: own.
    """
    end = reading.scope.end

    def up_to_date(stay: Stay) -> bool:
        if stay.first_review is None or stay.last_review is None:
            return False
        first = stay.first_review <= stay.admitted_on + timedelta(days=FIRST_REVIEW_DAYS)
        return first and stay.last_review >= end - timedelta(days=REVIEW_DAYS)

    return share(
        each(reading.active),
        up_to_date,
        lambda stay: stay.admitted_on < end - timedelta(days=30),
        chosen(_ways(reading), by),
    )


@indicator(
    "CA15",
    _("Goals achieved, in part or whole, of people who left in the period."),
    breakdowns=("domain",),
)
@of_a_centre
def goals_achieved(reading: Reading, by: frozenset[str]) -> Measure:
    """Care-plan goals achieved.

    Numerator: goals achieved or partly_achieved. Denominator: goals of people who exited in the
    period, not_relevant left out. Source: own.
    """
    return share(
        [(row, row[-1]) for row in reading.goals],
        lambda row: row[1] in _WELL_PLANNED,
        lambda row: row[1] != _NOT_RELEVANT,
        chosen({"domain": lambda row: code_of(row[0])}, by),
    )


# -- What changed ----------------------------------------------------------------------------------
@indicator(
    "CA17",
    _(
        "People whose functioning (0 to 10) rose by two points or more between two ratings at "
        "least 28 days apart."
    ),
    breakdowns=("programme",),
)
@of_a_centre
def functioning_improved(reading: Reading, by: frozenset[str]) -> Measure:
    """Functioning improvement.

    Numerator: people of the denominator whose last functioning is 2 points or more above the
    first. Denominator: people with two ratings in the episode at least 28 days apart, the last in
    the period. Source: own.
    """
    scores = {
        stay: score for (stay, scale), score in reading.scores.items() if scale == "functioning"
    }

    def rated_twice(stay: Stay) -> bool:
        score = scores.get(stay.pk)
        if score is None or score.last_on < reading.scope.start:
            return False
        return (score.last_on - score.first_on).days >= APART_DAYS

    return share(
        each(reading.stays),
        lambda stay: scores[stay.pk].last >= scores[stay.pk].first + 2,
        rated_twice,
        chosen(_ways(reading), by),
    )


def improved(scale: str, first: int, last: int) -> bool:
    """PCL-5 down 15 points or more (reliable change), PHQ-9 down by half or more, CGI-I 1 or 2."""
    if scale == "pcl5":
        return first - last >= 15
    if scale == "phq9":
        return first > 0 and 2 * last <= first
    return last in (1, 2)


@indicator(
    "CA18",
    _("Exits improved by PCL-5, PHQ-9 or CGI-I, of those scored; one share for each scale."),
    breakdowns=("scale",),
    always=("scale",),
)
@of_a_centre
def improved_at_exit(reading: Reading, by: frozenset[str]) -> Measure:
    """Outcome improvement at exit.

    Numerator: improved at exit by scale: PCL-5 down 15 or more, PHQ-9 down 50 percent, CGI-I 1 or
    2. Denominator: exits with that scale scored twice (CGI-I once); one denominator per scale, no
    common value. Source: MSF practice.
    """
    left = {stay.pk for stay in reading.exits}
    pairs = [
        (scale, score)
        for (stay, scale), score in sorted(reading.scores.items(), key=str)
        if stay in left and scale != "functioning"
    ]
    measure = share(
        each([(scale, score) for scale, score in pairs if scale == "cgi_i" or score.twice]),
        lambda row: improved(row[0], row[1].first, row[1].last),
        lambda _: True,
        {"scale": lambda row: row[0]},
    )
    return Measure(None, by=measure.by, counts=measure.counts)


# -- How people come -------------------------------------------------------------------------------
@indicator(
    "CA19",
    _("Median of the days from sending the referral to admission."),
    behind=_behind(lambda reading: [s for s in reading.admissions if s.sent_on]),
    breakdowns=("urgency",),
)
@of_a_centre
def waiting_for_admission(reading: Reading, by: frozenset[str]) -> Measure:
    """Median waiting time to admission.

    Median of the days from submission of the referral to admission, over the admissions in the
    period with a referral; those without one are left out. Source: own.
    """
    rows = [stay for stay in reading.admissions if stay.sent_on is not None]
    return middle(
        rows, lambda stay: (stay.admitted_on - stay.sent_on).days, chosen(_ways(reading), by)
    )


@indicator(
    "CA20",
    _("Each diagnosis' part of the admissions with one within 30 days."),
    breakdowns=("diagnosis",),
    always=("diagnosis",),
    lists={"diagnosis": "mh_diagnoses"},
)
@of_a_centre
def admissions_by_diagnosis(reading: Reading, by: frozenset[str]) -> Measure:
    """Admissions by diagnosis.

    Numerator: admissions whose last main diagnosis within 30 days is the diagnosis. Denominator:
    admissions in the period with a main diagnosis of mental health other than no_diagnosis within
    30 days. Source: CAI 2025 (PTSD 48, depression 39 percent).
    """
    return distribution(
        each(reading.admissions),
        lambda stay: stay.diagnosis is not None,
        chosen(_ways(reading), by),
    )


@indicator(
    "CA26",
    _("Mean satisfaction, 0 to 10, of those who left in the period and answered."),
    breakdowns=("programme",),
)
@of_a_centre
def satisfaction(reading: Reading, by: frozenset[str]) -> Measure:
    """Satisfaction at exit.

    Mean of satisfaction 0 to 10 over exits in the period with an answer; who did not answer is
    left out. Numerator: sum of the answers; denominator: how many. Source: own.
    """
    told = [stay for stay in reading.exits if stay.satisfaction is not None]
    measure = mean([stay.satisfaction or 0 for stay in told])
    if "programme" in by:
        found: dict[str, list[int]] = {}
        for stay in told:
            code = reading.programme_codes[stay.programme]
            found.setdefault(code, []).append(stay.satisfaction or 0)
        measure.by["programme"] = {k: mean(vs).value or 0 for k, vs in sorted(found.items())}
        measure.counts["programme"] = {k: (len(vs), len(vs)) for k, vs in sorted(found.items())}
    return measure


def mean(values: list[int]) -> Measure:
    total = percent(sum(values), 100 * len(values))
    return Measure(total, numerator=sum(values), denominator=len(values))
