"""What every page shows around its content: navigation by role, language, theme, the way out."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import policy
from accounts.models import Programme
from accounts.policy import Permission

LANGUAGES = (("es", "Español"), ("en", "English"), ("fr", "Français"))  # each in its own words
THEMES = (
    {"code": "light", "label": pgettext_lazy("theme", "Light"), "icon": "sun"},
    {"code": "night", "label": pgettext_lazy("theme", "Night"), "icon": "moon"},
    {"code": "auto", "label": pgettext_lazy("theme", "Auto"), "icon": "auto"},
)
THEME_COOKIE = "theme"
QUICK_EXIT = "https://www.wikipedia.org/"  # says nothing about who was reading what


class Entry(NamedTuple):
    label: Any
    url: str
    icon: str
    permission: Permission
    centre: bool = False  # only for who works in a programme with a centre


class NavItem(NamedTuple):
    label: Any
    url: str
    icon: str
    current: bool


NAVIGATION = (
    Entry(_("Today"), "desk:today", "home", Permission.SEE_TODAY),
    Entry(_("People"), "patients:list", "people", Permission.SEARCH_PEOPLE),
    Entry(_("Outings"), "consultations:outings", "outing", Permission.READ_OUTINGS),
    Entry(_("Activities"), "consultations:activities", "activity", Permission.RECORD_ACTIVITY),
    Entry(_("Referrals"), "referrals:list", "referral", Permission.REFER),
    Entry(_("Episodes"), "consultations:episodes", "episode", Permission.MANAGE_EPISODE, True),
    Entry(_("Partners"), "partners:list", "partners", Permission.READ_PARTNERS),
    Entry(_("Activity report"), "reports:activity", "report", Permission.READ_FIGURES),
    Entry(_("Reports"), "reports:list", "note", Permission.READ_REPORTS),
    Entry(_("Access log"), "accounts:access_log", "log", Permission.READ_ACCESS_LOG),
    Entry(_("Blocking"), "patients:blocking", "shield", Permission.MANAGE_BLOCKING),
    Entry(_("Openings by card"), "patients:card_openings", "card", Permission.READ_ACCESS_LOG),
    Entry(_("Accounts"), "accounts:users", "person", Permission.MANAGE_ACCOUNTS),
    Entry(_("Lists"), "terminology:lists", "admin", Permission.EDIT_LISTS),
    Entry(_("Codes of other systems"), "reports:codes", "admin", Permission.MAP_CODES),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of every page; the navigation is worked out only where it is shown."""
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    return {
        "nav": SimpleLazyObject(lambda: list(_navigation(request))),
        "theme": theme if theme in ("light", "night") else "auto",
        "themes": THEMES,
        "theme_url": _url("accounts:theme"),
        "languages": LANGUAGES,
        "language_url": _url("accounts:language"),
        "sign_out_url": _url("accounts:sign_out"),
        "here": request.get_full_path() if request.method == "GET" else request.path,
        "quick_exit_url": getattr(settings, "QUICK_EXIT_URL", QUICK_EXIT),
    }


def _navigation(request: HttpRequest) -> Iterator[NavItem]:
    user = getattr(request, "user", None)
    if user is None:
        return
    shown = [
        (entry, url)
        for entry in NAVIGATION
        if (url := _url(entry.url))
        and policy.allows(user, entry.permission)
        and (not entry.centre or _in_centre(user))
    ]
    # Reports lie under the activity report: the closest entry is where one is.
    current = max((u for _entry, u in shown if _is_current(request.path, u)), key=len, default="")
    for entry, url in shown:
        yield NavItem(entry.label, url, entry.icon, url == current)


def _in_centre(user: Any) -> bool:
    return any(
        posting.programme is not None and posting.programme.kind == Programme.Kind.CENTRE
        for posting in user.active_postings
    )


def _is_current(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _url(name: str) -> str:
    """The address of a view; empty where this installation has none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
