"""One referral: what was shared, how it stands, and the moves that this reader may make."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import policy
from accounts.models import Programme
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from accounts.rows import uuid7
from consultations.forms.slots import hour_words
from consultations.queries import slots
from consultations.services.refusal import Refused
from consultations.services.slots import Full
from referrals import services
from referrals.forms import FORM_OF, DayForm, MoveForm, SlotForm
from referrals.machine import Move
from referrals.models import Referral, Status
from referrals.queries import detail
from referrals.services import MoveNotPossible
from referrals.views.common import Opened, destination_name, find, origin_name
from terminology import lists

DAYS = 21  # how far ahead places are offered
MOST_PLACES = 24
# What the next step usually is, open at once; the others open on a tap.
FIRST = (
    Move.SEND, Move.ACCEPT, Move.ANSWER, Move.SCHEDULE, Move.ARRIVE, Move.SERVE, Move.FEEDBACK,
)  # fmt: skip
# Said on the button.
VERBS: dict[Move, Any] = {
    Move.SEND: gettext_lazy("Send"),
    Move.DISCARD: gettext_lazy("Discard"),
    Move.REVIEW: gettext_lazy("Take it on"),
    Move.ASK: gettext_lazy("Ask for information"),
    Move.ANSWER: gettext_lazy("Answer"),
    Move.ACCEPT: gettext_lazy("Accept"),
    Move.WAITLIST: gettext_lazy("Put on the waiting list"),
    Move.RECHECK: gettext_lazy("Note the weekly check"),
    Move.DECLINE: gettext_lazy("Do not accept"),
    Move.SCHEDULE: gettext_lazy("Give an appointment"),
    Move.ARRIVE: gettext_lazy("The person arrived"),
    Move.MISS: gettext_lazy("Did not attend"),
    Move.SERVE: gettext_lazy("Service received"),
    Move.FEEDBACK: gettext_lazy("Answer the sender"),
    Move.CLOSE: gettext_lazy("Close without service"),
    Move.CANCEL: gettext_lazy("Cancel"),
    Move.ASK_CANCEL: gettext_lazy("Ask to cancel"),
    Move.REFUSE_CANCEL: gettext_lazy("It goes on"),
    Move.AGREE_CANCEL: gettext_lazy("Agree to cancel"),
    Move.NOTE: gettext_lazy("Add a note"),
}
KINDS = {
    Status.SUBMITTED: "info",
    Status.UNDER_REVIEW: "info",
    Status.INFO_REQUESTED: "warn",
    Status.ACCEPTED: "ok",
    Status.WAITLISTED: "warn",
    Status.APPOINTMENT_GIVEN: "ok",
    Status.ARRIVED: "ok",
    Status.NO_SHOW: "warn",
    Status.SERVICE_RECEIVED: "ok",
    Status.FEEDBACK_SENT: "ok",
}


@requires(Permission.REFER)
@require_safe
def referral(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _page(request, find(request.user, pk))


@requires(Permission.REFER)
@require_POST
def make(request: StaffRequest, pk: UUID, move: str) -> HttpResponse:
    """One move. Who comes second is told who was first and what stands."""
    found = find(request.user, pk)
    if move not in FORM_OF:
        raise Http404
    wanted = Move(move)
    form = form_for(request, found, wanted, request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, move=wanted, status=400)
    said = form.cleaned_data
    try:
        if wanted == Move.SEND:
            services.send(found, by=request.user, expected=said["version"])
        else:
            services.move(
                found,
                wanted,
                by=request.user,
                expected=said["version"],
                id=said["id"] or uuid7(),
                **form.said,
            )
    except ObjectDoesNotExist:  # a place that is no more
        raise Http404 from None
    except MoveNotPossible as conflict:
        return came_second(request, conflict)
    except Refused as refusal:
        if isinstance(refusal, Full) and "overbook_reason" in form.fields:
            form.add_error("overbook_reason", str(refusal))
        else:
            form.add_error(None, str(refusal))
        return _page(request, find(request.user, pk), form=form, move=wanted, status=400)
    messages.success(request, _("Done."))
    return redirect("referrals:referral", found.pk)


def form_for(request: StaffRequest, found: Referral, move: Move, data: Any = None) -> MoveForm:
    """The form of a move, with the places that are free where it takes one."""
    form_class: type[MoveForm] = FORM_OF[move]
    initial = {"version": found.version, "id": uuid7()}
    given: dict[str, Any] = {"kept": move.value, "initial": initial}
    if form_class is SlotForm:
        if found.to_programme is None:
            # A partner gives a day; accepting there takes no place of ours.
            form_class = DayForm if move == Move.SCHEDULE else MoveForm
        else:
            given |= {
                "places": _places(request, found, found.to_programme),
                "may_overbook": _may_overbook(request, found),
            }
    return form_class(data, **given)


def _may_overbook(request: StaffRequest, found: Referral) -> bool:
    return policy.allows(request.user, Permission.MANAGE_CAPACITY, found.to_programme_id)


def _places(request: StaffRequest, found: Referral, programme: Programme) -> list[tuple[str, str]]:
    """Places of the next weeks; read once a page."""
    kept: list[tuple[str, str]] | None = found.__dict__.get("_places")
    if kept is None:
        start = programme.today()
        end = start + timedelta(days=DAYS)
        hours = slots.open_slots(programme, start=start, end=end)
        offered = list(hours[:MOST_PLACES])
        if not offered and _may_overbook(request, found):
            full = slots.open_slots(programme, start=start, end=end, full=True)
            offered = list(full[:MOST_PLACES])
        elsewhere = slots.expected_elsewhere(found.patient, request.user.programme_ids, start, end)
        kept = [
            (
                str(slot.pk),
                f"{lists.label(f'consultation_disciplines:{slot.discipline}')} · "
                + hour_words(slot, day=True, elsewhere=elsewhere),
            )
            for slot in offered
        ]
        found.__dict__["_places"] = kept
    return kept


def _page(
    request: StaffRequest,
    found: Referral,
    *,
    form: MoveForm | None = None,
    move: Move | None = None,
    status: int = 200,
) -> HttpResponse:
    opened = Opened(request.user, found, "referral.opened")
    shown = detail.page(found, request.user, opened.permit, opened.key, named=opened.knows_person)
    actions = [
        _action(request, found, each, form if each == move else None) for each in shown.possible
    ]
    first = next((each for name in FIRST for each in actions if each["move"] == name), None)
    if first is None and len(actions) == 1:
        first = actions[0]
    context = {
        "referral": found,
        "shown": shown,
        "opened": opened,
        "patient": opened.patient,
        "kind": KINDS.get(Status(found.status), "plain"),
        "from_name": origin_name(found),
        "to_name": destination_name(found, request.user),
        "is_late": found.due_at is not None and found.due_at < timezone.now(),
        "first": first,
        "actions": [each for each in actions if each is not first],
        "error_form": form,
        "forms": [form] if form is not None else [],
        "is_receiver": found.to_programme_id in request.user.programme_ids,
        "may_admit": _may_admit(found, shown.possible),
        "quick_exit": True,
    }
    return render(request, "referrals/referral_detail.html", context, status=status)


def _action(
    request: StaffRequest, found: Referral, move: Move, form: MoveForm | None
) -> dict[str, Any]:
    form = form or form_for(request, found, move)
    return {
        "move": move,
        "verb": VERBS[move],
        "form": form,
        "open": form.is_bound,
        # Nothing to fill in: a button is enough.
        "plain": not form.shown,
        "danger": move in (Move.DECLINE, Move.CLOSE, Move.CANCEL, Move.DISCARD),
    }


def _may_admit(found: Referral, possible: list[Move]) -> bool:
    """The person can be admitted to the centre out of this referral."""
    return (
        found.episode_id is None
        and found.target_id == "referral_targets:cai"
        and (Move.ARRIVE in possible or Move.SERVE in possible)
    )


def came_second(request: StaffRequest, conflict: MoveNotPossible) -> HttpResponse:
    """Who was first, when, and what stands now. Nothing of the second was stored."""
    stands, last = conflict.theirs, conflict.last
    context = {
        "referral": stands,
        "last": last,
        "last_label": detail.move_label(last.move) if last is not None else "",
        "status": lists.label(f"referral_statuses:{stands.status}"),
    }
    return render(request, "referrals/referral_conflict.html", context, status=409)
