"""The consultation form: shown, kept as a draft, signed."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import policy
from accounts.disclosure import Disclosure
from accounts.policy import Permission, requires
from accounts.privacy import PrivacyClass
from accounts.requests import StaffRequest
from accounts.rows import uuid7
from accounts.services import disclose
from consultations import scales, summaries
from consultations.forms import FORMS, DisciplineForm, FormContext
from consultations.forms.gather import gather
from consultations.models import Consultation, Draft, Outing, Visit
from consultations.queries import notes, outings
from consultations.queries.keys import NarrativeKey
from consultations.queries.reach import Reader, reader
from consultations.services import drafts, marks, sign
from consultations.services.drafts import DraftConflict
from consultations.services.rights import require_discipline
from consultations.services.sign import OtherBody
from consultations.views.common import discipline_label
from patients import queries as people
from patients.models import Patient
from patients.views.base import find, head


@dataclass
class Desk:
    """One person, one discipline, one outing: what every step of writing a note needs."""

    request: StaffRequest
    patient: Patient
    discipline: str
    outing: Outing

    def __post_init__(self) -> None:
        self.identity = people.current_identity(self.patient)
        self.reader: Reader = reader(self.request.user, self.patient)
        self.key = NarrativeKey(self.patient.pk)
        mine = Draft.objects.open().filter(
            visit=OuterRef("pk"), author=self.request.user, discipline=self.discipline
        )
        self.visit = (
            Visit.objects.filter(outing=self.outing, patient=self.patient)
            .annotate(own_draft=Subquery(mine.values("pk")[:1]))
            .first()
        )

    @property
    def own_draft(self) -> UUID | None:
        """The open draft of the user for this person, outing and discipline."""
        return getattr(self.visit, "own_draft", None)

    @property
    def data(self) -> QueryDict:
        return self.request.POST

    @property
    def form_class(self) -> type[DisciplineForm]:
        return FORMS[self.discipline]

    @property
    def privacy_class(self) -> PrivacyClass:
        """The strictest class that the form may show: that of one's own note."""
        own = Consultation(
            discipline=self.discipline,
            programme_id=self.outing.programme_id,
            professional=self.request.user,
        )
        return notes.strictest_class(own, self.reader)

    def context(self, permit: Disclosure | None = None) -> FormContext:
        return gather(
            user=self.request.user,
            patient=self.patient,
            identity=self.identity,
            discipline=self.discipline,
            outing=self.outing,
            visit=self.visit,
            reader=self.reader,
            permit=permit,
            key=self.key,
        )

    def disclose(self, action: str) -> Disclosure:
        return disclose(
            by=self.request.user,
            action=action,
            subjects=[self.patient],
            privacy_class=self.privacy_class,
            programme=self.outing.programme,
        )

    def show(
        self,
        form: DisciplineForm,
        permit: Disclosure,
        *,
        id: UUID,
        revision: int = 0,
        draft: Draft | None = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        context = {
            **head(self.patient, self.identity, permit, self.request.user),
            "form": form,
            "forms": list(form.lines.values()),
            "id": id,
            "version": revision,
            "window": self.data.get("window") or uuid7(),
            "draft": draft,
            "discipline": self.discipline,
            "discipline_label": discipline_label(self.discipline),
            "outing": self.outing,
            "place": self.outing.site.name,
            "quick_exit": True,
            **more,
        }
        template = "consultations/consultation_form.html"
        return render(self.request, template, context, status=status)

    def show_again(self, form: DisciplineForm, status: int, **more: Any) -> HttpResponse:
        """What was sent, with what is wrong with it; nothing typed is lost."""
        permit = self.disclose("consultation.begun")
        # With the disclosure the texts of last time can be read beside the fields.
        again = self.form_class(self.data, context=self.context(permit), quiet=form.quiet)
        if not form.quiet:
            again.is_valid()
        return self.show(
            again, permit, id=_id(self.data), revision=_revision(self.data), status=status, **more
        )


# -- A new note ------------------------------------------------------------------------------
@requires(Permission.RECORD_CONSULTATION)
@require_safe
def choose(request: StaffRequest, code: str) -> HttpResponse:
    """Which discipline, for who writes several."""
    patient = find(request, code)
    written = [each for each in policy.disciplines_of(request.user) if each in FORMS]
    if len(written) == 1:
        return redirect("consultations:new", patient.code, written[0])
    choices = [(each, discipline_label(each)) for each in written]
    context = {"code": patient.code, "choices": choices}
    return render(request, "consultations/consultation_choose.html", context)


@requires(Permission.RECORD_CONSULTATION)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest, code: str, discipline: str) -> HttpResponse:
    """The form of a discipline in the open outing, or a past one. Showing it creates nothing."""
    patient = find(request, code)
    if discipline not in FORMS:
        raise Http404
    outing = _outing(request)
    if outing is None or "another" in request.GET:
        return _no_outing(request, patient, discipline)
    require_discipline(request.user, discipline, outing.programme)
    desk = Desk(request, patient, discipline, outing)
    if request.method == "POST":
        return _take(desk)
    if desk.own_draft is not None:
        return redirect("consultations:resume", desk.own_draft)
    permit = desk.disclose("consultation.begun")
    return desk.show(desk.form_class(context=desk.context(permit)), permit, id=uuid7())


def _outing(request: StaffRequest) -> Outing | None:
    """The outing that the form or the address names, else the user's own of today."""
    named = request.POST.get("outing") or request.GET.get("outing")
    if not named:
        return outings.own(request.user)
    found = (
        Outing.objects.visible_to(request.user)
        .held()
        .select_related("site", "programme")
        .filter(pk=_uuid(named))
        .first()
    )
    if found is None:
        raise Http404
    return found


def _no_outing(request: StaffRequest, patient: Patient, discipline: str) -> HttpResponse:
    """Nothing is recorded outside an outing: open one, join one, or choose a past one."""
    programme = outings.programme_of(request.user)
    context = {
        "code": patient.code,
        "discipline": discipline,
        "open": outings.open_today(programme, request.user) if programme else [],
        "past": Outing.objects.visible_to(request.user)
        .filter(state=Outing.State.CLOSED)
        .select_related("site")[:8],
    }
    return render(request, "consultations/consultation_no_outing.html", context)


# -- What was sent ---------------------------------------------------------------------------
def _take(desk: Desk) -> HttpResponse:
    """One of the buttons: save the draft, add a line, same as last time, or sign."""
    try:
        there = sign.signed_before(_id(desk.data), _mark(desk), desk.request.user)
        if there is not None:
            return _signed(desk.request, there)
        if desk.data.get("save") == "draft":
            return _save_draft(desk)
        if desk.data.get("scale"):
            return _to_scale(desk, desk.data.get("scale", ""))
        context = desk.context()
        if desk.form_class.reworked(desk.data, context) is not None:
            return _rework(desk)
        return _sign(desk, desk.form_class(desk.data, context=context))
    except OtherBody as other:
        return _two_notes(desk, other.there)
    except DraftConflict as conflict:
        return _two_drafts(desk, conflict.theirs)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing


def _sign(desk: Desk, form: DisciplineForm) -> HttpResponse:
    if not form.is_valid():
        return desk.show_again(form, status=400)
    if not form.is_confirmed:
        return desk.show_again(form, status=200)
    note = sign.sign(
        id=_id(desk.data),
        patient=desk.patient,
        discipline=desk.discipline,
        outing=desk.outing,
        payload=form.payload(),
        mark=_mark(desk),
        by=desk.request.user,
        body=marks.body_of(desk.data),
        expected=_revision(desk.data),
    )
    messages.success(desk.request, _("Signed."))
    return _signed(desk.request, note)


def _signed(request: StaffRequest, note: Consultation) -> HttpResponse:
    """To the person's page, where the next step stands."""
    return redirect("desk:person", (note.patient.merged_into or note.patient).code)


def _rework(desk: Desk) -> HttpResponse:
    """A line more, or the answers of last time: the form again, nothing kept yet."""
    permit = desk.disclose("consultation.begun")
    context = desk.context(permit)
    form = desk.form_class.reworked(desk.data, context)
    form = form or desk.form_class.from_draft(desk.data, context)
    return desk.show(form, permit, id=_id(desk.data), revision=_revision(desk.data))


def _save_draft(desk: Desk) -> HttpResponse:
    _keep(desk)
    messages.success(desk.request, _("Draft saved."))
    return redirect("desk:person", desk.patient.code)


def _to_scale(desk: Desk, code: str) -> HttpResponse:
    """Keep the draft and go to the page of a scale."""
    if code not in {scale.code for scale in scales.offered()}:
        raise Http404
    return redirect("consultations:scale", _keep(desk).pk, code)


def _keep(desk: Desk) -> Draft:
    return drafts.save(
        id=_id(desk.data),
        patient=desk.patient,
        discipline=desk.discipline,
        outing=desk.outing,
        body=marks.body_of(desk.data),
        by=desk.request.user,
        expected=_revision(desk.data),
    )


@requires(Permission.RECORD_CONSULTATION)
@require_POST
def autosave(request: StaffRequest, code: str, discipline: str) -> HttpResponse:
    """Keep the draft while it is written: its revision, or 409 when another window was faster."""
    patient = find(request, code)
    outing = _outing(request)
    if discipline not in FORMS or outing is None:
        raise Http404
    try:
        draft = drafts.save(
            id=_id(request.POST),
            patient=patient,
            discipline=discipline,
            outing=outing,
            body=marks.body_of(request.POST),
            by=request.user,
            expected=_revision(request.POST),
        )
    except DraftConflict as conflict:
        revision = conflict.theirs.revision if conflict.theirs else None
        return JsonResponse({"version": revision}, status=409)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    return JsonResponse({"version": draft.revision})


# -- A draft again ---------------------------------------------------------------------------
@requires(Permission.RECORD_CONSULTATION)
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One's own draft as it was left; another author's does not exist."""
    draft = own_draft(request, pk)
    if draft.ended_at is not None:
        return _ended(request, draft)
    patient = find(request, draft.patient.code)
    desk = Desk(request, patient, draft.discipline, draft.outing)
    require_discipline(request.user, draft.discipline, draft.outing.programme)
    if request.method == "POST":
        return _take(desk)
    permit = desk.disclose("draft.opened")
    form = desk.form_class.from_draft(draft_body(draft, desk, permit), desk.context(permit))
    return desk.show(form, permit, id=draft.pk, revision=draft.revision, draft=draft)


def own_draft(request: StaffRequest, pk: UUID) -> Draft:
    found = Draft.objects.visible_to(request.user).select_related(
        "patient", "outing__site", "outing__programme"
    )
    draft = found.filter(pk=pk).first()
    if draft is None:
        raise Http404
    return draft


def draft_body(draft: Draft, desk: Desk, permit: Disclosure) -> QueryDict:
    """The form as the browser sent it."""
    text = permit.open(draft, "body", desk.key)
    data = QueryDict(mutable=True)
    for name, values in (json.loads(text) if text else {}).items():
        data.setlist(name, values if isinstance(values, list) else [values])
    return data


def _ended(request: StaffRequest, draft: Draft) -> HttpResponse:
    if request.method == "POST" and draft.end == Draft.End.SIGNED:
        note = Consultation.objects.visible_to(request.user).filter(pk=draft.pk).first()
        if note is not None:
            mark = marks.mark(
                marks.body_of(request.POST), draft.patient_id, draft.discipline, draft.outing_id
            )
            if note.mark == mark:
                return _signed(request, note)
    if draft.end == Draft.End.SIGNED:
        return redirect("consultations:note", draft.pk)
    messages.info(request, _("This draft is ended."))
    return redirect("consultations:drafts")


@requires(Permission.RECORD_CONSULTATION)
@require_POST
def discard(request: StaffRequest, pk: UUID) -> HttpResponse:
    draft = own_draft(request, pk)
    if draft.ended_at is None:
        drafts.discard(draft, by=request.user)
        messages.success(request, _("Draft discarded."))
    return redirect("consultations:drafts")


# -- Two versions ----------------------------------------------------------------------------
def _two_notes(desk: Desk, there: Consultation) -> HttpResponse:
    """Another body under the id of a signed note: both versions, and nothing changed."""
    note = notes.find(desk.request.user, there.pk)
    permit = desk.disclose("consultation.opened")
    page = notes.page(note, desk.reader, permit, desk.key)
    saved = [(each.label, each.text) for each in page.answers]
    context = {
        "yours": _words(desk),
        "saved": saved,
        "again": reverse("consultations:note", args=[note.pk]),
    }
    return render(desk.request, "409.html", context, status=409)


def _two_drafts(desk: Desk, theirs: Draft | None) -> HttpResponse:
    """Another window saved the draft first. One's own text stays in the form, to be saved over
    it or left; what the other window saved stands above."""
    if theirs is None or theirs.ended_at is not None:
        messages.error(desk.request, _("This draft was ended in another window."))
        return desk.show_again(_quiet(desk), status=409)
    permit = desk.disclose("draft.opened")
    context = desk.context(permit)
    saved = desk.form_class(draft_body(theirs, desk, permit), context=context)
    mine = desk.form_class.from_draft(desk.data, context)
    return desk.show(
        mine,
        permit,
        id=theirs.pk,
        revision=theirs.revision,
        draft=theirs,
        status=409,
        saved=_words_of(saved),
        saved_at=theirs.saved_at,
    )


def _quiet(desk: Desk) -> DisciplineForm:
    return desk.form_class.from_draft(desk.data, desk.context())


def _words(desk: Desk) -> list[tuple[str, str]]:
    return _words_of(desk.form_class(desk.data, context=desk.context()))


def _words_of(form: DisciplineForm) -> list[tuple[str, str]]:
    """What a form says as far as it can be read: a draft may hold anything."""
    form.is_valid()
    shown = summaries.shown(form.discipline, form.payload())
    return [(each.label, each.text) for each in shown]


# -- Reading what was sent -------------------------------------------------------------------
def _mark(desk: Desk) -> str:
    body = marks.body_of(desk.data)
    return marks.mark(body, desk.patient.pk, desk.discipline, desk.outing.pk)


def _id(data: QueryDict) -> UUID:
    return _uuid(data.get("id", ""))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadRequest("no id") from error


def _revision(data: QueryDict) -> int:
    text = data.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0
