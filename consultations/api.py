"""Recording consultations for programs: the forms of the pages read the answers, the same
service signs."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.rest import StaffApiRequest, conflict, form_data, refused
from consultations.forms import FORMS
from consultations.forms.gather import gather
from consultations.models import Consultation, Outing, Visit
from consultations.queries.keys import NarrativeKey
from consultations.queries.reach import reader
from consultations.services import marks, sign
from consultations.services.rights import require_discipline
from consultations.services.sign import OtherBody
from patients import codes
from patients import queries as people
from patients.models import Patient


class _Note(serializers.Serializer[Any]):
    """One consultation. `answers` are the fields of the discipline's form under their names;
    values of lists are keys, several values a list."""

    id = serializers.UUIDField(help_text="Made by the client; sending it twice does nothing twice.")
    patient = serializers.CharField(max_length=20, help_text="Code of the person.")
    outing = serializers.UUIDField()
    discipline = serializers.ChoiceField(choices=sorted(FORMS))
    answers = serializers.DictField(child=serializers.JSONField())
    confirm_warnings = serializers.BooleanField(default=False)


class Consultations(APIView):
    """Record a signed consultation in an outing of one's programme."""

    @extend_schema(
        request=_Note,
        responses={
            201: OpenApiTypes.OBJECT,
            400: OpenApiTypes.OBJECT,
            404: OpenApiTypes.OBJECT,
            409: OpenApiTypes.OBJECT,
        },
    )
    def post(self, request: StaffApiRequest) -> Response:
        sent = _Note(data=request.data)
        sent.is_valid(raise_exception=True)
        note = sent.validated_data
        patient = people.person_by_code(request.user, codes.normalise(note["patient"]))
        outing = (
            Outing.objects.visible_to(request.user)
            .held()
            .select_related("site", "programme")
            .filter(pk=note["outing"])
            .first()
        )
        if patient is None or outing is None:
            raise Http404
        require_discipline(request.user, note["discipline"], outing.programme)
        try:
            return self._sign(request, note, patient, outing)
        except OtherBody as other:
            return conflict(id=str(other.there.pk), signed_at=other.there.signed_at)
        except ObjectDoesNotExist as missing:
            raise Http404 from missing

    @staticmethod
    def _sign(
        request: StaffApiRequest, note: dict[str, Any], patient: Patient, outing: Outing
    ) -> Response:
        data = form_data(note["answers"])
        mark = marks.mark(marks.body_of(data), patient.pk, note["discipline"], outing.pk)
        there = sign.signed_before(note["id"], mark, request.user)
        if there is not None:
            return Response(_signed(there), status=201)
        context = gather(
            user=request.user,
            patient=patient,
            identity=people.current_identity(patient),
            discipline=note["discipline"],
            outing=outing,
            visit=Visit.objects.filter(outing=outing, patient=patient).first(),
            reader=reader(request.user, patient),
            permit=None,
            key=NarrativeKey(patient.pk),
        )
        form = FORMS[note["discipline"]](data, context=context)
        if not form.is_valid():
            return refused(form)
        warnings = form.warnings()
        if warnings and not note["confirm_warnings"]:
            said = [{"field": name, "message": str(message)} for name, message in warnings]
            return Response({"warnings": said}, status=409)
        signed = sign.sign(
            id=note["id"],
            patient=patient,
            discipline=note["discipline"],
            outing=outing,
            payload=form.payload(),
            mark=mark,
            by=request.user,
        )
        return Response(_signed(signed), status=201)


def _signed(note: Consultation) -> dict[str, Any]:
    return {
        "id": str(note.pk),
        "discipline": note.discipline,
        "visit_type": note.visit_type,
        "local_date": note.local_date,
        "signed_at": note.signed_at,
    }
