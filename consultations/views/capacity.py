"""Places of the programme: the week, a day, an hour, and what is offered every week."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.models import Programme
from accounts.policy import Permission, Reach, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.rows import EditConflict
from accounts.services import disclose
from consultations.forms.slots import (
    DisciplineForm,
    EndForm,
    PatternForm,
    PlacesForm,
    SlotForm,
    WeekForm,
)
from consultations.models import Appointment, Slot, SlotPattern
from consultations.queries import slots as asked
from consultations.services import slots
from consultations.services.refusal import Refused
from consultations.views.common import (
    PER_PAGE,
    Named,
    attempt,
    discipline_label,
    named,
    programme,
)
from partners.models import Site
from patients.models import DataKey
from patients.queries import in_sight_of

WEEK = 7
WORKDAYS = 5


# -- The week --------------------------------------------------------------------------------
@requires(Permission.READ_OUTINGS)
@require_safe
def week(request: StaffRequest) -> HttpResponse:
    """Days × disciplines; Saturday and Sunday only where something is offered."""
    of = programme(request)
    form = WeekForm(request.GET)
    on = form.value("day") or of.today()
    monday = on - timedelta(days=on.weekday())
    sunday = monday + timedelta(days=WEEK - 1)
    cells = asked.by_day_and_discipline(of, monday, sunday)
    closed = asked.closed_days(of, monday, sunday)
    columns = asked.offered_disciplines(cells)
    days = [monday + timedelta(days=n) for n in range(WEEK)]
    context = {
        "form": form,
        "columns": [(code, discipline_label(code)) for code in columns],
        "rows": [
            {
                "day": day,
                "closed": day in closed,
                "today": day == of.today(),
                "cells": [
                    (code, discipline_label(code), cells.get((day, code))) for code in columns
                ],
            }
            for n, day in enumerate(days)
            if n < WORKDAYS or day in closed or any(each == day for each, _code in cells)
        ],
        "monday": monday,
        "before": monday - timedelta(days=WEEK),
        "after": monday + timedelta(days=WEEK),
        "coordinates": _coordinates(request, of),
    }
    return render(request, "consultations/capacity_week.html", context, status=form.status)


# -- A day -----------------------------------------------------------------------------------
@requires(Permission.READ_OUTINGS)
@require_safe
def day(request: StaffRequest, on: date) -> HttpResponse:
    """The hours of a day, how full each is."""
    of = programme(request)
    form = DisciplineForm(request.GET)
    rows = asked.of_day(of, on)
    if form.value("discipline"):
        rows = rows.filter(discipline=form.value("discipline"))
    context = {
        "form": form,
        "on": on,
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
        "page": form.page_of(rows, PER_PAGE),
        "closed": bool(asked.closed_days(of, on, on)),
        "may_change": _coordinates(request, of) and on >= of.today(),
    }
    return render(request, "consultations/capacity_day.html", context, status=form.status)


@requires(Permission.MANAGE_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def close_day(request: StaffRequest, on: date) -> HttpResponse:
    """Close a day, once those who are booked have another one; or open it again."""
    of = programme(request)
    if request.method == "POST":
        if request.POST.get("act") == "reopen":
            done = attempt(
                request,
                lambda: slots.reopen_day(of, on, by=request.user),
                _("The day is open again."),
            )
        else:
            done = attempt(
                request, lambda: slots.close_day(of, on, by=request.user), _("The day is closed.")
            )
        if done:
            return redirect("consultations:capacity_day", on)
    standing = asked.standing_on(of, on)
    seen = standing.filter(in_sight_of(request.user))
    page = DisciplineForm(request.GET).page_of(seen, PER_PAGE)
    people = named(request, [each.patient for each in page], "appointment.listed", of=of)
    context = {
        "on": on,
        "closed": bool(asked.closed_days(of, on, on)),
        "page": page,
        "rows": [(each, people[each.patient_id]) for each in page],
        "unseen": standing.count() - page.paginator.count,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "consultations/capacity_close.html", context, status=status)


@requires(Permission.READ_OUTINGS)
@require_safe
def print_day(request: StaffRequest, on: date) -> HttpResponse:
    """The list of a day on paper: hours and codes, no names."""
    of = programme(request)
    rows = list(asked.standing_on(of, on).filter(in_sight_of(request.user)))
    disclose(
        by=request.user,
        action="appointment.printed",
        subjects=list({each.patient_id: each.patient for each in rows}.values()),
        privacy_class=PrivacyClass.OPEN,
        programme=of,
    )
    found: dict[str, list[Appointment]] = {}
    for each in rows:
        found.setdefault(each.discipline, []).append(each)
    context = {
        "on": on,
        "groups": [(discipline_label(code), found[code]) for code in sorted(found)],
    }
    return render(request, "consultations/capacity_print.html", context)


# -- An hour ---------------------------------------------------------------------------------
@requires(Permission.READ_OUTINGS, post=Permission.MANAGE_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def slot(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Who is booked; other places, no longer offered, offered again."""
    found = _slot(request, pk)
    if request.method != "POST":
        return _slot_page(request, found)
    form = PlacesForm(request.POST)
    act = request.POST.get("act", "places")
    if act not in _ACTS or (act == "places" and not form.is_valid()):
        return _slot_page(request, found, form, status=400)
    form.is_valid()
    expected = form.cleaned_data.get("version", 0)
    try:
        if act == "places":
            slots.edit(
                found,
                by=request.user,
                expected=expected,
                places=form.cleaned_data["places"],
                minutes=form.cleaned_data["minutes"],
            )
        else:
            slots.close(found, by=request.user, expected=expected, closed=act == "close")
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _slot_page(request, found, form if act == "places" else None, status=400)
    except EditConflict:
        messages.error(request, _("A colleague changed this hour meanwhile."))
        return _slot_page(request, _slot(request, pk), status=409)
    messages.success(request, _ACTS[act])
    return redirect("consultations:capacity_day", found.local_date)


_ACTS: dict[str, Any] = {
    "places": _("Saved."),
    "close": _("This hour is not offered any more."),
    "open": _("This hour is offered again."),
}


def _slot_page(
    request: StaffRequest, found: Slot, form: PlacesForm | None = None, status: int = 200
) -> HttpResponse:
    held = asked.holders(found)
    page = DisciplineForm(request.GET).page_of(held.filter(in_sight_of(request.user)), PER_PAGE)
    roles = policy.roles_in(request.user, found.programme)
    reads_reasons = policy.reach(roles, PrivacyClass.SENSITIVE) == {Reach.ALL}
    people = named(
        request,
        [each.patient for each in page],
        "appointment.listed",
        of=found.programme,
        privacy_class=PrivacyClass.SENSITIVE if reads_reasons else PrivacyClass.IDENTITY,
    )
    reasons = _reasons(people, list(page)) if reads_reasons else {}
    initial = {"version": found.version, "places": found.places, "minutes": found.minutes}
    context = {
        "slot": found,
        "discipline_label": discipline_label(found.discipline),
        "form": form or PlacesForm(initial=initial),
        "page": page,
        "rows": [(each, people[each.patient_id], reasons.get(each.pk)) for each in page],
        "unseen": found.taken - page.paginator.count,
        "may_change": _coordinates(request, found.programme)
        and found.local_date >= found.programme.today(),
    }
    return render(request, "consultations/slot_detail.html", context, status=status)


def _reasons(people: Named, rows: list[Appointment]) -> dict[UUID, str]:
    """Why somebody has a place beyond the places."""
    decided = [each for each in rows if each.overbooked_by_id]
    if not decided or people.permit is None:
        return {}
    keys = {
        key.patient_id: key
        for key in DataKey.objects.filter(
            patient__in=[each.patient_id for each in decided], purpose=DataKey.Purpose.NARRATIVE
        )
    }
    return {
        each.pk: people.permit.open(each, "overbook_reason", keys[each.patient_id])
        for each in decided
        if each.patient_id in keys
    }


@requires(Permission.MANAGE_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def new_slot(request: StaffRequest) -> HttpResponse:
    """One more hour on one day."""
    of = programme(request)
    on = WeekForm(request.GET).value("day")
    form = SlotForm(request.POST or None, initial={"day": on or of.today()}, **_offered_by(of))
    if request.method == "POST" and form.is_valid():
        on = form.cleaned_data["day"]
        try:
            slots.offer(of, by=request.user, on=on, **form.offered)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Offered."))
            return redirect("consultations:capacity_day", on)
    status = 400 if form.errors else 200
    return render(request, "consultations/slot_new.html", {"form": form}, status=status)


# -- Every week ------------------------------------------------------------------------------
@requires(Permission.READ_OUTINGS, post=Permission.MANAGE_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def patterns(request: StaffRequest) -> HttpResponse:
    """What is offered every week; the next weeks are filled from it."""
    of = programme(request)
    coordinates = _coordinates(request, of)
    form = None
    if coordinates:
        initial = {"valid_from": of.today()}
        form = PatternForm(request.POST or None, initial=initial, **_offered_by(of))
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            slots.add_pattern(of, by=request.user, **form.weekly)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Offered every week."))
            return redirect("consultations:patterns")
    page = WeekForm(request.GET).page_of(asked.patterns(of, of.today()), PER_PAGE)
    status = 400 if form is not None and form.errors else 200
    context = {"form": form, "page": page, "weeks": slots.WEEKS_AHEAD}
    return render(request, "consultations/slot_patterns.html", context, status=status)


@requires(Permission.MANAGE_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def end_pattern(request: StaffRequest, pk: UUID) -> HttpResponse:
    """From which day on it is offered no more."""
    found = (
        SlotPattern.objects.visible_to(request.user)
        .filter(programme__in=policy.programmes_where(request.user, Permission.MANAGE_CAPACITY))
        .select_related("programme", "site", "professional")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    initial = {"version": found.version, "last_day": found.programme.today()}
    form = EndForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            slots.end_pattern(
                found,
                by=request.user,
                expected=form.cleaned_data["version"],
                last_day=form.cleaned_data["last_day"],
            )
        except Refused as refusal:
            form.add_error("last_day", str(refusal))
        except EditConflict:
            form.add_error(None, _("A colleague changed this hour meanwhile."))
        else:
            messages.success(request, _("Saved."))
            return redirect("consultations:patterns")
    context = {
        "form": form,
        "pattern": found,
        "discipline_label": discipline_label(found.discipline),
    }
    status = 400 if form.errors else 200
    return render(request, "consultations/slot_pattern_end.html", context, status=status)


def _offered_by(of: Programme) -> dict[str, Any]:
    today = of.today()
    sites = Site.objects.open_on(today).of_programmes([of.pk]).order_by("mobile", "code")
    return {"sites": sites, "colleagues": asked.colleagues(of, today)}


def _coordinates(request: StaffRequest, of: Programme) -> bool:
    return policy.allows(request.user, Permission.MANAGE_CAPACITY, of)


def _slot(request: StaffRequest, pk: UUID) -> Slot:
    found = (
        Slot.objects.visible_to(request.user)
        .select_related("programme", "site", "professional")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found
