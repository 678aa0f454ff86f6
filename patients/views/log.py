"""Who has seen and changed the record."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.policy import Permission, requires
from accounts.queries import events_about
from accounts.requests import StaffRequest
from patients.views.base import find, opened


@requires(Permission.READ_PERSON)
@require_GET
def seen_by(request: StaffRequest, code: str) -> HttpResponse:
    """The person may ask this at any time; the newest events first."""
    patient = find(request, code)
    before = request.GET.get("before", "")
    position = int(before) if before.isdecimal() and len(before) < 19 else None
    context = opened(request, patient, "person.log_shown")
    page = events_about(patient.code, before=position, size=25)
    context |= {"events": page.events, "older": page.older}
    return render(request, "patients/seen_by.html", context)
