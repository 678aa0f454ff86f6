"""Outings: the list, the day's page, opening and closing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.crypto import INSTALLATION
from accounts.models import User
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from accounts.rows import EditConflict
from accounts.services import disclose
from consultations.forms.outing import (
    CancelForm,
    CloseForm,
    OpenForm,
    OutingsFilter,
    PastForm,
    PlanForm,
    SiteForm,
    StaffForm,
)
from consultations.models import Draft, Outing
from consultations.queries import counts
from consultations.queries import outings as reading
from consultations.services import outings
from consultations.services.refusal import Refused
from consultations.views.common import PER_PAGE, attempt, discipline_label, named, programme
from patients.models import Patient
from patients.queries import in_sight_of
from terminology import lists


@requires(Permission.READ_OUTINGS)
@require_safe
def outing_list(request: StaffRequest) -> HttpResponse:
    asked = OutingsFilter(request.GET)
    rows = Outing.objects.visible_to(request.user).select_related("site", "programme")
    if asked.value("state"):
        rows = rows.filter(state=asked.value("state"))
    if asked.value("start"):
        rows = rows.filter(local_date__gte=asked.value("start"))
    if asked.value("end"):
        rows = rows.filter(local_date__lte=asked.value("end"))
    page = asked.page_of(rows, PER_PAGE)
    found = counts.by_outing(list(page))
    context = {"form": asked, "page": page, "rows": [(row, *found[row.pk]) for row in page]}
    return render(request, "consultations/outing_list.html", context, status=asked.status)


# -- Opening, planning -----------------------------------------------------------------------
@requires(Permission.WORK_OUTING)
@require_http_methods(["GET", "HEAD", "POST"])
def open_outing(request: StaffRequest) -> HttpResponse:
    """Open today's outing at a site, or join the one that is there."""

    def act(form: OpenForm) -> Outing:
        return outings.open_outing(
            by=request.user,
            programme=programme(request),
            site=form.site,
            private_space=form.cleaned_data["private_space"],
        )

    return _start(request, OpenForm, act, "consultations/outing_open.html", "desk:today")


@requires(Permission.WORK_OUTING)
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: StaffRequest) -> HttpResponse:
    def act(form: PlanForm) -> Outing:
        return outings.plan(
            by=request.user,
            programme=programme(request),
            site=form.site,
            on=form.cleaned_data["date"],
        )

    return _start(request, PlanForm, act, "consultations/outing_plan.html", "consultations:outing")


@requires(Permission.WORK_OUTING)
@require_http_methods(["GET", "HEAD", "POST"])
def record_past(request: StaffRequest) -> HttpResponse:
    """A day that was held without the application: what is entered says why it comes late."""

    def act(form: PastForm) -> Outing:
        return outings.record_past(
            by=request.user,
            programme=programme(request),
            site=form.site,
            on=form.cleaned_data["date"],
            private_space=form.cleaned_data["private_space"],
        )

    return _start(request, PastForm, act, "consultations/outing_past.html", "consultations:outing")


def _start(
    request: StaffRequest,
    form_class: type[SiteForm],
    act: Callable[[Any], Outing],
    template: str,
    then: str,
) -> HttpResponse:
    of = programme(request)
    sites = reading.suggest_sites(of, request.user, of.today())
    form = form_class(request.POST or None, sites=sites)
    if request.method == "POST" and form.is_valid():
        try:
            outing = act(form)
        except Refused as refusal:
            form.add_error("site", str(refusal))
        else:
            return redirect(then, outing.pk) if then.endswith("outing") else redirect(then)
    status = 400 if form.is_bound else 200
    return render(request, template, {"form": form, "sites": sites}, status=status)


@requires(Permission.WORK_OUTING)
@require_POST
def join(request: StaffRequest, pk: UUID) -> HttpResponse:
    outing = _find(request, pk)
    attempt(request, lambda: outings.join(outing, by=request.user))
    return redirect("desk:today")


# -- One outing ------------------------------------------------------------------------------
@requires(Permission.READ_OUTINGS)
@require_safe
def outing(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A day: who came, what was done, by whom."""
    return _page(request, _find(request, pk))


def _page(request: StaffRequest, found: Outing, status: int = 200, **more: Any) -> HttpResponse:
    visits = (
        found.visits.filter(in_sight_of(request.user))
        .select_related("patient")
        .order_by("arrived_at", "pk")
    )
    page = Paginator(visits, PER_PAGE).get_page(request.GET.get("page"))
    contact = []
    if found.state == Outing.State.CANCELLED:
        visible = Patient.objects.visible_to(request.user)
        contact = list(reading.people_to_contact(found).filter(patient__in=visible)[:PER_PAGE])
    listed: list[Any] = [*page, *contact]
    people = named(
        request,
        [each.patient for each in listed],
        "outing.listed",
        of=found.programme,
        always=found.remarks is not None,
    )
    totals = counts.of_outing(found)
    context = {
        "outing": found,
        "page": page,
        "rows": [(visit, people[visit.patient_id]) for visit in page],
        "counts": totals,
        "done": _labelled(totals.consultations),
        "unsigned": _labelled(totals.unsigned),
        "members": [member.user for member in found.members.select_related("user")],
        "staff": [(discipline_label(row.discipline), row.count) for row in found.staff.all()],
        "contact": [(each, people[each.patient_id]) for each in contact],
        "cancel_reason": lists.label(found.cancel_reason_id),
        "remarks": people.permit.open(found, "remarks", INSTALLATION) if people.permit else "",
        **more,
    }
    return render(request, "consultations/outing_detail.html", context, status=status)


def _labelled(by_discipline: dict[str, int]) -> list[tuple[str, str, int]]:
    return [(code, discipline_label(code), count) for code, count in by_discipline.items()]


@requires(Permission.WORK_OUTING)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Counts per discipline, unfinished drafts by author, who still waits; then remarks."""
    found = _find(request, pk)
    form = CloseForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            outings.close(
                found,
                by=request.user,
                expected=form.cleaned_data["version"],
                remarks=form.cleaned_data["remarks"],
            )
        except EditConflict as conflict:
            return _closed_meanwhile(request, form, conflict)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The outing is closed."))
            return redirect("consultations:outing", found.pk)
    totals = counts.of_outing(found)
    context = {
        "outing": found,
        "form": form,
        "counts": totals,
        "done": _labelled(totals.consultations),
        "drafts": _unfinished(found),
        "place": found.site.name,
    }
    status = 400 if form.is_bound else 200
    return render(request, "consultations/outing_close.html", context, status=status)


def _unfinished(found: Outing) -> list[tuple[User, str, str]]:
    """Who has still to sign what, for whom: the end of the code is enough."""
    drafts = (
        Draft.objects.open()
        .filter(outing=found)
        .select_related("author", "patient")
        .order_by("author__name", "started_at")
    )
    return [(each.author, each.discipline, each.patient.code_end) for each in drafts[:50]]


def _closed_meanwhile(
    request: StaffRequest, form: CloseForm, conflict: EditConflict
) -> HttpResponse:
    """Somebody changed the outing first: one's own remarks stay in the form."""
    theirs = conflict.theirs
    permit = disclose(by=request.user, action="outing.listed", programme=theirs.programme)  # type: ignore[attr-defined]
    context = {
        "yours": [(form.fields["remarks"].label, form.cleaned_data["remarks"])],
        "saved": [
            (_("State"), theirs.get_state_display()),  # type: ignore[attr-defined]
            (form.fields["remarks"].label, permit.open(theirs, "remarks", INSTALLATION)),  # type: ignore[arg-type]
        ],
        "again": f"/outings/{theirs.pk}/",
    }
    return render(request, "409.html", context, status=409)


@requires(Permission.WORK_OUTING)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _find(request, pk)
    form = CancelForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            outings.cancel(
                found,
                by=request.user,
                expected=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
            )
        except (Refused, EditConflict) as refusal:
            form.add_error(None, _changed(refusal))
        else:
            messages.success(request, _("Cancelled. Contact the people expected there."))
            return redirect("consultations:outing", found.pk)
    context = {
        "outing": found,
        "form": form,
        "expected": reading.people_to_contact(found).count(),
    }
    status = _status(form)
    return render(request, "consultations/outing_cancel.html", context, status=status)


@requires(Permission.WORK_OUTING)
@require_http_methods(["GET", "HEAD", "POST"])
def staff(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _find(request, pk)
    form = StaffForm(request.POST or None, outing=found)
    if request.method == "POST" and form.is_valid():
        try:
            outings.staff(
                found,
                by=request.user,
                expected=form.cleaned_data["version"],
                counts=form.counts,
                private_space=form.cleaned_data["private_space"],
            )
        except EditConflict as conflict:
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["version"] = conflict.theirs.version  # type: ignore[attr-defined,index]
            form.add_error(None, _changed(conflict))
        else:
            messages.success(request, _("Saved."))
            return redirect("consultations:outing", found.pk)
    context = {"outing": found, "form": form}
    status = _status(form)
    return render(request, "consultations/outing_staff.html", context, status=status)


def _changed(refusal: Exception) -> str:
    if isinstance(refusal, EditConflict):
        return _("Somebody changed this outing meanwhile. Look at it again, then save.")
    return str(refusal)


def _status(form: Any) -> int:
    if not form.is_bound:
        return 200
    return 409 if form.non_field_errors() else 400


def _find(request: StaffRequest, pk: UUID) -> Outing:
    found = (
        Outing.objects.visible_to(request.user)
        .select_related("site", "programme")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found
