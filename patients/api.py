"""People for programs: search, open, register. The same forms, services, scope and log as the
pages."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.disclosure import Disclosure
from accounts.privacy import PrivacyClass
from accounts.rest import StaffApiRequest, conflict, form_data, refused
from accounts.services import disclose
from patients import codes, idempotency, queries, services
from patients.forms import RegistrationForm, SearchForm
from patients.idempotency import SameIdOtherBody
from patients.models import Identity, Patient
from patients.queries import Found, Purpose
from patients.services.locking import today


class _Question(serializers.Serializer[Any]):
    q = serializers.CharField(help_text="A name, a code, or the last 4 to 7 digits of a phone.")
    year = serializers.IntegerField(required=False, help_text="Birth year, if known.")


class _Card(serializers.Serializer[Any]):
    """The fields of the registration form under their names; values of lists are keys."""

    id = serializers.UUIDField(help_text="Made by the client; sending it twice does nothing twice.")
    another_person = serializers.CharField(
        required=False, help_text="Codes of possible duplicates that are somebody else."
    )
    answers = serializers.DictField(
        child=serializers.JSONField(), help_text="Names of the form: given_name, sex …"
    )


def person(patient: Patient, identity: Identity, permit: Disclosure, by: Any) -> dict[str, Any]:
    """A person as the API gives them. Migration status stays out; it is on the page."""
    names = queries.open_names(permit, identity)
    age = queries.age_at(patient, today(by), identity)
    return {
        "id": str(patient.pk),
        "code": patient.code,
        "given_name": names.given_name,
        "family_name": names.family_name,
        "sex": patient.sex,
        "age_years": age.years,
        "birth_precision": patient.birth_precision,
        "nationality": patient.nationality_id,
        "language": patient.language_id,
        "interpreter_needed": patient.interpreter_needed,
        "data_consent": patient.data_consent,
        "version": patient.version,
    }


class Search(APIView):
    """Find people in one's scope. By POST: what is typed never stands in an address."""

    @extend_schema(request=_Question, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: StaffApiRequest) -> Response:
        form = SearchForm(form_data(_object(request)))
        if not form.is_valid():
            return refused(form)
        if form.asked.purpose == Purpose.CODE:
            patient = services.open_by_code(form.asked.text, by=request.user)
            if patient is None:
                raise Http404
            return Response({"results": [{"code": patient.code, "reason": "code"}]})
        # A hidden person is opened on the page, by a button that says what it does.
        found = [
            each
            for each in queries.find_people(request.user, form.asked)
            if not each.patient.hidden
        ]
        return Response({"results": _rows(request, found, "people.searched")})


def _rows(request: StaffApiRequest, found: list[Found], action: str) -> list[dict[str, Any]]:
    permit = disclose(
        by=request.user,
        action=action,
        subjects=[each.patient for each in found],
        privacy_class=PrivacyClass.IDENTITY,
    )
    return [
        {
            **person(each.patient, each.identity, permit, request.user),
            "reason": str(each.match.reason),
            "score": each.match.score,
        }
        for each in found
    ]


def _object(request: StaffApiRequest) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise serializers.ValidationError({"detail": ["Send a JSON object."]})
    return request.data


class People(APIView):
    """Register a person."""

    @extend_schema(
        request=_Card,
        responses={
            201: OpenApiTypes.OBJECT,
            400: OpenApiTypes.OBJECT,
            409: OpenApiTypes.OBJECT,
        },
    )
    def post(self, request: StaffApiRequest) -> Response:
        sent = _Card(data=_object(request))
        sent.is_valid(raise_exception=True)
        answers = {**sent.validated_data["answers"], "id": str(sent.validated_data["id"])}
        data = form_data(answers)
        form = RegistrationForm(data, user=request.user)
        if not form.is_valid():
            return refused(form)
        alike = self._alike(request, form)
        settled = set(sent.validated_data.get("another_person", "").split())
        if not {each.patient.code for each in alike} <= settled:
            rows = _rows(request, alike, "people.duplicates_shown")
            return Response({"possible_duplicates": rows}, status=409)
        return self._register(request, form, data, alike)

    @staticmethod
    def _alike(request: StaffApiRequest, form: RegistrationForm) -> list[Found]:
        card = form.card()
        if not card.consent.given:
            return []
        return queries.look_alikes(
            request.user,
            card.names,
            sex=card.sex,
            birth_year=card.birth.date.year,
            nationality=card.nationality,
            besides=form.cleaned_data["id"],
        )

    @staticmethod
    def _register(
        request: StaffApiRequest, form: RegistrationForm, data: Any, alike: list[Found]
    ) -> Response:
        try:
            patient = services.register(
                form.card(),
                by=request.user,
                id=form.cleaned_data["id"],
                payload=idempotency.payload(data),
                look_alikes=alike,
            )
        except SameIdOtherBody as other:
            if not isinstance(other.existing, Patient):
                raise Http404 from None
            return conflict(code=other.existing.code)
        except Patient.DoesNotExist:
            raise Http404 from None
        return Response({"id": str(patient.pk), "code": patient.code}, status=201)


class Person(APIView):
    """Open a person by code, within one's scope."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 404: OpenApiTypes.OBJECT})
    def get(self, request: StaffApiRequest, code: str) -> Response:
        patient = queries.person_by_code(request.user, codes.normalise(code))
        if patient is None:
            raise Http404
        identity = queries.current_identity(patient)
        permit = disclose(
            by=request.user,
            action="person.opened",
            subjects=[patient],
            privacy_class=PrivacyClass.IDENTITY,
        )
        return Response(person(patient, identity, permit, request.user))
