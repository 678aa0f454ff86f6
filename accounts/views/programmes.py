"""Programmes, for the administrator."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import conflicts, services
from accounts.forms import NewProgrammeForm, ProgrammeForm
from accounts.forms.rows import already_made
from accounts.models import Programme
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from accounts.rows import EditConflict

PAGE = 25


@requires(Permission.MANAGE_ACCOUNTS)
@require_safe
def programmes(request: StaffRequest) -> HttpResponse:
    page = Paginator(Programme.objects.order_by("code"), PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/programme_list.html", {"page": page})


@requires(Permission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_programme(request: StaffRequest) -> HttpResponse:
    form = NewProgrammeForm(request.POST or None)
    if request.method != "POST":
        return render(request, "accounts/programme_form.html", {"form": form})
    made = already_made(Programme.objects.all(), request.POST)
    if made is not None:
        return _sent_again(request, made)
    if form.is_valid():
        try:
            services.create_programme(by=request.user, id=form.cleaned_data["id"], **form.values)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The programme was saved."))
            return redirect("accounts:programmes")
    return render(request, "accounts/programme_form.html", {"form": form}, status=400)


def _sent_again(request: StaffRequest, made: Programme) -> HttpResponse:
    form = NewProgrammeForm(request.POST, instance=made)
    if form.is_valid() and not set(form.changed_data) & set(form.Meta.fields):
        return redirect("accounts:programmes")
    saved = Programme.objects.get(pk=made.pk)
    return conflicts.twice(request, form, saved, again=redirect("accounts:programme", made.pk).url)


@requires(Permission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_programme(request: StaffRequest, pk: UUID) -> HttpResponse:
    programme = get_object_or_404(Programme, pk=pk)
    form = ProgrammeForm(request.POST or None, instance=programme)
    context = {"form": form, "code": programme.code}
    if request.method != "POST":
        return render(request, "accounts/programme_form.html", context)
    status = 400
    if form.is_valid():
        try:
            services.edit_programme(
                programme, by=request.user, expected=form.cleaned_data["version"], **form.values
            )
        except EditConflict as conflict:
            context["differences"] = conflicts.keep_mine(form, conflict.theirs)
            status = 409
        else:
            messages.success(request, _("The programme was saved."))
            return redirect("accounts:programmes")
    return render(request, "accounts/programme_form.html", context, status=status)
