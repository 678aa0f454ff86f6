"""Blank paper forms for days without power or connection."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.policy import Permission, requires
from accounts.requests import StaffRequest
from consultations.forms import FORMS, paper
from consultations.views.common import discipline_label


@requires(Permission.READ_OUTINGS)
@require_safe
def blank(request: StaffRequest, discipline: str) -> HttpResponse:
    """One discipline's form, letter size; it names no project and no person."""
    if discipline not in FORMS:
        raise Http404
    context = {
        "title": discipline_label(discipline),
        "identification": [
            _("Code of the person"),
            _("Folio"),
            _("Date and time"),
            _("Site"),
            _("Age"),
            _("Language"),
        ],
        "header": paper.header(),
        "blanks": list(paper.blanks(discipline)),
    }
    return render(request, "consultations/consultation_paper.html", context)


@requires(Permission.READ_OUTINGS)
@require_safe
def choose(request: StaffRequest) -> HttpResponse:
    """Every discipline's paper form."""
    choices = [(discipline, discipline_label(discipline)) for discipline in FORMS]
    return render(request, "consultations/paper_list.html", {"choices": choices})
