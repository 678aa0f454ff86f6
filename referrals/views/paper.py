"""What is printed: the letter for the receiver, the slip for the person. Each is a disclosure."""

from datetime import date, time
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from patients.models import Patient
from referrals import words
from referrals.forms.paper import SlipForm
from referrals.models import Referral
from referrals.queries import package
from referrals.views.common import Opened, destination_name, find, origin_name
from terminology import lists

# Creole and Portuguese names of days and months are not among the site's languages.
MONTHS = "%d/%m/%Y"
SHORT = ("data_scopes:none", "data_scopes:minimum")


@requires(Permission.REFER)
@require_safe
def letter(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One page with what NOM-004 6.3 asks of a referral note, as far as it is shared at all."""
    found = find(request.user, pk)
    if found.package is None or not package.may_read_package(request.user, found):
        raise Http404
    opened = Opened(request.user, found, "referral.letter_printed")
    shared = package.read_package(found, opened.permit, opened.key)
    context = {
        "referral": found,
        "lines": shared.lines(),
        "from_name": origin_name(found),
        "to_name": destination_name(found),
        # What the summary does not say apart is written by hand.
        "by_hand": shared.scope not in SHORT,
        "author": found.written_by,
    }
    return render(request, "referrals/referral_letter.html", context)


@requires(Permission.REFER)
@require_safe
def slip(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Code, place and hour, in the language of the person: no diagnosis, no service, and no name
    of a project or a centre unless chosen."""
    found = find(request.user, pk)
    if not Patient.objects.visible_to(request.user).filter(pk=found.patient_id).exists():
        raise Http404
    Opened(request.user, found, "referral.slip_printed")
    asked = SlipForm(request.GET or None, initial={"language": found.language_id})
    in_language = words.slip_in(asked.value("language") if asked.is_bound else found.language_id)
    named = bool(asked.is_bound and asked.value("named"))
    on, at = _when(found)
    context = {
        "referral": found,
        "form": asked if asked.is_bound else SlipForm(
            initial={"language": in_language.language}
        ),
        "words": in_language,
        "patient": found.patient,
        "place": _place(found, named=named),
        "day": _day(on, in_language.tag),
        "hour": f"{at:%H:%M}" if at is not None else "",
    }  # fmt: skip
    return render(request, "referrals/referral_slip.html", context)


def _when(found: Referral) -> tuple[date | None, time | None]:
    appointment = found.appointment
    if appointment is not None:
        return appointment.local_date, appointment.local_time
    return found.first_appointment_on, None


def _day(on: date | None, tag: str) -> str:
    if on is None:
        return ""
    if tag not in ("es", "en", "fr"):
        return on.strftime(MONTHS)
    with translation.override(tag):
        return date_format(on, "l j F Y")


def _place(found: Referral, *, named: bool) -> str:
    """The district; with the name only where that was chosen."""
    there: Any = found.appointment.site if found.appointment is not None else found.to_partner
    if there is None:
        programme = found.to_programme
        return programme.name if named and programme is not None else ""
    where = lists.label(there.place_id) if there.place_id else ""
    return " · ".join(filter(None, (there.name if named else "", where)))
