"""Base rows: ids made by the client or the server, versions, sealed text."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import uuid_utils.compat
from django.db import models

from accounts import crypto
from accounts.privacy import PrivacyClass


def uuid7() -> UUID:
    """A time-ordered id, so that indexes stay compact."""
    return UUID(int=uuid_utils.compat.uuid7().int)


class EditConflict(Exception):
    """Somebody else saved this row first. `theirs` is the row as it stands now."""

    def __init__(self, theirs: models.Model) -> None:
        super().__init__(f"{theirs._meta.label} was changed meanwhile")
        self.theirs = theirs


class Sealed(bytes):
    """Sealed text; shows nothing of itself in logs, templates or tracebacks."""

    def __repr__(self) -> str:
        return "<sealed>"

    __str__ = __repr__


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """Text under AES-256-GCM; NULL when empty. Written by `Row.seal`, read by a `Disclosure`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)


class Row(models.Model):
    """A row whose id is a UUIDv7 made by whoever creates it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    PRIVACY: dict[str, PrivacyClass] = {}

    class Meta:
        abstract = True

    def aad(self, field: str) -> bytes:
        """What a sealed text is bound to: model, field and row."""
        return f"{self._meta.label_lower}.{field}:{self.pk}".encode()

    def seal(self, key: crypto.Key, **texts: str) -> None:
        """Set sealed fields from plain texts; an empty text becomes NULL."""
        for field, text in texts.items():
            sealed = Sealed(crypto.seal(key, text, self.aad(field))) if text else None
            setattr(self, field, sealed)


class Versioned(Row):
    """A row that forms edit: the second to save sees both versions and loses nothing."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def save_version(self, *, expected: int, fields: Iterable[str] | None = None) -> None:
        """Save if the row in the database is still at `expected`; else raise `EditConflict`.

        With `fields`, only these are written, and a form sent twice is no conflict: where all of
        them already stand in the row, there is nothing to save. Call inside a transaction that
        a service opened.
        """
        fields = None if fields is None else list(fields)
        current = type(self)._default_manager.select_for_update().get(pk=self.pk)
        if current.version != expected:
            if fields is None or any(getattr(current, f) != getattr(self, f) for f in fields):
                raise EditConflict(current)
            self.version = current.version
            return
        self.version = expected + 1
        if fields is None:
            self.save(force_update=True)
        else:
            self.save(force_update=True, update_fields=[*fields, "version"])
