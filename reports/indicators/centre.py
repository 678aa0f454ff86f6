"""CA: the comprehensive care centre, people and consultations, attendance, calls."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from consultations.models import Appointment, Consultation
from consultations.queries.episodes import add_months
from reports.indicators.breakdowns import code_of, of_consultations, of_people
from reports.indicators.registry import (
    INDICATORS,
    Measure,
    chosen,
    distribution,
    indicator,
    middle,
    ratio,
    share,
    tally,
)
from reports.reading import Cells, Reading
from reports.reading.sql import DAY, micros
from reports.reading.stays import OFFERED, Expected

NO_CENTRE = _("No care centre among the programmes asked for.")
_STATE = Appointment.State
CALL_MONTHS, CALL_DAYS = (1, 3, 6), 15
Compute = Callable[[Reading, frozenset[str]], Measure]


def of_a_centre(compute: Compute) -> Compute:
    """The figure, or no value and the reason where the scope has no centre."""

    def computed(reading: Reading, by: frozenset[str]) -> Measure:
        return compute(reading, by) if reading.centres else Measure(None, reason=NO_CENTRE)

    computed.__doc__, computed.__name__ = compute.__doc__, compute.__name__
    return computed


def _consultations(reading: Reading) -> QuerySet[Consultation]:
    return reading.direct().filter(programme__in=reading.centre_ids)


@indicator(
    "CA01",
    _("Signed direct consultations at the comprehensive care centre."),
    behind=_consultations,
    breakdowns=("discipline", "month", "sex"),
)
@of_a_centre
def centre_consultations(reading: Reading, by: frozenset[str]) -> Measure:
    """CAI consultations.

    Signed direct consultations in programmes of the kind centre. Source: published, MSF 2025
    (4,250 January to October).
    """
    cells = reading.consultations("programme")
    wanted = [name for name in ("discipline", "month", "sex") if name in by]
    centres = set(reading.centre_ids)
    return Measure(
        sum(cells[(centre,)] for centre in centres),
        by=of_consultations(reading, wanted, lambda programme, _d: programme in centres),
    )


def _treated(reading: Reading) -> tuple[Cells, int]:
    """People in care by (sex, nationality, age), and how many were seen without being in care."""
    cells = reading.people_at_centres
    treated = Cells({tuple(who): n for (*who, in_care), n in cells.items() if in_care})
    return treated, sum(cells.values()) - sum(treated.values())


@indicator(
    "CA02",
    _(
        "Different people with an episode of care and at least one consultation at the "
        "centre in the period."
    ),
    behind=lambda reading: reading.persons(reading.of_people_in_care()),
    counts_people=True,
    breakdowns=("sex", "age", "nationality"),
)
@of_a_centre
def people_treated(reading: Reading, by: frozenset[str]) -> Measure:
    """People treated at CAI.

    Distinct people with an episode of care (admitted by the end of the period) and at least one
    signed CAI consultation in the period. The episode may stand on one record of the person and
    the consultation on another that was merged with it. People seen and not admitted are shown
    beside, not in the figure. Source: published, MSF 2025 (110 January to October).
    """
    people, others = _treated(reading)
    return Measure(sum(people.values()), by=of_people(people, by), beside={"not_admitted": others})


@indicator("CA03", _("Consultations at the centre divided by the people treated there."))
@of_a_centre
def consultations_per_person(reading: Reading, by: frozenset[str]) -> Measure:
    """CAI consultations per person.

    Numerator: CA01; denominator: CA02. One decimal. Source: published, MSF 2025 (38.6).
    """
    cells = reading.consultations("programme")
    consultations = sum(cells[(centre,)] for centre in reading.centre_ids)
    people = sum(_treated(reading)[0].values())
    return Measure(ratio(consultations, people), numerator=consultations, denominator=people)


# -- Appointments and hours ------------------------------------------------------------------------
@indicator(
    "CA16",
    _("Appointments kept, of those due in the period; those that the team cancelled left out."),
    breakdowns=("discipline", "reason"),
    lists={"reason": "missed_appointment_reasons"},
)
@of_a_centre
def attendance(reading: Reading, by: frozenset[str]) -> Measure:
    """Attendance.

    Numerator: appointments attended. Denominator: appointments of the centre due in the period
    (their day has come), those cancelled by the team left out. By reason: the share of the
    appointments due that were missed for it. Source: MSF practice.
    """
    due = [(row, row.n) for row in reading.expected if _is_due(reading, row)]
    measure = share(
        due,
        lambda row: row.state == _STATE.ATTENDED,
        lambda row: True,
        chosen({"discipline": lambda row: row.discipline}, by),
    )
    if "reason" in by:
        missed = distribution(
            due,
            lambda row: row.state == _STATE.MISSED and row.reason is not None,
            {"reason": lambda row: code_of(row.reason)},
            of=measure.denominator,
        )
        measure.by |= missed.by
        measure.counts |= missed.counts
    return measure


def _is_due(reading: Reading, row: Expected) -> bool:
    """An appointment whose day has come, and that the team did not cancel."""
    if row.state in (OFFERED, _STATE.CANCELLED_BY_TEAM):
        return False
    return row.state != _STATE.BOOKED or row.day < reading.today


@indicator(
    "CA21",
    _("Places in the centre's hours that somebody who came has used, of all that were offered."),
    breakdowns=("discipline", "month"),
)
@of_a_centre
def slots_used(reading: Reading, by: frozenset[str]) -> Measure:
    """CAI slots used.

    Numerator: places of slots used for a person who attended. Denominator: places of the slots
    offered for dates in the period (withdrawn hours that nobody had taken left out).
    Source: own.
    """
    offered = used = 0
    ways: dict[str, Callable[[Expected], str]] = {
        "discipline": lambda row: row.discipline,
        "month": lambda row: f"{row.day:%Y-%m}",
    }
    cells: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in ways if name in by}
    for row in reading.expected:
        places = row.n if row.state == OFFERED else 0
        people = row.in_slot if row.state == _STATE.ATTENDED else 0
        offered, used = offered + places, used + people
        for name, found in cells.items():
            n, d = found.get(ways[name](row), (0, 0))
            found[ways[name](row)] = (n + people, d + places)
    return share_of_sums(used, offered, cells)


def share_of_sums(n: int, d: int, cells: dict[str, dict[str, tuple[int, int]]]) -> Measure:
    measure = Measure(ratio(n * 100, d), n, d)
    for name, found in cells.items():
        measure.counts[name] = dict(sorted(found.items()))
        measure.by[name] = {k: ratio(a * 100, b) or 0.0 for k, (a, b) in sorted(found.items())}
    return measure


# -- The waiting list ------------------------------------------------------------------------------
@indicator(
    "CA22",
    _("People whose referral to the centre stood on the waiting list at the end of the last day."),
    breakdowns=("urgency", "language"),
)
@of_a_centre
def waiting_list(reading: Reading, by: frozenset[str]) -> Measure:
    """People on the CAI waiting list.

    Distinct people with a referral to the centre in state waitlisted at the end of the last day of
    the period (of today, where the period is not over), read from the moves. Source: own.
    """
    people = {w.person: w for w in reading.waiting if w.until is None}
    ways = {"urgency": lambda w: w.urgency, "language": lambda w: code_of(w.language)}
    return tally([(w, 1) for w in people.values()], chosen(ways, by))


@indicator(
    "CA23",
    _("Median of the days on the centre's waiting list, of referrals that left it in the period."),
    breakdowns=("urgency",),
)
@of_a_centre
def waiting_days(reading: Reading, by: frozenset[str]) -> Measure:
    """Median days on the CAI waiting list.

    Median of the days in state waitlisted of referrals to the centre that left the list in the
    period; two times on the list of one referral are added up. Who still waits is left out.
    Source: own.
    """
    begins = reading.midnight(reading.scope.start)
    spent: dict[Any, float] = {}
    left: dict[Any, Any] = {}
    for time in reading.waiting:
        if time.until is None:
            spent.pop(time.referral, None)
            left.pop(time.referral, None)
            continue
        spent[time.referral] = spent.get(time.referral, 0) + micros(time.until) - micros(time.since)
        left[time.referral] = time
    rows = [(time, spent[pk]) for pk, time in left.items() if time.until >= begins]
    ways = {"urgency": lambda row: row[0].urgency}
    return middle(rows, lambda row: row[1] / DAY, chosen(ways, by))


@indicator(
    "CA24",
    _("People who accepted the centre, of those to whom it was offered."),
    reason=_("The offer of the centre and the person's answer are not recorded yet."),
)
def offered_and_accepted(reading: Reading, by: frozenset[str]) -> Measure:
    """CAI offered and accepted.

    Numerator: people of the denominator who accepted; refused and undecided beside. Denominator:
    people to whom the CAI was offered in the period. Source: own.
    """
    return Measure(None, reason=INDICATORS["CA24"].reason)


# -- After the exit --------------------------------------------------------------------------------
@indicator(
    "CA25",
    _(
        "Calls answered within 15 days of 1, 3 or 6 months after the exit, of the exits whose "
        "month fell in the period and who agreed to be called."
    ),
    breakdowns=("timing", "outcome"),
    always=("timing",),
    lists={"outcome": "contact_outcomes"},
)
@of_a_centre
def calls_after_exit(reading: Reading, by: frozenset[str]) -> Measure:
    """Follow-up calls made after exit.

    Numerator: calls answered within 15 days of 1, 3 or 6 months after the exit. Denominator: exits
    whose 1, 3 or 6 months fell in the period (until today), with consent to be contacted. Each of
    the three apart. Source: own.
    """
    exits: dict[Any, date] = {}
    answered: dict[tuple[Any, int], tuple[date, str]] = {}
    for stay, closed_on, months, called_on, outcome in reading.exits_to_call:
        exits[stay] = closed_on
        if months is not None and called_on is not None:
            answered[stay, months] = (called_on, outcome or "")
    last = min(reading.scope.end, reading.today)
    due: list[tuple[str, str | None]] = []
    for stay, closed_on in exits.items():
        for months in CALL_MONTHS:
            day = add_months(closed_on, months)
            if reading.scope.start <= day <= last:
                call = answered.get((stay, months))
                in_time = call is not None and abs((call[0] - day).days) <= CALL_DAYS
                due.append((f"{months}_months", code_of(call[1]) if call and in_time else None))
    measure = share(
        [(row, 1) for row in due],
        lambda row: row[1] is not None,
        lambda row: True,
        chosen({"timing": lambda row: row[0]}, by),
    )
    measure.value = None  # each apart
    measure.numerator = None
    if "outcome" in by:
        told = distribution([(row, 1) for row in due], lambda _: True, {"outcome": lambda r: r[1]})
        measure.by |= told.by
        measure.counts |= told.counts
    return measure
