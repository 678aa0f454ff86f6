"""How any row of this app is created once, and changed by one of two who edit it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.crypto import INSTALLATION
from accounts.disclosure import compare
from accounts.models import User
from accounts.rows import EditConflict, SealedField, Versioned
from accounts.services import record
from partners.services.builders import Built, put

_KEPT = ("version", "words", "recorded_by")  # not what a person typed


def create(built: Built, *, by: User, action: str, about: str) -> Any:
    """Save a new row. The same id with the same content gives the row that is there; with
    another content `EditConflict`: somebody would lose what they wrote.

    Raises `ValidationError` when another row has what must be unique.
    """
    try:
        with transaction.atomic():
            there = type(built.row)._default_manager.filter(pk=built.row.pk).first()
            if there is not None:
                return _unless_different(there, built)
            built.seal()
            built.row.save(force_insert=True)
            _link(built)
            record(by=by, action=action, purpose=about)
    except IntegrityError as error:
        raise _taken() from error
    return built.row


def change(
    row: Versioned, values: dict[str, Any], *, by: User, expected: int, action: str, about: str
) -> Any:
    """Set some values of a row that is still at version `expected`. Raises `EditConflict`.

    The same form sent twice is saved once. Raises `ValidationError` as `create`.
    """
    try:
        with transaction.atomic():
            there = type(row)._default_manager.select_for_update().get(pk=row.pk)
            built = Built(type(row)._default_manager.get(pk=row.pk))
            put(built, values)
            if there.version != expected or _is_same(there, built):
                return _unless_different(there, built)
            built.seal()
            built.row.version = expected + 1
            built.row.save(force_update=True)
            _link(built)
            record(by=by, action=action, purpose=about)
    except IntegrityError as error:
        raise _taken() from error
    return built.row


def _unless_different(there: Versioned, built: Built) -> Versioned:
    if not _is_same(there, built):
        raise EditConflict(there)
    return there


def _taken() -> ValidationError:
    return ValidationError(
        _("Another entry says the same already. Look at the list, then try again.")
    )


def _link(built: Built) -> None:
    for name, keys in built.links.items():
        getattr(built.row, name).set(keys)


def _is_same(there: Versioned, built: Built) -> bool:
    """Whether the row has this content already. Sealed texts are compared, not shown."""
    columns = [
        column
        for column in there._meta.concrete_fields
        if column.name not in _KEPT and not isinstance(column, SealedField)
    ]
    return (
        all(_stored(there, column) == _stored(built.row, column) for column in columns)
        and all(compare(there, n, INSTALLATION, text.__eq__) for n, text in built.texts.items())
        and all(_linked(there, n) == {str(k) for k in keys} for n, keys in built.links.items())
    )


def _stored(row: Versioned, column: Any) -> Any:
    return column.get_prep_value(getattr(row, column.attname))


def _linked(row: Versioned, name: str) -> set[str]:
    return {str(key) for key in getattr(row, name).values_list("pk", flat=True)}
