"""A person at an outing: received, waiting, in care, seen; measured at triage."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import policy
from accounts.policy import Discipline, Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.rows import EditConflict, uuid7
from accounts.services import disclose
from consultations import summaries
from consultations.forms import FormContext, VitalsForm
from consultations.forms.outing import WaitsForm
from consultations.models import Visit, VitalSigns
from consultations.queries import history, last, outings
from consultations.services import visits
from consultations.views.common import attempt, discipline_label
from patients import queries as people
from patients.models import Identity, Patient
from patients.queries import in_sight_of
from patients.views.base import find, head


@requires(Permission.WORK_OUTING)
@require_POST
def receive(request: StaffRequest, code: str) -> HttpResponse:
    """Put a found person, and relatives ticked with them, on the list of one's outing."""
    patient = find(request, code)
    outing = outings.own(request.user)
    if outing is None:
        messages.error(request, _("Open or join an outing first."))
        return redirect("desk:today")
    form = WaitsForm(request.POST)
    if not form.is_valid():
        raise BadRequest("unknown discipline")
    together = [patient, *_relatives(request, patient)]
    attempt(
        request,
        lambda: visits.receive_together(
            together, outing=outing, by=request.user, waits_for=form.cleaned_data["waits_for"]
        ),
        _("On today's list."),
    )
    return redirect("desk:person", patient.code)


def _relatives(request: StaffRequest, patient: Patient) -> list[Patient]:
    """Those of the person's family whose codes were ticked."""
    wanted = set(request.POST.getlist("with"))
    if not wanted:
        return []
    family = people.relatives(patient, request.user)
    return [relative.patient for relative in family if relative.patient.code in wanted]


@requires(Permission.WORK_OUTING)
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Where the person stands today, what was measured, for whom they wait."""
    found = _find(request, pk)
    form = WaitsForm(
        request.POST or None,
        initial={"waits_for": found.waits_for, "version": found.version},
    )
    if request.method == "POST":
        return _move(request, found, form)
    return _page(request, found, form)


def _move(request: StaffRequest, found: Visit, form: WaitsForm) -> HttpResponse:
    state = request.POST.get("state", found.state)
    if state not in Visit.State.values or not form.is_valid():
        return _page(request, found, form, status=400)
    try:
        visits.move(
            found,
            by=request.user,
            expected=form.cleaned_data["version"] or found.version,
            to=state,
            waits_for=form.cleaned_data["waits_for"] if "waits" in request.POST else None,
        )
    except EditConflict:
        form = WaitsForm(initial={"waits_for": found.waits_for})
        messages.error(request, _("A colleague changed this visit meanwhile. Look again."))
        return _page(request, _find(request, found.pk), form, status=409)
    return redirect("desk:today")


def _page(request: StaffRequest, found: Visit, form: WaitsForm, status: int = 200) -> HttpResponse:
    may_measure = policy.allows(request.user, Permission.TAKE_VITALS, found.outing.programme)
    clinical = people.may_read(request.user, PrivacyClass.CLINICAL, found.patient)
    context = {
        **_opened(request, found, clinical),
        "visit": found,
        "form": form,
        "may_measure": may_measure and found.outing.is_open,
        "measured": [
            (row, summaries.text("vitals", {"vitals": summaries.vitals_of(row)}))
            for row in (found.vitals.select_related("taken_by") if clinical else ())
        ],
        "done": [
            (each.discipline, discipline_label(each.discipline), each.professional)
            for each in found.consultations.select_related("professional").exclude(
                discipline=Discipline.SGBV
            )
        ],
        "place": found.outing.site.name,
    }
    return render(request, "consultations/visit_detail.html", context, status=status)


def _opened(request: StaffRequest, found: Visit, clinical: bool) -> dict[str, Any]:
    permit = disclose(
        by=request.user,
        action="visit.opened",
        subjects=[found.patient],
        privacy_class=PrivacyClass.CLINICAL if clinical else PrivacyClass.IDENTITY,
        programme=found.outing.programme,
    )
    identity = people.current_identity(found.patient)
    return {**head(found.patient, identity, permit, request.user), "permit": permit}


# -- Triage ----------------------------------------------------------------------------------
@requires(Permission.TAKE_VITALS)
@require_http_methods(["GET", "HEAD", "POST"])
def measure(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Vital signs of the visit; unusual ones are confirmed once. Triage is no consultation."""
    found = _find(request, pk)
    policy.require(request.user, Permission.TAKE_VITALS, found.outing.programme)
    context = _measuring(request, found, people.current_identity(found.patient))
    form = VitalsForm(request.POST or None, context=context)
    if request.method == "POST" and form.is_valid() and form.is_confirmed:
        try:
            visits.measure(found, by=request.user, id=_id(request), payload=form.payload())
        except VitalSigns.DoesNotExist as missing:
            raise Http404 from missing
        messages.success(request, _("Saved."))
        return redirect("desk:today")
    status = 400 if form.is_bound and not form.is_valid() else 200
    page = {
        **_opened(request, found, True),
        "visit": found,
        "form": form,
        "id": _id(request) if form.is_bound else uuid7(),
        "place": found.outing.site.name,
    }
    return render(request, "consultations/visit_vitals.html", page, status=status)


def _measuring(request: StaffRequest, found: Visit, identity: Identity) -> FormContext:
    age = people.age_at(found.patient, found.outing.local_date, identity)
    measured = last.vitals(found.patient, found.pk)
    before = history.of(found.patient, found.outing.programme)
    return FormContext(
        patient=found.patient,
        discipline=Discipline.NURSING,
        user=request.user,
        outing=found.outing,
        visit=found,
        age_years=age.years,
        age_months=age.months,
        under_18=age.years < 18,
        first_visit=before.is_first(Discipline.NURSING),
        site_altitude=found.outing.site.altitude,
        vitals=measured.today,
        last_vitals=measured.before,
        pregnancy=before.pregnancy,
    )


def _id(request: StaffRequest) -> UUID:
    try:
        return UUID(request.POST.get("id", ""))
    except ValueError as error:
        raise BadRequest("no id") from error


def _find(request: StaffRequest, pk: UUID) -> Visit:
    """A visit of one's programmes whose person one may know."""
    try:
        return (
            Visit.objects.visible_to(request.user)
            .filter(in_sight_of(request.user))
            .select_related("patient", "outing__site", "outing__programme")
            .get(pk=pk)
        )
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
