"""Where a request comes from, who sends it and where it goes next."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import policy
from accounts.models import User
from accounts.policy import Permission


class StaffRequest(HttpRequest):
    """A request that the policy let pass: somebody is signed in."""

    user: User


def own_address(request: HttpRequest, url: str) -> str:
    """`url` where it stays on this host, else nothing."""
    allowed = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if url and allowed else ""


def way_back(request: HttpRequest) -> str:
    """The page to show again after signing in: this one, or the one that sent this form."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    parts = urlsplit(own_address(request, request.headers.get("Referer", "")))
    return parts.path + (f"?{parts.query}" if parts.query else "")


def landing(user: User) -> str:
    """The first page of a user: where their work begins."""
    if user.must_change_password:
        return resolve_url("accounts:password")
    for permission, page in (
        (Permission.SEE_TODAY, "/"),
        (Permission.READ_FIGURES, "/reports/"),
        (Permission.READ_ACCESS_LOG, "accounts:access_log"),
        (Permission.MANAGE_ACCOUNTS, "accounts:users"),
    ):
        if policy.allows(user, permission):
            return resolve_url(page)
    return resolve_url("accounts:profile")


def client_address(request: HttpRequest) -> str:
    """The client's address; behind our own proxy the one it saw, which stands last."""
    if settings.BEHIND_TLS_PROXY:
        forwarded = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        if forwarded:
            return forwarded
    return str(request.META.get("REMOTE_ADDR", ""))
