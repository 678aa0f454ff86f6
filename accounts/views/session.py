"""Signing in and out, and what people settle for themselves."""

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import conflicts, services
from accounts.context import THEME_COOKIE
from accounts.forms import PasswordForm, ProfileForm, SignInForm
from accounts.models import User
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest, client_address, landing, own_address
from accounts.rows import EditConflict

ONE_YEAR = 365 * 24 * 3600


@requires(Permission.PUBLIC)
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(own_address(request, request.GET.get("next", "")) or landing(request.user))
    if request.method != "POST":
        form = SignInForm(initial={"next": own_address(request, request.GET.get("next", ""))})
        ended = "ended" in request.GET
        return render(request, "accounts/sign_in.html", {"form": form, "ended": ended})
    form = SignInForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            user = services.check_credentials(
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
                address=client_address(request),
            )
        except services.TooManyAttempts as error:
            form.add_error(None, _wait(error))
            status = 429
        else:
            if user is not None:
                return _signed_in(request, user, form.cleaned_data["next"])
            form.add_error(None, _("The e-mail or the password is not right."))
    return render(request, "accounts/sign_in.html", {"form": form}, status=status)


def _wait(error: services.TooManyAttempts) -> str:
    # Rounded up, so that the time on the clock is one at which it does work.
    until = timezone.localtime(error.until + dt.timedelta(seconds=59))
    return _("Too many attempts. Try again at %(time)s.") % {"time": date_format(until, "H:i")}


def _signed_in(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    login(request, user)  # gives the session a new key
    now = int(timezone.now().timestamp())
    request.session["seen_at"] = request.session["signed_in_at"] = now
    to = landing(user) if user.must_change_password else own_address(request, wanted)
    response = HttpResponseRedirect(to or landing(user))
    _remember_language(response, user.language)
    return response


@requires(Permission.PUBLIC)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and have the browser forget what it kept. Public, so that it also works
    on a page whose session ended long ago."""
    if request.user.is_authenticated:
        services.note_sign_out(by=request.user)
    logout(request)
    response = redirect(settings.LOGIN_URL)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@requires(Permission.SIGNED_IN)
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: StaffRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None, user=request.user)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid() and _old_password_is_right(request, form):
            services.change_password(request.user, form.cleaned_data["new"])
            update_session_auth_hash(request, request.user)
            messages.success(request, _("Your password was changed."))
            return redirect(landing(request.user))
    return render(request, "accounts/password_form.html", {"form": form}, status=status)


def _old_password_is_right(request: StaffRequest, form: PasswordForm) -> bool:
    try:
        services.check_present_password(
            request.user, form.cleaned_data["old"], address=client_address(request)
        )
    except services.TooManyAttempts as error:
        form.add_error(None, _wait(error))
    except ValidationError as error:
        form.add_error("old", error)
    return form.is_valid()


@requires(Permission.SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: StaffRequest) -> HttpResponse:
    me = User.objects.get(pk=request.user.pk)  # the form writes into it; the page shows the other
    form = ProfileForm(request.POST or None, instance=me)
    context = {"form": form, "postings": request.user.active_postings}
    if request.method != "POST":
        return render(request, "accounts/profile.html", context)
    if not form.is_valid():
        return render(request, "accounts/profile.html", context, status=400)
    try:
        services.edit_profile(me, expected=form.cleaned_data["version"], **form.values)
    except EditConflict as conflict:
        context["differences"] = conflicts.keep_mine(form, conflict.theirs)
        return render(request, "accounts/profile.html", context, status=409)
    with translation.override(me.language):
        messages.success(request, _("Your profile was saved."))
    return _remember_language(redirect("accounts:profile"), me.language)


@requires(Permission.PUBLIC)
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    if language not in User.Language:
        raise Http404
    if request.user.is_authenticated:
        services.set_language(request.user, language)
    return _remember_language(_back(request), language)


@requires(Permission.PUBLIC)
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    theme = request.POST.get("theme", "")
    if theme not in ("light", "night", "auto"):
        raise Http404
    response = _back(request)
    response.set_cookie(
        THEME_COOKIE, theme, max_age=ONE_YEAR, samesite="Strict", secure=request.is_secure()
    )
    return response


@requires(Permission.SIGNED_IN)
@require_POST
def choose_posting(request: StaffRequest) -> HttpResponse:
    """Act in another of one's postings until the session ends."""
    chosen = request.POST.get("posting", "")
    if chosen not in {str(posting.pk) for posting in request.user.active_postings}:
        raise Http404
    request.session["posting"] = chosen
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(own_address(request, request.POST.get("next", "")) or "/")


def _remember_language(response: HttpResponse, language: str) -> HttpResponse:
    """For the pages before the next sign-in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=ONE_YEAR,
        samesite="Strict",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
    return response
