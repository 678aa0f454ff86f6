"""Family and companions."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from patients import queries, services
from patients.forms import FamilyLinkForm
from patients.models import FamilyLink
from patients.views.base import find, opened


@requires(Permission.READ_PERSON, POST=Permission.EDIT_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def family(request: StaffRequest, code: str) -> HttpResponse:
    """Who belongs to the person; a link to somebody registered, by their whole code."""
    patient = find(request, code)
    form = FamilyLinkForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        relative = queries.person_by_code(request.user, form.cleaned_data["code"])
        if relative is None:
            form.add_error("code", _("Nobody has this code. Compare it with the card."))
        elif relative == patient:
            form.add_error("code", _("This is the code of the same person."))
        else:
            services.link_family(patient, relative, form.cleaned_data["relation"], by=request.user)
            messages.success(request, _("Saved."))
            return redirect("patients:family", patient.code)
    relatives = queries.relatives(patient, request.user)
    others = [each.patient for each in relatives]
    context = opened(request, patient, "person.family_shown", PrivacyClass.IDENTITY, *others)
    for each in relatives:
        each.name = queries.open_name(context["permit"], each.identity)
    context |= {"form": form, "relatives": relatives}
    status = 400 if form.is_bound else 200
    return render(request, "patients/family_list.html", context, status=status)


@requires(Permission.EDIT_PERSON)
@require_POST
def unlink(request: StaffRequest, code: str, pk: UUID) -> HttpResponse:
    patient = find(request, code)
    link = get_object_or_404(FamilyLink.objects.about(patient.pk), pk=pk)
    services.unlink_family(link, by=request.user)
    messages.success(request, _("Saved."))
    return redirect("patients:family", patient.code)
