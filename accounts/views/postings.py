"""Postings, for the administrator."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import conflicts, services
from accounts.forms import EndPostingForm, PostingForm
from accounts.forms.rows import already_made
from accounts.models import Posting, User
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from accounts.rows import EditConflict


@requires(Permission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_posting(request: StaffRequest, pk: UUID) -> HttpResponse:
    account = get_object_or_404(User, pk=pk, is_system=False, is_active=True)
    if account.pk == request.user.pk:
        raise PermissionDenied("nobody posts themself")
    form = PostingForm(request.POST or None, initial={"discipline": account.discipline})
    context = {"form": form, "account": account}
    if request.method != "POST":
        return render(request, "accounts/posting_new.html", context)
    made = already_made(Posting.objects.filter(user=account), request.POST)
    if made is not None:
        return _sent_again(request, made)
    if form.is_valid():
        try:
            services.post(account, by=request.user, id=form.cleaned_data["id"], **form.values)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The posting was saved."))
            return redirect("accounts:user", account.pk)
    return render(request, "accounts/posting_new.html", context, status=400)


def _sent_again(request: StaffRequest, made: Posting) -> HttpResponse:
    form = PostingForm(request.POST, instance=made)
    if form.is_valid() and not set(form.changed_data) & set(form.Meta.fields):
        return redirect("accounts:user", made.user_id)
    saved = Posting.objects.get(pk=made.pk)
    return conflicts.twice(request, form, saved, again=redirect("accounts:user", made.user_id).url)


@requires(Permission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def end_posting(request: StaffRequest, pk: UUID) -> HttpResponse:
    posting = get_object_or_404(Posting.objects.select_related("user", "programme"), pk=pk)
    if posting.user_id == request.user.pk:
        raise PermissionDenied("nobody ends their own posting")
    form = EndPostingForm(request.POST or None, instance=posting)
    context: dict[str, Any] = {"form": form, "posting": posting}
    if request.method != "POST":
        return render(request, "accounts/posting_end.html", context)
    status = 400
    if form.is_valid():
        try:
            services.end_posting(
                posting,
                by=request.user,
                until=form.cleaned_data["until"],
                expected=form.cleaned_data["version"],
            )
        except EditConflict as conflict:
            context["differences"] = conflicts.keep_mine(form, conflict.theirs)
            status = 409
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The posting was saved."))
            return redirect("accounts:user", posting.user_id)
    return render(request, "accounts/posting_end.html", context, status=status)
