"""Figures for programs: the same numbers, scope and log as the page."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services as accounts
from accounts.rest import StaffApiRequest, refused
from reports import figures
from reports.forms import FiguresForm
from reports.indicators import SECTIONS
from reports.indicators.funnel import funnel


class _Question(serializers.Serializer[Any]):
    """The parameters of the command, as a query string."""

    by = serializers.ListField(
        child=serializers.ChoiceField(choices=figures.DIMENSIONS), required=False, default=list
    )


class Figures(APIView):
    """The activity figures of a period, in the shape that `manage.py figures` prints."""

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, required=True),
            OpenApiParameter("to", OpenApiTypes.DATE, required=True),
            OpenApiParameter("programme", many=True, description="Codes; none means all."),
            OpenApiParameter("site", description="Code of one site."),
            OpenApiParameter("by", many=True, enum=figures.DIMENSIONS),
            OpenApiParameter(
                "section", enum=list(SECTIONS), description="One part of the figures; none: all."
            ),
        ],
        responses={200: OpenApiTypes.OBJECT, 400: OpenApiTypes.OBJECT},
    )
    def get(self, request: StaffApiRequest) -> Response:
        question = _Question(data={"by": request.query_params.getlist("by")})
        question.is_valid(raise_exception=True)
        asked = request.query_params.copy()
        asked["start"], asked["end"] = asked.get("from", ""), asked.get("to", "")
        form = FiguresForm(asked, user=request.user)
        for name in ("start", "end"):
            form.fields[name].required = True
        if not form.is_valid():
            return refused(form)
        reading = form.reading()
        scope = reading.scope
        section = form.part if asked.get("section") else None
        found = figures.compute(
            scope,
            question.validated_data["by"],
            codes=section.codes if section else (),
            reader=request.user,
            reading=reading,
        )
        steps = funnel(reading) if section is None or section.has_funnel else None
        accounts.disclose(
            by=request.user, action="figures.read", purpose=f"{scope.start} to {scope.end}"
        )
        return Response(figures.document(scope, found, funnel=steps))
