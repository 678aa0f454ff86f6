"""The plan of a stay: goals, actions, signature, paper for the person; case reviews."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import policy
from accounts.conflicts import differences
from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.rows import EditConflict, uuid7
from accounts.services import disclose
from consultations.forms.plans import (
    PLAN,
    ActionForm,
    ChangeGoalForm,
    GoalForm,
    GoalStatusForm,
    ReviewForm,
    SignPlanForm,
)
from consultations.models import Appointment, GoalAction, PlanGoal
from consultations.queries import episodes as lists_of
from consultations.queries import stay as stays
from consultations.queries.keys import NarrativeKey
from consultations.queries.reach import of_person
from consultations.queries.stay import Done, Goal
from consultations.queries.teams import colleagues
from consultations.services import case_reviews, plans
from consultations.services.refusal import Refused
from consultations.views.common import attempt
from consultations.views.episodes import find_stay, opened_stay, over, same_id, whole_stay
from patients.idempotency import SameIdOtherBody
from patients.queries import current_identity
from patients.views.base import head

RUNNING = "care_plan_goal_status:in_progress"


# -- Goals -----------------------------------------------------------------------------------
@requires(Permission.MANAGE_EPISODE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_goal(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _own_stay(request, pk)
    form = GoalForm(
        request.POST if request.method == "POST" else None,
        team=colleagues(found.programme),
        initial={"id": uuid7(), "status": RUNNING},
    )
    if request.method != "POST":
        return _goal_page(request, found, form)
    if not form.is_valid():
        return _goal_page(request, found, form, status=400)
    said = form.cleaned_data
    try:
        plans.add_goal(
            found,
            id=said["id"],
            domain=said["domain"],
            words=said["words"],
            measure=said["measure"],
            status=said["status"],
            action=form.action_for(said["domain"]),
            by=request.user,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _goal_page(request, found, form, status=400)
    except SameIdOtherBody as conflict:
        saved = [(form.fields["domain"].label, conflict.existing.domain_id)]  # type: ignore[attr-defined]
        return same_id(request, form, saved, _address(found))
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("The goal is in the plan. Sign the plan once it is whole."))
    return redirect("consultations:episode", found.pk)


def _goal_page(request: StaffRequest, found: Any, form: Any, status: int = 200) -> HttpResponse:
    context = {**_head(request, found), "form": form}
    return render(request, "episodes/goal_new.html", context, status=status)


@requires(Permission.MANAGE_EPISODE)
@require_http_methods(["GET", "HEAD", "POST"])
def goal(request: StaffRequest, pk: UUID, goal: UUID) -> HttpResponse:
    """Where the goal stands, its actions and, until a plan is signed with it, its words."""
    found = _own_stay(request, pk)
    row = _find_goal(request, found, goal)
    act = request.POST.get("act", "")
    if request.method != "POST" or act not in _FORMS:
        return _one_goal(request, found, row, code=400 if request.method == "POST" else 200)
    form = _FORMS[act](request.POST, **_team(act, found))
    if not form.is_valid():
        return _one_goal(request, found, row, code=400, **{act: form})
    try:
        _ACTS[act](row, form, request)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _one_goal(request, found, row, code=400, **{act: form})
    except EditConflict as conflict:
        theirs = {"status": conflict.theirs.status_id}  # type: ignore[attr-defined]
        shown = differences(form, theirs)
        return _one_goal(
            request, found, row, code=409, differences=shown, **{act: over(form, conflict)}
        )
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("Saved."))
    return redirect("consultations:goal", found.pk, row.pk)


def _change(row: PlanGoal, form: Any, request: StaffRequest) -> None:
    said = form.cleaned_data
    plans.change_goal(
        row,
        domain=said["domain"],
        words=said["words"],
        measure=said["measure"],
        by=request.user,
        expected=said["version"],
    )


def _move(row: PlanGoal, form: Any, request: StaffRequest) -> None:
    said = form.cleaned_data
    plans.set_status(row, said["status"], by=request.user, expected=said["version"])


def _act(row: PlanGoal, form: Any, request: StaffRequest) -> None:
    action = form.action_for(row.domain_id)
    plans.add_action(row, action, by=request.user, id=form.cleaned_data["id"])


_FORMS: dict[str, Any] = {"words": ChangeGoalForm, "status": GoalStatusForm, "action": ActionForm}
_ACTS = {"words": _change, "status": _move, "action": _act}


def _team(act: str, found: Any) -> dict[str, Any]:
    return {"team": colleagues(found.programme)} if act == "action" else {}


def _one_goal(
    request: StaffRequest, found: Any, row: PlanGoal, code: int = 200, **given: Any
) -> HttpResponse:
    context = _head(request, found)
    permit, key = context["permit"], NarrativeKey(found.patient_id)
    actions = row.actions.filter(dropped_on__isnull=True).select_related("who")
    shown = Goal(row, [Done(each) for each in actions])
    shown.words, shown.measure = permit.open(row, "words", key), permit.open(row, "measure", key)
    for action in shown.actions:
        action.text = permit.open(action.row, "text", key)
    version = {"version": row.version}
    words = {"domain": row.domain_id, "words": shown.words, "measure": shown.measure}
    context |= {
        "goal": shown,
        "steps": row.steps.select_related("by"),
        "status": given.get("status")
        or GoalStatusForm(initial={**version, "status": row.status_id}),
        "words": None
        if row.signed_in_id
        else given.get("words") or ChangeGoalForm(initial={**version, **words}),
        "action": given.get("action")
        or ActionForm(team=colleagues(found.programme), initial={"id": uuid7()}),
        "forms": [form for form in given.values() if hasattr(form, "fields")],
        "differences": given.get("differences"),
    }
    return render(request, "episodes/goal_detail.html", context, status=code)


def _find_goal(request: StaffRequest, found: Any, pk: UUID) -> PlanGoal:
    """A goal of the stay that the user may know; 404 for every other."""
    about = stays.rights(request.user, found.programme_id)
    for each in stays.goals_of(found, about):
        if each.row.pk == pk:
            each.row.episode = found
            return each.row
    raise Http404


@requires(Permission.MANAGE_EPISODE)
@require_POST
def finish_action(request: StaffRequest, pk: UUID, action: UUID) -> HttpResponse:
    """Done, or no longer wanted."""
    found = _own_stay(request, pk)
    row = GoalAction.objects.filter(pk=action, goal__episode=found.pk).first()
    if row is None:
        raise Http404
    parent = _find_goal(request, found, row.goal_id)
    row.goal = parent
    dropped = request.POST.get("dropped") == "yes"
    attempt(
        request,
        lambda: plans.finish_action(row, by=request.user, dropped=dropped),
        _("Saved."),
    )
    return redirect("consultations:goal", found.pk, parent.pk)


@requires(Permission.MANAGE_EPISODE)
@require_POST
def take_over(request: StaffRequest, pk: UUID) -> HttpResponse:
    """The goals that were open at the end of the last stay, as a start for this one."""
    found = whole_stay(request, pk)
    try:
        count = plans.take_over(found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("%(n)d goal was taken over.", "%(n)d goals were taken over.", count)
        messages.success(request, words % {"n": count})
    return redirect("consultations:episode", found.pk)


# -- The plan --------------------------------------------------------------------------------
@requires(Permission.MANAGE_EPISODE)
@require_http_methods(["GET", "HEAD", "POST"])
def sign_plan(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Read the goals to the person, ask, sign."""
    found = whole_stay(request, pk)
    form = SignPlanForm(
        request.POST if request.method == "POST" else None,
        team=colleagues(found.programme),
        initial=_plan_initial(found),
    )
    if request.method != "POST":
        return _plan_page(request, found, form)
    if not form.is_valid():
        return _plan_page(request, found, form, status=400)
    said = form.cleaned_data
    try:
        plans.sign_plan(
            found,
            id=said["id"],
            agreed=said["agreed"],
            agreed_on=said["agreed_on"],
            review_date=said["review_date"],
            frequencies=form.frequencies,
            by=request.user,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _plan_page(request, found, form, status=400)
    except SameIdOtherBody as conflict:
        saved = [(form.fields["review_date"].label, conflict.existing.review_date)]  # type: ignore[attr-defined]
        return same_id(request, form, saved, _address(found))
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("The plan is signed."))
    return redirect("consultations:episode", found.pk)


def _plan_initial(found: Any) -> dict[str, Any]:
    """The sessions of the version before; 30 days to the first review, then 60."""
    last = found.plans.prefetch_related("frequencies").first()
    today = found.programme.today()
    within = lists_of.REVIEW_WITHIN if found.next_review else lists_of.FIRST_REVIEW
    weeks = (
        {f"week_{row.discipline}": row.per_week for row in last.frequencies.all()} if last else {}
    )
    return {"id": uuid7(), "agreed_on": today, "review_date": today + within, **weeks}


def _plan_page(request: StaffRequest, found: Any, form: Any, status: int = 200) -> HttpResponse:
    context = opened_stay(request, found)
    context |= {
        "form": form,
        "today": found.programme.today(),
        "frequency_label": PLAN["frequency"].label,
    }
    return render(request, "episodes/plan_sign.html", context, status=status)


@requires(Permission.MANAGE_EPISODE)
@require_safe
def print_plan(request: StaffRequest, pk: UUID) -> HttpResponse:
    """For the person: no diagnosis; the name of the centre only where it is wanted."""
    found = whole_stay(request, pk)
    context = opened_stay(request, found, "plan.printed")
    context |= {"named": request.GET.get("named") == "yes", "today": found.programme.today()}
    return render(request, "episodes/plan_print.html", context)


# -- Case reviews ----------------------------------------------------------------------------
@requires(Permission.MANAGE_EPISODE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_review(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = whole_stay(request, pk)
    last = found.reviews.first()
    today = found.programme.today()
    form = ReviewForm(
        request.POST if request.method == "POST" else None,
        team=colleagues(found.programme),
        goals=list(found.goals.filter(ended_on__isnull=True)),
        risk=(last.risk_id, last.held_on) if last else None,
        initial={
            "id": uuid7(),
            "held_on": today,
            "phase": found.phase_id,
            "next_on": today + lists_of.REVIEW_WITHIN,
        },
    )
    if request.method != "POST":
        return _review_page(request, found, form, last)
    if not form.is_valid():
        return _review_page(request, found, form, last, status=400)
    try:
        case_reviews.review(
            found,
            form.said(),
            id=form.cleaned_data["id"],
            participants=form.participants,
            by=request.user,
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _review_page(request, found, form, last, status=400)
    except SameIdOtherBody as conflict:
        saved = [(form.fields["decision"].label, conflict.existing.decision_id)]  # type: ignore[attr-defined]
        return same_id(request, form, saved, _address(found))
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("The review is recorded."))
    return redirect("consultations:episode", found.pk)


def _review_page(
    request: StaffRequest, found: Any, form: ReviewForm, last: Any, status: int = 200
) -> HttpResponse:
    context = opened_stay(request, found)
    words = {each.row.pk: each.words for each in context["stay"].goals}
    for name, row in form.goals.items():
        form.fields[name].help_text = words.get(row.pk, "")
    since = last.held_on if last else found.admitted_on
    missed = Appointment.objects.visible_to(request.user).filter(
        of_person(context["patient"]),
        programme=found.programme_id,
        state=Appointment.State.MISSED,
        local_date__gte=since,
    )
    context |= {
        "form": form,
        "since": since,
        "since_last": stays.sessions(found, since + timedelta(days=1 if last else 0)),
        "missed": missed.count(),
        "goal_names": list(form.goals),
    }
    return render(request, "episodes/review_new.html", context, status=status)


# -- Shared ----------------------------------------------------------------------------------
def _own_stay(request: StaffRequest, pk: UUID) -> Any:
    """A stay on which the user may work; goals are then found as far as they may know them."""
    found = find_stay(request, pk)
    policy.require(request.user, Permission.MANAGE_EPISODE, found.programme)
    about = stays.rights(request.user, found.programme_id)
    if not about.summary and not about.disciplines:
        raise PermissionDenied("the plan is not written by this role")
    return found


def _head(request: StaffRequest, found: Any) -> dict[str, Any]:
    person = found.patient.merged_into or found.patient
    permit = disclose(
        by=request.user,
        action="episode.shown",
        subjects=list({each.pk: each for each in (person, found.patient)}.values()),
        privacy_class=PrivacyClass.CLINICAL,
        programme=found.programme,
    )
    return {
        **head(person, current_identity(person), permit, request.user),
        "permit": permit,
        "episode": found,
    }


def _address(found: Any) -> str:
    return reverse("consultations:episode", args=[found.pk])
