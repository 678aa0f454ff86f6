"""The funnel of referrals: how far those of the period came, and where people were lost."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from referrals.models import Status
from reports.indicators.breakdowns import code_of
from reports.reading import Reading
from reports.reading.referrals import SENT, STEPS, Handed

CANCELLED = "cancelled"
ENDED = (Status.DECLINED, Status.CLOSED_INCOMPLETE, Status.CANCELLED)


@dataclass
class Step:
    """`reached` counts who came to this step or beyond it; `lost` those who ended here without
    the next one, by reason; `waiting` who are here now. `days` is the median from the step before
    (None where nobody made both), over `timed` referrals."""

    name: str
    reached: int = 0
    waiting: int = 0
    lost: int = 0
    lost_by: Counter[str] = field(default_factory=Counter)
    targets: Counter[str] = field(default_factory=Counter)
    days: float | None = None
    timed: int = 0


def funnel(reading: Reading) -> list[Step]:
    """Sent, accepted, appointment, arrived, service, feedback.

    Of the referrals submitted in the period. A step is passed when it or one beyond it was
    reached, so that somebody who comes without an appointment is not lost there. Keys of `lost_by`
    are those of `referral_decline_reasons` and `referral_closure_outcomes`, and `cancelled`.
    """
    steps = [Step(name) for name in STEPS]
    for cell, count in reading.handed:
        if not cell.in_cohort:
            continue
        for step in steps[: cell.step + 1]:
            step.reached += count
            step.targets[code_of(cell.target)] += count
        here = steps[cell.step]
        if cell.status in ENDED:
            here.lost += count
            here.lost_by[_why(cell)] += count
        elif cell.step < len(STEPS) - 1:
            here.waiting += count
    for step in steps[SENT + 1 :]:
        step.days, step.timed = reading.spans.get((step.name, ""), (None, 0))
    return steps


def _why(cell: Handed) -> str:
    if cell.status == Status.CANCELLED:
        return CANCELLED
    return str(cell.decline_reason if cell.status == Status.DECLINED else cell.outcome)


def at_step(reading: Reading, step: str, *, lost: bool) -> Any:
    """The referrals that reached a step, or those that ended at it."""
    place = STEPS.index(step)
    if lost:
        return reading.cohort().filter(step=place, status__in=ENDED)
    return reading.cohort().filter(step__gte=place)


def document(
    steps: list[Step], cell: Callable[[int], Any] = lambda count: count
) -> list[dict[str, Any]]:
    """The funnel as JSON; `cell` shows a count of a breakdown as its reader may see it."""
    return [
        {
            "step": step.name,
            "reached": step.reached,
            "waiting": step.waiting,
            "lost": step.lost,
            "lost_by": {why: cell(count) for why, count in step.lost_by.most_common()},
            "by": {"target": {key: cell(n) for key, n in sorted(step.targets.items())}},
            "median_days": step.days,
            "timed": step.timed,
        }
        for step in steps
    ]
