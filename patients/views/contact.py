"""How the person may be reached: the rules stand before the number."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.rows import EditConflict
from accounts.services import disclose
from patients import phones, queries, services
from patients.card import Contact
from patients.forms import ContactForm
from patients.forms.contact import METHODS, RULES, initial
from patients.forms.registration import region_of
from patients.forms.shown import differences
from patients.models import Patient
from patients.views.base import find, head, opened
from terminology import lists


@requires(Permission.READ_PERSON)
@require_GET
def contact(request: StaffRequest, code: str) -> HttpResponse:
    """The ways and the rules. The number is opened by a button, which is an event of its own."""
    patient = find(request, code)
    context = opened(request, patient, "person.contact_shown")
    return render(request, "patients/contact.html", context | _rules(context))


def _rules(context: dict[str, Any]) -> dict[str, Any]:
    permit, identity = context["permit"], context["identity"]
    return {
        "contact": in_words(queries.open_contact(permit, identity)),
        "has_phone": identity.phone is not None,
    }


def in_words(contact: Contact) -> dict[str, Any]:
    """Labels of the ways and rules, with what a rule says besides."""
    rules = ((lists.find(RULES, code), value) for code, value in contact.rules.items())
    return {
        "methods": [lists.label(f"{METHODS}:{code}") for code in contact.methods],
        "forbidden": "no_contact" in contact.methods,
        "rules": [
            (
                entry.label,
                lists.label(value) if entry.attributes.get("value_type") == "language" else value,
            )
            for entry, value in rules
        ],
    }


@requires(Permission.READ_PERSON)
@require_POST
def phone(request: StaffRequest, code: str) -> HttpResponse:
    """Show the number, under the rules. One event, for this alone."""
    patient = find(request, code)
    identity = queries.current_identity(patient)
    permit = disclose(
        by=request.user,
        action="person.phone_shown",
        subjects=[patient],
        privacy_class=PrivacyClass.IDENTITY,
    )
    context = {**head(patient, identity, permit, request.user), "permit": permit}
    number = permit.open(identity, "phone", identity.key)
    context |= _rules(context) | {"phone": phones.display(number) if number else ""}
    context["phone_link"] = number
    return render(request, "patients/contact.html", context)


@requires(Permission.READ_PERSON, POST=Permission.EDIT_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_contact(request: StaffRequest, code: str) -> HttpResponse:
    patient = find(request, code)
    if patient.is_pseudonymous:
        return redirect("patients:contact", patient.code)
    region = next(iter(region_of(patient.nationality_id)), "")
    if request.method != "POST":
        return _edit_page(request, patient, None)
    form = ContactForm(request.POST, region=region)
    if not form.is_valid():
        return _edit_page(request, patient, form, status=400)
    try:
        services.update_contact(
            patient,
            form.phone,
            form.contact,
            expected=form.cleaned_data["version"],
            by=request.user,
        )
    except EditConflict as conflict:
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["version"] = conflict.theirs.version  # type: ignore[index,attr-defined]
        return _edit_page(request, patient, form, status=409)
    messages.success(request, _("Saved."))
    return redirect("patients:contact", patient.code)


def _edit_page(
    request: StaffRequest, patient: Patient, form: ContactForm | None, *, status: int = 200
) -> HttpResponse:
    context = opened(request, patient, "person.phone_shown")
    permit, identity = context["permit"], context["identity"]
    number = permit.open(identity, "phone", identity.key)
    there = initial(number, queries.open_contact(permit, identity))
    if form is None:
        form = ContactForm(initial={"version": patient.version, **there})
    context |= {"form": form, "differences": differences(form, there) if status == 409 else None}
    return render(request, "patients/contact_edit.html", context, status=status)
