"""From a referral to a stay at the centre."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.policy import Permission, Role, requires
from accounts.requests import StaffRequest
from accounts.rows import uuid7
from consultations.forms.episodes import AdmissionForm
from consultations.queries.teams import colleagues
from consultations.services.refusal import Refused
from patients.idempotency import SameIdOtherBody
from patients.models import Patient
from referrals import services
from referrals.models import Referral
from referrals.queries import package
from referrals.services import MoveNotPossible
from referrals.views.common import Opened, find, person_of
from referrals.views.detail import came_second
from terminology import lists


@requires(Permission.MANAGE_EPISODE)
@require_http_methods(["GET", "HEAD", "POST"])
def admit(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Who was expected is there; what the sender ticked is ticked already."""
    found = find(request.user, pk)
    programme = found.to_programme
    if (
        programme is None
        or programme.pk not in request.user.programme_ids
        or not Patient.objects.visible_to(request.user).filter(pk=person_of(found).pk).exists()
    ):
        raise Http404
    if found.episode_id is not None:
        return redirect("consultations:episode", found.episode_id)
    form = AdmissionForm(
        request.POST if request.method == "POST" else None,
        team=colleagues(programme),
        waives=Role.COORDINATOR in policy.roles_in(request.user, programme),
        initial={"id": uuid7(), "admitted_on": programme.today(), **_ticked(request, found)},
    )
    if request.method != "POST":
        return _page(request, found, form)
    if not form.is_valid():
        return _page(request, found, form, status=400)
    try:
        there = services.admit(
            found,
            by=request.user,
            expected=_version(request, found),
            payload=form.payload(),
            decided_by=form.decided_by,
            admitted_on=form.cleaned_data["admitted_on"],
            waiver=form.cleaned_data.get("waiver") or None,
            id=form.cleaned_data["id"],
        )
    except MoveNotPossible as conflict:
        return came_second(request, conflict)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, form, status=400)
    except SameIdOtherBody:
        form.add_error(None, _("This admission was saved before with other answers."))
        return _page(request, found, form, status=409)
    except ObjectDoesNotExist:
        raise Http404 from None
    messages.success(request, _("Admitted. The scales of the baseline are due in 14 days."))
    return redirect("consultations:episode", there.pk)


def _ticked(request: StaffRequest, found: Referral) -> dict[str, Any]:
    """The sender's criteria, in the parts of the form, for who reads what was shared."""
    if not package.may_read_package(request.user, found):
        return {}
    chosen: dict[str, list[str]] = {}
    for row in found.criteria.all():
        kind = lists.get(row.criterion_id).attributes.get("type", "")
        chosen.setdefault(kind, []).append(row.criterion_id)
    return {
        "criteria": chosen.get("inclusion", []),
        "priority": chosen.get("priority", []),
        "exclusion": chosen.get("exclusion", []),
    }


def _version(request: StaffRequest, found: Referral) -> int:
    """That of the referral as the page showed it."""
    posted = request.POST.get("version", "")
    return int(posted) if posted.isdecimal() else found.version


def _page(
    request: StaffRequest, found: Referral, form: AdmissionForm, *, status: int = 200
) -> HttpResponse:
    opened = Opened(request.user, found, "referral.opened")
    context = {
        "referral": found,
        "opened": opened,
        "patient": opened.patient,
        "form": form,
        "version": request.POST.get("version") or found.version,
        "quick_exit": True,
    }
    return render(request, "referrals/referral_admit.html", context, status=status)
