"""Trying to reach a person: the rules first, then the way, then what came of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import policy
from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.rows import uuid7
from consultations.forms.contact import AttemptForm
from consultations.queries.stay import rights
from consultations.services.refusal import Refused
from consultations.views.common import back_to, programme
from consultations.views.episodes import same_id
from patients import services
from patients.idempotency import SameIdOtherBody
from patients.models import ContactAttempt, Patient
from patients.queries import in_sight_of, open_contact
from patients.queries.contacts import attempts_of, open_methods, stopped_by
from patients.views.base import find, opened
from patients.views.contact import in_words
from terminology import lists

SHOWN = 10


@requires(Permission.READ_PERSON, POST=Permission.EDIT_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def attempts(request: StaffRequest, code: str) -> HttpResponse:
    patient = find(request, code)
    of = programme(request)
    if request.method != "POST":
        return _page(request, patient)
    form = AttemptForm(request.POST)
    if not form.is_valid():
        return _page(request, patient, form)
    try:
        services.record_attempt(
            patient, programme=of, by=request.user, id=form.cleaned_data["id"], **form.said()
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, patient, form)
    except SameIdOtherBody:
        return same_id(request, form, [], request.path)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("Saved."))
    return back_to(request, "consultations:attempts", patient.code)


def _page(request: StaffRequest, patient: Patient, form: AttemptForm | None = None) -> HttpResponse:
    of = programme(request)
    context = opened(request, patient, "person.contact_shown", PrivacyClass.CLINICAL)
    contact = open_contact(context["permit"], context["identity"])
    stopped = stopped_by(patient)
    may = rights(request.user, of.pk).summary
    rows = attempts_of(patient).filter(programme__in=request.user.programme_ids)
    context |= {
        "form": form or AttemptForm(methods=open_methods(contact), initial=_initial(request)),
        "contact": in_words(contact),
        "may_try": bool(open_methods(contact)) and stopped is None,
        "has_phone": context["identity"].phone is not None,
        "stopped": stopped,
        "may_review": stopped is not None
        and policy.allows(request.user, Permission.REVIEW_CONTACT, stopped.programme_id),
        "rows": [
            (row, lists.label(row.outcome_id) if may or row.by_id == request.user.pk else "")
            for row in rows.select_related("by")[:SHOWN]
        ],
        "next": request.POST.get("next") or request.GET.get("next", ""),
    }
    status = 200 if form is None else 400
    return render(request, "episodes/contact_attempts.html", context, status=status)


def _initial(request: StaffRequest) -> dict[str, Any]:
    """The purpose comes with the address that leads here (`?for=referral`)."""
    purpose = f"contact_purposes:{request.GET.get('for', '')}"
    known = [key for key, _label in lists.choices("contact_purposes")]
    return {"id": uuid7(), "purpose": purpose if purpose in known else None}


@requires(Permission.REVIEW_CONTACT)
@require_POST
def review_attempt(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A coordinator has looked at what stopped contact: it may be tried again."""
    found = (
        ContactAttempt.objects.visible_to(request.user)
        .filter(in_sight_of(request.user), pk=pk)
        .select_related("patient", "programme")
        .first()
    )
    if found is None:
        raise Http404
    services.review_attempt(found, by=request.user)
    messages.success(request, _("Contact may be tried again."))
    return redirect("consultations:attempts", found.patient.code)
