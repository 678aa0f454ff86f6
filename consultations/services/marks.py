"""Marks of what was sent: the same id and body again is the same act, another body is not."""

import json
from collections.abc import Mapping
from typing import Any

from accounts import crypto

WINDOW = "window"  # names the browser window a form was opened in
# What a browser adds or changes between two sendings of one and the same note.
_ASIDE = ("csrfmiddlewaretoken", "confirmed_warnings", "save", "scale", "version")


def body_of(data: Any) -> dict[str, Any]:
    """A posted form as plain JSON, without what belongs to the sending alone."""
    items = data.lists() if hasattr(data, "lists") else data.items()
    return {key: value for key, value in items if key not in _ASIDE}


def mark(body: Mapping[str, Any], *about: object) -> str:
    """HMAC of a body and of what it is about; tells two bodies apart without keeping them."""
    said = {key: value for key, value in body.items() if key not in (WINDOW, *_ASIDE)}
    text = json.dumps(said, sort_keys=True, default=str, ensure_ascii=False)
    return crypto.mac("payload", text.encode(), *(str(part).encode() for part in about)).hex()
