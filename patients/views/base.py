"""What every view about one person begins with."""

from typing import Any

from django.http import Http404

from accounts.disclosure import Disclosure
from accounts.models import User
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.services import disclose
from patients import queries
from patients.models import Identity, Patient
from patients.services.locking import today


def find(request: StaffRequest, code: str) -> Patient:
    """The person within the user's scope; 404 for everybody else, who may not exist."""
    patient = queries.person_by_code(request.user, code)
    if patient is None:
        raise Http404
    return patient


def opened(
    request: StaffRequest,
    patient: Patient,
    action: str,
    privacy_class: PrivacyClass = PrivacyClass.IDENTITY,
    *others: Patient,
) -> dict[str, Any]:
    """Log that the user sees this page of the person, and what its head shows."""
    identity = queries.current_identity(patient)
    permit = disclose(
        by=request.user,
        action=action,
        subjects=[patient, *others],
        privacy_class=privacy_class,
    )
    return {**head(patient, identity, permit, request.user), "permit": permit}


def head(patient: Patient, identity: Identity, permit: Disclosure, user: User) -> dict[str, Any]:
    """Context of `patients/_head.html`."""
    return {
        "patient": patient,
        "identity": identity,
        "name": queries.open_name(permit, identity),
        "age": queries.age_at(patient, today(user), identity),
    }
