"""Referrals for programs: the form of the page reads the answers, the same services move."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.privacy import PrivacyClass
from accounts.rest import StaffApiRequest, conflict, form_data, refused
from accounts.rows import uuid7
from accounts.services import disclose
from consultations.queries.keys import NarrativeKey
from consultations.queries.outings import programme_of
from consultations.services.refusal import Refused
from patients import codes
from patients import queries as people
from patients.idempotency import SameIdOtherBody
from patients.models import Patient
from referrals import services
from referrals.forms import FORM_OF, DayForm, MoveForm, SlotForm
from referrals.forms.gather import Caller
from referrals.machine import Move
from referrals.models import Referral
from referrals.queries import detail, package, queue
from referrals.services import MoveNotPossible

PER_PAGE = 50
SENT = "sent"
_ANSWERS = {
    200: OpenApiTypes.OBJECT,
    201: OpenApiTypes.OBJECT,
    400: OpenApiTypes.OBJECT,
    404: OpenApiTypes.OBJECT,
    409: OpenApiTypes.OBJECT,
}


class _Request(serializers.Serializer[Any]):
    """One referral. `answers` are the fields of the page's form under their names; values of
    lists are keys, several values a list."""

    id = serializers.UUIDField(help_text="Made by the client; sending it twice does nothing twice.")
    patient = serializers.CharField(max_length=20, help_text="Code of the person.")
    answers = serializers.DictField(child=serializers.JSONField())
    send = serializers.BooleanField(default=True, help_text="False: kept as a draft.")


class _Question(serializers.Serializer[Any]):
    tab = serializers.ChoiceField(choices=[*queue.Tab.values, SENT], default=queue.Tab.NEW.value)
    page = serializers.IntegerField(default=1, min_value=1)


class _Move(serializers.Serializer[Any]):
    """`version` is that of the referral as it was read; `answers` are those of the move."""

    id = serializers.UUIDField(required=False)
    version = serializers.IntegerField(min_value=1)
    answers = serializers.DictField(child=serializers.JSONField(), default=dict)


def row(referral: Referral) -> dict[str, Any]:
    """What every list says. No name: the person is opened under their code."""
    return {
        "id": str(referral.pk),
        "patient": referral.patient.code,
        "status": referral.status,
        "urgency": referral.urgency,
        "language": referral.language_id,
        "mediator": referral.mediator,
        "submitted_at": referral.submitted_at,
        "clock": referral.clock,
        "due_at": referral.due_at,
        "version": referral.version,
    }


class Referrals(APIView):
    """Refer a person; what waits for one's programmes and what they sent."""

    @extend_schema(operation_id="referrals_list", parameters=[_Question], responses=_ANSWERS)
    def get(self, request: StaffApiRequest) -> Response:
        asked = _Question(data=request.query_params)
        asked.is_valid(raise_exception=True)
        tab = asked.validated_data["tab"]
        rows = queue.sent(request.user) if tab == SENT else queue.queue(request.user, tab)
        page = Paginator(rows, PER_PAGE).get_page(asked.validated_data["page"])
        found = list(page)
        disclose(
            by=request.user,
            action="referral.listed",
            subjects=[each.patient for each in found],
            privacy_class=PrivacyClass.OPEN,
        )
        return Response({"count": page.paginator.count, "results": [row(each) for each in found]})

    @extend_schema(request=_Request, responses=_ANSWERS)
    def post(self, request: StaffApiRequest) -> Response:
        sent = _Request(data=request.data)
        sent.is_valid(raise_exception=True)
        said = sent.validated_data
        patient = people.person_by_code(request.user, codes.normalise(said["patient"]))
        programme = programme_of(request.user)
        if patient is None or programme is None:
            raise Http404
        data = form_data({**said["answers"], "id": str(said["id"])})
        sender = Caller(request.user, patient, programme, data)
        if not sender.is_valid():
            return refused(sender.form)
        try:
            referral = sender.save(send=said["send"])
        except Refused as refusal:
            return Response({"errors": {"__all__": [str(refusal)]}}, status=400)
        except SameIdOtherBody as other:
            return conflict(id=str(other.existing.pk))
        except ObjectDoesNotExist:
            raise Http404 from None
        return Response(row(referral), status=201)


class OneReferral(APIView):
    """A referral with what was shared, its moves, and those that the user may make."""

    @extend_schema(responses=_ANSWERS)
    def get(self, request: StaffApiRequest, pk: UUID) -> Response:
        found = _find(request, pk)
        permit = disclose(
            by=request.user,
            action="referral.opened",
            subjects=[found.patient],
            privacy_class=package.disclosure_class(request.user, found),
        )
        person = found.patient.merged_into_id or found.patient_id
        known = Patient.objects.visible_to(request.user).filter(pk=person).exists()
        key = NarrativeKey(found.patient_id)
        shown = detail.page(found, request.user, permit, key, named=known)
        shared = shown.package.lines() if shown.package is not None else []
        return Response(
            {
                **row(found),
                "shared": [{"field": each.field, "text": each.text} for each in shared],
                "feedback": shown.feedback,
                "moves": [
                    {"move": each.move, "at": each.at, "by": each.actor.name, "text": each.text}
                    for each in shown.moves
                ],
                "possible": [move.value for move in shown.possible],
            }
        )


class Moves(APIView):
    """Make one move of the table; two cannot make the same."""

    @extend_schema(request=_Move, responses=_ANSWERS)
    def post(self, request: StaffApiRequest, pk: UUID, move: str) -> Response:
        found = _find(request, pk)
        if move not in FORM_OF:
            raise Http404
        sent = _Move(data=request.data)
        sent.is_valid(raise_exception=True)
        said = sent.validated_data
        wanted = Move(move)
        form = _form(found, wanted, {**said["answers"], "version": said["version"]})
        if not form.is_valid():
            return refused(form)
        try:
            moved = self._make(request, found, wanted, said, form.said)
        except ObjectDoesNotExist:
            raise Http404 from None
        except MoveNotPossible as second:
            return conflict(**row(second.theirs))
        except Refused as refusal:
            return Response({"errors": {"__all__": [str(refusal)]}}, status=400)
        return Response(row(moved))

    @staticmethod
    def _make(
        request: StaffApiRequest, found: Referral, move: Move, said: Any, answers: dict[str, Any]
    ) -> Referral:
        if move == Move.SEND:
            return services.send(found, by=request.user, expected=said["version"])
        return services.move(
            found,
            move,
            by=request.user,
            expected=said["version"],
            id=said.get("id") or uuid7(),
            **answers,
        )


def _form(found: Referral, move: Move, answers: dict[str, Any]) -> MoveForm:
    """The form of the page; places are any of the receiving programme, the service checks them."""
    form_class: type[MoveForm] = FORM_OF[move]
    data = form_data(answers)
    if form_class is not SlotForm:
        return form_class(data)
    if found.to_programme_id is None:
        return DayForm(data) if move == Move.SCHEDULE else MoveForm(data)
    return SlotForm(data, may_overbook=True)


def _find(request: StaffApiRequest, pk: UUID) -> Referral:
    try:
        return detail.find(request.user, pk)
    except Referral.DoesNotExist:
        raise Http404 from None
