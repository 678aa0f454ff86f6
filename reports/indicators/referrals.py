"""RF: referrals, as a cohort by the day they were sent; how they went on, as known today."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from referrals.models import Status
from reports.indicators.breakdowns import code_of
from reports.indicators.registry import (
    Counted,
    Measure,
    chosen,
    distribution,
    indicator,
    share,
    tally,
)
from reports.reading import Reading
from reports.reading.referrals import (
    ACCEPTED,
    ARRIVED,
    CAI,
    LATE,
    MET,
    RUNS,
    STEPS,
    Handed,
)

PENDING = (Status.SUBMITTED, Status.UNDER_REVIEW, Status.INFO_REQUESTED, Status.WAITLISTED)
RECEIVED = (
    "referral_closure_outcomes:service_received",
    "referral_closure_outcomes:service_ongoing",
)
LOST = tuple(
    f"referral_closure_outcomes:{code}"
    for code in (
        "unreachable", "not_attended", "moved", "withdrawn", "detained_deported", "unknown",
    )
)  # fmt: skip
_REASONS = {"reason": "referral_reasons"}


def sent(cell: Handed) -> bool:
    """Of the cohort: submitted in the period."""
    return cell.in_cohort


def accepted(cell: Handed) -> bool:
    return cell.step >= ACCEPTED


def pending(cell: Handed) -> bool:
    """Sent, and neither accepted yet nor over."""
    return cell.in_cohort and cell.step < ACCEPTED and cell.status in PENDING


def lost(cell: Handed) -> bool:
    return cell.status == Status.CLOSED_INCOMPLETE and cell.outcome in LOST


def _ways(reading: Reading) -> dict[str, Callable[[Handed], Any]]:
    return {
        "target": lambda cell: code_of(cell.target),
        "urgency": lambda cell: cell.urgency,
        "site": lambda cell: reading.sites[cell.site].code if cell.site else None,
        "partner": lambda cell: reading.organisations[cell.partner].code if cell.partner else None,
        "outcome": lambda cell: code_of(cell.outcome) if cell.outcome else None,
        "step": lambda cell: STEPS[cell.step],
    }


def _with_reasons(
    reading: Reading, by: frozenset[str], measure: Measure, count: Callable[[Counted, Any], Measure]
) -> Measure:
    """The breakdown by reason; a referral with several stands under each."""
    if "reason" in by:
        ways = {"reason": lambda cell: code_of(cell.reason) if cell.reason else None}
        told = count(reading.handed_by_reason, ways)
        measure.by |= told.by
        measure.counts |= told.counts
    return measure


def _counted(reading: Reading, by: frozenset[str], only: Callable[[Handed], bool]) -> Measure:
    measure = tally(reading.handed, chosen(_ways(reading), by), only)
    return _with_reasons(reading, by, measure, lambda cells, ways: tally(cells, ways, only))


def _share(
    reading: Reading,
    by: frozenset[str],
    counted: Callable[[Handed], bool],
    among: Callable[[Handed], bool],
) -> Measure:
    measure = share(reading.handed, counted, among, chosen(_ways(reading), by))
    return _with_reasons(
        reading, by, measure, lambda cells, ways: share(cells, counted, among, ways)
    )


def _cohort(**conditions: Any) -> Callable[[Reading], QuerySet[Any]]:
    return lambda reading: reading.cohort().filter(**conditions)


@indicator(
    "RF01",
    _("Referrals sent in the period; drafts left out."),
    behind=_cohort(),
    breakdowns=("reason", "target", "urgency", "site"),
    lists=_REASONS,
)
def referrals_made(reading: Reading, by: frozenset[str]) -> Measure:
    """Referrals made.

    Referrals submitted in the period, on the local date of the sender; drafts left out. With
    programmes chosen: those that they sent or received. Source: MSF practice.
    """
    return _counted(reading, by, sent)


@indicator(
    "RF02",
    _("Referrals to the centre sent in the period by a programme other than a centre."),
    behind=_cohort(target=CAI, from_team=True),
    breakdowns=("site", "reason", "urgency"),
    lists=_REASONS,
)
def mobile_to_centre(reading: Reading, by: frozenset[str]) -> Measure:
    """Referrals mobile clinic to CAI.

    Referrals with target cai submitted in the period by a programme other than CAI; who came by
    themself or was sent by a partner is not in it. Source: published, MSF 2025.
    """
    return _counted(
        reading, by, lambda cell: cell.in_cohort and cell.target == CAI and cell.from_team
    )


@indicator(
    "RF03",
    _("Referrals of the period that were accepted; what waits for a decision is shown beside."),
    behind=_cohort(step__gte=ACCEPTED),
    breakdowns=("target", "reason", "urgency"),
    lists=_REASONS,
)
def accepted_share(reading: Reading, by: frozenset[str]) -> Measure:
    """Accepted.

    Numerator: referrals of the cohort accepted (also those given up later). Denominator: referrals
    submitted in the period. Beside: those that wait for a decision. Source: MSF practice.
    """
    measure = _share(reading, by, accepted, sent)
    measure.beside["pending"] = sum(n for cell, n in reading.handed if pending(cell))
    return measure


@indicator(
    "RF04",
    _("Referrals of the period that were not accepted, by reason."),
    behind=_cohort(status=Status.DECLINED),
    breakdowns=("reason",),
    lists={"reason": "referral_decline_reasons"},
)
def declined_by_reason(reading: Reading, by: frozenset[str]) -> Measure:
    """Not accepted, by reason.

    Numerator: referrals of the cohort declined, by reason. Denominator: referrals submitted in the
    period. Beside: each reason's percentage among the declined. Source: MSF practice.
    """
    ways = {"reason": lambda cell: code_of(cell.decline_reason)}
    measure = share(reading.handed, _declined, sent, {})
    told = distribution(
        reading.handed, lambda c: sent(c) and _declined(c), ways, of=measure.denominator
    )
    among = distribution(reading.handed, lambda c: sent(c) and _declined(c), ways)
    if "reason" in by:
        measure.by, measure.counts = told.by, told.counts
        measure.beside = {f"among_declined:{k}": v for k, v in among.by["reason"].items()}
    return measure


def _declined(cell: Handed) -> bool:
    return cell.status == Status.DECLINED


@indicator(
    "RF05",
    _("People who arrived, of the accepted referrals whose first appointment has passed."),
    behind=_cohort(step__gte=ARRIVED, visit_due=True),
    breakdowns=("target", "urgency"),
)
def attended(reading: Reading, by: frozenset[str]) -> Measure:
    """Attended first appointment.

    Numerator: referrals of the denominator whose person arrived. Denominator: referrals of the
    cohort accepted and whose first appointment date has passed. Source: MSF practice.
    """
    return _share(
        reading,
        by,
        lambda cell: cell.step >= ARRIVED,
        lambda cell: cell.in_cohort and accepted(cell) and cell.visit_due,
    )


@indicator(
    "RF06",
    _("Referrals at least 30 days old whose service was received or goes on."),
    behind=_cohort(grown=True, outcome__in=RECEIVED),
    breakdowns=("target", "reason"),
    lists=_REASONS,
)
def service_received(reading: Reading, by: frozenset[str]) -> Measure:
    """Service received.

    Numerator: referrals of the denominator with outcome service_received or service_ongoing.
    Denominator: referrals submitted in the period and at least 30 days before the cut-off.
    Source: MSF practice.
    """
    return _share(
        reading,
        by,
        lambda cell: cell.outcome in RECEIVED,
        lambda cell: cell.in_cohort and cell.grown,
    )


@indicator(
    "RF07",
    _("Referrals ended in the period whose sender had the answer within 7 days."),
    behind=lambda reading: reading.ended().filter(closing=MET),
    breakdowns=("target",),
)
def feedback_sent(reading: Reading, by: frozenset[str]) -> Measure:
    """Feedback sent.

    Numerator: feedback sent within 7 days of the end: of the service, or of the referral where
    there was no service. Denominator: referrals that ended in the period, whatever the outcome,
    whose 7 days have passed; those that the sender took back are left out. Source: MSF practice.
    """
    ways = chosen(_ways(reading), by)
    return share(
        reading.handed, lambda cell: cell.closing == MET, lambda cell: cell.closing != RUNS, ways
    )


@indicator(
    "RF08",
    _("Referrals decided within the time that their urgency allows; pauses left out."),
    behind=_cohort(triage=MET),
    breakdowns=("urgency", "target"),
)
def triage_in_time(reading: Reading, by: frozenset[str]) -> Measure:
    """Triage within norm.

    Numerator: triage decided within triage_hours of the urgency, paused time left out (exactly at
    the norm is within). Denominator: referrals submitted in the period whose triage clock has
    stopped by a decision or elapsed. Source: own.
    """
    return _share(
        reading,
        by,
        lambda cell: cell.triage == MET,
        lambda cell: cell.in_cohort and cell.triage in (MET, LATE),
    )


@indicator(
    "RF09",
    _("People who arrived within the time that the urgency allows after the decision."),
    behind=_cohort(contact=MET),
    breakdowns=("urgency", "target"),
)
def contact_in_time(reading: Reading, by: frozenset[str]) -> Measure:
    """First contact within norm.

    Numerator: arrived within first_contact_hours of the decision (exactly at the norm is within).
    Denominator: referrals submitted in the period, minus declined and cancelled, whose
    first-contact clock has stopped or elapsed; closed without arrival is not within. Source: own.
    """
    return _share(
        reading,
        by,
        lambda cell: cell.contact == MET,
        lambda cell: cell.in_cohort and cell.contact in (MET, LATE),
    )


@indicator(
    "RF10",
    _("Median of the days from sending to the arrival of the person."),
    behind=_cohort(step__gte=ARRIVED),
    breakdowns=("urgency", "target"),
)
def days_to_contact(reading: Reading, by: frozenset[str]) -> Measure:
    """Median days to first contact.

    Median of the days from submission to arrival, over the referrals of the cohort whose person
    arrived; those who did not are left out. One decimal. Source: own.
    """
    spans = reading.spans
    value, size = spans.get(("contact", ""), (None, 0))
    measure = Measure(value, denominator=size)
    for name in ("urgency", "target"):
        if name in by:
            found = {
                code_of(category): told
                for (what, category), told in sorted(spans.items())
                if what == f"contact/{name}"
            }
            measure.by[name] = {key: median for key, (median, _n) in found.items()}
            measure.counts[name] = {key: (n, n) for key, (_median, n) in found.items()}
    return measure


@indicator(
    "RF11",
    _("Referrals of the period closed because the person was lost on the way."),
    behind=_cohort(status=Status.CLOSED_INCOMPLETE, outcome__in=LOST),
    breakdowns=("step", "target", "outcome"),
    lists={"outcome": "referral_closure_outcomes"},
)
def lost_on_the_way(reading: Reading, by: frozenset[str]) -> Measure:
    """Lost in the cascade.

    Numerator: referrals of the cohort closed unreachable, not_attended, moved, withdrawn,
    detained_deported or unknown. Denominator: referrals submitted in the period; by step (the
    furthest reached) and by outcome the share of all that were sent. Source: own.
    """
    ways = _ways(reading)
    measure = share(reading.handed, lost, sent, chosen({"target": ways["target"]}, by))
    told = distribution(
        reading.handed,
        lambda cell: sent(cell) and lost(cell),
        chosen({name: ways[name] for name in ("step", "outcome")}, by),
        of=measure.denominator,
    )
    measure.by |= told.by
    measure.counts |= told.counts
    return measure


@indicator(
    "RF12",
    _("Referrals to partners with data and with the person's consent for that partner."),
    behind=_cohort(shared=True, consented=True),
    breakdowns=("partner",),
)
def consent_recorded(reading: Reading, by: frozenset[str]) -> Measure:
    """External referrals with recorded consent.

    Numerator: external referrals with a valid consent to share with that partner at sending.
    Denominator: external referrals that shared data, submitted in the period (without consent only
    where life was in danger). Source: ICRC, LFPDPPP.
    """
    return _share(
        reading,
        by,
        lambda cell: cell.consented,
        lambda cell: cell.in_cohort and cell.shared,
    )


def span(reading: Reading, step: str) -> tuple[float | None, int]:
    """Median days of a step since the one before, and of how many referrals."""
    return reading.spans.get((step, ""), (None, 0))
