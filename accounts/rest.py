"""What the API shares with the pages: the same forms read what it is sent."""

from collections.abc import Mapping
from typing import Any

from django.forms import BaseForm
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User


class StaffApiRequest(Request):
    """A call that the policy let pass: somebody is signed in."""

    user: User


def form_data(sent: Mapping[str, Any]) -> QueryDict:
    """A JSON object as a form reads it: lists as several values, true and false as yes and no."""
    data = QueryDict(mutable=True)
    for name, value in sent.items():
        values = value if isinstance(value, list) else [value]
        data.setlist(str(name), [_text(each) for each in values if each is not None])
    return data


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        raise serializers.ValidationError({"answers": ["Values are texts, numbers or lists."]})
    return str(value)


def refused(form: BaseForm) -> Response:
    """400 with the form's own messages, field by field, in the user's language."""
    return Response(
        {"errors": {name: [str(e) for e in found] for name, found in form.errors.items()}},
        status=400,
    )


def conflict(**there: Any) -> Response:
    """409: the id was used with another body. What stands is told."""
    return Response({"detail": "This id was saved before with another body.", **there}, status=409)
