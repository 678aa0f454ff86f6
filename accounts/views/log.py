"""The access log, for the data-protection officer. Whoever reads it is in it."""

import csv
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import queries, services, tasks
from accounts.forms import LogFilter
from accounts.models import LogVerification
from accounts.policy import Permission, requires
from accounts.requests import StaffRequest

AT_ONCE = 10_000  # events verified while the officer waits, about a second; more go to the worker


@requires(Permission.READ_ACCESS_LOG)
@require_safe
def access_log(request: StaffRequest) -> HttpResponse:
    form = LogFilter(request.GET or None)
    context = {"form": form, "wide": True, "verification": LogVerification.objects.first()}
    if form.is_bound and not form.is_valid():
        return render(request, "accounts/access_log.html", context, status=400)
    services.note_log_read(by=request.user, code=form.asked.get("person", ""))
    context["page"] = queries.page(form.events(), before=form.asked.get("before"))
    context["filtered"] = any(form.asked.get(name) for name in form.shown)
    return render(request, "accounts/access_log.html", context)


@requires(Permission.READ_ACCESS_LOG)
@require_safe
def download_access_log(request: StaffRequest) -> HttpResponseBase:
    """The events asked for as CSV, however many."""
    form = LogFilter(request.GET)
    if not form.is_valid():
        verification = LogVerification.objects.first()
        context = {"form": form, "wide": True, "verification": verification}
        return render(request, "accounts/access_log.html", context, status=400)
    services.note_log_read(by=request.user, code=form.cleaned_data["person"], download=True)
    name = f"access-log-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _lines(form),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@requires(Permission.READ_ACCESS_LOG)
@require_POST
def verify_access_log(request: StaffRequest) -> HttpResponse:
    services.request_verification(by=request.user)
    if queries.length_of_log() <= AT_ONCE:
        services.verify_access_log(by=request.user)
    else:
        tasks.wake(tasks.verify_access_log)
        messages.info(request, _("The log is being verified. Load this page again in a minute."))
    return redirect("accounts:access_log")


class _Echo:
    def write(self, line: str) -> str:
        return line


def _lines(form: LogFilter) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # so that spreadsheets read it as UTF-8
    yield writer.writerow(
        ("id", "time", "colleague", "role", "programme", "action", "class", "people", "purpose")
    )
    for event in queries.every(form.events()):
        yield writer.writerow(
            (
                event.pk,
                timezone.localtime(event.at).isoformat(timespec="seconds"),
                _text(event.actor.name if event.actor else ""),
                event.role,
                event.programme.code if event.programme else "",
                event.action,
                event.privacy_class,
                " ".join(event.codes),
                _text(event.purpose),
            )
        )


def _text(value: str) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
