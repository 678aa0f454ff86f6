"""The queue of who receives, what was sent, and giving referrals to colleagues."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import policy
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest, own_address
from accounts.templatetags.ui import Tab
from consultations.queries.outings import programme_of
from consultations.services.refusal import Refused
from consultations.views.common import named
from patients.models import Patient
from referrals import services
from referrals.fields import is_id
from referrals.forms import AssignForm, QueueForm
from referrals.models import Referral
from referrals.queries import queue
from referrals.queries.package import may_read_package
from referrals.rules import group_of
from referrals.views.common import destination_name, origin_name

PER_PAGE = 20
SENT = "sent"


class _Counted(Paginator[Referral]):
    """Rows whose number the tabs say already."""

    def __init__(self, rows: Any, known: int) -> None:
        super().__init__(rows, PER_PAGE)
        self._known = known

    @cached_property
    def count(self) -> int:
        return self._known


@requires(Permission.REFER)
@require_safe
def referral_list(request: StaffRequest) -> HttpResponse:
    """Late first. A row says the age of the request, how urgent, from where, in which language;
    name and need only to those who may know them, and logged."""
    asked = QueueForm(request.GET)
    at = timezone.now()
    user = request.user
    wanted = queue.Filter.from_query({name: asked.value(name) or "" for name in QueueForm.filters})
    counts = queue.counts(user, wanted, at)
    sent = queue.sent_counts(user)
    tab = asked.value("tab") or ""
    if tab not in (*queue.Tab.values, SENT):
        tab = next((each for each in queue.Tab.values if counts[queue.Tab(each)]), "")
        tab = tab or (SENT if any(sent.values()) else queue.Tab.NEW.value)
    rows, known = _rows(request, tab, wanted, counts, sent, at)
    page = _Counted(rows.prefetch_related("reasons"), known).get_page(asked.value("page") or 1)
    referrals = list(page)
    people = _people(request, referrals)
    context = {
        "form": asked,
        "tab": tab,
        "tabs": _tabs(tab, counts, _open(sent), asked),
        "states": _states(request, sent) if tab == SENT else [],
        "page": page,
        "rows": [_row(each, people, user, at, sent=tab == SENT) for each in referrals],
        "colleagues": [] if tab == SENT else _colleagues(request),
        "is_filtered": any(asked.value(name) for name in QueueForm.filters),
        "wide": True,
    }
    return render(request, "referrals/referral_list.html", context, status=asked.status)


def _rows(
    request: StaffRequest, tab: str, wanted: Any, counts: Any, sent: Any, at: datetime
) -> tuple[queue.Rows, int]:
    if tab != SENT:
        return queue.queue(request.user, queue.Tab(tab), wanted, at), counts[queue.Tab(tab)]
    state = request.GET.get("state", "")
    if state not in queue.SentState.values:
        return queue.sent(request.user, at=at), _open(sent)
    rows = queue.sent(request.user, queue.SentFilter(state=state), at)
    return rows, sent[queue.SentState(state)]


def _open(sent: dict[queue.SentState, int]) -> int:
    """What is finished has a filter of its own."""
    return sum(number for state, number in sent.items() if state != queue.SentState.DONE)


def _tabs(tab: str, counts: Any, sent: int, asked: QueueForm) -> list[Tab]:
    address = reverse("referrals:list")
    kept = "".join(
        f"&{name}={asked.value(name)}" for name in QueueForm.filters if asked.value(name)
    )
    found = [
        Tab(each.label, f"{address}?tab={each.value}{kept}", counts[each], each.value == tab)
        for each in queue.Tab
    ]
    return [*found, Tab(_("Sent by us"), f"{address}?tab={SENT}", sent, tab == SENT)]


def _states(request: StaffRequest, sent: Any) -> list[Tab]:
    address = f"{reverse('referrals:list')}?tab={SENT}"
    state = request.GET.get("state", "")
    return [
        Tab(_("All open"), address, _open(sent), state not in queue.SentState.values),
        *(
            Tab(each.label, f"{address}&state={each.value}", sent[each], each.value == state)
            for each in queue.SentState
        ),
    ]


def _people(request: StaffRequest, referrals: list[Referral]) -> Any:
    """Name used and age of those whom the user may know; one event for the whole list."""
    known = set(
        Patient.objects.visible_to(request.user)
        .filter(pk__in={each.patient_id for each in referrals})
        .values_list("pk", flat=True)
    )
    return named(
        request,
        [
            each.patient
            for each in referrals
            if each.patient_id in known and not each.patient.hidden
        ],
        "referral.listed",
    )


def _row(referral: Referral, people: Any, user: Any, at: datetime, *, sent: bool) -> dict[str, Any]:
    reads = may_read_package(user, referral)
    person = people.get(referral.patient_id)
    groups = (
        list(dict.fromkeys(str(group_of(each.reason_id).label) for each in referral.reasons.all()))
        if reads
        else []
    )
    return {
        "referral": referral,
        "name": person["name"] if person else "",
        "need": " · ".join(groups[:2]),
        "other_side": destination_name(referral, user) if sent else origin_name(referral),
        "age": _since(referral.submitted_at or referral.written_at, at),
        "late": bool(getattr(referral, "is_late", False)),
        "due": referral.due_at,
    }


def _since(start: datetime, at: datetime) -> str:
    """How long ago, in the largest unit that says it."""
    minutes = max(0, int((at - start).total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        hours = minutes // 60
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = minutes // (24 * 60)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _colleagues(request: StaffRequest) -> list[Any]:
    """To whom the user may give referrals: colleagues of the programme they coordinate."""
    programme = programme_of(request.user)
    if programme is None or not policy.allows(request.user, Permission.TRIAGE_REFERRAL, programme):
        return []
    return queue.assignable(programme)


@requires(Permission.TRIAGE_REFERRAL)
@require_POST
def assign(request: StaffRequest) -> HttpResponse:
    """Several at once to one colleague."""
    form = AssignForm(
        request.POST,
        referrals=Referral.objects.visible_to(request.user),
        colleagues=_colleagues(request),
    )
    if not form.is_valid():
        messages.error(request, _("Tick at least one referral and choose a colleague."))
    else:
        try:
            ids = [each.pk for each in form.cleaned_data["referral"]]
            given = services.assign(ids, form.colleague, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            words = ngettext("%(n)d referral given.", "%(n)d referrals given.", given)
            messages.success(request, words % {"n": given})
    return redirect(own_address(request, request.POST.get("next", "")) or "referrals:list")


@requires(Permission.REFER)
@require_POST
def see(request: StaffRequest) -> HttpResponse:
    """Notices that were read leave Today."""
    services.see([pk for pk in request.POST.getlist("notice") if is_id(pk)], by=request.user)
    return redirect("desk:today")
