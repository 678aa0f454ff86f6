"""Refer: one page that keeps what was written, shows what will be shared, and then sends it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from accounts.rows import uuid7
from consultations.services.refusal import Refused
from consultations.views.common import programme
from patients.forms.consent import texts
from patients.forms.shown import visible
from patients.idempotency import SameIdOtherBody
from patients.views.base import find, head
from referrals.forms.gather import Receiver, Sender
from referrals.models import Referral


@requires(Permission.REFER)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest, code: str) -> HttpResponse:
    """First shows what will be shared, field by field; what was seen is what is sent."""
    patient = find(request, code)
    sender = Sender(
        request.user,
        patient,
        programme(request),
        request.POST if request.method == "POST" else None,
    )
    if request.method != "POST":
        sender.form.initial["consultation"] = _consultation(request)
        return _page(request, sender)
    if "find" in request.POST:  # the services that fit the reasons chosen; nothing is checked yet
        return _page(request, sender, found=True)
    if not sender.is_valid():
        return _page(request, sender, status=400)
    try:
        if "keep" in request.POST:
            return _done(request, sender.save(send=False))
        shown, mark = sender.preview()
        if sender.form.cleaned_data["seen"] != mark or "send" not in request.POST:
            return _page(request, sender, shown=shown, mark=mark)
        return _done(request, sender.save(send=True))
    except Refused as refusal:
        sender.form.add_error(None, str(refusal))
        return _page(request, sender, status=400)
    except SameIdOtherBody as conflict:
        return _sent_twice(request, sender, conflict)
    except ObjectDoesNotExist:
        raise Http404 from None


def _consultation(request: StaffRequest) -> UUID | None:
    """The signed note that led here; a wrong one leads nowhere."""
    try:
        return UUID(request.GET.get("consultation", ""))
    except ValueError:
        return None


def _page(
    request: StaffRequest,
    sender: Sender,
    *,
    status: int = 200,
    found: bool = False,
    shown: Any = None,
    mark: str = "",
) -> HttpResponse:
    form = sender.form
    if form.is_bound:
        # What was written goes back as it was; a consent that was recorded is not asked twice.
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["seen"] = mark  # type: ignore[index]
        if status == 400:
            form.data["consent_id"] = str(uuid7())  # type: ignore[index]
    context = head(sender.patient, sender.identity, sender.permit, request.user) | {
        "form": form,
        "forms": [] if found else [form],
        "found": found,
        "shown": shown.lines() if shown is not None else None,
        "scope": shown.scope if shown is not None else "",
        "place_chosen": form.place,
        "texts": texts(form.consent_type, sender.patient.language_id),
        "quick_exit": True,
    }
    if found:
        context["form"] = None
        context["refer"] = form
    else:
        context["refer"] = form
    return render(request, "referrals/referral_new.html", context, status=status)


def _done(request: StaffRequest, referral: Referral) -> HttpResponse:
    sent = referral.submitted_at is not None
    messages.success(request, _("Sent.") if sent else _("Saved, not sent yet."))
    return redirect("referrals:referral", referral.pk)


def _sent_twice(request: StaffRequest, sender: Sender, conflict: SameIdOtherBody) -> HttpResponse:
    """The id was used before, with another content: both versions, and the one that stands."""
    saved = conflict.existing
    again = reverse("desk:person", args=[sender.patient.code])
    if isinstance(saved, Referral):
        if saved.patient_id != sender.patient.pk:
            raise Http404
        again = reverse("referrals:referral", args=[saved.pk])
    context = {"yours": visible(sender.form), "again": again}
    return render(request, "409.html", context, status=409)


@requires(Permission.REFER)
@require_safe
def choose_person(request: StaffRequest) -> HttpResponse:
    """Who comes by themself, or is sent by a partner, is found or registered first."""
    return render(
        request, "referrals/referral_received_who.html", {"programme": programme(request)}
    )


@requires(Permission.REFER)
@require_http_methods(["GET", "HEAD", "POST"])
def received(request: StaffRequest, code: str) -> HttpResponse:
    """A referral that reached us from outside."""
    patient = find(request, code)
    receiver = Receiver(
        request.user,
        patient,
        programme(request),
        request.POST if request.method == "POST" else None,
    )
    status = 200
    if request.method == "POST":
        status = 400
        if receiver.is_valid():
            try:
                return _done(request, receiver.save(send=True))
            except Refused as refusal:
                receiver.form.add_error(None, str(refusal))
            except SameIdOtherBody as conflict:
                return _sent_twice(request, receiver, conflict)
            except ObjectDoesNotExist:
                raise Http404 from None
    context = head(patient, receiver.identity, receiver.permit, request.user)
    context |= {"form": receiver.form, "programme": receiver.programme, "quick_exit": True}
    return render(request, "referrals/referral_received.html", context, status=status)
