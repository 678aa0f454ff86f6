"""Whether a partner may know about a person: the consent for it, and the agreement with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from accounts.models import Programme
from partners.models import Agreement, Organisation
from patients.models import Consent, Patient
from patients.queries import record_ids
from referrals.models.referral import MINIMUM, NOTHING, SHARING_PARTNER

GIVEN = "consent_decisions:given"


@dataclass(frozen=True)
class Sharing:
    """The answer in force to sharing with one partner. `state`: given, none, refused (or
    withdrawn), expired."""

    consent: Consent | None
    state: str

    @property
    def holds(self) -> bool:
        return self.state == "given"


def consent_for(patient: Patient, partner: Organisation, on: date) -> Sharing:
    """Of this partner alone: a consent for another one says nothing."""
    rows = Consent.objects.filter(
        patient__in=record_ids(patient), type=SHARING_PARTNER, partner=partner
    )
    latest = rows.latest_first().first()
    if latest is None:
        return Sharing(None, "none")
    if latest.decision_id != GIVEN:
        return Sharing(latest, "refused")
    if latest.expires_on is not None and latest.expires_on < on:
        return Sharing(latest, "expired")
    return Sharing(latest, "given")


def agreement_for(
    organisation: Organisation, on: date, programme: Programme | None = None
) -> Agreement | None:
    """The best one in force: one that allows sharing data, of this programme, the longest."""
    rows = Agreement.objects.in_force(on).filter(organisation=organisation)
    return best_agreement(rows.prefetch_related("programmes"), programme)


def best_agreement(rows: Iterable[Agreement], programme: Programme | None) -> Agreement | None:
    """Of agreements in force, with their programmes read."""

    def worth(row: Agreement) -> tuple[bool, bool, bool, date]:
        ours = programme is not None and programme in row.programmes.all()
        return row.data_sharing, ours, row.valid_to is None, row.valid_to or date.min

    return max(rows, key=worth, default=None)


def sharing_obstacles(
    patient: Patient,
    partner: Organisation,
    *,
    data_scope: str,
    danger_reason: str = "",
    on: date,
    programme: Programme | None = None,
) -> list[str]:
    """Why nothing may be sent to the partner now, in words; empty where it may be.

    Nobody is kept from care: whoever goes along without data needs neither consent nor
    agreement, and danger to life, with its reason, goes before both.
    """
    if partner.retired_on is not None and partner.retired_on <= on:
        return [_("This organisation has ended its work.")]
    if data_scope == NOTHING or danger_reason.strip():
        return []
    found = [
        _WORDS[state]() for state in (consent_for(patient, partner, on).state,) if state in _WORDS
    ]
    agreement = agreement_for(partner, on, programme)
    if agreement is None:
        found.append(_("There is no agreement in force with this organisation."))
    elif data_scope != MINIMUM and not agreement.data_sharing:
        found.append(_("The agreement with this organisation allows the minimum of data only."))
    return found


_WORDS = {
    "none": lambda: _("The person has not consented to sharing with this organisation."),
    "refused": lambda: _("The person does not want sharing with this organisation."),
    "expired": lambda: _("The consent to sharing with this organisation has expired."),
}
