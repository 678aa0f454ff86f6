"""Registering people: consent first, possible duplicates before anything is saved."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.services import disclose
from patients import codes, idempotency, queries, services, usual_languages
from patients.card import PersonCard
from patients.forms import FamilyMemberForm, RegistrationForm, SearchForm, carried_over
from patients.forms.consent import DATA, texts
from patients.forms.shown import visible
from patients.idempotency import SameIdOtherBody
from patients.models import Patient
from patients.queries import Found
from patients.views.base import find, opened
from patients.views.people import list_rows


@requires(Permission.REGISTER_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """The person card. A POST with `start` comes from the search and carries what was typed."""
    if request.method != "POST" or "start" in request.POST:
        form = RegistrationForm(user=request.user, initial=_carried(request))
        return _show(request, form)
    form = RegistrationForm(request.POST, user=request.user)
    if not form.is_valid():
        return _show(request, form, status=400)
    card = form.card()
    alike = _alike(request, card, form.cleaned_data["id"])
    if not _are_settled(request, alike):
        return _show(request, form, alike=alike)
    try:
        patient = services.register(
            card,
            by=request.user,
            id=form.cleaned_data["id"],
            payload=idempotency.payload(request.POST),
            look_alikes=alike,
        )
    except SameIdOtherBody as conflict:
        return _sent_twice(request, form, conflict)
    except Patient.DoesNotExist:
        raise Http404 from None
    return _next(request, patient)


def _carried(request: StaffRequest) -> dict[str, Any]:
    search = SearchForm(request.POST) if "start" in request.POST else None
    if search is None or not search.is_valid():
        return {}
    return carried_over(search.asked)


def _show(
    request: StaffRequest,
    form: RegistrationForm,
    *,
    alike: list[Found] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "texts": texts(DATA),
        "alike": _alike_rows(request, alike or []),
        "consults": bool(policy.disciplines_of(request.user)),
        "usual": usual_languages.compact(),
    }
    return render(request, "patients/patient_new.html", context, status=status)


def _alike(request: StaffRequest, card: PersonCard, id: UUID) -> list[Found]:
    """Possible duplicates; none is looked for where no name is kept."""
    if not card.consent.given:
        return []
    return queries.look_alikes(
        request.user,
        card.names,
        sex=card.sex,
        birth_year=card.birth.date.year,
        nationality=card.nationality,
        besides=id,
    )


def _are_settled(request: StaffRequest, alike: list[Found]) -> bool:
    """Whether the user has said of each of them that this is another person."""
    settled = set(request.POST.get("another_person", "").split())
    return {found.patient.code for found in alike} <= settled


def _alike_rows(request: StaffRequest, alike: list[Found]) -> list[dict[str, Any]]:
    people = [(found.patient, found.identity) for found in alike]
    rows = list_rows(request, people, "people.duplicates_shown")
    for row, found in zip(rows, alike, strict=True):
        row["reason"] = found.match.reason.label
    return rows


def _next(request: StaffRequest, patient: Patient) -> HttpResponse:
    """To the consultation where that was asked for, else to the record."""
    messages.success(request, _("Registered."))
    disciplines = policy.disciplines_of(request.user)
    if request.POST.get("then") == "consult" and disciplines:
        try:
            return redirect(reverse("consultations:new", args=[patient.code, disciplines[0]]))
        except NoReverseMatch:
            pass
    return redirect(patient)


def _sent_twice(
    request: StaffRequest, form: RegistrationForm | FamilyMemberForm, conflict: SameIdOtherBody
) -> HttpResponse:
    """The form was saved before with other answers: both versions, 409."""
    patient = conflict.existing
    if not isinstance(patient, Patient):
        raise Http404
    if not Patient.objects.visible_to(request.user).filter(pk=patient.pk).exists():
        raise Http404
    context = {
        "yours": visible(form),
        "saved": _saved(request, patient, form),
        "again": patient.get_absolute_url(),
    }
    return render(request, "409.html", context, status=409)


def _saved(
    request: StaffRequest, patient: Patient, form: RegistrationForm | FamilyMemberForm
) -> list[tuple[Any, str]]:
    identity = queries.current_identity(patient)
    permit = disclose(
        by=request.user,
        action="person.identity_shown",
        subjects=[patient],
        privacy_class=PrivacyClass.IDENTITY,
    )
    names = queries.open_names(permit, identity)
    return [
        (form.fields["given_name"].label, names.given_name or "–"),
        (form.fields["family_name"].label, names.family_name or "–"),
        (_("Code"), codes.display(patient.code)),
    ]


@requires(Permission.REGISTER_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def new_family_member(request: StaffRequest, code: str) -> HttpResponse:
    """Somebody who comes with a registered person: at most five interactions for a child."""
    first = find(request, code)
    if request.method != "POST":
        context = opened(request, first, "person.identity_shown")
        family = queries.open_names(context["permit"], context["identity"]).family_name
        form = FamilyMemberForm(first=first, family_name=family)
        return _show_member(request, form, context)
    form = FamilyMemberForm(request.POST, first=first)
    if not form.is_valid():
        return _show_member(request, form, opened(request, first, "person.opened"), status=400)
    card = form.card()
    alike = _alike(request, card, form.cleaned_data["id"])
    if not _are_settled(request, alike):
        return _show_member(request, form, {"patient": first}, alike=alike)
    try:
        patient = services.add_family_member(
            card,
            of=first,
            relation=form.cleaned_data["relation"],
            by=request.user,
            id=form.cleaned_data["id"],
            payload=idempotency.payload(request.POST),
            look_alikes=alike,
        )
    except SameIdOtherBody as conflict:
        return _sent_twice(request, form, conflict)
    except Patient.DoesNotExist:
        raise Http404 from None
    return _next(request, patient)


def _show_member(
    request: StaffRequest,
    form: FamilyMemberForm,
    context: dict[str, Any],
    *,
    alike: list[Found] | None = None,
    status: int = 200,
) -> HttpResponse:
    context |= {
        "form": form,
        "texts": texts(DATA, form.first.language_id),
        "alike": _alike_rows(request, alike or []),
        "consults": bool(policy.disciplines_of(request.user)),
    }
    return render(request, "patients/patient_family_member.html", context, status=status)
