"""Group activities: recorded in a few taps, listed, corrected by a new one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Permission, Reach, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.rows import uuid7
from consultations.forms.activity import ActivitiesFilter, ActivityForm, initial_of
from consultations.models import GroupActivity, Outing
from consultations.queries import outings
from consultations.services import activities, marks
from consultations.services.activities import OtherBody
from consultations.services.refusal import Refused
from consultations.views.common import PER_PAGE, named, programme
from patients.models import Patient
from terminology import lists


@requires(Permission.RECORD_ACTIVITY)
@require_safe
def activity_list(request: StaffRequest) -> HttpResponse:
    asked = ActivitiesFilter(request.GET)
    rows = GroupActivity.objects.visible_to(request.user).standing()
    rows = rows.select_related("site", "programme", "recorded_by")
    if asked.value("type"):
        rows = rows.filter(type=asked.value("type"))
    if asked.value("start"):
        rows = rows.filter(local_date__gte=asked.value("start"))
    if asked.value("end"):
        rows = rows.filter(local_date__lte=asked.value("end"))
    page = asked.page_of(rows, PER_PAGE)
    context = {
        "form": asked,
        "page": page,
        "rows": [(row, lists.label(row.type_id)) for row in page],
    }
    return render(request, "consultations/activity_list.html", context, status=asked.status)


@requires(Permission.RECORD_ACTIVITY)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """In the open outing, a past one, or at a site and on a day that the form asks for."""
    return _form(request, _outing(request), None)


@requires(Permission.RECORD_ACTIVITY)
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A new activity in place of one that was signed wrong: the old one stays, not counted."""
    old = _find(request, pk)
    if old.replaced_by_id is not None:
        messages.info(request, _("This activity was corrected already."))
        return redirect("consultations:activity", old.replaced_by_id)
    return _form(request, old.outing, old)


def _form(request: StaffRequest, outing: Outing | None, old: GroupActivity | None) -> HttpResponse:
    sites = None
    if outing is None and old is None:
        of = programme(request)
        sites = outings.suggest_sites(of, request.user, of.today())
    people = _people(request, outing) if request.POST.get("choose") else None
    posted = request.POST if request.method == "POST" else None
    form = ActivityForm(
        posted,
        user=request.user,
        sites=sites,
        people=people,
        initial={"id": uuid7(), **(initial_of(old) if old else {}), **_usual(sites, request)},
    )
    if posted is None or people is not None or "items-add" in posted:
        return _show(request, form, outing, old)
    if not form.is_valid():
        return _show(request, form, outing, old, status=400)
    return _record(request, form, outing, old)


def _usual(sites: Any, request: StaffRequest) -> dict[str, Any]:
    if sites is None:
        return {}
    first = sites.first
    return {"date": programme(request).today(), "site": str(first.pk) if first else None}


def _record(
    request: StaffRequest, form: ActivityForm, outing: Outing | None, old: GroupActivity | None
) -> HttpResponse:
    place = outing or old
    try:
        activity = activities.record(
            id=form.cleaned_data["id"],
            by=request.user,
            programme=place.programme if place else programme(request),
            site=place.site if place else form.site,
            on=place.local_date if place else form.cleaned_data["date"],
            outing=outing,
            held=form.held,
            mark=marks.mark(marks.body_of(request.POST), outing.pk if outing else ""),
            replaces=old,
        )
    except OtherBody as other:
        return _two(request, form, other.there)
    except GroupActivity.DoesNotExist as missing:
        raise Http404 from missing
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, form, outing, old, status=400)
    messages.success(request, _("Recorded."))
    return redirect("consultations:activity", activity.pk)


def _show(
    request: StaffRequest,
    form: ActivityForm,
    outing: Outing | None,
    old: GroupActivity | None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "forms": [form.items],
        "outing": outing,
        "old": old,
        "place": outing.site.name if outing else "",
    }
    return render(request, "consultations/activity_form.html", context, status=status)


def _two(request: StaffRequest, form: ActivityForm, there: GroupActivity) -> HttpResponse:
    """The same form was sent before with other answers: both, and nothing changed."""
    held = form.held
    yours = [
        (form.fields["type"].label, lists.label(held.type)),
        (form.fields["minutes"].label, held.minutes),
        *((lists.find("participant_groups", g).label, n) for g, n in held.participants.items()),
    ]
    saved = [
        (form.fields["type"].label, lists.label(there.type_id)),
        (form.fields["minutes"].label, there.minutes),
        *(
            (lists.find("participant_groups", group).label, getattr(there, group))
            for group in GroupActivity.GROUPS
        ),
    ]
    context = {
        "yours": yours,
        "saved": saved,
        "again": reverse("consultations:activity", args=[there.pk]),
    }
    return render(request, "409.html", context, status=409)


def _people(request: StaffRequest, outing: Outing | None) -> list[tuple[str, str]]:
    """Who is on the list of the outing, to be named in a therapeutic group."""
    if outing is None:
        return []
    visible = Patient.objects.visible_to(request.user)
    visits = outing.visits.filter(patient__in=visible).select_related("patient")[:60]
    found = named(request, [visit.patient for visit in visits], "outing.listed")
    return [
        (each["patient"].code, f"{each['name']} …{each['patient'].code_end}")
        for each in found.values()
    ]


@requires(Permission.RECORD_ACTIVITY)
@require_safe
def activity(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _find(request, pk)
    reach = policy.reach(policy.roles_in(request.user, found.programme_id), PrivacyClass.CLINICAL)
    may_name = Reach.ALL in reach or found.recorded_by_id == request.user.pk
    attendance = found.named.select_related("patient").filter(
        patient__in=Patient.objects.visible_to(request.user)
    )
    people = named(
        request, [row.patient for row in attendance] if may_name else [], "activity.opened"
    )
    context = {
        "activity": found,
        "type": lists.label(found.type_id),
        "topics": [lists.label(row.topic_id) for row in found.topics.all()],
        "languages": [lists.label(row.language_id) for row in found.languages.all()],
        "items": [(lists.label(row.item_id), row.quantity) for row in found.items.all()],
        "groups": [
            (lists.find("participant_groups", group).label, getattr(found, group))
            for group in GroupActivity.GROUPS
        ],
        "cells": [
            (lists.find("sex_gender", row.sex).label, lists.label(row.age_band_id), row.count)
            for row in found.counts.all()
        ],
        "people": list(people.values()),
        "replaces": GroupActivity.objects.filter(replaced_by=found).first(),
    }
    return render(request, "consultations/activity_detail.html", context)


def _outing(request: StaffRequest) -> Outing | None:
    """The outing that the form or the address names, else the user's own of today."""
    named_one = request.POST.get("outing") or request.GET.get("outing")
    if not named_one:
        return outings.own(request.user) if request.method != "POST" else None
    try:
        pk = UUID(named_one)
    except ValueError as error:
        raise BadRequest("no id") from error
    found = (
        Outing.objects.visible_to(request.user)
        .held()
        .select_related("site", "programme")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


def _find(request: StaffRequest, pk: UUID) -> GroupActivity:
    found = (
        GroupActivity.objects.visible_to(request.user)
        .select_related(
            "site", "programme", "recorded_by", "partner", "outing__site", "outing__programme"
        )
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found
