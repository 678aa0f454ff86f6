"""What the pages about one referral begin with."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

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


def person_of(referral: Referral) -> Patient:
    """Who it is about; of a merged record, the survivor."""
    return referral.patient.merged_into or referral.patient


class Opened:
    """One referral before one reader, after its event: names only where the person may be known."""

    def __init__(
        self, user: User, referral: Referral, action: str, *, at_least: str = PrivacyClass.IDENTITY
    ) -> None:
        self.user, self.referral = user, referral
        self.patient = person_of(referral)
        visible = Patient.objects.visible_to(user).filter(pk=self.patient.pk)
        identities = current_identities([self.patient.pk]) if visible.exists() else {}
        self.identity = identities.get(self.patient.pk)
        self.permit: Disclosure = disclose(
            by=user,
            action=action,
            subjects=list({each.pk: each for each in (self.patient, referral.patient)}.values()),
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


def destination_name(referral: Referral, user: User) -> str:
    """Where the referral goes, in words. Which service of a partner it is says what for: only to
    who reads what was shared, or wrote it."""
    if referral.to_programme is not None:
        return referral.to_programme.name
    if referral.written_by_id != user.pk and not package.may_read_package(user, referral):
        return str(_("a partner"))
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
