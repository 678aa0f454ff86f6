"""The first page of who works at a centre: my hours, who waits, my drafts, the next days."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import policy
from accounts.models import Programme
from accounts.policy import Permission
from accounts.requests import StaffRequest
from consultations.forms import FORMS
from consultations.forms.outing import OpenForm
from consultations.models import Appointment, Draft, Outing, Visit
from consultations.queries import outings
from consultations.views.common import named
from desk.queries import MyDay, protection_waiting
from patients.models import Patient
from patients.queries import in_sight_of
from referrals.queries import notices

PER_PAGE = 25
WAITING, DRAFTS, NEXT_DAYS = 8, 5, 7
KINDS = {
    Visit.State.WAITING: "info",
    Visit.State.IN_CARE: "info",
    Visit.State.SEEN: "ok",
    Visit.State.LEFT: "warn",
    Appointment.State.ATTENDED: "ok",
    Appointment.State.MISSED: "warn",
    Appointment.State.BOOKED: "plain",
}


def my_day(
    request: StaffRequest, programme: Programme, own: Outing | None, there: list[Outing]
) -> HttpResponse:
    today = MyDay(request.user, programme, programme.today())
    page = Paginator(today.appointments(), PER_PAGE).get_page(request.GET.get("page"))
    expected = {each.patient_id for each in page}
    visits = today.visits(own, expected)
    waiting = [each for each in visits if _waits(each, today, expected)]
    drafts = _drafts(request)
    people = named(
        request,
        [
            *(each.patient for each in page),
            *(each.patient for each in waiting[:WAITING]),
            *(each.patient for each in drafts),
        ],
        "outing.listed",
        of=programme,
    )
    row = _Row(request, programme, own, visits, drafts, today.chains(expected))
    context: dict[str, Any] = {
        "day": today.on,
        "outing": own,
        "place": own.site.name if own else None,
        "there": [each for each in there if own is None or each.pk != own.pk],
        "page": page,
        "rows": [row.of(each, people[each.patient_id]) for each in page],
        "waiting": [(each, people[each.patient_id]) for each in waiting[:WAITING]],
        "more_waiting": len(waiting) > WAITING,
        "drafts": [(each, people[each.patient_id]) for each in drafts[:DRAFTS]],
        "ahead": today.ahead(NEXT_DAYS),
        "protection": protection_waiting(request.user),
        "notices": notices.unseen_by_referral(request.user),
        "coordinates": policy.allows(request.user, Permission.MANAGE_CAPACITY, programme),
    }
    if own is None:
        sites = outings.suggest_sites(programme, request.user, today.on)
        context |= {"sites": sites, "form": OpenForm(sites=sites)}
    return render(request, "desk/my_day.html", context)


def _waits(visit: Visit, today: MyDay, expected: set[UUID]) -> bool:
    """Waits for the colleague without an hour of theirs."""
    if visit.state != Visit.State.WAITING or visit.patient_id in expected:
        return False
    return not visit.waits_for or bool(set(visit.waits_for).intersection(today.disciplines))


def _drafts(request: StaffRequest) -> list[Draft]:
    mine = Draft.objects.visible_to(request.user).open().select_related("patient")
    mine = mine.filter(in_sight_of(request.user))
    return list(mine.order_by("-saved_at")[:DRAFTS])


class _Row:
    """What one line of the day shows: hour, person, where they stand, one button, the chain."""

    def __init__(
        self,
        request: StaffRequest,
        programme: Programme,
        own: Outing | None,
        visits: list[Visit],
        drafts: list[Draft],
        chains: dict[UUID, list[Appointment]],
    ) -> None:
        self.own = own
        self.visits = {visit.patient_id: visit for visit in visits}
        self.drafts = {(draft.patient_id, draft.discipline): draft for draft in drafts}
        self.chains = chains
        self.writes = [
            each for each in policy.disciplines_of(request.user, programme) if each in FORMS
        ]

    def of(self, appointment: Appointment, person: dict[str, Any]) -> dict[str, Any]:
        chain = self.chains[appointment.patient_id]
        state, kind = self._state(appointment)
        return {
            "appointment": appointment,
            "person": person,
            "years": _years(person),
            "state": state,
            "kind": kind,
            "chain": chain if len(chain) > 1 else [],
            "arrives": [each.discipline for each in chain if each.state == each.State.BOOKED]
            if self._not_here(appointment)
            else [],
            "button": self._button(appointment, person["patient"]),
        }

    def _not_here(self, appointment: Appointment) -> bool:
        here = self.visits.get(appointment.patient_id)
        return self.own is not None and here is None and appointment.state == "booked"

    def _state(self, appointment: Appointment) -> tuple[str, str]:
        """Where the person stands; once the appointment was kept or missed, that."""
        visit = self.visits.get(appointment.patient_id)
        if visit is not None and appointment.state == Appointment.State.BOOKED:
            return visit.get_state_display(), KINDS[Visit.State(visit.state)]
        state = Appointment.State(appointment.state)
        words = _("expected") if state == Appointment.State.BOOKED else str(state.label)
        return words, KINDS[state]

    def _button(self, appointment: Appointment, patient: Patient) -> tuple[str, str] | None:
        draft = self.drafts.get((patient.pk, appointment.discipline))
        if draft is not None:
            return _("Continue"), reverse("consultations:resume", args=[draft.pk])
        if appointment.state == Appointment.State.ATTENDED:
            return None
        if appointment.discipline in self.writes and patient.pk in self.visits:
            new = reverse("consultations:new", args=[patient.code, appointment.discipline])
            return _("Attend"), new
        return _("Change"), reverse("consultations:appointment", args=[appointment.pk])


def _years(person: dict[str, Any]) -> str:
    years = person["age"].years
    return ngettext("%(n)d year", "%(n)d years", years) % {"n": years}
