"""Changing the record of a person: one page for each kind of thing."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Posting, User
from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.rows import EditConflict
from patients import queries, services
from patients.forms import AllergyForm, IdentityForm, PersonForm, PreferencesForm
from patients.forms.shown import differences
from patients.models import Allergy, Patient, PersonState
from patients.services.locking import today
from patients.views.base import find, opened

READ_TO_EDIT = Permission.READ_PERSON


@requires(READ_TO_EDIT, POST=Permission.EDIT_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, code: str) -> HttpResponse:
    """Sex, nationality, language, journey, profile, status: what is neither name nor contact."""
    patient = find(request, code)
    age = queries.age_at(patient, today(request.user))
    readable = _readable_fields(request.user, patient)

    def form(data: Any = None, of: Patient = patient) -> PersonForm:
        return PersonForm(data, patient=of, age=age.years, readable=readable, user=request.user)

    if request.method != "POST":
        return _edit_page(request, patient, form())
    sent = form(request.POST)
    if not sent.is_valid():
        return _edit_page(request, patient, sent, status=400)
    try:
        services.update_person(
            patient,
            sent.changes(),
            expected=sent.cleaned_data["version"],
            by=request.user,
            source=sent.cleaned_data["source"],
        )
    except EditConflict as conflict:
        theirs = PersonForm.answers(_current(conflict))
        return _edit_page(request, patient, _over(sent, conflict), theirs=theirs, status=409)
    messages.success(request, _("Saved."))
    return redirect(patient)


def _readable_fields(user: User, patient: Patient) -> set[str]:
    allowed = queries.readable(user, patient, Patient.PRIVACY)
    return {name for name in PersonForm.COLUMNS if name in allowed}


def _current(conflict: EditConflict) -> Patient:
    """The row as somebody else saved it."""
    if not isinstance(conflict.theirs, Patient):
        raise TypeError("a record of a person was expected")
    return conflict.theirs


def _over(form: Any, conflict: EditConflict) -> Any:
    """The form as it was sent; sent again, it saves over what somebody else saved."""
    form.data = form.data.copy()
    form.data["version"] = _current(conflict).version
    return form


def _edit_page(
    request: StaffRequest,
    patient: Patient,
    form: PersonForm,
    *,
    theirs: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = opened(request, patient, "person.opened", PrivacyClass.SENSITIVE)
    context |= {"form": form, "differences": differences(form, theirs) if theirs else None}
    return render(request, "patients/patient_edit.html", context, status=status)


@requires(READ_TO_EDIT, POST=Permission.EDIT_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def identity(request: StaffRequest, code: str) -> HttpResponse:
    """Correct names and birth date; what was recorded before is kept behind it."""
    patient = find(request, code)
    if request.method != "POST":
        context = opened(request, patient, "person.identity_shown")
        answers = _identity_answers(context, patient)
        form = IdentityForm(
            initial={"version": patient.version, **answers}, pseudonymous=patient.is_pseudonymous
        )
        return render(request, "patients/identity_edit.html", context | {"form": form})
    form = IdentityForm(request.POST, pseudonymous=patient.is_pseudonymous)
    if not form.is_valid() or form.birth is None:
        context = opened(request, patient, "person.identity_shown")
        return render(request, "patients/identity_edit.html", context | {"form": form}, status=400)
    try:
        services.correct_identity(
            patient,
            form.names(),
            form.birth,
            expected=form.cleaned_data["version"],
            by=request.user,
        )
    except EditConflict as conflict:
        context = opened(request, patient, "person.identity_shown")
        theirs = _identity_answers(context, _current(conflict))
        context |= {"form": _over(form, conflict), "differences": differences(form, theirs)}
        return render(request, "patients/identity_edit.html", context, status=409)
    messages.success(request, _("Saved."))
    return redirect(patient)


def _identity_answers(context: dict[str, Any], patient: Patient) -> dict[str, Any]:
    permit, identity = context["permit"], context["identity"]
    birth_date = permit.open(identity, "birth_date", identity.key)
    names = queries.open_names(permit, identity)
    return IdentityForm.answers(names, birth_date, patient.birth_precision)


@requires(READ_TO_EDIT, POST=Permission.EDIT_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def allergies(request: StaffRequest, code: str) -> HttpResponse:
    """What is known of allergies: part of what every team may know."""
    patient = find(request, code)
    form = AllergyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        services.set_allergy(patient, form.answer(), by=request.user)
        messages.success(request, _("Saved."))
        return redirect(patient)
    rows = queries.allergies(patient, request.user)
    others = [row.patient for row in rows if row.patient_id != patient.pk]
    context = opened(request, patient, "person.opened", PrivacyClass.CLINICAL, *others)
    known = [
        (row, context["permit"].open(row, "substances", row.key) if row.key else "") for row in rows
    ]
    if not form.is_bound:
        form = AllergyForm(initial=_allergy_answers(patient, known))
    context |= {"form": form, "known": known}
    status = 400 if form.is_bound else 200
    return render(request, "patients/allergy_edit.html", context, status=status)


def _allergy_answers(patient: Patient, known: list[tuple[Allergy, str]]) -> dict[str, Any]:
    for row, substances in known:
        if row.patient_id == patient.pk:
            return {"allergies": row.state, "substances": substances}
    return {}


@requires(READ_TO_EDIT, POST=Permission.EDIT_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: StaffRequest, code: str) -> HttpResponse:
    """Who attends and whom not to meet, for the treating team and who registered the person."""
    patient = find(request, code)
    own = patient.registered_by_id == request.user.pk
    if not queries.may_read(request.user, PrivacyClass.PROTECTED, patient, own=own):
        context = opened(request, patient, "person.opened")
        return render(request, "patients/preferences_closed.html", context, status=403)
    staff = _colleagues(patient)
    if request.method != "POST":
        return _preferences_page(request, patient, staff)
    form = PreferencesForm(request.POST, staff=staff)
    if form.is_valid() and _known(request, form):
        try:
            services.update_preferences(
                patient,
                form.preferences(),
                expected=form.cleaned_data["version"],
                by=request.user,
            )
        except EditConflict as conflict:
            return _preferences_page(
                request, patient, staff, _over(form, conflict), conflict=True, status=409
            )
        messages.success(request, _("Saved."))
        return redirect(patient)
    return _preferences_page(request, patient, staff, form, status=400)


def _known(request: StaffRequest, form: PreferencesForm) -> bool:
    """Codes of the others are of people whom the user may know of."""
    wanted = form.cleaned_data["not_same_day"]
    found = Patient.objects.visible_to(request.user).filter(code__in=wanted).count()
    if found != len(set(wanted)):
        form.add_error("not_same_day", _("Nobody has this code. Compare it with the card."))
        return False
    return True


def _colleagues(patient: Patient) -> dict[str, str]:
    """Who works today in the programmes that know of the person."""
    programmes = patient.accesses.open().filter(programme__isnull=False).values("programme")
    postings = Posting.objects.in_force().filter(programme__in=programmes).select_related("user")
    people = {str(posting.user_id): posting.user.name for posting in postings}
    return dict(sorted(people.items(), key=lambda item: item[1]))


def _preferences_page(
    request: StaffRequest,
    patient: Patient,
    staff: dict[str, str],
    form: PreferencesForm | None = None,
    *,
    conflict: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = opened(request, patient, "person.preferences_shown", PrivacyClass.PROTECTED)
    stored = context["permit"].open(
        context["identity"], "care_preferences", context["identity"].key
    )
    there = PreferencesForm.answers(json.loads(stored) if stored else [])
    if form is None:
        form = PreferencesForm(initial={"version": patient.version, **there}, staff=staff)
    context |= {"form": form, "differences": differences(form, there) if conflict else None}
    return render(request, "patients/preferences_edit.html", context, status=status)


@requires(Permission.EDIT_PERSON)
@require_POST
def hide(request: StaffRequest, code: str) -> HttpResponse:
    """Take a record out of lists and searches, or back."""
    patient = find(request, code)
    change: Callable[..., Patient] = (
        services.unhide if request.POST.get("hidden") == "no" else services.hide
    )
    change(patient, by=request.user)
    messages.success(request, _("Saved."))
    return redirect(patient)


@requires(Permission.READ_PERSON)
@require_http_methods(["GET", "HEAD"])
def history(request: StaffRequest, code: str) -> HttpResponse:
    """How profile, migration status and status changed."""
    patient = find(request, code)
    own = patient.registered_by_id == request.user.pk
    shown = queries.may_read(request.user, PrivacyClass.SENSITIVE, patient, own=own)
    context = opened(request, patient, "person.opened", PrivacyClass.SENSITIVE)
    rows = PersonState.objects.filter(patient=patient).select_related("recorded_by")
    context["states"] = list(rows.order_by("-since", "-pk")[:100]) if shown else []
    context["closed"] = not shown
    return render(request, "patients/state_list.html", context)
