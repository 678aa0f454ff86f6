"""Booking a person: a day, then an hour of each discipline that is needed."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.models import Programme
from accounts.policy import Discipline, Permission, requires
from accounts.requests import StaffRequest
from consultations.forms.slots import BookForm, WeekForm
from consultations.queries import slots as asked
from consultations.services import slots
from consultations.services.refusal import Refused
from consultations.views.common import named, programme
from patients.models import Patient

AHEAD = 14  # days shown at once


@requires(Permission.WORK_OUTING)
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: StaffRequest, code: str) -> HttpResponse:
    """Without a day, the days that have places; with one, its hours."""
    of = programme(request)
    patient = Patient.objects.visible_to(request.user).with_code(code).first()
    if patient is None:
        raise Http404
    given = WeekForm(request.GET)
    on = given.value("day")
    if request.GET.get("from"):
        return _days(request, of, patient, WeekForm({"day": request.GET["from"]}))
    if on is None or on < of.today():
        return _days(request, of, patient, given)
    return _hours(request, of, patient, on)


def _days(
    request: StaffRequest, of: Programme, patient: Patient, asked_from: WeekForm
) -> HttpResponse:
    today = of.today()
    start = max(asked_from.value("day") or today, today)
    end = start + timedelta(days=AHEAD - 1)
    cells = asked.by_day_and_discipline(of, start, end)
    full_too = _may_overbook(request, of)
    offered: dict[date, list[str]] = {}
    for discipline in Discipline.values:
        for (day, code), cell in cells.items():
            if code == discipline and (cell.free or full_too):
                offered.setdefault(day, []).append(discipline)
    people = named(request, [patient], "appointment.listed", of=of)
    context = {
        "person": people[patient.pk],
        "form": asked_from,
        "days": [
            (day, offered[day], [code for code in offered[day] if cells[day, code].free])
            for day in sorted(offered)
        ],
        "elsewhere": asked.expected_elsewhere(patient, request.user.programme_ids, start, end),
        "start": start,
        "end": end,
        "before": max(today, start - timedelta(days=AHEAD)) if start > today else None,
        "after": end + timedelta(days=1),
    }
    return render(request, "consultations/appointment_days.html", context, status=asked_from.status)


def _hours(request: StaffRequest, of: Programme, patient: Patient, on: date) -> HttpResponse:
    may_overbook = _may_overbook(request, of)
    offered = asked.open_slots(of, start=on, end=on, full=may_overbook)
    there = list(asked.of_person_between(patient, request.user.programme_ids, on, on))
    form = BookForm(
        request.POST or None,
        slots=offered,
        there=[each.slot for each in there if each.slot],
        may_overbook=may_overbook,
    )
    if request.method == "POST" and form.is_valid():
        try:
            wanted = [slot.pk for slot in form.chosen]
            slots.book_many(patient, wanted, by=request.user, overbook_reason=form.reason)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Booked."))
            return redirect("desk:person", patient.code)
    people = named(request, [patient], "appointment.listed", of=of)
    context: dict[str, Any] = {
        "person": people[patient.pk],
        "form": form,
        "on": on,
        "there": there,
        "elsewhere": asked.expected_elsewhere(patient, request.user.programme_ids, on, on),
    }
    status = 400 if form.errors else 200
    return render(request, "consultations/appointment_book.html", context, status=status)


def _may_overbook(request: StaffRequest, of: Programme) -> bool:
    return policy.allows(request.user, Permission.MANAGE_CAPACITY, of)
