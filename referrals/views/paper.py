"""What is printed: the letter for the receiver, the slip for the person. Each is a disclosure."""

from datetime import date, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from consultations.models import Appointment
from consultations.queries.reach import of_person
from patients.models import Patient
from referrals import words
from referrals.forms.paper import SlipForm
from referrals.models import Referral
from referrals.queries import package
from referrals.queries.consents import sharing_obstacles
from referrals.views.common import Opened, destination_name, find, origin_name, person_of
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
    if obstacles := _obstacles(found):
        messages.error(request, " ".join(obstacles))
        return redirect("referrals:referral", found.pk)
    opened = Opened(request.user, found, "referral.letter_printed")
    shared = package.read_package(found, opened.permit, opened.key, named=opened.knows_person)
    context = {
        "referral": found,
        "lines": shared.lines(),
        "from_name": origin_name(found),
        "to_name": destination_name(found, request.user),
        # What the summary does not say apart is written by hand.
        "by_hand": shared.scope not in SHORT,
        "author": found.written_by,
    }
    return render(request, "referrals/referral_letter.html", context)


def _obstacles(row: Referral) -> list[str]:
    """Why the letter may not leave today: consent can be withdrawn after sending."""
    if row.to_partner is None:
        return []
    return sharing_obstacles(
        person_of(row),
        row.to_partner,
        data_scope=row.data_scope_id,
        danger_reason="given" if row.danger_reason is not None else "",
        on=timezone.localdate(),
        programme=row.from_programme,
    )


@requires(Permission.REFER)
@require_safe
def slip(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Code, place and hour, in the language of the person: no diagnosis, no service, and no name
    of a project or a centre unless chosen."""
    found = find(request.user, pk)
    person = person_of(found)
    if not Patient.objects.visible_to(request.user).filter(pk=person.pk).exists():
        raise Http404
    Opened(request.user, found, "referral.slip_printed")
    asked = SlipForm(request.GET or None, initial={"language": found.language_id})
    in_language = words.slip_in(asked.value("language") if asked.is_bound else found.language_id)
    named = bool(asked.is_bound and asked.value("named"))
    expected = _expected(found)
    on, at = _when(found, expected)
    context = {
        "referral": found,
        "form": asked if asked.is_bound else SlipForm(
            initial={"language": in_language.language}
        ),
        "words": in_language,
        "patient": person,
        "place": _place(found, expected, named=named),
        "day": _day(on, in_language.tag),
        "hour": f"{at:%H:%M}" if at is not None else "",
    }  # fmt: skip
    return render(request, "referrals/referral_slip.html", context)


def _expected(found: Referral) -> Appointment | None:
    """The appointment that stands. One that was moved elsewhere is followed to its new day: a
    slip never sends anybody to an hour that was cancelled."""
    given = found.appointment
    if given is None or given.state in Appointment.HOLDING:
        return given
    later = Appointment.objects.filter(
        of_person(person_of(found)),
        programme=given.programme_id,
        discipline=given.discipline,
        state=Appointment.State.BOOKED,
        local_date__gte=found.to_programme.today() if found.to_programme else given.local_date,
    )
    return later.select_related("site").order_by("local_date", "local_time").first()


def _when(found: Referral, expected: Appointment | None) -> tuple[date | None, time | None]:
    if expected is not None:
        return expected.local_date, expected.local_time
    return (None if found.appointment is not None else found.first_appointment_on), None


def _day(on: date | None, tag: str) -> str:
    if on is None:
        return ""
    if tag not in ("es", "en", "fr"):
        return on.strftime(MONTHS)
    with translation.override(tag):
        return date_format(on, "l j F Y")


def _place(found: Referral, expected: Appointment | None, *, named: bool) -> str:
    """The district; with the name only where that was chosen."""
    there: Any = expected.site if expected is not None else found.to_partner
    if there is None:
        programme = found.to_programme
        return programme.name if named and programme is not None else ""
    where = lists.label(there.place_id) if there.place_id else ""
    return " · ".join(filter(None, (there.name if named else "", where)))
