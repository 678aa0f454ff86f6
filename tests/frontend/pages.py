"""Addresses of the sample pages, for tests that name them with `pytest.mark.urls`."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path

from accounts.fields import one_more
from accounts.policy import Permission, requires
from accounts.templatetags.ui import Tab
from tests.frontend.sample import (
    MONTHLY,
    SERVICES,
    SEXES,
    SITES,
    TREND,
    Countries,
    Lines,
    SampleForm,
)

TEMPLATES = Path(__file__).parent / "templates/sample"
SAVED: list[dict[str, Any]] = []


def _show(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    template = engines["django"].from_string((TEMPLATES / name).read_text())
    return HttpResponse(template.render(context, request))


@requires(Permission.PUBLIC)
def form(request: HttpRequest) -> HttpResponse:
    data = request.POST or None
    if request.POST.get("med-add"):
        data = one_more(request.POST, "med")
    sample = SampleForm(data)
    lines = Lines(data, prefix="med")
    if request.method == "POST":
        sample.is_valid()
        lines.is_valid()
    return _show(
        request, "form.html", form=sample, lines=lines, place="Albergue CAFEMIN", quick_exit=True
    )


@requires(Permission.PUBLIC)
def today(request: HttpRequest) -> HttpResponse:
    tabs = [Tab("En espera", "?tab=waiting", 7, True), Tab("Atendidas", "?tab=seen", 1200)]
    page = Paginator(range(100), 25).page(2)
    return _show(request, "today.html", tabs=tabs, page=page, one=["social_work"])


@requires(Permission.PUBLIC)
def person(request: HttpRequest) -> HttpResponse:
    return _show(request, "person.html", day=date(2025, 11, 3), quick_exit=True)


@requires(Permission.PUBLIC)
def figures(request: HttpRequest) -> HttpResponse:
    return _show(
        request,
        "figures.html",
        services=SERVICES,
        sexes=SEXES,
        monthly=MONTHLY,
        trend=TREND,
        sites=SITES,
        wide=True,
    )


@requires(Permission.PUBLIC)
def search(request: HttpRequest) -> HttpResponse:
    found = Countries().find(request.GET["q"])
    return JsonResponse({"results": [{"key": key, "label": label} for key, label in found]})


@requires(Permission.PUBLIC)
def draft(request: HttpRequest) -> HttpResponse:
    SAVED.append(request.POST.dict())
    return JsonResponse({"version": len(SAVED)})


terminology = ([path("search/", search, name="search")], "terminology")
urlpatterns = [
    path("", today),
    path("form/", form),
    path("person/", person),
    path("figures/", figures),
    path("draft/", draft),
    path("terminology/", include(terminology)),
    path("accounts/", include("accounts.urls")),
]
