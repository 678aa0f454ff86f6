from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from consultations.models import Consultation, Need, NeedStep
from terminology import lists


@dataclass
class Needs:
    opened: list[Need] = field(default_factory=list)
    steps: list[NeedStep] = field(default_factory=list)
    closed: list[Need] = field(default_factory=list)  # existing ones, to be updated


def build_needs(
    header: Consultation, lines: Iterable[Mapping[str, Any]], open_needs: Mapping[str, Need]
) -> Needs:
    """Steps taken for needs: each serves an open need or opens one; a closing outcome ends it."""
    built = Needs()
    for position, line in enumerate(lines):
        existing = open_needs.get(line["need"])
        need = existing or Need(
            patient_id=header.patient_id,
            programme_id=header.programme_id,
            need_id=line["need"],
            opened_on=header.local_date,
        )
        if lists.get(line["outcome"]).flag("closed"):
            # A late entry may tell of a day before a need was opened.
            need.closed_on = max(header.local_date, need.opened_on)
            need.outcome_id = line["outcome"]
            if existing:
                built.closed.append(existing)
        if not existing:
            built.opened.append(need)
        built.steps.append(_step(header, need, line, position))
    return built


def _step(header: Consultation, need: Need, line: Mapping[str, Any], position: int) -> NeedStep:
    return NeedStep(
        need_id=need.pk,
        consultation_id=header.pk,
        action_id=line["action"],
        partner_id=line.get("partner"),
        outcome_id=line["outcome"],
        position=position,
    )
