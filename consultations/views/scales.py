"""Scales: filled in on a page of their own while a note is written, and read over time."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.charts import Chart, Series
from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.services import disclose
from consultations import scales
from consultations.definitions import FORMS
from consultations.forms import sheets
from consultations.forms.scales import ScaleForm, TotalForm, form_class
from consultations.models import Draft, ScaleResult
from consultations.queries import scores
from consultations.queries.reach import reader
from consultations.queries.scores import Score
from consultations.scales import Change, Scale
from consultations.services import drafts, marks
from consultations.services.drafts import DraftConflict
from consultations.services.rights import require_discipline
from consultations.views.common import PER_PAGE, discipline_label
from consultations.views.consult import Desk, draft_body, own_draft
from patients import queries as people
from patients.models import Patient
from patients.views.base import find, head, opened
from terminology import lists
from terminology.models import LANGUAGES

DRAWN = 24  # points of a chart


# -- Filling in ------------------------------------------------------------------------------
@requires(Permission.RECORD_CONSULTATION)
@require_http_methods(["GET", "HEAD", "POST"])
def fill_in(request: StaffRequest, pk: UUID, scale: str) -> HttpResponse:
    """One scale of one's own draft. What is saved stands in the draft, and is signed with it."""
    draft = own_draft(request, pk)
    if draft.ended_at is not None:
        return redirect("consultations:resume", draft.pk)
    patient = find(request, draft.patient.code)
    require_discipline(request.user, draft.discipline, draft.outing.programme)
    desk = Desk(request, patient, draft.discipline, draft.outing)
    age = people.age_at(patient, draft.outing.local_date, desk.identity).years
    found = _offered(draft, age, scale)
    permit = desk.disclose("draft.opened")
    body = draft_body(draft, desk, permit)
    sheet = _sheet(body.get(sheets.field_name(found.code)))
    about: dict[str, Any] = {"scale": found, "age": age, "sex": patient.sex}
    about["language"] = _language(request, sheet)
    form = form_class(found)(request.POST or None, sheet=sheet, **about)
    if "switch" in request.POST:
        # The answers given so far in another language: their codes are the same.
        form.is_valid()
        form = form_class(found)(sheet=form.sheet(), **about)
    elif form.is_bound and form.is_valid():
        return _keep(desk, draft, body, form)
    context = {
        **head(patient, desk.identity, permit, request.user),
        "form": form,
        "scale": found,
        "draft": draft,
        "languages": []
        if isinstance(form, TotalForm)
        else [(code, get_language_info(code)["name_local"]) for code in LANGUAGES],
        "official": scales.OFFICIAL_TEXT.get(found.code),
        "quick_exit": True,
    }
    status = 400 if form.is_bound else 200
    return render(request, "consultations/scale_form.html", context, status=status)


def _offered(draft: Draft, age: int, code: str) -> Scale:
    for scale in sheets.offered_in(draft.discipline, age):
        if scale.code == code:
            return scale
    raise Http404


def _sheet(text: str | None) -> dict[str, Any]:
    """What the draft holds; nothing where it cannot be read."""
    try:
        return sheets.read(text or "")
    except ValueError:
        return {}


def _language(request: StaffRequest, sheet: dict[str, Any]) -> str:
    """Of the interview: as chosen on the page, else as it began, else that of the pages."""
    wanted = (
        request.POST.get("switch")
        or request.POST.get("language")
        or sheet.get("language")
        or (get_language() or "es")[:2]
    )
    return wanted if wanted in LANGUAGES else "es"


def _keep(desk: Desk, draft: Draft, body: Any, form: ScaleForm) -> HttpResponse:
    body[sheets.field_name(form.scale.code)] = sheets.write(form.sheet())
    try:
        drafts.save(
            id=draft.pk,
            patient=desk.patient,
            discipline=draft.discipline,
            outing=draft.outing,
            body=marks.body_of(body),
            by=desk.request.user,
            expected=draft.revision,
        )
    except DraftConflict:
        messages.error(desk.request, _("The draft was saved elsewhere meanwhile. Save again."))
        return redirect("consultations:scale", draft.pk, form.scale.code)
    if form.lacks_rest:
        messages.info(desk.request, _("Please ask the remaining questions too."))
        return redirect("consultations:scale", draft.pk, form.scale.code)
    return redirect(f"{reverse('consultations:resume', args=[draft.pk])}#scales")


# -- Over time -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Course:
    """One scale of a person: where it began, where it stands, and what that means."""

    scale: Scale
    points: list[Score]  # with a total, of the stay and form of the last, oldest first
    last: Score
    change: Change | None
    chart: Chart | None

    @property
    def first(self) -> Score | None:
        return self.points[0] if self.points else None


@requires(Permission.READ_CONSULTATION)
@require_safe
def over_time(request: StaffRequest, code: str) -> HttpResponse:
    """All scales of a person, or one with its table: as far as the user reads the notes they
    were taken in."""
    patient = find(request, code)
    known = scores.readable(patient, reader(request.user, patient))
    context = opened(request, patient, "scales.shown", PrivacyClass.CLINICAL)
    order = {entry.code: entry.position for entry in lists.all("scales", retired=True)}
    courses = [_course(name, known[name]) for name in sorted(known, key=lambda n: order[n])]
    wanted = request.GET.get("scale", "")
    chosen = next((each for each in courses if each.scale.code == wanted), None)
    context |= {"courses": courses, "chosen": chosen, "quick_exit": True}
    if chosen is not None:
        page = Paginator(known[wanted][::-1], PER_PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "rows": [(p, discipline_label(p.discipline)) for p in page]}
    return render(request, "consultations/scale_list.html", context)


def _course(code: str, every: list[Score]) -> Course:
    scale, points = scales.of(code), scores.of_episode(every)
    change = None
    if len(points) > 1 and code != scales.CSSRS:
        change = scales.change(scale, points[0].value, points[-1].value)
    return Course(scale, points, every[-1], change, _chart(scale, points[-DRAWN:]))


def _chart(scale: Scale, points: list[Score]) -> Chart | None:
    if len(points) < 2:
        return None
    values = [_level(point) if scale.code == scales.CSSRS else point.value for point in points]
    worse = scale.higher_is_worse
    return Chart(
        scale.label,
        [date_format(point.on, "j M") for point in points],
        [Series(scale.label, values)],
        note=_("Higher is worse.") if worse else "",
    )


def _level(point: Score) -> int:
    """The level of suicide risk as a number, 0 for none."""
    level = (point.band or "").partition(":")[2]
    return max(0, scales.LEVELS.index(level) - 1) if level else 0


@requires(Permission.READ_CONSULTATION)
@require_safe
def result(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One scale as it was answered, in the language it was asked in."""
    try:
        found = scores.find(pk, request.user)
    except ScaleResult.DoesNotExist as missing:
        raise Http404 from missing
    patient = found.patient.merged_into or found.patient
    if not Patient.objects.visible_to(request.user).filter(pk=patient.pk).exists():
        raise Http404
    if not reader(request.user, patient).may(found.consultation, PrivacyClass.CLINICAL):
        raise Http404
    permit = disclose(
        by=request.user,
        action="scale.opened",
        subjects=[patient],
        privacy_class=PrivacyClass.CLINICAL,
        programme=found.consultation.programme,
    )
    scale, given = scales.of(str(found.scale_id).partition(":")[2]), scores.answers(found)
    context = {
        **head(patient, people.current_identity(patient), permit, request.user),
        "result": found,
        "scale": scale,
        "message": scores.said(found, len(given)),
        "answers": [_question(scale, item, given[item], found.language) for item in given],
        "language": get_language_info(found.language)["name_translated"] if found.language else "",
        "quick_exit": True,
    }
    return render(request, "consultations/scale_detail.html", context)


def _question(scale: Scale, item: str, value: int, language: str) -> tuple[str, str]:
    """Question and answer in words, as far as the application may show them."""
    language = language or "es"
    if item in scale.texts:
        answer = next(e for e in scale.answers[item] if int(e.code) == value)
        return scale.texts[item].labels[language], f"{value} · {answer.labels[language]}"
    words = _("Yes") if value else _("No")
    if scale.code == scales.CSSRS:
        return FORMS[scales.CSSRS][item].label, words
    return _("Question %(number)s") % {"number": item.rpartition("_")[2]}, words
