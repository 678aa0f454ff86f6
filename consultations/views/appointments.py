"""Who is expected on a day, and what became of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from accounts.rows import EditConflict
from consultations.forms.appointment import DayFilter, MissForm, RebookForm, VersionForm
from consultations.models import Appointment
from consultations.queries.slots import expected_elsewhere, open_slots
from consultations.services import appointments
from consultations.services.refusal import Refused
from consultations.views.common import PER_PAGE, back_to, discipline_label, named, programme
from patients.queries import in_sight_of

AHEAD, HOURS = 21, 12  # days looked ahead for free hours, and how many are shown


@requires(Permission.READ_OUTINGS)
@require_safe
def day(request: StaffRequest) -> HttpResponse:
    """The appointments of a day in the user's programme; today unless asked otherwise."""
    of = programme(request)
    asked = DayFilter(request.GET)
    on = asked.value("day") or of.today()
    rows = (
        Appointment.objects.visible_to(request.user)
        .filter(programme=of, local_date=on)
        .filter(in_sight_of(request.user))
        .select_related("patient", "site")
        .order_by("local_time", "discipline", "pk")
    )
    page = asked.page_of(rows, PER_PAGE)
    people = named(request, [row.patient for row in page], "appointment.listed")
    context = {
        "form": asked,
        "on": on,
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
        "page": page,
        "rows": [(row, people[row.patient_id]) for row in page],
    }
    return render(request, "consultations/appointment_day.html", context, status=asked.status)


@requires(Permission.WORK_OUTING)
@require_http_methods(["GET", "HEAD", "POST"])
def appointment(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Did not come, cancelled, or another day."""
    found = _find(request, pk)
    act = request.POST.get("act", "")
    if request.method != "POST" or act not in _ACTS:
        return _page(request, found, status=400 if request.method == "POST" else 200)
    form_class, do, done = _ACTS[act]
    offer = _offer(request, found) if form_class is RebookForm else {}
    form = form_class(request.POST, **offer)
    if not form.is_valid():
        return _page(request, found, status=400, **{act: form})
    try:
        do(found, request, form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, found, status=400)
    except EditConflict:
        messages.error(request, _("A colleague changed this appointment meanwhile."))
        return _page(request, _find(request, pk), status=409)
    messages.success(request, done)
    return back_to(request, "consultations:appointments")


def _miss(found: Appointment, request: StaffRequest, said: dict[str, Any]) -> None:
    appointments.miss(
        found, by=request.user, expected=said["version"], reason=said["reason"] or None
    )


def _cancelled_by_person(found: Appointment, request: StaffRequest, said: dict[str, Any]) -> None:
    appointments.cancel(found, by=request.user, expected=said["version"], by_person=True)


def _cancelled_by_team(found: Appointment, request: StaffRequest, said: dict[str, Any]) -> None:
    appointments.cancel(found, by=request.user, expected=said["version"], by_person=False)


def _rebook(found: Appointment, request: StaffRequest, said: dict[str, Any]) -> None:
    slot = said.get("slot")
    appointments.rebook(
        found,
        by=request.user,
        expected=said["version"],
        slot=slot.pk if slot else None,
        on=None if slot else said["date"],
    )


def _offer(request: StaffRequest, found: Appointment) -> dict[str, Any]:
    """The free hours of the same discipline in the next days, the nearest first."""
    start = found.programme.today()
    end = start + timedelta(days=AHEAD)
    free = open_slots(found.programme, disciplines=[found.discipline], start=start, end=end)
    mine = request.user.programme_ids
    if found.slot_id is not None:
        free = free.exclude(pk=found.slot_id)
    return {
        "slots": list(free[:HOURS]),
        "elsewhere": expected_elsewhere(found.patient, mine, start, end),
    }


_ACTS: dict[str, Any] = {
    "miss": (MissForm, _miss, _("Marked as not attended.")),
    "person": (VersionForm, _cancelled_by_person, _("Cancelled.")),
    "team": (VersionForm, _cancelled_by_team, _("Cancelled.")),
    "rebook": (RebookForm, _rebook, _("Booked.")),
}


def _page(
    request: StaffRequest, found: Appointment, status: int = 200, **forms: Any
) -> HttpResponse:
    people = named(request, [found.patient], "appointment.listed", of=found.programme)
    version = {"version": found.version}
    context = {
        "appointment": found,
        "person": people[found.patient_id],
        "discipline_label": discipline_label(found.discipline),
        "miss": forms.get("miss") or MissForm(initial=version),
        "rebook": forms.get("rebook") or RebookForm(initial=version, **_offer(request, found)),
        "forms": list(forms.values()),
        "may_miss": found.local_date <= found.programme.today(),
    }
    return render(request, "consultations/appointment_detail.html", context, status=status)


def _find(request: StaffRequest, pk: UUID) -> Appointment:
    found = (
        Appointment.objects.visible_to(request.user)
        .filter(in_sight_of(request.user))
        .select_related("patient", "programme", "site")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found
