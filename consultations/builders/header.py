from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.crypto import Key
from consultations.models import Consultation


def build_header(
    payload: Mapping[str, Any],
    key: Key,
    *,
    id: UUID,
    patient_id: UUID,
    visit_id: UUID,
    outing_id: UUID,
    programme_id: UUID,
    site_id: UUID,
    professional_id: Any,
    discipline: str,
    local_date: date,
    age_years: int | None,
    started_at: datetime,
    signed_at: datetime,
    minutes: int | None = None,
    episode_id: UUID | None = None,
    mark: str = "",
) -> Consultation:
    """The header of a consultation, not yet saved. `key` is the person's narrative key."""
    header = Consultation(
        id=id,
        patient_id=patient_id,
        visit_id=visit_id,
        outing_id=outing_id,
        programme_id=programme_id,
        site_id=site_id,
        episode_id=episode_id,
        professional_id=professional_id,
        discipline=discipline,
        visit_type=payload["visit_type"],
        mode_id=payload["mode"],
        mediation_id=payload.get("mediation"),
        local_date=local_date,
        age_years=age_years,
        started_at=started_at,
        signed_at=signed_at,
        minutes=minutes,
        late_reason_id=payload.get("late_reason"),
        paper_folio=payload.get("paper_folio", ""),
        treatment_consent_id=payload["treatment_consent"],
        consent_giver_id=payload.get("consent_giver"),
        mark=mark,
    )
    header.seal(key, consent_reason=payload.get("consent_reason", ""))
    return header
