"""Possible duplicates, for coordinators."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.services import disclose
from patients import queries, services
from patients.models import LookAlike, Patient
from patients.services.locking import today
from patients.services.merging import CannotMerge

SHOWN = 25


def _pairs(user: User) -> "QuerySet[LookAlike]":
    """Pairs of which the coordinator may know both people."""
    visible = Patient.objects.visible_to(user)
    return LookAlike.objects.filter(earlier__in=visible, later__in=visible)


@requires(Permission.MERGE_PEOPLE)
@require_GET
def look_alikes(request: StaffRequest) -> HttpResponse:
    """Pairs still to be looked at, side by side; the newest first."""
    pairs = _pairs(request.user).filter(decision=LookAlike.Decision.OPEN)
    shown = list(pairs.select_related("earlier", "later").order_by("-found_at", "-pk")[:SHOWN])
    merged = Patient.objects.filter(
        merged_into__in=Patient.objects.visible_to(request.user)
    ).select_related("merged_into")
    context = {
        "pairs": _side_by_side(request, shown),
        "merged": list(merged.order_by("-registered_at")[:SHOWN]),
    }
    return render(request, "patients/look_alike_list.html", context)


def _side_by_side(request: StaffRequest, pairs: list[LookAlike]) -> list[dict[str, Any]]:
    people = {each.pk: each for pair in pairs for each in (pair.earlier, pair.later)}
    if not people:
        return []
    identities = queries.current_identities(people)
    permit = disclose(
        by=request.user,
        action="people.duplicates_shown",
        subjects=list(people.values()),
        privacy_class=PrivacyClass.IDENTITY,
    )
    on = today(request.user)

    def side(patient: Patient) -> dict[str, Any]:
        identity = identities[patient.pk]
        return {
            "patient": patient,
            "name": queries.open_name(permit, identity) or _("No name kept"),
            "age": queries.age_at(patient, on, identity),
        }

    return [{"pair": pair, "sides": [side(pair.earlier), side(pair.later)]} for pair in pairs]


@requires(Permission.MERGE_PEOPLE)
@require_POST
def settle(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Merge the pair into the record that is kept, or keep both apart."""
    pair = get_object_or_404(_pairs(request.user).select_related("earlier", "later"), pk=pk)
    kept = request.POST.get("keep", "")
    by_code = {
        pair.earlier.code: (pair.earlier, pair.later),
        pair.later.code: (pair.later, pair.earlier),
    }
    if not kept:
        services.keep_apart(pair, by=request.user)
        messages.success(request, _("Saved: two people."))
    elif kept in by_code:
        try:
            services.merge(*by_code[kept], by=request.user)
            messages.success(request, _("Merged. The other code leads here too."))
        except CannotMerge:
            messages.error(request, _("These two cannot be merged this way round. Keep the other."))
    else:
        raise Http404
    return redirect("patients:look_alikes")


@requires(Permission.MERGE_PEOPLE)
@require_POST
def undo(request: StaffRequest, code: str) -> HttpResponse:
    """Two records again, as they were."""
    merged = get_object_or_404(
        Patient, code=code, merged_into__in=Patient.objects.visible_to(request.user)
    )
    services.undo_merge(merged, by=request.user)
    messages.success(request, _("Two records again."))
    return redirect("patients:look_alikes")
