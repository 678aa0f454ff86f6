"""What is asked when a person is referred, clean: the shape in which forms reach the services."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Programme
from consultations.models import Consultation
from partners.models import Organisation, Service, Site
from patients.models import Identity, Patient
from referrals.models import Origin
from referrals.rules import Event, code


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Values of lists are concept keys. The receiver is a programme of ours, or a partner with
    the service asked for where it is known.

    `from_programme` is None only where the person came by themself or a partner sent them: the
    receiving programme then holds both sides. `alternative` is the service open at all hours that
    was offered too, `alternative_note` why there is none.
    """

    patient: Patient
    target: str
    reasons: tuple[str, ...]
    urgency: str  # code
    summary: str
    risk_now: str
    language: str
    contacts: tuple[str, ...] = ()
    data_scope: str = "data_scopes:minimum"
    to_programme: Programme | None = None
    to_service: Service | None = None
    to_partner: Organisation | None = None
    criteria: tuple[str, ...] = ()
    mediator: bool = False
    whereabouts: str = ""
    whereabouts_type: str | None = None
    urgency_reason: str = ""
    lowered_reason: str = ""
    voice_handover_to: str = ""
    voice_handover_at: datetime | None = None
    danger_reason: str = ""
    origin: str = Origin.TEAM
    from_programme: Programme | None = None
    from_partner: Organisation | None = None
    from_site: Site | None = None
    consultation: Consultation | None = None
    event: Event | None = None
    pep_given: bool = False
    ec_given: bool = False
    alternative: Service | None = None
    alternative_note: str = ""
    identity: Identity | None = None  # of the person, where it was read already

    @property
    def partner(self) -> Organisation | None:
        return self.to_service.organisation if self.to_service is not None else self.to_partner

    @property
    def is_external(self) -> bool:
        return self.partner is not None

    @property
    def destination(self) -> str:
        """Of the receiving programme, service or partner, as text."""
        if self.to_programme is not None:
            return f"programme:{self.to_programme.pk}"
        if self.to_service is not None:
            return f"service:{self.to_service.pk}"
        return f"partner:{self.to_partner.pk}" if self.to_partner is not None else ""

    @property
    def reason_codes(self) -> frozenset[str]:
        return frozenset(map(code, self.reasons))

    def said(self) -> Mapping[str, Any]:
        """Everything asked, for the mark by which the same asking twice is told."""
        return {
            field.name: _plain(getattr(self, field.name))
            for field in fields(self)
            if field.name != "identity"
        }


def _plain(value: Any) -> Any:
    pk = getattr(value, "pk", None)
    if isinstance(pk, UUID):
        return str(pk)
    if isinstance(value, Event):
        return [value.earliest.isoformat(), value.latest.isoformat()]
    return value
