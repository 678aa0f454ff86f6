"""What several pages of this app begin or end with."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.disclosure import Disclosure
from accounts.models import Programme
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest, own_address
from accounts.services import disclose
from consultations.queries.outings import programme_of
from consultations.services.refusal import Refused
from patients.models import Patient
from patients.queries import age_at, current_identities
from patients.queries.people import open_name
from terminology import lists

PER_PAGE = 25


def programme(request: StaffRequest) -> Programme:
    """The programme that the user acts in; 404 for who is posted to none."""
    found = programme_of(request.user)
    if found is None:
        raise Http404
    return found


class Named(dict[UUID, dict[str, Any]]):
    """What a list shows of each person, by id: name used, age; and the disclosure behind it."""

    permit: Disclosure | None = None


def named(
    request: StaffRequest,
    patients: Iterable[Patient],
    action: str,
    *,
    of: Programme | None = None,
    always: bool = False,
    privacy_class: PrivacyClass = PrivacyClass.IDENTITY,
) -> Named:
    """The people of a list after one event for the whole list; none where there is nobody to
    show, unless `always`."""
    people = list({patient.pk: patient for patient in patients}.values())
    found = Named()
    if not people and not always:
        return found
    identities = current_identities(patient.pk for patient in people)
    found.permit = disclose(
        by=request.user,
        action=action,
        subjects=people,
        privacy_class=privacy_class,
        programme=of,
    )
    on = (of or programme(request)).today()
    for patient in people:
        identity = identities[patient.pk]
        found[patient.pk] = {
            "patient": patient,
            "name": open_name(found.permit, identity) or _("No name kept"),
            "age": age_at(patient, on, identity),
        }
    return found


def discipline_label(discipline: str) -> str:
    return lists.find("consultation_disciplines", discipline).label


def back_to(request: StaffRequest, default: str, *args: Any) -> HttpResponse:
    """To the page that the form names in `next`, if it is ours, else to the default."""
    return redirect(own_address(request, request.POST.get("next", "")) or default, *args)


def attempt(request: StaffRequest, act: Callable[[], Any], done: Any = "") -> bool:
    """Do it and say so, or say why not."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    if done:
        messages.success(request, done)
    return True
