"""Consents of a person: what holds, the history, a new answer."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.rows import uuid7
from partners.models import Organisation
from patients import idempotency, queries, services
from patients.forms import ConsentForm
from patients.forms.consent import DATA, GIVEN, NOT_POSSIBLE, TYPES, texts
from patients.forms.shown import visible
from patients.idempotency import SameIdOtherBody
from patients.models import Consent, Patient
from patients.services.locking import today
from patients.views.base import find, opened
from terminology import lists
from terminology.lists import Entry, UnknownConcept

WITHDRAWN, REFUSED = "consent_decisions:withdrawn", "consent_decisions:refused"
PARTNER = f"{TYPES}:sharing_partner"


def standing(consent: Consent, on: date) -> dict[str, Any]:
    """A consent as a list shows it: word and kind of its badge."""
    given = consent.decision_id == GIVEN
    expired = given and consent.expires_on is not None and consent.expires_on < on
    return {
        "consent": consent,
        "code": consent.type_id.rpartition(":")[2],
        "word": lists.label("consent_decisions:expired" if expired else consent.decision_id),
        "kind": "warn" if expired else "ok" if given else "plain",
    }


@requires(Permission.READ_PERSON)
@require_GET
def consents(request: StaffRequest, code: str) -> HttpResponse:
    """The answer in force of each consent, those not asked yet, and the history beneath."""
    patient = find(request, code)
    rows = list(patient.consents.latest_first().select_related("partner", "recorded_by")[:200])
    on = today(request.user)
    latest: dict[tuple[str, Any], Consent] = {}
    for row in rows:
        latest.setdefault((row.type_id, row.partner_id), row)
    asked = {row.type_id for row in rows}
    context = opened(request, patient, "person.consents_shown")
    context |= {
        "standing": [
            standing(row, on)
            for row in sorted(latest.values(), key=lambda r: lists.get(r.type_id).position)
        ],
        "history": [standing(row, on) for row in rows],
        "others": [
            entry for entry in lists.all(TYPES) if entry.key not in asked or entry.key == PARTNER
        ],
    }
    return render(request, "patients/consent_list.html", context)


@requires(Permission.READ_PERSON, POST=Permission.EDIT_PERSON)
@require_http_methods(["GET", "HEAD", "POST"])
def new_consent(request: StaffRequest, code: str, consent_type: str) -> HttpResponse:
    """Read the text aloud, in the person's language, and record the answer and its proof."""
    patient = find(request, code)
    entry = _type(consent_type)
    form = _form(request, patient, entry)
    if request.method != "POST":
        return _page(request, patient, entry, form)
    if not form.is_valid():
        return _page(request, patient, entry, form, status=400)
    try:
        services.record_consent(
            patient,
            form.answer(),
            by=request.user,
            id=form.cleaned_data["id"],
            payload=idempotency.payload(request.POST),
            partner=form.cleaned_data.get("partner"),
        )
    except SameIdOtherBody as conflict:
        return _sent_twice(request, patient, form, conflict)
    except Consent.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("Saved."))
    return redirect("patients:consents", patient.code)


def _type(code: str) -> Entry:
    try:
        entry = lists.find(TYPES, code)
    except UnknownConcept:
        raise Http404 from None
    if not entry.offered:
        raise Http404
    return entry


def _form(request: StaffRequest, patient: Patient, entry: Entry) -> ConsentForm:
    on = today(request.user)
    age = queries.age_at(patient, on)
    given = any(row.decision_id == GIVEN for row in _in_force(patient, entry))
    decisions = [GIVEN, WITHDRAWN if given else REFUSED, NOT_POSSIBLE]
    if entry.key == PARTNER:
        decisions = [GIVEN, REFUSED, WITHDRAWN, NOT_POSSIBLE]
    initial = {
        "id": uuid7(),
        "language": patient.language_id,
        "giver": patient.consent_giver_id or "consent_givers:self",
        "method": "paper_folio" if entry.key == DATA else "verbal",
    }
    return ConsentForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        consent_type=entry.key,
        age=age.years,
        decisions=decisions,
        partners=_partners() if entry.key == PARTNER else None,
    )


def _in_force(patient: Patient, entry: Entry) -> list[Consent]:
    latest = queries.consent_in_force(patient, entry.key)
    return [latest] if latest is not None else []


class PartnerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, organisation: Organisation) -> str:
        return organisation.name


def _partners() -> PartnerField:
    organisations = Organisation.objects.filter(retired_on__isnull=True)
    return PartnerField(organisations.order_by("name_es", "pk"), label=gettext_lazy("Organisation"))


def _page(
    request: StaffRequest, patient: Patient, entry: Entry, form: ConsentForm, *, status: int = 200
) -> HttpResponse:
    context = opened(request, patient, "person.consents_shown")
    context |= {"form": form, "entry": entry, "texts": texts(entry.key, patient.language_id)}
    return render(request, "patients/consent_new.html", context, status=status)


def _sent_twice(
    request: StaffRequest, patient: Patient, form: ConsentForm, conflict: SameIdOtherBody
) -> HttpResponse:
    saved = conflict.existing
    if not isinstance(saved, Consent) or saved.patient_id != patient.pk:
        raise Http404
    opened(request, patient, "person.consents_shown", PrivacyClass.IDENTITY)
    context = {
        "yours": visible(form),
        "saved": [
            (form.fields["decision"].label, lists.label(saved.decision_id)),
            (form.fields["giver"].label, lists.label(saved.giver_id)),
            (form.fields["method"].label, saved.get_method_display()),
            (form.fields["language"].label, lists.label(saved.language_id)),
        ],
        "again": redirect("patients:consents", patient.code).url,
    }
    return render(request, "409.html", context, status=409)
