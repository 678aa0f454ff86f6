"""A signed note: read, printed, added to; drafts in a list."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import policy
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from accounts.rows import uuid7
from accounts.services import disclose
from consultations.forms.addendum import AddendumForm
from consultations.models import Consultation, Draft
from consultations.queries import notes
from consultations.queries.keys import NarrativeKey
from consultations.queries.reach import Reader, reader
from consultations.services import addenda, drafts
from consultations.views.common import PER_PAGE, attempt, discipline_label, named
from patients.models import Patient
from patients.queries import current_identity
from patients.views.base import head


@requires(Permission.READ_CONSULTATION)
@require_safe
def note(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The note as far as its reader may know it."""
    found, patient, about = _find(request, pk)
    context = _opened(request, found, patient, about, "consultation.opened")
    if _may_add(request, found):
        context["form"] = AddendumForm(discipline=found.discipline, initial={"id": uuid7()})
    return render(request, "consultations/consultation_detail.html", context)


@requires(Permission.READ_CONSULTATION)
@require_safe
def print_note(request: StaffRequest, pk: UUID) -> HttpResponse:
    """On paper with date, hour, name and licence (NOM-004)."""
    found, patient, about = _find(request, pk)
    context = _opened(request, found, patient, about, "consultation.printed")
    return render(request, "consultations/consultation_print.html", context)


@requires(Permission.READ_CONSULTATION, post=Permission.RECORD_CONSULTATION)
@require_http_methods(["POST"])
def add(request: StaffRequest, pk: UUID) -> HttpResponse:
    """An addendum; the note itself stays as it was signed."""
    found, patient, about = _find(request, pk)
    if not about.may(found, "clinical") and not about.owns(found):
        raise Http404
    form = AddendumForm(request.POST, discipline=found.discipline)
    if not form.is_valid():
        context = _opened(request, found, patient, about, "consultation.opened")
        context["form"] = form
        return render(request, "consultations/consultation_detail.html", context, status=400)
    try:
        addenda.add(
            found,
            by=request.user,
            id=form.cleaned_data["id"],
            reason=form.cleaned_data["reason"],
            text=form.cleaned_data["text"],
            privacy_class=form.privacy_class,
        )
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("Added. The signed note stays as it was."))
    return redirect("consultations:note", found.pk)


def _find(request: StaffRequest, pk: UUID) -> tuple[Consultation, Patient, Reader]:
    """A note of the user's scope whose person the user may know, and of which they may read
    something at all; 404 otherwise."""
    try:
        found = notes.find(request.user, pk)
    except Consultation.DoesNotExist as missing:
        raise Http404 from missing
    patient = found.patient.merged_into or found.patient
    if not Patient.objects.visible_to(request.user).filter(pk=patient.pk).exists():
        raise Http404
    return found, patient, reader(request.user, patient)


def _opened(
    request: StaffRequest, found: Consultation, patient: Patient, about: Reader, action: str
) -> dict[str, Any]:
    subjects = [patient] if found.patient_id == patient.pk else [patient, found.patient]
    permit = disclose(
        by=request.user,
        action=action,
        subjects=subjects,
        privacy_class=notes.strictest_class(found, about),
        programme=found.programme,
    )
    page = notes.page(found, about, permit, NarrativeKey(found.patient_id))
    return {
        **head(patient, current_identity(patient), permit, request.user),
        "note": found,
        "page": page,
        "discipline_label": discipline_label(page.discipline),
        "quick_exit": True,
    }


def _may_add(request: StaffRequest, found: Consultation) -> bool:
    if not policy.allows(request.user, Permission.RECORD_CONSULTATION, found.programme):
        return False
    return found.discipline in policy.disciplines_of(request.user, found.programme)


# -- Drafts ----------------------------------------------------------------------------------
@requires(Permission.RECORD_CONSULTATION)
@require_safe
def my_drafts(request: StaffRequest) -> HttpResponse:
    """What the user began and has not signed."""
    mine = (
        Draft.objects.visible_to(request.user)
        .open()
        .filter(patient__in=Patient.objects.visible_to(request.user))
        .select_related("patient", "outing__site")
        .order_by("-saved_at")
    )
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    people = named(request, [draft.patient for draft in page], "draft.listed")
    rows = [(draft, people[draft.patient_id]) for draft in page]
    return render(request, "consultations/draft_list.html", {"page": page, "rows": rows})


@requires(Permission.CLOSE_DRAFTS)
@require_POST
def close_draft(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A coordinator ends the draft of someone who left, without reading it."""
    own = policy.programmes_where(request.user, Permission.CLOSE_DRAFTS)
    draft = (
        Draft.objects.open()
        .filter(pk=pk, outing__programme__in=own)
        .select_related("patient", "author", "outing__programme")
        .first()
    )
    if draft is None:
        raise Http404
    attempt(
        request,
        lambda: drafts.close_unread(draft, by=request.user),
        _("Closed: unsigned, never counted."),
    )
    return redirect("desk:overdue")
