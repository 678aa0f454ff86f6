"""A form carries the id of what it creates, so that sending it twice does nothing twice.

The same id and body again gives the same row; the same id with another body is a conflict that
shows both; another author's id is answered like one that does not exist.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import models

from accounts import crypto
from accounts.models import User

RowT = TypeVar("RowT", bound=models.Model)

# Sent with every form, and no part of what was said.
_ENVELOPE = frozenset(("csrfmiddlewaretoken", "id", "then", "another_person", "version"))


class SameIdOtherBody(Exception):
    """The id was used before, by the same author, with another body. `existing` is that row."""

    def __init__(self, existing: models.Model) -> None:
        super().__init__(f"{existing._meta.label}: this id was saved with another body")
        self.existing = existing


def payload(data: Any) -> bytes:
    """The body of a form or of an API call, always the same bytes for the same answers."""
    answers: Mapping[str, Any] = dict(data.lists()) if hasattr(data, "lists") else data
    said = {
        name: value
        for name, value in answers.items()
        if name not in _ENVELOPE and value not in ("", [""], [], None)
    }
    return json.dumps(said, sort_keys=True, default=str).encode()


def mark(model: type[models.Model], body: bytes) -> bytes:
    """What a row keeps of the body it was made from."""
    return crypto.mac(f"payload:{model._meta.label_lower}", body)


def earlier(rows: Iterable[RowT], *, body: bytes, by: User, author: str) -> RowT | None:
    """The row this id made before, None when it is new (`rows` is empty).

    Raises `SameIdOtherBody`, or the model's `DoesNotExist` for another author's id.
    """
    existing = next(iter(rows), None)
    if existing is None:
        return None
    if getattr(existing, author) != by.pk:
        raise type(existing).DoesNotExist  # type: ignore[attr-defined]
    if not hmac.compare_digest(_stored(existing), mark(type(existing), body)):
        raise SameIdOtherBody(existing)
    return existing


def _stored(row: Any) -> bytes:
    return bytes(row.payload_mac)
