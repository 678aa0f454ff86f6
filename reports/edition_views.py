"""Reports: the list, one edition with its progress and files, what people decide, schedules."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import policy
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from accounts.rows import EditConflict
from accounts.tasks import wake
from accounts.templatetags.ui import Tab
from reports import outputs, services, tasks
from reports.edition_forms import (
    AskForm,
    CodeForm,
    DefinitionForm,
    PublishForm,
    ReportsForm,
    SectionForm,
    WithdrawForm,
)
from reports.models import ExchangeCode, Report, ReportDefinition, ReportFile, Snapshot, State

MOST_CHARTS = 4


# -- The list and asking ---------------------------------------------------------------------------
@requires(Permission.READ_REPORTS)
@require_http_methods(["GET", "POST"])
def report_list(request: StaffRequest) -> HttpResponse:
    """What was asked for, newest first, and the question for one more."""
    asking = AskForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial={"language": request.user.language},
    )
    if request.method == "POST" and asking.is_valid():
        return _ask(request, asking)
    form = ReportsForm(request.GET)
    only = form.value("state")
    rows = Report.objects.visible_to(request.user)
    if only:
        rows = rows.filter(state=only).order_by("-published_at")
    tabs = [
        Tab(_("All"), "?", None, not only),
        Tab(_("Published"), "?state=published", None, bool(only)),
    ]
    context = {"form": asking, "page": form.page_of(rows), "tabs": tabs}
    return render(
        request, "reports/report_list.html", context, status=400 if asking.errors else form.status
    )


def _ask(request: StaffRequest, form: AskForm) -> HttpResponse:
    period, cleaned = form.asked(), form.cleaned_data
    with override(cleaned["language"]):
        days = [date_format(day, "j M Y") for day in (period.start, period.end)]
        name = cleaned["name"] or _("Activity report, %(first)s to %(last)s") % {
            "first": days[0],
            "last": days[1],
        }
    report = services.ask(
        by=request.user,
        name=name,
        start=period.start,
        end=period.end,
        programmes=form.programmes(),
        sites=cleaned["sites"],
        sections=cleaned["sections"],
        language=cleaned["language"],
        audience=cleaned["audience"],
    )
    wake(tasks.build, str(report.pk))
    return redirect(report)


# -- One edition -------------------------------------------------------------------------------------
def _found(request: StaffRequest, pk: UUID) -> Report:
    return get_object_or_404(Report.objects.visible_to(request.user), pk=pk)


@requires(Permission.READ_REPORTS)
@require_safe
def report(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Progress while it is made; then the figures, the files, and what may be decided."""
    found = _found(request, pk)
    if found.is_open or found.state == State.FAILED:
        return render(request, "reports/report.html", {"report": found})
    response = _frozen(request, found)
    if request.headers.get("HX-Request"):
        response.headers["HX-Refresh"] = "true"
    return response


def _frozen(request: StaffRequest, found: Report) -> HttpResponse:
    # What the edition tells; the exact figures behind a published one stay where they are.
    snapshot = Snapshot.objects.defer("exact").get(pk=found.pk)
    edition = outputs.Edition.of(found, snapshot, {})
    sections = edition.sections()
    asked = SectionForm(request.GET)
    code = asked.cleaned_data["section"] if asked.is_valid() else ""
    section = next((each for each in sections if each.code == code), next(iter(sections), None))
    may_publish = policy.allows(request.user, Permission.PUBLISH_REPORT)
    context = {
        "report": found,
        "snapshot": snapshot,
        "edition": edition,
        "section": section,
        "tabs": [
            Tab(each.title, f"?section={each.code}", None, each is section) for each in sections
        ],
        "charts": outputs.charts_of(section, MOST_CHARTS) if section else [],
        "files": sorted(
            found.files.only("report", "name", "size"),
            key=lambda kept: list(outputs.MAKERS).index(kept.name),
        ),
        "late": services.late_records(found, snapshot.cut_off),
        "newer": Report.objects.filter(key=found.key, edition__gt=found.edition).exists(),
        "may_publish": may_publish and found.approved_by_id != request.user.pk,
        "may_withdraw": may_publish,
        "publish_form": PublishForm(),
        "withdraw_form": WithdrawForm(),
        "wide": True,
    }
    services.note_reading(found, by=request.user)
    return render(request, "reports/report.html", context)


@requires(Permission.READ_REPORTS)
@require_safe
def file(request: StaffRequest, pk: UUID, name: str) -> HttpResponse:
    """A file as it was made; the right to it is asked again, and the download logged."""
    found = _found(request, pk)
    if name not in outputs.MAKERS:
        raise Http404
    kept = get_object_or_404(ReportFile, report=found, name=name)
    services.note_download(found, name, by=request.user)
    response = HttpResponse(bytes(kept.content), content_type=outputs.type_of(name))
    end = name.replace("report.", "")
    told = f"vereda-{found.starts_on}-{found.ends_on}-{found.audience}-{found.edition}-{end}"
    if name.startswith("report."):
        told = told.replace(f"-{end}", f".{end}")
    response.headers["Content-Disposition"] = f'attachment; filename="{told}"'
    return response


# -- Decisions -----------------------------------------------------------------------------------------
def _decide(
    request: StaffRequest, found: Report, act: Any, said: str, **values: Any
) -> HttpResponse:
    try:
        act(found, by=request.user, **values)
    except services.NotNow:
        messages.warning(request, _("This is not possible now. Look at the state of the report."))
    else:
        messages.success(request, said)
    return redirect(found)


@requires(Permission.APPROVE_REPORT)
@require_POST
def approve(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _decide(request, _found(request, pk), services.approve, _("The report is approved."))


@requires(Permission.PUBLISH_REPORT)
@require_POST
def publish(request: StaffRequest, pk: UUID) -> HttpResponse:
    form = PublishForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write to whom the report is published."))
        return redirect(_found(request, pk))
    said = _("It is written down that the report is published.")
    to = form.cleaned_data["to"]
    return _decide(request, _found(request, pk), services.publish, said, to=to)


@requires(Permission.PUBLISH_REPORT)
@require_POST
def withdraw(request: StaffRequest, pk: UUID) -> HttpResponse:
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the reason."))
        return redirect(_found(request, pk))
    because = form.cleaned_data["because"]
    said = _("The report is withdrawn.")
    return _decide(request, _found(request, pk), services.withdraw, said, because=because)


@requires(Permission.READ_REPORTS)
@require_POST
def retry(request: StaffRequest, pk: UUID) -> HttpResponse:
    answer = _decide(request, _found(request, pk), services.retry, _("The report is made again."))
    wake(tasks.build, str(pk))
    return answer


@requires(Permission.READ_REPORTS)
@require_POST
def again(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A new edition of the same question: what came in late is in it, and named."""
    old = _found(request, pk)
    new = services.ask(
        by=request.user,
        name=old.name,
        start=old.starts_on,
        end=old.ends_on,
        programmes=old.programmes.all(),
        sites=old.parameters["sites"],
        sections=old.parameters["sections"],
        language=old.language,
        audience=old.audience,
    )
    wake(tasks.build, str(new.pk))
    return redirect(new)


# -- What is owed again and again ----------------------------------------------------------------------
@requires(Permission.READ_REPORTS)
@require_safe
def definitions(request: StaffRequest) -> HttpResponse:
    form = ReportsForm(request.GET)
    rows = ReportDefinition.objects.visible_to(request.user).prefetch_related("programmes")
    context = {"page": form.page_of(rows)}
    return render(request, "reports/definition_list.html", context, status=form.status)


@requires(Permission.READ_REPORTS)
@require_http_methods(["GET", "POST"])
def new_definition(request: StaffRequest) -> HttpResponse:
    form = DefinitionForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial={"language": request.user.language},
    )
    if form.is_bound and form.is_valid():
        services.define(by=request.user, programmes=form.programmes(), **form.values())
        messages.success(request, _("Saved."))
        return redirect("reports:definitions")
    context = {"form": form}
    return render(
        request, "reports/definition_form.html", context, status=400 if form.errors else 200
    )


@requires(Permission.READ_REPORTS)
@require_http_methods(["GET", "POST"])
def definition(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(ReportDefinition.objects.visible_to(request.user), pk=pk)
    form = DefinitionForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial=_answers(found),
    )
    if form.is_bound and form.is_valid():
        try:
            services.redefine(
                found,
                by=request.user,
                expected=form.cleaned_data["version"] or 0,
                programmes=form.programmes(),
                **form.values(),
            )
        except EditConflict:
            messages.warning(request, _("It was changed meanwhile. Look at it and try again."))
            return redirect("reports:definition", pk)
        messages.success(request, _("Saved."))
        return redirect("reports:definitions")
    context = {"form": form, "definition": found}
    return render(
        request, "reports/definition_form.html", context, status=400 if form.errors else 200
    )


def _answers(found: ReportDefinition) -> dict[str, Any]:
    names = (
        "name", "period_kind", "audience", "language", "first_day", "days_after", "sites",
        "sections", "version",
    )  # fmt: skip
    return {
        **{name: getattr(found, name) for name in names},
        "programme": [programme.code for programme in found.programmes.all()],
        "active": "yes" if found.active else "no",
    }


# -- Codes of other systems ------------------------------------------------------------------------------
@requires(Permission.MAP_CODES)
@require_http_methods(["GET", "POST"])
def codes(request: StaffRequest) -> HttpResponse:
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        services.set_code(by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("reports:codes")
    listed = ReportsForm(request.GET)
    context = {"form": form, "page": listed.page_of(ExchangeCode.objects.all())}
    return render(
        request, "reports/code_list.html", context, status=400 if form.errors else listed.status
    )


@requires(Permission.MAP_CODES)
@require_POST
def drop_code(request: StaffRequest, pk: UUID) -> HttpResponse:
    services.drop_code(get_object_or_404(ExchangeCode, pk=pk), by=request.user)
    messages.success(request, _("Our own code goes out again."))
    return redirect("reports:codes")
