"""One person on one page: what to heed, what comes next, what happened."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass, stricter
from accounts.requests import StaffRequest
from accounts.services import disclose
from accounts.templatetags.ui import DISCIPLINES, Tab
from accounts.templatetags.ui import discipline as letters
from consultations.forms import FORMS
from consultations.forms.outing import WaitsForm
from consultations.models import Visit, VisitType
from consultations.queries import timeline
from consultations.queries.outings import programme_of
from consultations.queries.reach import GROUPS, Reader, reader
from consultations.views.common import discipline_label
from desk import queries
from patients import queries as people
from patients.models import Patient

SUICIDE_RISK = "vulnerability_criteria:suicide_risk"


@requires(Permission.READ_PERSON)
@require_safe
def person(request: StaffRequest, code: str) -> HttpResponse:
    """One event, written before anything is shown; twelve statements, whatever the chart."""
    user, programme = request.user, programme_of(request.user)
    patient = queries.person(user, programme, code) if programme is not None else None
    if patient is None or programme is None:
        raise Http404
    if patient.code != code:  # the code of a record merged into this one
        return redirect(patient)
    about = reader(user, patient)
    sheet = people.sheet(patient, user, programme.today())
    clinical = people.may_read(user, PrivacyClass.CLINICAL, patient, summary=True)
    permit = disclose(
        by=user,
        action="person.opened",
        subjects=sheet.subjects,
        privacy_class=stricter(sheet.privacy_class, PrivacyClass.CLINICAL if clinical else ""),
        programme=programme,
    )
    risk = patient.risk if clinical and patient.risk in queries.RISKS else None  # type: ignore[attr-defined]
    if risk is not None:  # said once, with its level and day
        sheet.vulnerabilities = [v for v in sheet.vulnerabilities if v.criterion_id != SUICIDE_RISK]
    writes = _writes(user, programme)
    context = {
        "sheet": sheet.open(permit),
        "patient": patient,
        "risk": risk,
        "referrals": queries.open_referrals(patient, user),
        "appointments": queries.upcoming(patient, user, programme.today()),
        "visit_state": _state(patient),
        "waits": WaitsForm() if patient.here and not patient.visit else None,  # type: ignore[attr-defined]
        "reads_scales": people.may_read(user, PrivacyClass.CLINICAL, patient),
        "writes": writes,
        "others": writes if patient.draft else writes[1:],  # type: ignore[attr-defined]
        "may_admit": programme.kind == Programme.Kind.CENTRE,
        "place": patient.place or "",  # type: ignore[attr-defined]
        **_timeline(request, patient, about),
        "quick_exit": True,
    }
    return render(request, "desk/person.html", context)


def _state(patient: Patient) -> str:
    state = patient.visit_state  # type: ignore[attr-defined]
    return str(Visit.State(state).label) if state else ""


def _writes(user: User, programme: Programme) -> list[tuple[str, str]]:
    """Disciplines whose forms the user may open, their own first."""
    written = policy.disciplines_of(user, programme)
    return [(each, discipline_label(each)) for each in written if each in FORMS]


def _timeline(request: StaffRequest, patient: Patient, about: Reader) -> dict[str, Any]:
    group = request.GET.get("of", "")
    found = timeline.of(patient, request.user, about, number=request.GET.get("page"), group=group)
    address = patient.get_absolute_url()
    total = sum(found.counts.values())
    tabs = [Tab(_("All"), f"{address}#timeline", total, group not in found.counts)]
    for name, count in found.counts.items():
        first = next(discipline for discipline, of in GROUPS.items() if of == name)
        url = f"{address}?of={name}#timeline"
        tabs.append(Tab(letters(first), url, count, group == name))
    return {
        "timeline": found,
        "moments": [(each, f"d-{DISCIPLINES[each.discipline][1]}") for each in found.moments],
        "timeline_tabs": tabs if len(found.counts) > 1 else [],
        "visit_types": dict(VisitType.choices),
    }
