"""The first page: today at the site, in tabs; other roles go to where their work begins."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.models import Programme
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest, landing
from accounts.templatetags.ui import Tab
from consultations.forms import FORMS
from consultations.forms.outing import OpenForm
from consultations.models import Draft, Outing, Visit
from consultations.queries import counts, outings
from consultations.views.common import named
from desk import queries
from desk.views.my_day import my_day
from patients.queries import in_sight_of
from referrals.queries import notices

PER_PAGE = 25
EXPECTED = 8
DRAFTS = 5
TABS = (
    (Visit.State.WAITING.value, Visit.State.WAITING.label),
    (Visit.State.IN_CARE.value, Visit.State.IN_CARE.label),
    (Visit.State.SEEN.value, Visit.State.SEEN.label),
)
ALL = "all"


@requires(Permission.SIGNED_IN)
@require_safe
def today(request: StaffRequest) -> HttpResponse:
    programme = outings.programme_of(request.user)
    if programme is None or not policy.allows(request.user, Permission.SEE_TODAY):
        return redirect(landing(request.user))
    there = outings.open_today(programme, request.user)
    own = outings.own_of(there)
    if programme.kind == Programme.Kind.CENTRE and not (own and "tab" in request.GET):
        return my_day(request, programme, own, there)
    if own is None:
        return _without_outing(request, programme, there)
    return _at_the_site(request, programme, own, there)


def _without_outing(
    request: StaffRequest, programme: Programme, there: list[Outing]
) -> HttpResponse:
    """Join a colleague, or open the outing that the calendar suggests: two interactions."""
    sites = outings.suggest_sites(programme, request.user, programme.today())
    drafts = _drafts(request)
    context = {
        "notices": notices.unseen_by_referral(request.user),
        "day": programme.today(),
        "there": there,
        "sites": sites,
        "form": OpenForm(sites=sites),
        "drafts": _with_names(request, drafts),
        "coordinates": policy.allows(request.user, Permission.CLOSE_DRAFTS),
        "protection": queries.protection_waiting(request.user),
    }
    return render(request, "desk/today_start.html", context)


class _Counted(Paginator[Visit]):
    """Visits whose number the tabs say already."""

    def __init__(self, visits: Any, known: int) -> None:
        super().__init__(visits, PER_PAGE)
        self._known = known

    @cached_property
    def count(self) -> int:
        return self._known


def _at_the_site(
    request: StaffRequest, programme: Programme, own: Outing, there: list[Outing]
) -> HttpResponse:
    states = counts.visit_states(own)
    tab = _tab(request, states)
    page = _visits(request, own, tab, states)
    appointments = list(queries.expected(programme, own, request.user)[: EXPECTED + 1])
    drafts = _drafts(request)
    shown = [visit.patient for visit in page]
    people = named(
        request,
        [*shown, *(each.patient for each in appointments), *(each.patient for each in drafts)],
        "outing.listed",
        of=programme,
    )
    done = queries.done_in(list(page), request.user)
    before = queries.last_seen((patient.pk for patient in shown), programme, own.local_date)
    writes = [each for each in policy.disciplines_of(request.user, programme) if each in FORMS]
    context = {
        "notices": notices.unseen_by_referral(request.user),
        "outing": own,
        "others": [each for each in there if each.pk != own.pk],
        "place": own.site.name,
        "tabs": _tabs(tab, states),
        "tab": tab,
        "page": page,
        "rows": [
            _row(visit, people[visit.patient_id], done[visit.pk], before, writes) for visit in page
        ],
        "appointments": [(each, people[each.patient_id]) for each in appointments[:EXPECTED]],
        "protection": queries.protection_waiting(request.user),
        "more_appointments": len(appointments) > EXPECTED,
        "drafts": [(each, people[each.patient_id]) for each in drafts],
    }
    return render(request, "desk/today.html", context)


def _tab(request: StaffRequest, states: dict[str, int]) -> str:
    asked = request.GET.get("tab", "")
    if asked in dict(TABS) or asked == ALL:
        return asked
    # Who opens the page wants to see the next person; where nobody waits, those in care.
    return next((state for state, _label in TABS[:2] if states[state]), TABS[0][0])


def _tabs(current: str, states: dict[str, int]) -> list[Tab]:
    address = reverse("desk:today")
    found = [
        Tab(label, f"{address}?tab={state}", states[state], state == current)
        for state, label in TABS
    ]
    total = sum(states.values())
    return [*found, Tab(_("All"), f"{address}?tab={ALL}", total, current == ALL)]


def _visits(request: StaffRequest, own: Outing, tab: str, states: dict[str, int]) -> Page[Visit]:
    """In order of arrival; hidden people only for those who may see them in lists."""
    visits = own.visits.select_related("patient").order_by("arrived_at", "pk")
    visits = visits.filter(in_sight_of(request.user))
    if tab != ALL:
        visits = visits.filter(state=tab)
    total = sum(states.values()) if tab == ALL else states[tab]
    return _Counted(visits, total).get_page(request.GET.get("page"))


def _drafts(request: StaffRequest) -> list[Draft]:
    mine = Draft.objects.visible_to(request.user).open().select_related("patient")
    mine = mine.filter(in_sight_of(request.user))
    return list(mine.order_by("-saved_at")[:DRAFTS])


def _with_names(request: StaffRequest, drafts: list[Draft]) -> list[tuple[Draft, Any]]:
    people = named(request, [each.patient for each in drafts], "draft.listed")
    return [(each, people[each.patient_id]) for each in drafts]


def _row(
    visit: Visit,
    person: dict[str, Any],
    done: queries.Done,
    before: dict[Any, Any],
    writes: list[str],
) -> dict[str, Any]:
    """Name used, end of the code, age, letters, one button; never the need in words."""
    patient = person["patient"]
    if done.mine is not None:
        button = _("Continue"), reverse("consultations:resume", args=[done.mine])
    elif writes and visit.state != Visit.State.SEEN:
        button = _("Attend"), reverse("consultations:new", args=[patient.code, writes[0]])
    else:
        button = _("Visit"), reverse("consultations:visit", args=[visit.pk])
    last = before.get(patient.pk)
    return {
        "title": person["name"],
        "url": reverse("desk:person", args=[patient.code]),
        "code_end": patient.code_end,
        "facts": _facts(person, (visit.outing.local_date - last).days if last else None),
        "disciplines": visit.waits_for or done.drafted or done.signed,
        "action_label": button[0],
        "action_url": button[1],
    }


def _facts(person: dict[str, Any], days: int | None) -> str:
    years = person["age"].years
    words = ngettext("%(n)d year", "%(n)d years", years) % {"n": years}
    if days is None:
        return words
    again = ngettext("follow-up, %(n)d day", "follow-up, %(n)d days", days) % {"n": days}
    return f"{words} · {again}"
