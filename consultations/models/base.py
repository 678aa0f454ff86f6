"""Shared pieces of the models: references to lists, and rows born with a consultation."""

from typing import Any

from django.db import models

from accounts.privacy import PrivacyClass
from accounts.rows import Row

OPEN = PrivacyClass.OPEN
IDENTITY = PrivacyClass.IDENTITY
SENSITIVE = PrivacyClass.SENSITIVE
CLINICAL = PrivacyClass.CLINICAL
PROTECTED = PrivacyClass.PROTECTED


def concept(**kwargs: Any) -> Any:
    """A reference to one code of a list, by its text key; indexed only where asked."""
    kwargs.setdefault("related_name", "+")
    kwargs.setdefault("db_index", False)
    return models.ForeignKey("terminology.Concept", models.PROTECT, **kwargs)


def concept_or_none(**kwargs: Any) -> Any:
    return concept(null=True, blank=True, **kwargs)


class Signed(Row):
    """A row born whole with its signed consultation and never changed (triggers see to it)."""

    IMMUTABLE = True

    class Meta:
        abstract = True
