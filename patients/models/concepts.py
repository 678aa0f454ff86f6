from typing import Any

from django.db import models


def concept(**options: Any) -> "models.ForeignKey[Any, Any]":
    """A value of a reference list. Without an index: concepts are never deleted or renamed, and
    no screen looks people up by one value."""
    return models.ForeignKey(
        "terminology.Concept", models.PROTECT, related_name="+", db_index=False, **options
    )
