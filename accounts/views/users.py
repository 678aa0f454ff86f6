"""Accounts, for the administrator."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts import conflicts, queries, services
from accounts.forms import NewUserForm, UserForm, UserSearch
from accounts.forms.rows import already_made
from accounts.forms.users import UserFilter
from accounts.models import User
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from accounts.rows import EditConflict

PAGE = 25


@requires(Permission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def users(request: StaffRequest) -> HttpResponse:
    """The list by GET, page by page; a search for a name by POST, its best page only."""
    search = UserSearch(request.POST if request.method == "POST" else None)
    shown = UserFilter(request.GET)
    status = 200 if shown.is_valid() and (not search.is_bound or search.is_valid()) else 400
    context: dict[str, Any] = {"search": search, "filter": shown, "forms": (search, shown)}
    if status == 200:
        if search.is_bound:
            found = queries.staff(text=search.cleaned_data["text"].strip(), active=None)
        else:
            found = queries.staff(**shown.listed())
        page = Paginator(queries.with_postings(found), PAGE)
        context["page"] = page.get_page(shown.cleaned_data["page"] or 1)
    return render(request, "accounts/user_list.html", context, status=status)


@requires(Permission.MANAGE_ACCOUNTS)
@sensitive_variables("password")
@require_http_methods(["GET", "HEAD", "POST"])
def new_user(request: StaffRequest) -> HttpResponse:
    form = NewUserForm(request.POST or None)
    if request.method != "POST":
        return render(request, "accounts/user_new.html", {"form": form})
    made = already_made(User.objects.filter(is_system=False), request.POST)
    if made is not None:
        return _sent_again(request, made)
    if form.is_valid():
        password = services.one_time_password()
        try:
            user = services.create_user(
                by=request.user, id=form.cleaned_data["id"], password=password, **form.values
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _show_password(request, user, password)
    return render(request, "accounts/user_new.html", {"form": form}, status=400)


def _sent_again(request: StaffRequest, made: User) -> HttpResponse:
    """The same id once more: the same answer for the same content, both versions for another.

    The one-time password is not shown again: it is kept nowhere.
    """
    form = NewUserForm(request.POST, instance=made)
    if form.is_valid() and not set(form.changed_data) & set(form.Meta.fields):
        messages.info(request, _("This account was created already."))
        return redirect("accounts:user", made.pk)
    saved = User.objects.get(pk=made.pk)
    return conflicts.twice(request, form, saved, again=redirect("accounts:user", made.pk).url)


@requires(Permission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def user(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One account with its postings; sent, what was changed about it."""
    row = get_object_or_404(User, pk=pk, is_system=False)
    form = UserForm(request.POST or None, instance=row)
    context = _context(form, pk)
    if request.method != "POST":
        return render(request, "accounts/user.html", context)
    if not form.is_valid():
        return render(request, "accounts/user.html", context, status=400)
    try:
        services.edit_user(
            row, by=request.user, expected=form.cleaned_data["version"], **form.values
        )
    except EditConflict as conflict:
        context["differences"] = conflicts.keep_mine(form, conflict.theirs)
        return render(request, "accounts/user.html", context, status=409)
    except ValidationError as error:
        form.add_error(None, error)
        return render(request, "accounts/user.html", context, status=400)
    messages.success(request, _("The account was saved."))
    return redirect("accounts:user", pk)


def _context(form: UserForm, pk: UUID) -> dict[str, Any]:
    # Read anew: the form writes what was typed into its own row.
    saved = User.objects.get(pk=pk)
    postings = saved.postings.select_related("programme").order_by("-since", "pk")
    return {"form": form, "account": saved, "postings": postings}


@requires(Permission.MANAGE_ACCOUNTS)
@sensitive_variables("password")
@require_POST
def reset_password(request: StaffRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(User, pk=pk, is_system=False, is_active=True)
    password = services.reset_password(row, by=request.user)
    return _show_password(request, row, password)


@requires(Permission.MANAGE_ACCOUNTS)
@require_POST
def switch_user(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Deactivate an active account, activate a deactivated one: as the button said."""
    row = get_object_or_404(User, pk=pk, is_system=False)
    act = services.deactivate if request.POST.get("to") == "inactive" else services.activate
    try:
        act(row, by=request.user, expected=int(request.POST.get("version", "")))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    except (EditConflict, ValueError):
        messages.error(request, _("This account was changed meanwhile. Look at it once more."))
    return redirect("accounts:user", pk)


def _show_password(request: StaffRequest, user: User, password: str) -> HttpResponse:
    """The only page that ever shows it; the browser must not keep it."""
    context = {"account": user, "password": password}
    return render(request, "accounts/user_password.html", context)
