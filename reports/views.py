"""The Activity page, a figure with what lies behind it, and the files."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import policy
from accounts import services as accounts
from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from consultations.models import Consultation, GroupActivity
from partners.models import Organisation, Site
from reports import charts, figures, files, queries
from reports.forms import FiguresForm
from reports.indicators import INDICATORS
from reports.reading import Reading
from reports.scope import Scope

PAGE_SIZE = 50
ON_THE_PAGE = {"service", "month", "site", "sex", "age", "nationality"}


@requires(Permission.READ_FIGURES)
@require_safe
def activity(request: StaffRequest) -> HttpResponse:
    """Six numbers, charts with their tables, and every other figure below."""
    form = FiguresForm(_asked(request), user=request.user)
    if not form.is_valid():
        return render(request, "reports/activity.html", {"form": form, "wide": True}, status=400)
    scope = form.scope()
    found = figures.compute(scope, ON_THE_PAGE, reader=request.user)
    _log(request, "figures.read", scope)
    headline = charts.headline(found)
    return render(
        request,
        "reports/activity.html",
        {
            "form": form,
            "scope": scope,
            "wide": True,
            "query": _query(request.GET),
            "headline": headline,
            "others": [each for each in found.values() if each not in headline],
            "charts": charts.for_activity(found),
            "unsigned": Reading(scope).unsigned(),
            "exact": not any(figure.starred for figure in found.values()),
        },
    )


@requires(Permission.READ_FIGURES)
@require_safe
def figure(request: StaffRequest, code: str) -> HttpResponse:
    """One figure: its definition, its breakdowns, and the list behind it for those who may."""
    if code not in INDICATORS:
        raise Http404
    indicator = INDICATORS[code]
    form = FiguresForm(_asked(request), user=request.user)
    if not form.is_valid():
        context = {"form": form, "indicator": indicator, "wide": True}
        return render(request, "reports/figure.html", context, status=400)
    scope = form.scope()
    found = figures.compute(scope, indicator.breakdowns, codes=[code], reader=request.user)[code]
    page, kind = _list_behind(request, found, scope)
    _log(
        request,
        "figures.list" if page else "figures.read",
        scope,
        page=page if kind == "consultations" else None,
        privacy_class=indicator.privacy,
        purpose=code,
    )
    return render(
        request,
        "reports/figure.html",
        {
            "form": form,
            "scope": scope,
            "indicator": indicator,
            "figure": found,
            "wide": True,
            "breakdowns": charts.breakdowns(found),
            "page_obj": page,
            "kind": kind,
            "query": _query(request.GET),
        },
    )


@requires(Permission.READ_FIGURES)
@require_safe
def download(request: StaffRequest, kind: str) -> HttpResponse:
    """The figures of the page as XLSX or CSV, with every breakdown."""
    makers = {
        "csv": (files.csv_file, "text/csv; charset=utf-8"),
        "xlsx": (
            files.xlsx_file,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    }
    if kind not in makers:
        raise Http404
    form = FiguresForm(_asked(request), user=request.user)
    if not form.is_valid():
        return render(request, "reports/activity.html", {"form": form, "wide": True}, status=400)
    scope = form.scope()
    found = figures.compute(scope, figures.DIMENSIONS, reader=request.user)
    _log(request, "figures.exported", scope, purpose=kind)
    make, content_type = makers[kind]
    response = HttpResponse(make(scope, found), content_type=content_type)
    name = f"vereda-{scope.start}-{scope.end}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked(request: StaffRequest) -> QueryDict:
    """The question; without one, this month."""
    if request.GET:
        return request.GET
    return QueryDict("period=month")


def _query(asked: QueryDict) -> str:
    """The question again, without the page of a list."""
    kept = asked.copy()
    kept.pop("page", None)
    return kept.urlencode()


def _list_behind(request: StaffRequest, found: figures.Figure, scope: Scope) -> tuple[Any, str]:
    user = request.user
    may = policy.allows(user, Permission.OPEN_FIGURE_LIST) and not found.starred
    rows = queries.behind(user, found.indicator, Reading(scope))
    if rows is None:
        return None, ""
    kind = {
        Consultation: "consultations",
        GroupActivity: "activities",
        Site: "sites",
        Organisation: "organisations",
    }[rows.model]
    if kind == "consultations" and not may:
        return None, "closed"
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")), kind


def _log(
    request: StaffRequest,
    action: str,
    scope: Scope,
    *,
    page: Any = None,
    privacy_class: PrivacyClass = PrivacyClass.OPEN,
    purpose: str = "",
) -> None:
    people = {row.patient_id: row.patient for row in page} if page is not None else {}
    accounts.disclose(
        by=request.user,
        action=action,
        subjects=list(people.values()),
        privacy_class=privacy_class,
        purpose=f"{purpose} {scope.start} to {scope.end}".strip(),
    )
