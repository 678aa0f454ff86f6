"""Marks of what was sent: the same id and body again is the same act, another body is not."""

import json
from collections.abc import Mapping
from typing import Any

from accounts import crypto

# What a browser adds or changes between two sendings of one and the same note.
_ASIDE = ("csrfmiddlewaretoken", "confirm", "save", "version")


def body_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """A posted form as plain JSON, without what belongs to the sending."""
    lists = getattr(data, "lists", None)
    items = lists() if lists is not None else data.items()
    return {key: value for key, value in items if key not in _ASIDE}


def mark(body: Mapping[str, Any], *about: object) -> str:
    """HMAC of a body and of what it is about; tells two bodies apart without keeping them."""
    text = json.dumps(body, sort_keys=True, default=str, ensure_ascii=False)
    return crypto.mac("payload", text.encode(), *(str(part).encode() for part in about)).hex()
