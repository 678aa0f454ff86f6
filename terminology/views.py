"""The search of the picker, and the pages on which an administrator keeps the lists."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import policy
from accounts.policy import Permission, requires
from accounts.rows import EditConflict
from accounts.templatetags.ui import Tab
from terminology import lists, queries
from terminology.fields import table
from terminology.forms import (
    STATES,
    ApplyForm,
    ConceptForm,
    ConceptsForm,
    ListsForm,
    MoveForm,
    SearchForm,
    UploadForm,
)
from terminology.models import LABELS, Concept, Load
from terminology.paging import PER_PAGE
from terminology.parsing import Faults
from terminology.services import editing, sending
from terminology.spreadsheets import csv_response

MOST_FAULTS = 50
COLUMN_WORDS = {
    "label_en": gettext_lazy("English"),
    "label_es": gettext_lazy("Spanish"),
    "label_fr": gettext_lazy("French"),
}


@requires(Permission.USE_LISTS)
@require_GET
def search(request: HttpRequest) -> JsonResponse:
    """At most 20 values that match, best first. Lists are no secret."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        name, messages_ = next(iter(form.errors.items()))
        return JsonResponse({"error": f"{name}: {messages_[0]}"}, status=400)
    asked = form.cleaned_data
    if there := table(asked["list"]):
        codes, permission = there
        policy.require(request.user, permission)
        rows = [{"key": key, "label": label, "hint": ""} for key, label in codes.find(asked["q"])]
        return JsonResponse({"results": rows})
    try:
        found = lists.search(asked["list"], asked["q"], part=asked["part"] or None)
    except lists.UnknownList:
        return JsonResponse({"error": _("There is no such list.")}, status=400)
    results = [{"key": e.key, "label": e.full_label, "hint": e.hint} for e in found]
    return JsonResponse({"results": results})


@requires(Permission.EDIT_LISTS)
@require_GET
def all_lists(request: HttpRequest) -> HttpResponse:
    form = ListsForm(request.GET)
    page = form.page_of(queries.list_lines(form.value("q") or ""))
    context = {"form": form, "page": page, "wide": True}
    return render(request, "terminology/lists.html", context, status=form.status)


@requires(Permission.EDIT_LISTS)
@require_GET
def concepts(request: HttpRequest, name: str) -> HttpResponse:
    _known(name)
    form = ConceptsForm(request.GET)
    state, q = form.value("state") or "offered", form.value("q") or ""
    page = form.page_of(queries.concepts(name, q, state))
    counts = queries.counts(name)
    context = {
        "form": form,
        "name": name,
        "words": name.replace("_", " "),
        "page": page,
        "tabs": [
            Tab(label, f"?state={value}", counts[value], value == state) for value, label in STATES
        ],
        "sortable": state != "retired" and not q,
        "wide": True,
    }
    return render(request, "terminology/concept_list.html", context, status=form.status)


def _known(name: str) -> None:
    if name not in lists.names():
        raise Http404


def _concept(name: str, code: str) -> Concept:
    return get_object_or_404(Concept, pk=f"{name}:{code}")


@requires(Permission.EDIT_LISTS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, name: str, code: str) -> HttpResponse:
    concept = _concept(name, code)
    initial = {"place": editing.place_of(concept), "version": concept.version}
    form = ConceptForm(request.POST or None, instance=concept, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _save(request, concept.pk, form.cleaned_data)
    context = {"form": form, "concept": _concept(name, code), "name": name}
    status = 400 if form.is_bound else 200
    return render(request, "terminology/concept_edit.html", context, status=status)


def _save(request: HttpRequest, key: str, cleaned: dict[str, Any]) -> HttpResponse:
    concept = Concept.objects.get(pk=key)
    labels = {name: cleaned[name] for name in LABELS}
    try:
        editing.edit(
            concept,
            by=request.user,  # type: ignore[arg-type]
            expected=cleaned["version"],
            labels=labels,
            retired_on=cleaned["retired_on"],
            place=cleaned["place"],
        )
    except EditConflict as conflict:
        return _conflict(request, conflict, cleaned)
    messages.success(request, _("Saved."))
    return redirect("terminology:concepts", concept.list_name)


def _conflict(request: HttpRequest, conflict: EditConflict, yours: dict[str, Any]) -> HttpResponse:
    theirs = conflict.theirs
    names = {**COLUMN_WORDS, "retired_on": gettext_lazy("No longer offered since")}
    context = {
        "yours": [(label, yours[name]) for name, label in names.items()],
        "saved": [(label, getattr(theirs, name)) for name, label in names.items()],
        "again": _address(theirs),
    }
    return render(request, "409.html", context, status=409)


def _address(concept: Any) -> str:
    return reverse("terminology:concept", args=concept.pk.split(":", 1))


@requires(Permission.EDIT_LISTS)
@require_POST
def move(request: HttpRequest, name: str, code: str) -> HttpResponse:
    concept = _concept(name, code)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("This value cannot be moved so."), status=400)
    asked = form.cleaned_data
    try:
        editing.move(concept, by=request.user, expected=asked["version"], step=asked["step"])  # type: ignore[arg-type]
    except EditConflict:
        messages.warning(request, _("The list was changed meanwhile. Look at it and try again."))
    back = f"{reverse('terminology:concepts', args=[name])}?state=all"
    page = queries.index(concept) // PER_PAGE + 1
    return HttpResponseRedirect(f"{back}&page={page}#{code}")


@requires(Permission.EDIT_LISTS)
@require_GET
def download(request: HttpRequest, name: str) -> HttpResponse:
    _known(name)
    return csv_response(name, queries.file_rows(name))


@requires(Permission.EDIT_LISTS)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, name: str) -> HttpResponse:
    _known(name)
    form = UploadForm(request.POST or None, request.FILES or None)
    faults: list[Any] = []
    if request.method == "POST" and form.is_valid():
        try:
            load = sending.send(name, form.cleaned_data["file"], by=request.user)  # type: ignore[arg-type]
            return redirect("terminology:preview", load.pk)
        except Faults as found:
            faults = found.faults
    context = {
        "form": form,
        "name": name,
        "faults": faults[:MOST_FAULTS],
        "more": max(0, len(faults) - MOST_FAULTS),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "terminology/list_upload.html", context, status=status)


@requires(Permission.EDIT_LISTS)
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    load = get_object_or_404(Load, pk=pk, sent_by=request.user)
    if load.applied_at is not None:
        messages.info(request, _("This file has been applied."))
        return redirect("terminology:concepts", load.list_name)
    form = ApplyForm(request.POST or None)
    if form.is_valid():
        try:
            count = sending.apply(load, by=request.user, seen=form.cleaned_data["mark"])  # type: ignore[arg-type]
        except sending.ChangedMeanwhile:
            messages.warning(request, _("The list was changed meanwhile: look at it once more."))
        else:
            text = ngettext("%(n)d value changed.", "%(n)d values changed.", count)
            messages.success(request, text % {"n": count})
            return redirect("terminology:concepts", load.list_name)
    changes = sending.changes(load)
    context = {
        "load": load,
        "name": load.list_name,
        "page": Paginator(changes, PER_PAGE).get_page(request.GET.get("page")),
        "mark": sending.mark(changes),
        "new": sum(change.is_new for change in changes),
        "wide": True,
        "words": COLUMN_WORDS,
    }
    status = 409 if request.method == "POST" else 200
    return render(request, "terminology/list_preview.html", context, status=status)
