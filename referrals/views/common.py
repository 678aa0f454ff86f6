"""What the pages about one referral begin with."""

from typing import Any
from uuid import UUID

from django.http import Http404

from accounts.disclosure import Disclosure
from accounts.models import User
from accounts.privacy import PrivacyClass
from accounts.services import disclose
from consultations.queries.keys import NarrativeKey
from patients.models import Patient
from patients.queries import current_identities
from patients.queries.people import open_name
from referrals.models import Referral
from referrals.queries import detail, package
from terminology import lists


def find(user: User, pk: UUID) -> Referral:
    """A referral of the user's programmes; 404 for everybody else."""
    try:
        return detail.find(user, pk)
    except Referral.DoesNotExist:
        raise Http404 from None


class Opened:
    """One referral before one reader, after its event: names only where the person may be known."""

    def __init__(
        self, user: User, referral: Referral, action: str, *, at_least: str = PrivacyClass.IDENTITY
    ) -> None:
        self.user, self.referral = user, referral
        self.patient: Patient = referral.patient
        visible = Patient.objects.visible_to(user).filter(pk=referral.patient_id)
        identities = current_identities([referral.patient_id]) if visible.exists() else {}
        self.identity = identities.get(referral.patient_id)
        self.permit: Disclosure = disclose(
            by=user,
            action=action,
            subjects=[referral.patient],
            privacy_class=max(
                package.disclosure_class(user, referral),
                PrivacyClass(at_least),
                key=lambda each: each.rank,
            ),
            programme=_programme(user, referral),
        )
        self.key = NarrativeKey(referral.patient_id)
        self.name = open_name(self.permit, self.identity)

    @property
    def knows_person(self) -> bool:
        return self.identity is not None


def _programme(user: User, referral: Referral) -> Any:
    """The programme in which the user meets the referral."""
    own = user.programme_ids
    if referral.to_programme_id in own:
        return referral.to_programme
    return referral.from_programme


def destination_name(referral: Referral) -> str:
    """Where the referral goes, in words."""
    if referral.to_programme is not None:
        return referral.to_programme.name
    service = referral.to_service
    name = referral.to_partner.name if referral.to_partner is not None else ""
    return f"{name} · {lists.label(service.service_id)}" if service is not None else name


def origin_name(referral: Referral) -> str:
    """Who asks, in words."""
    if referral.from_partner is not None:
        return str(referral.from_partner.name)
    if referral.from_programme is not None:
        return referral.from_programme.name
    return str(referral.get_origin_display())
