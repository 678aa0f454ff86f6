"""The five privacy classes and which of two is the stricter."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PrivacyClass(models.TextChoices):
    """How private a field is; declared in this order, each stricter than the one before."""

    OPEN = "open", _("open")
    IDENTITY = "identity", _("identity")
    SENSITIVE = "sensitive", _("sensitive")
    CLINICAL = "clinical", _("clinical")
    PROTECTED = "protected", _("protected")

    @property
    def rank(self) -> int:
        return _RANK[self]


_RANK = {privacy_class: rank for rank, privacy_class in enumerate(PrivacyClass)}


def stricter(*classes: str) -> PrivacyClass:
    """The strictest of the classes given; `open` when none is. Empty strings are ignored."""
    return max(
        (PrivacyClass(value) for value in classes if value),
        key=lambda privacy_class: privacy_class.rank,
        default=PrivacyClass.OPEN,
    )
