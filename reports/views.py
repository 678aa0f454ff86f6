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
from accounts.templatetags.ui import Tab
from consultations.models import Consultation, Episode, GroupActivity
from partners.models import Organisation, Site
from patients.models import Patient
from referrals.models import Referral
from reports import charts, figures, files, labels, queries
from reports.forms import FiguresForm
from reports.indicators import INDICATORS, SECTIONS, Section
from reports.indicators.funnel import funnel
from reports.reading import Reading
from reports.scope import Scope

PAGE_SIZE = 50
KINDS = {
    Patient: "people",
    Consultation: "consultations",
    Referral: "referrals",
    Episode: "episodes",
    GroupActivity: "activities",
    Site: "sites",
    Organisation: "organisations",
}
OF_PEOPLE = ("people", "consultations", "referrals", "episodes")


@requires(Permission.READ_FIGURES)
@require_safe
def activity(request: StaffRequest) -> HttpResponse:
    """One section: its numbers first, charts with their tables, and every other figure below."""
    form = FiguresForm(_asked(request), user=request.user)
    if not form.is_valid():
        return render(request, "reports/activity.html", {"form": form, "wide": True}, status=400)
    section, reading = form.part, form.reading()
    wanted = {code: section.breakdowns(code) for code in section.codes}
    found = figures.compute(
        reading.scope, wanted, codes=section.codes, reader=request.user, reading=reading
    )
    steps = funnel(reading) if section.has_funnel else []
    unsigned = reading.unsigned() if section.code == "overview" else 0
    headline = charts.headline(section, found)
    _log(request, "figures.read", reading.scope, purpose=section.code)
    return render(
        request,
        "reports/activity.html",
        {
            "form": form,
            "scope": reading.scope,
            "wide": True,
            "query": _query(request.GET),
            "tabs": _tabs(request.GET, section),
            "section": section,
            "headline": headline,
            "others": [each for each in found.values() if each not in headline],
            "charts": charts.drawn(section, found, reading),
            "funnel": charts.cascade(steps, found["RF01"]) if steps and steps[0].reached else None,
            "unsigned": unsigned,
            "exact": not any(figure.starred for figure in found.values()),
        },
    )


def _tabs(asked: QueryDict, current: Section) -> list[Tab]:
    """The sections, with the period and scope of the question kept."""
    tabs = []
    for section in SECTIONS.values():
        kept = asked.copy()
        kept["section"] = section.code
        tabs.append(Tab(section.label, f"?{kept.urlencode()}", current=section is current))
    return tabs


@requires(Permission.READ_FIGURES)
@require_safe
def figure(request: StaffRequest, code: str) -> HttpResponse:
    """One figure: its definition, its breakdowns, and the list behind it for those who may.

    Of the referrals sent, `step` (with `lost`) narrows the list to a step of the funnel.
    """
    if code not in INDICATORS:
        raise Http404
    indicator = INDICATORS[code]
    form = FiguresForm(_asked(request), user=request.user)
    if not form.is_valid():
        context = {"form": form, "indicator": indicator, "wide": True}
        return render(request, "reports/figure.html", context, status=400)
    reading = form.reading()
    scope = reading.scope
    found = figures.compute(
        scope, indicator.breakdowns, codes=[code], reader=request.user, reading=reading
    )[code]
    step = request.GET.get("step", "") if code == "RF01" else ""
    if step and step not in labels.STEPS:
        raise Http404
    page, kind = _list_behind(request, found, reading, step)
    _log(
        request,
        "figures.list" if page else "figures.read",
        scope,
        people=_people(page, kind),
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
            "breakdowns": charts.breakdowns(found, reading),
            "beside": [
                (labels.beside(key, indicator), value)
                for key, value in found.measure.beside.items()
            ],
            "page_obj": page,
            "kind": kind,
            "step": labels.STEPS.get(step),
            "query": _query(request.GET),
        },
    )


@requires(Permission.READ_FIGURES)
@require_safe
def download(request: StaffRequest, kind: str) -> HttpResponse:
    """The figures as XLSX or CSV, with every breakdown; of one section, where it is asked for."""
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
    reading = form.reading()
    scope = reading.scope
    codes = form.part.codes if request.GET.get("section") else ()
    found = figures.compute(
        scope, figures.DIMENSIONS, codes=codes, reader=request.user, reading=reading
    )
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
    """The question again, without the page and the step of a list."""
    kept = asked.copy()
    for name in ("page", "step", "lost"):
        kept.pop(name, None)
    return kept.urlencode()


def _list_behind(
    request: StaffRequest, found: figures.Figure, reading: Reading, step: str
) -> tuple[Any, str]:
    user = request.user
    may = policy.allows(user, Permission.OPEN_FIGURE_LIST) and not found.starred
    lost = request.GET.get("lost") == "1"
    rows = queries.behind(user, found.indicator, reading, step=step, lost=lost)
    if rows is None or found.measure.reason:
        return None, ""
    kind = KINDS[rows.model]
    if kind in OF_PEOPLE and not may:
        return None, "closed"
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")), kind


def _people(page: Any, kind: str) -> list[Any]:
    """Whose codes the page shows."""
    if page is None or kind not in OF_PEOPLE:
        return []
    if kind == "people":
        return list(page)
    return list({row.patient_id: row.patient for row in page}.values())


def _log(
    request: StaffRequest,
    action: str,
    scope: Scope,
    *,
    people: list[Any] | None = None,
    privacy_class: PrivacyClass = PrivacyClass.OPEN,
    purpose: str = "",
) -> None:
    accounts.disclose(
        by=request.user,
        action=action,
        subjects=people or [],
        privacy_class=privacy_class,
        purpose=f"{purpose} {scope.start} to {scope.end}".strip(),
    )
