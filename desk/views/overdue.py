"""What nobody should be forgotten for: unsigned notes, missed appointments, people not seen, and
duties to protect whose clock runs."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from accounts.templatetags.ui import Tab
from consultations.models import Episode
from consultations.views.common import PER_PAGE, discipline_label, named
from desk.queries import Overdue

UNSEEN_DAYS = 30


@requires(Permission.CLOSE_DRAFTS)
@require_safe
def overdue(request: StaffRequest) -> HttpResponse:
    """Four lists of the programmes that the user coordinates, and three more of a centre."""
    own = set(policy.programmes_where(request.user, Permission.CLOSE_DRAFTS))
    programmes = [
        posting.programme
        for posting in request.user.active_postings
        if posting.programme is not None and posting.programme_id in own
    ]
    waiting = Overdue(list({each.pk: each for each in programmes}.values()), request.user)
    rows: dict[str, Any] = {
        "protection": waiting.protection(),
        "drafts": waiting.unsigned(),
        "appointments": waiting.not_contacted(),
        "people": waiting.critical_unseen(UNSEEN_DAYS),
    }
    if waiting.centres:
        rows |= {
            "reviews": waiting.reviews(),
            "plans": waiting.plans(),
            "lost": waiting.lost(),
        }
    tab = request.GET.get("tab", "")
    tab = tab if tab in rows else "drafts"
    page = Paginator(rows[tab], PER_PAGE).get_page(request.GET.get("page"))
    people = named(
        request,
        # Whose draft it is says enough to close it: the person is not named.
        [] if tab == "drafts" else [_patient(row) for row in page],
        "people.overdue",
    )
    context = {
        "tab": tab,
        "tabs": _tabs(tab, rows, page.paginator.count),
        "page": page,
        "rows": [_row(row, people) for row in page],
        "unseen_days": UNSEEN_DAYS,
        "now": timezone.now(),
    }
    return render(request, "desk/overdue.html", context)


def _patient(row: Any) -> Any:
    """Who the row is about; of a stay, the survivor of a merge."""
    patient = getattr(row, "patient", row)
    return patient.merged_into if isinstance(row, Episode) and patient.merged_into else patient


def _row(row: Any, people: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    patient = _patient(row)
    discipline = getattr(row, "discipline", "")
    return {
        "row": row,
        "person": people.get(patient.pk),
        "discipline": discipline,
        "discipline_label": discipline_label(discipline) if discipline else "",
    }


def _tabs(current: str, rows: dict[str, Any], known: int) -> list[Tab]:
    labels = {
        "protection": _("Protection"),
        "drafts": _("Unsigned notes"),
        "appointments": _("Missed, not contacted"),
        "people": _("Not seen"),
        "reviews": _("Review overdue"),
        "plans": _("No plan signed"),
        "lost": _("Perhaps lost"),
    }
    address = reverse("desk:overdue")
    return [
        Tab(
            label,
            f"{address}?tab={name}",
            known if name == current else rows[name].count(),
            name == current,
        )
        for name, label in labels.items()
        if name in rows
    ]
