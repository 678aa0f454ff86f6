from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from consultations.models import VitalSigns

_DECIMAL = frozenset(("temperature", "weight", "height"))


def build_vitals(
    vitals: Mapping[str, Any],
    *,
    visit_id: UUID,
    patient_id: UUID,
    taken_by_id: Any,
    taken_at: datetime,
) -> VitalSigns:
    """One measurement of a visit, at triage or in a consultation; not yet saved."""
    values = {
        sign: vitals[sign] if sign in _DECIMAL else int(vitals[sign])
        for sign in VitalSigns.MEASURES
        if sign in vitals and sign != "oedema"
    }
    return VitalSigns(
        visit_id=visit_id,
        patient_id=patient_id,
        taken_by_id=taken_by_id,
        taken_at=taken_at,
        oedema_id=vitals.get("oedema"),
        confirmed=list(vitals.get("confirmed", ())),
        **values,
    )
