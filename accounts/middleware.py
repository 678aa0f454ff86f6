"""What happens to every request: session limits, language, privacy of pages, the policy."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import policy
from accounts.policy import Permission
from accounts.requests import way_back

Handler = Callable[[HttpRequest], HttpResponse]


def session_limits(get_response: Handler) -> Handler:
    """End a session that was idle too long or that is too old, wherever it is used."""

    def middleware(request: HttpRequest) -> HttpResponse:
        session = request.session
        if session.get("_auth_user_id"):
            now = int(timezone.now().timestamp())
            idle = now - session.get("seen_at", now)
            age = now - session.get("signed_in_at", now)
            if (
                idle > settings.SESSION_IDLE_MINUTES * 60
                or age > settings.SESSION_ABSOLUTE_HOURS * 3600
            ):
                logout(request)
                request.session_ended = True  # type: ignore[attr-defined]
            elif idle >= 60 or "seen_at" not in session or "signed_in_at" not in session:
                # Once a minute is enough: each save is a write.
                session["seen_at"] = now
                session.setdefault("signed_in_at", now)
        return get_response(request)

    return middleware


def own_language(get_response: Handler) -> Handler:
    """Speak the signed-in user's own language, whatever the browser asks for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.session.get("_auth_user_id") and request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or "es")
        return response

    return middleware


def private_pages(get_response: Handler) -> Handler:
    """No page of a signed-in user stays in a cache: not the browser's, not a proxy's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        signed_in = bool(request.session.get("_auth_user_id"))
        response = get_response(request)
        if signed_in or request.session.get("_auth_user_id"):
            response.headers["Cache-Control"] = "no-store, private"
        return response

    return middleware


class Policy:
    """Deny by default: a view without a permission is refused, and so is a user without it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        permission = policy.needed(view, request.method or "GET")
        if permission is None:
            raise PermissionDenied("this view names no permission")
        if permission == Permission.PUBLIC:
            return None
        if not request.user.is_authenticated:
            return _sign_in_first(request)
        self._choose_posting(request)
        policy.require(request.user, permission)
        if request.user.must_change_password and permission != Permission.SIGNED_IN:
            return _elsewhere(request, resolve_url("accounts:password"), 403)
        return None

    @staticmethod
    def _choose_posting(request: HttpRequest) -> None:
        chosen = request.session.get("posting")
        for posting in request.user.active_postings:  # type: ignore[union-attr]
            if str(posting.pk) == chosen:
                request.user.posting = posting  # type: ignore[union-attr]


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    query = QueryDict(mutable=True)
    if back := way_back(request):
        query[REDIRECT_FIELD_NAME] = back
    if getattr(request, "session_ended", False):
        query["ended"] = "1"
    asked = f"?{query.urlencode(safe='/')}" if query else ""
    return _elsewhere(request, resolve_url(settings.LOGIN_URL) + asked, 401)


def _elsewhere(request: HttpRequest, url: str, status: int) -> HttpResponse:
    """Send a page to `url`; tell a fragment where its page goes; answer the API with `status`."""
    if request.path.startswith("/api/"):
        message = _("Sign in first.") if status == 401 else _("Choose a new password first.")
        return JsonResponse({"detail": message}, status=status)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=status, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
