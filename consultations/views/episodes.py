"""Who is in care at the centre."""

from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Max, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.policy import Permission, Reach, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.widgets import Chips
from consultations.models import Consultation, Episode
from consultations.views.common import PER_PAGE, named
from patients.models import Patient
from terminology.paging import ListForm


class EpisodesFilter(ListForm):
    filters = ("whose",)
    whose = forms.ChoiceField(
        label=_("Whose"),
        choices=(("mine", _("I am the reference worker")), ("nobody", _("No reference worker"))),
        required=False,
        widget=Chips,
    )


@requires(Permission.MANAGE_EPISODE)
@require_safe
def episode_list(request: StaffRequest) -> HttpResponse:
    """Open episodes of the programmes in which the user may know of them, longest unseen first."""
    asked = EpisodesFilter(request.GET)
    rows = (
        Episode.objects.filter(programme__in=_programmes(request), closed_on__isnull=True)
        .filter(patient__in=Patient.objects.visible_to(request.user))
        .select_related("patient", "programme", "reference_worker")
        .annotate(last_seen=_last_seen())
        .order_by("last_seen", "admitted_on", "pk")
    )
    if asked.value("whose") == "mine":
        rows = rows.filter(reference_worker=request.user)
    elif asked.value("whose") == "nobody":
        rows = rows.filter(reference_worker__isnull=True)
    page = asked.page_of(rows, PER_PAGE)
    people = named(request, [row.patient for row in page], "episode.listed")
    context = {
        "form": asked,
        "page": page,
        "rows": [(row, people[row.patient_id]) for row in page],
    }
    return render(request, "consultations/episode_list.html", context, status=asked.status)


def _last_seen() -> Subquery:
    notes = Consultation.objects.filter(
        patient=OuterRef("patient"), programme=OuterRef("programme")
    )
    return Subquery(
        notes.order_by().values("patient").annotate(last=Max("local_date")).values("last")
    )


def _programmes(request: StaffRequest) -> list[UUID]:
    """That somebody is in care at the centre is clinical: not for who may not read it."""
    allowed = [
        pk
        for pk in policy.programmes_where(request.user, Permission.MANAGE_EPISODE)
        if policy.reach(policy.roles_in(request.user, pk), PrivacyClass.CLINICAL) != {Reach.NONE}
    ]
    if not allowed:
        raise PermissionDenied("episodes are not read by this role")
    return list(allowed)
