"""The list of people, and the search."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import policy
from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.services import disclose
from patients import queries, services
from patients.forms import SearchForm
from patients.models import Identity, Patient
from patients.queries import Found, Purpose
from patients.services.locking import today

PAGE = 25
DEEPEST = 40  # pages; who is further back is searched for


@requires(Permission.SEARCH_PEOPLE)
@require_GET
def people(request: StaffRequest) -> HttpResponse:
    """The search box, and the newest people of the user's programmes."""
    number = _page_number(request.GET.get("page", ""))
    start = (number - 1) * PAGE
    # One more tells whether there is an older page, without counting everybody.
    newest = Patient.objects.visible_to(request.user).newest_first()
    shown = list(newest[start : start + PAGE + 1])
    more = len(shown) > PAGE and number < DEEPEST
    context = {
        "form": SearchForm(),
        "rows": _rows(request, shown[:PAGE], "people.listed"),
        "newer": number - 1,
        "older": number + 1 if more else None,
        "may_merge": policy.allows(request.user, Permission.MERGE_PEOPLE),
    }
    return render(request, "patients/patient_list.html", context)


def _page_number(typed: str) -> int:
    return min(max(int(typed), 1), DEEPEST) if typed.isdecimal() and len(typed) < 5 else 1


def _rows(request: StaffRequest, people: list[Patient], action: str) -> list[dict[str, Any]]:
    identities = queries.current_identities(patient.pk for patient in people)
    return list_rows(request, [(each, identities[each.pk]) for each in people], action)


def list_rows(
    request: StaffRequest, people: list[tuple[Patient, Identity]], action: str
) -> list[dict[str, Any]]:
    """What a list shows of each person, after one event for the list."""
    if not people:
        return []
    permit = disclose(
        by=request.user,
        action=action,
        subjects=[patient for patient, _identity in people],
        privacy_class=PrivacyClass.IDENTITY,
    )
    on = today(request.user)
    return [
        {
            "patient": patient,
            "name": queries.open_name(permit, identity) or _("No name kept"),
            "age": queries.age_at(patient, on, identity),
        }
        for patient, identity in people
    ]


@requires(Permission.SEARCH_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: StaffRequest) -> HttpResponse:
    """By POST only: what is typed about people never stands in an address."""
    if request.method != "POST":
        return redirect("patients:list")
    form = SearchForm(request.POST)
    if not form.is_valid():
        return render(request, "patients/patient_search.html", {"form": form}, status=400)
    if form.asked.purpose == Purpose.CODE:
        return _by_code(request, form)
    found = queries.find_people(request.user, form.asked)
    context = {"form": form, "rows": _found_rows(request, found), "carried": form.cleaned_data}
    return render(request, "patients/patient_search.html", context)


def _by_code(request: StaffRequest, form: SearchForm) -> HttpResponse:
    patient = services.open_by_code(form.asked.text, by=request.user)
    if patient is not None:
        return redirect(patient)
    form.add_error("q", _("Nobody has this code. Compare it with the card."))
    return render(request, "patients/patient_search.html", {"form": form, "rows": []}, status=404)


def _found_rows(request: StaffRequest, found: list[Found]) -> list[dict[str, Any]]:
    """With the reason of each match. A hidden person opens by a button that logs it."""
    own = _own_hidden(request, found)
    hidden = {each.patient.pk for each in found if each.patient.hidden} - own
    action = "people.searched_hidden" if hidden else "people.searched"
    rows = list_rows(request, [(each.patient, each.identity) for each in found], action)
    for row, each in zip(rows, found, strict=True):
        row["reason"] = each.match.reason.label
        row["hidden"] = each.patient.pk in hidden
    return rows


def _own_hidden(request: StaffRequest, found: list[Found]) -> set[Any]:
    hidden = [each.patient.pk for each in found if each.patient.hidden]
    if not hidden:
        return set()
    own = Patient.objects.visible_to(request.user).filter(pk__in=hidden)
    return set(own.values_list("pk", flat=True))


@requires(Permission.SEARCH_PEOPLE)
@require_POST
def open_by_code(request: StaffRequest, code: str) -> HttpResponse:
    """Open a hidden record that was found by exact name."""
    patient = services.open_by_code(code, by=request.user)
    return redirect(patient) if patient is not None else redirect("patients:list")
