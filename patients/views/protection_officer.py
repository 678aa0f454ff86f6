"""For the data-protection officer: works by code, sees neither names nor health."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import AccessEvent
from accounts.policy import Permission, requires
from accounts.queries import page
from accounts.requests import StaffRequest
from accounts.services import note_log_read
from patients import services
from patients.forms import CodeForm
from patients.models import Access, Patient

OUT_OF_THE_ORDINARY = ("person.opened_by_card", "person.opened_hidden", "people.searched_hidden")


@requires(Permission.MANAGE_BLOCKING)
@require_http_methods(["GET", "HEAD", "POST"])
def blocking(request: StaffRequest) -> HttpResponse:
    """Blocked records; a record by its code, to block it or lift the block."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            patient = services.look_up_by_code(form.cleaned_data["code"], by=request.user)
            if patient is None:
                form.add_error("code", _("Nobody has this code. Compare it with the card."))
                status = 404
            else:
                status = 200
                context |= {"patient": patient, "accesses": _accesses(patient)}
    blocked = Patient.objects.filter(blocked_at__isnull=False).order_by("-blocked_at")
    context["blocked"] = list(blocked[:100])
    return render(request, "patients/blocking.html", context, status=status)


def _accesses(patient: Patient) -> list[Access]:
    rows = Access.objects.open().filter(patient=patient).select_related("programme", "user")
    return list(rows.order_by("since"))


@requires(Permission.MANAGE_BLOCKING)
@require_POST
def block(request: StaffRequest, code: str) -> HttpResponse:
    """Block a record, or lift the block."""
    patient = Patient.objects.filter(code=code).first()
    if patient is None:
        raise Http404
    if request.POST.get("blocked") == "no":
        services.unblock(patient, by=request.user)
        messages.success(request, _("The block is lifted."))
    else:
        services.block(patient, by=request.user)
        messages.success(request, _("The record is blocked."))
    return redirect("patients:blocking")


@requires(Permission.READ_ACCESS_LOG)
@require_GET
def card_openings(request: StaffRequest) -> HttpResponse:
    """Records opened with a card, and hidden people found: each is for the officer to see."""
    before = request.GET.get("before", "")
    position = int(before) if before.isdecimal() and len(before) < 19 else None
    events = AccessEvent.objects.filter(action__in=OUT_OF_THE_ORDINARY)
    note_log_read(by=request.user)
    found = page(events, before=position, size=25)
    context = {"events": found.events, "older": found.older}
    return render(request, "patients/card_openings.html", context)
