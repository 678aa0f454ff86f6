"""The centre's stays: the lists of a programme, one stay, admission, team, exit, calls."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.charts import Chart, Series
from accounts.conflicts import differences
from accounts.models import Programme
from accounts.policy import Permission, Reach, Role, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.rows import EditConflict, uuid7
from accounts.services import disclose
from accounts.templatetags.ui import Tab
from consultations import scales
from consultations.forms.contact import AttemptForm
from consultations.forms.episodes import AdmissionForm, EpisodesFilter, ExitForm, TeamForm
from consultations.models import Episode, FollowUpCall
from consultations.queries import episodes as lists_of
from consultations.queries import scores
from consultations.queries import stay as stays
from consultations.queries.reach import reader
from consultations.queries.stay import Stay
from consultations.queries.teams import colleagues
from consultations.services import episodes
from consultations.services.refusal import Refused
from consultations.views.common import PER_PAGE, named
from patients.idempotency import SameIdOtherBody
from patients.models import Patient
from patients.queries import current_identity, open_contact
from patients.queries.contacts import open_methods, stopped_by
from patients.views.base import find, head, opened
from patients.views.contact import in_words
from terminology import lists

CHARTS = 6
POINTS = 8


# -- Lists -----------------------------------------------------------------------------------
def _active(rows: QuerySet[Any], today: Any) -> QuerySet[Any]:
    return lists_of.with_last_contact(rows.filter(closed_on__isnull=True)).order_by(
        "last_seen", "admitted_on", "pk"
    )


def _reviews(rows: QuerySet[Any], today: Any) -> QuerySet[Any]:
    return lists_of.reviews_overdue(rows, today).order_by("next_review", "admitted_on", "pk")


def _scales_due(rows: QuerySet[Any], today: Any) -> QuerySet[Any]:
    return lists_of.scales_due(rows, today).order_by("admitted_on", "pk")


def _lost(rows: QuerySet[Any], today: Any) -> QuerySet[Any]:
    return lists_of.maybe_lost(rows, today).order_by("last_contact", "pk")


def _calls(rows: QuerySet[Any], today: Any) -> QuerySet[Any]:
    answered = Prefetch("calls", FollowUpCall.objects.filter(answered=True), to_attr="answered")
    return lists_of.calls_due(rows, today).prefetch_related(answered).order_by("closed_on", "pk")


def _exits(rows: QuerySet[Any], today: Any) -> QuerySet[Any]:
    return rows.filter(closed_on__isnull=False).order_by("-closed_on", "-pk")


TABS: dict[str, Callable[[QuerySet[Any], Any], QuerySet[Any]]] = {
    "active": _active,
    "reviews": _reviews,
    "scales": _scales_due,
    "lost": _lost,
    "calls": _calls,
    "exits": _exits,
}


@requires(Permission.MANAGE_EPISODE)
@require_safe
def episode_list(request: StaffRequest) -> HttpResponse:
    """Stays of the programmes in which the user may know of them, in tabs with their numbers."""
    programmes = _programmes(request)
    asked = EpisodesFilter(request.GET, workers=_workers(request, programmes))
    rows = _of_whom(lists_of.in_scope(request.user, programmes), asked, request)
    today = min(each.today() for each in programmes)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "active"
    page = asked.page_of(TABS[tab](rows, today), PER_PAGE)
    people = named(request, [_person(row) for row in page], "episode.listed")
    tried = lists_of.attempt_days(list(page)) if tab == "lost" else {}
    context = {
        "form": asked,
        "page": page,
        "tab": tab,
        "tabs": _tabs(request, tab, rows, today, page.paginator.count),
        "rows": [
            (row, people[_person(row).pk], _about(row, tab, today, tried.get(row.pk, 0)))
            for row in page
        ],
    }
    return render(request, "consultations/episode_list.html", context, status=asked.status)


def _programmes(request: StaffRequest) -> list[Programme]:
    """That somebody is in care at the centre is clinical: not for who may not read it."""
    found = {
        posting.programme_id: posting.programme
        for posting in request.user.active_postings
        if posting.programme is not None
        and policy.allows(request.user, Permission.MANAGE_EPISODE, posting.programme)
        and policy.reach(
            policy.roles_in(request.user, posting.programme), PrivacyClass.CLINICAL
        ) != {Reach.NONE}
    }  # fmt: skip
    if not found:
        raise PermissionDenied("episodes are not read by this role")
    return list(found.values())


def _workers(request: StaffRequest, programmes: list[Programme]) -> list[tuple[str, str]]:
    """Reference workers of open stays, for the filter; one statement."""
    rows = (
        Episode.objects.visible_to(request.user)
        .filter(programme__in=programmes, closed_on__isnull=True)
        .exclude(reference_worker=None)
        .order_by("reference_worker__name")
        .values_list("reference_worker", "reference_worker__name")
        .distinct()
    )
    return [(str(pk), name) for pk, name in rows]


def _of_whom(rows: QuerySet[Any], asked: EpisodesFilter, request: StaffRequest) -> QuerySet[Any]:
    whose = asked.value("whose")
    if whose == "mine":
        return rows.filter(reference_worker=request.user)
    if whose == "nobody":
        return rows.filter(reference_worker__isnull=True)
    return rows.filter(reference_worker=whose) if whose else rows


def _tabs(
    request: StaffRequest, current: str, rows: QuerySet[Episode], today: Any, known: int
) -> list[Tab]:
    labels = {
        "active": _("In care"),
        "reviews": _("Review overdue"),
        "scales": _("Scales due"),
        "lost": _("Perhaps lost"),
        "calls": _("Calls due"),
        "exits": _("Exits"),
    }
    query = request.GET.copy()
    query.pop("page", None)
    found = []
    for name, label in labels.items():
        query["tab"] = name
        count = known if name == current else TABS[name](rows, today).count()
        address = f"{reverse('consultations:episodes')}?{query.urlencode()}"
        found.append(Tab(label, address, count, name == current))
    return found


def _about(row: Any, tab: str, today: Any, tried: int) -> dict[str, Any]:
    """What a row says besides who it is about."""
    if tab == "reviews":
        return {"due": lists_of.review_due(row)}
    if tab == "lost":
        return {"days": (today - row.last_contact).days, "tried": tried}
    if tab == "calls":
        answered = [call.months for call in row.answered]
        return {"months": lists_of.due_call(row, today, answered)}
    return {}


def _person(row: Episode) -> Patient:
    return row.patient.merged_into or row.patient


# -- One stay --------------------------------------------------------------------------------
def find_stay(request: StaffRequest, pk: UUID) -> Any:
    """A stay of the user's scope; 404 for every other."""
    found = stays.find(request.user, pk)
    if found is None:
        raise Http404
    return found


def opened_stay(request: StaffRequest, found: Any, action: str = "episode.shown") -> dict[str, Any]:
    """The stay after its event, with the head of the person's pages."""
    page = stays.stay(found, request.user)
    permit = disclose(
        by=request.user,
        action=action,
        subjects=page.subjects,
        privacy_class=PrivacyClass.CLINICAL,
        programme=found.programme,
    )
    identity = page.identities[page.person.pk]
    return {
        **head(page.person, identity, permit, request.user),
        "permit": permit,
        "episode": found,
        "stay": page.open(permit),
    }


@requires(Permission.MANAGE_EPISODE)
@require_safe
def episode(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One stay on one page, whatever the chart holds."""
    found = find_stay(request, pk)
    context = opened_stay(request, found)
    page: Stay = context["stay"]
    today = found.programme.today()
    about = reader(request.user, page.person)
    context |= {
        "today": today,
        "days": ((found.closed_on or today) - found.admitted_on).days,
        "review_due": lists_of.review_due(found),
        "plan_due": found.admitted_on + lists_of.PLAN_WITHIN,
        "silent": (today - found.last_contact).days,
        "is_silent": found.last_contact <= today - lists_of.lost_after(),
        **_scores(scores.readable(page.person, about), found),
        "decided": list(zip(page.facts["decision"], page.facts["discipline"], strict=True)),
        "calls": _calls_of(page, today),
        "may_read_criteria": page.rights.everything or found.opened_by_id == request.user.pk,
        "own": request.user.pk,
        "quick_exit": True,
    }
    return render(request, "episodes/episode_detail.html", context)


def _scores(known: dict[str, list[scores.Score]], found: Any) -> dict[str, Any]:
    """The scales scored most in the stay: a chart of those asked twice, the score of the others."""
    since = found.admitted_on - lists_of.BASELINE_WITHIN
    shown = {
        code: [point for point in points if point.value is not None and point.on >= since]
        for code, points in known.items()
    }
    most = sorted((code for code in shown if shown[code]), key=lambda code: -len(shown[code]))
    return {
        "charts": [
            Chart(
                title=scales.of(code).label,
                categories=[f"{point.on:%d/%m}" for point in shown[code][-POINTS:]],
                series=[Series(_("Score"), [point.value for point in shown[code][-POINTS:]])],
            )
            for code in most[:CHARTS]
            if len(shown[code]) > 1
        ],
        "once": [(scales.of(code).label, shown[code][0]) for code in most if len(shown[code]) == 1],
    }


def _calls_of(page: Stay, today: Any) -> list[dict[str, Any]]:
    """Each call after the exit: when it is due, whether it was answered, whether it can be made."""
    found = page.episode
    if found.closed_on is None or not found.contact_allowed:
        return []
    answered = {int(months): on for months, on in page.facts["answered"]}
    tried = [int(months) for months, _on in page.facts["unanswered"]]
    rows = []
    for months in FollowUpCall.MONTHS:
        due = lists_of.add_months(found.closed_on, months)
        rows.append(
            {
                "months": months,
                "due": due,
                "answered": answered.get(months),
                "tried": tried.count(months),
                "may_call": months not in answered and today >= due - lists_of.CALL_WINDOW,
            }
        )
    return rows


# -- Admission -------------------------------------------------------------------------------
@requires(Permission.MANAGE_EPISODE)
@require_http_methods(["GET", "HEAD", "POST"])
def admit(request: StaffRequest, code: str) -> HttpResponse:
    patient = find(request, code)
    programme = _centre(request)
    form = AdmissionForm(
        request.POST if request.method == "POST" else None,
        team=colleagues(programme),
        waives=Role.COORDINATOR in policy.roles_in(request.user, programme),
        initial={"id": uuid7(), "admitted_on": programme.today()},
    )
    if request.method != "POST":
        return _admission_page(request, patient, form)
    if not form.is_valid():
        return _admission_page(request, patient, form, status=400)
    try:
        there = episodes.admit(
            patient,
            programme,
            payload=form.payload(),
            by=request.user,
            decided_by=form.decided_by,
            admitted_on=form.cleaned_data["admitted_on"],
            waiver=form.cleaned_data.get("waiver") or None,
            id=form.cleaned_data["id"],
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _admission_page(request, patient, form, status=400)
    except SameIdOtherBody as conflict:
        return same_id(
            request,
            form,
            [(form.fields["admitted_on"].label, conflict.existing.admitted_on)],  # type: ignore[attr-defined]
            reverse("consultations:episode", args=[conflict.existing.pk]),
        )
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("Admitted. The scales of the baseline are due in 14 days."))
    return redirect("consultations:episode", there.pk)


def _centre(request: StaffRequest) -> Programme:
    """The centre that the user works for; 404 for who works for none."""
    postings = request.user.active_postings
    mine = [p.programme for p in postings if p.programme is not None]
    acting = request.user.posting.programme if request.user.posting else None
    centres = [each for each in (acting, *mine) if each and each.kind == Programme.Kind.CENTRE]
    if not centres:
        raise Http404
    return centres[0]


def _admission_page(
    request: StaffRequest, patient: Patient, form: AdmissionForm, status: int = 200
) -> HttpResponse:
    context = opened(request, patient, "person.opened")
    context["form"] = form
    return render(request, "episodes/episode_new.html", context, status=status)


def same_id(
    request: StaffRequest, form: Any, saved: list[tuple[Any, Any]], again: str
) -> HttpResponse:
    """The id was sent before with another content: 409 and both versions."""
    yours = [(form.fields[name].label, form.cleaned_data.get(name)) for name in form.fields]
    visible = [
        pair
        for pair, name in zip(yours, form.fields, strict=True)
        if not form.fields[name].widget.is_hidden and pair[1] not in (None, "", [])
    ]
    context = {
        "yours": [(label, _words(value)) for label, value in visible],
        "saved": [(label, _words(value)) for label, value in saved],
        "again": again,
    }
    return render(request, "409.html", context, status=409)


def _words(value: Any) -> str:
    """Keys of lists in words; the rest as it stands."""
    values = value if isinstance(value, (list, tuple)) else [value]
    told = [lists.label(each) if ":" in str(each) else str(each) for each in values]
    return " · ".join(told)


# -- Team ------------------------------------------------------------------------------------
@requires(Permission.MANAGE_EPISODE)
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _open_stay(request, pk)
    now = found.members.filter(until__isnull=True).values_list("user", flat=True)
    initial = {
        "version": found.version,
        "reference_worker": str(found.reference_worker_id or ""),
        "team": [str(each) for each in now if each != found.reference_worker_id],
    }
    form = TeamForm(
        request.POST if request.method == "POST" else None,
        team=colleagues(found.programme),
        initial=initial,
    )
    if request.method != "POST":
        return _team_page(request, found, form)
    if not form.is_valid():
        return _team_page(request, found, form, status=400)
    said = form.cleaned_data
    try:
        episodes.set_team(
            found,
            reference_worker=said["reference_worker"],
            team=said["team"],
            by=request.user,
            expected=said["version"],
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _team_page(request, found, form, status=400)
    except EditConflict as conflict:
        return _team_page(request, found, over(form, conflict), status=409, theirs=initial)
    messages.success(request, _("Saved."))
    return redirect("consultations:episode", found.pk)


def _team_page(
    request: StaffRequest, found: Any, form: Any, status: int = 200, theirs: Any = None
) -> HttpResponse:
    context = _with_head(request, found)
    context |= {"form": form, "differences": differences(form, theirs) if theirs else None}
    return render(request, "episodes/episode_team.html", context, status=status)


def over(form: Any, conflict: EditConflict) -> Any:
    """The form as it was sent, ready to be saved over what stands now."""
    form.data = form.data.copy()
    form.data["version"] = conflict.theirs.version  # type: ignore[attr-defined]
    return form


def _open_stay(request: StaffRequest, pk: UUID) -> Any:
    """A stay that goes on, of a programme in which the user works on stays."""
    found = find_stay(request, pk)
    policy.require(request.user, Permission.MANAGE_EPISODE, found.programme)
    return found


def _with_head(request: StaffRequest, found: Any) -> dict[str, Any]:
    person = _person(found)
    permit = disclose(
        by=request.user,
        action="episode.shown",
        subjects=list({each.pk: each for each in (person, found.patient)}.values()),
        privacy_class=PrivacyClass.CLINICAL,
        programme=found.programme,
    )
    identity = current_identity(person)
    return {
        **head(person, identity, permit, request.user),
        "permit": permit,
        "identity": identity,
        "episode": found,
    }


# -- Exit ------------------------------------------------------------------------------------
@requires(Permission.MANAGE_EPISODE)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Who reads the plan may end the stay; final scores are named, never shown."""
    found = whole_stay(request, pk)
    treated = lists_of.treating_staff(found)
    others = {
        key: each
        for key, each in colleagues(found.programme).items()
        if each.user.pk not in treated
    }
    today = found.programme.today()
    form = ExitForm(
        request.POST if request.method == "POST" else None,
        others=others,
        missing=lists_of.without_final_score(found, today),
        initial={"version": found.version, "closed_on": today},
    )
    if request.method != "POST":
        return _exit_page(request, found, form)
    if not form.is_valid():
        return _exit_page(request, found, form, status=400)
    try:
        episodes.close_episode(
            found, form.said(), by=request.user, expected=form.cleaned_data["version"]
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _exit_page(request, found, form, status=400)
    except EditConflict as conflict:
        theirs = {"outcome": conflict.theirs.outcome_id}  # type: ignore[attr-defined]
        return _exit_page(request, found, over(form, conflict), status=409, theirs=theirs)
    messages.success(request, _("The stay is over."))
    return redirect("consultations:episode", found.pk)


def whole_stay(request: StaffRequest, pk: UUID) -> Any:
    """A stay whose plan the user reads as a whole; 403 for who reads only a part of it."""
    found = _open_stay(request, pk)
    if not stays.rights(request.user, found.programme_id).summary:
        raise PermissionDenied("the plan is not read by this role")
    return found


def _exit_page(
    request: StaffRequest, found: Any, form: Any, status: int = 200, theirs: Any = None
) -> HttpResponse:
    quiet = lists_of.silence(found, found.programme.today())
    context = _with_head(request, found)
    context |= {
        "form": form,
        "silence": quiet,
        "differences": differences(form, theirs) if theirs else None,
    }
    return render(request, "episodes/episode_close.html", context, status=status)


# -- Calls afterwards ------------------------------------------------------------------------
@requires(Permission.MANAGE_EPISODE)
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: StaffRequest, pk: UUID, months: int) -> HttpResponse:
    """The rules of contact stand before the number; it was allowed at the exit."""
    found = _open_stay(request, pk)
    if months not in FollowUpCall.MONTHS:
        raise Http404
    form = AttemptForm(
        request.POST if request.method == "POST" else None,
        with_purpose=False,
        initial={"id": uuid7()},
    )
    if request.method != "POST" or not form.is_valid():
        return _call_page(request, found, months, form)
    said = form.said()
    try:
        episodes.record_call(found, months, by=request.user, id=form.cleaned_data["id"], **said)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _call_page(request, found, months, form)
    except SameIdOtherBody:
        again = reverse("consultations:episode", args=[found.pk])
        return same_id(request, form, [], again)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("Saved."))
    return redirect("consultations:episode", found.pk)


def _call_page(request: StaffRequest, found: Any, months: int, form: AttemptForm) -> HttpResponse:
    context = _with_head(request, found)
    contact = open_contact(context["permit"], context["identity"])
    if not form.is_bound:
        form = AttemptForm(
            methods=open_methods(contact), with_purpose=False, initial={"id": uuid7()}
        )
    context |= {
        "form": form,
        "months": months,
        "contact": in_words(contact),
        "has_phone": context["identity"].phone is not None,
        "stopped": stopped_by(context["patient"]),
    }
    status = 400 if form.is_bound else 200
    return render(request, "episodes/episode_call.html", context, status=status)
