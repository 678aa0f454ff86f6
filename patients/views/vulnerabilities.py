"""Vulnerabilities: open ones, added and ended; the automatic ones follow the record."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass, stricter
from accounts.requests import StaffRequest
from patients import queries, services
from patients.forms import OutcomeForm, VulnerabilityForm
from patients.models import ProtectionTask, Vulnerability
from patients.queries.people import may_read_vulnerability
from patients.views.base import find, opened
from terminology import lists


@requires(Permission.READ_PERSON, POST=Permission.EDIT_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def vulnerabilities(request: StaffRequest, code: str) -> HttpResponse:
    """Those the user may read, with date and source; a form to add one."""
    patient = find(request, code)
    rows = Vulnerability.objects.filter(patient=patient).select_related("recorded_by")
    shown = [row for row in rows if may_read_vulnerability(request.user, row, patient)]
    open_now = {row.criterion_id for row in shown if row.until is None}
    form = VulnerabilityForm(
        request.POST if request.method == "POST" else None, user=request.user, open_now=open_now
    )
    if form.is_bound and form.is_valid():
        services.add_vulnerability(patient, form.cleaned_data["criterion"], by=request.user)
        messages.success(request, _("Saved."))
        return redirect("patients:vulnerabilities", patient.code)
    privacy = stricter(PrivacyClass.SENSITIVE, *(lists.get(r.criterion_id).privacy for r in shown))
    context = opened(request, patient, "person.vulnerabilities_shown", privacy)
    context |= {
        "form": form,
        "open": sorted((r for r in shown if r.until is None), key=queries.priority),
        "ended": [row for row in shown if row.until is not None],
        "tasks": queries.open_tasks(patient, request.user),
    }
    status = 400 if form.is_bound else 200
    return render(request, "patients/vulnerability_list.html", context, status=status)


@requires(Permission.EDIT_PERSON)
@require_POST
def end_vulnerability(request: StaffRequest, code: str, pk: UUID) -> HttpResponse:
    patient = find(request, code)
    row = get_object_or_404(Vulnerability, pk=pk, patient=patient)
    if not may_read_vulnerability(request.user, row, patient):
        raise Http404
    services.end_vulnerability(row, by=request.user)
    messages.success(request, _("Saved."))
    return redirect("patients:vulnerabilities", patient.code)


@requires(Permission.READ_PERSON, POST=Permission.EDIT_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def close_task(request: StaffRequest, code: str, pk: UUID) -> HttpResponse:
    """Write what was decided or done: the clock stops."""
    patient = find(request, code)
    task = get_object_or_404(ProtectionTask, pk=pk, patient=patient)
    if not queries.may_close(request.user, task):
        raise PermissionDenied("this task is closed by the supervisor")
    if task.closed_at is not None:
        return redirect("patients:vulnerabilities", patient.code)
    form = OutcomeForm(request.POST if request.method == "POST" else None, kind=task.kind)
    if form.is_bound and form.is_valid():
        services.close_protection_task(task, form.cleaned_data["outcome"], by=request.user)
        messages.success(request, _("Saved."))
        return redirect("patients:vulnerabilities", patient.code)
    context = opened(request, patient, "person.vulnerabilities_shown", PrivacyClass.SENSITIVE)
    context |= {"form": form, "task": task}
    status = 400 if form.is_bound else 200
    return render(request, "patients/protection_task_close.html", context, status=status)
