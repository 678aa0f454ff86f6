"""Everything that changes an account."""

import secrets
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.rows import uuid7
from accounts.services.log import record

_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # nothing to misread


def one_time_password() -> str:
    """A password to hand over once: 58 bits, easy to read aloud."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def create_user(
    *,
    by: User,
    email: str,
    name: str,
    password: str,
    must_change_password: bool = True,
    id: UUID | None = None,
    **values: Any,
) -> User:
    """A new account; `values`: licence, language, discipline. It may do nothing until posted.

    Raises `ValidationError` when the e-mail is taken.
    """
    policy.require(by, Permission.MANAGE_ACCOUNTS)
    user = User(
        id=id or uuid7(),
        email=User.objects.normalize_email(email.strip()),
        name=name,
        must_change_password=must_change_password,
        **values,
    )
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            record(by=by, action="account.created", purpose=about(user))
    except IntegrityError as error:
        raise _email_taken() from error
    return user


def edit_user(user: User, *, by: User, expected: int, **values: Any) -> User:
    """Change e-mail, name, licence, language or discipline; raises `EditConflict`.

    Raises `ValidationError` when the e-mail is taken.
    """
    policy.require(by, Permission.MANAGE_ACCOUNTS)
    try:
        with transaction.atomic():
            return _save(user, by=by, expected=expected, action="account.edited", **values)
    except IntegrityError as error:
        raise _email_taken() from error


@transaction.atomic
def edit_profile(user: User, *, expected: int, **values: Any) -> User:
    """What people change about themselves: name, licence, language; raises `EditConflict`."""
    return _save(user, by=user, expected=expected, action="account.profile_edited", **values)


@transaction.atomic
def deactivate(user: User, *, by: User, expected: int) -> User:
    """Nobody signs in with this account any more; who is signed in is signed out.

    Raises `ValidationError` for one's own account: the last administrator would lock the door
    from outside.
    """
    policy.require(by, Permission.MANAGE_ACCOUNTS)
    if user.pk == by.pk:
        raise ValidationError(_("You cannot deactivate your own account."))
    return _save(user, by=by, expected=expected, action="account.deactivated", is_active=False)


@transaction.atomic
def activate(user: User, *, by: User, expected: int) -> User:
    policy.require(by, Permission.MANAGE_ACCOUNTS)
    return _save(user, by=by, expected=expected, action="account.activated", is_active=True)


@transaction.atomic
def reset_password(user: User, *, by: User) -> str:
    """Give the account a one-time password and return it: it is kept nowhere else.

    Whoever is signed in with the account is signed out, and must choose a password next time.
    """
    policy.require(by, Permission.MANAGE_ACCOUNTS)
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    record(by=by, action="account.password_reset", purpose=about(user))
    return password


@transaction.atomic
def change_password(user: User, password: str) -> None:
    """Set the password that the user chose; sessions elsewhere end."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    record(by=user, action="account.password_changed")


def set_language(user: User, language: str) -> None:
    """The language of the user's pages. Nobody's business, so not in the log."""
    User.objects.filter(pk=user.pk).update(language=language)
    user.language = language


@transaction.atomic
def note_sign_out(*, by: User) -> None:
    record(by=by, action="session.signed_out")


def about(user: User) -> str:
    """How the log names an account: by its id, for e-mails and names change and are private."""
    return f"user {user.pk}"


def _save(user: User, *, by: User, expected: int, action: str, **values: Any) -> User:
    for name, value in values.items():
        setattr(user, name, value)
    user.save_version(expected=expected, fields=values)
    record(by=by, action=action, purpose=about(user))
    return user


def _email_taken() -> ValidationError:
    return ValidationError({"email": _("Another account has this e-mail.")})
