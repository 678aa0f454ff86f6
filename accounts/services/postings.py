"""Who works where in which role, and the programmes they work for."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import Posting, Programme, User
from accounts.policy import CARE, WRITES, Permission, Role
from accounts.rows import uuid7
from accounts.services.log import record
from accounts.services.users import about

# Who guards the records does not work with them, nor the other way round.
GUARDIANS = (Role.DPO, Role.ADMINISTRATOR)


@transaction.atomic
def post(
    user: User,
    *,
    by: User,
    role: str,
    programme: Programme | None = None,
    discipline: str = "",
    since: dt.date | None = None,
    until: dt.date | None = None,
    id: UUID | None = None,
) -> Posting:
    """Let a colleague work in a role from `since` (today) to `until` (open).

    Raises `PermissionDenied` for oneself and `ValidationError` where the posting cannot stand.
    """
    _require_for(user, by)
    posting = Posting(
        id=id or uuid7(),
        user=user,
        programme=programme,
        role=role,
        discipline=discipline,
        since=since or timezone.localdate(),
        until=until,
        posted_by=by,
    )
    # The same colleague posted twice at once: the second waits here and sees the first.
    User.objects.select_for_update().get(pk=user.pk)
    _check(posting)
    posting.save(force_insert=True)
    user.forget_postings()
    record(by=by, action="posting.started", programme=programme, purpose=about(user))
    return posting


@transaction.atomic
def end_posting(posting: Posting, *, by: User, until: dt.date, expected: int) -> Posting:
    """Set the last day of a posting; raises `EditConflict`, `PermissionDenied` for one's own."""
    _require_for(posting.user, by)
    posting.until = until
    posting.validate_constraints()
    posting.save_version(expected=expected, fields=("until",))
    posting.user.forget_postings()
    record(
        by=by, action="posting.ended", programme=posting.programme_id, purpose=about(posting.user)
    )
    return posting


def create_programme(*, by: User, id: UUID | None = None, **values: Any) -> Programme:
    """A programme with its code, names, kind, time zone and dates."""
    policy.require(by, Permission.MANAGE_ACCOUNTS)
    with transaction.atomic():
        programme = Programme(id=id or uuid7(), **values)
        programme.save(force_insert=True)
        record(by=by, action="programme.created", programme=programme)
    return programme


@transaction.atomic
def edit_programme(programme: Programme, *, by: User, expected: int, **values: Any) -> Programme:
    """Change names, kind, time zone or dates (never the code); raises `EditConflict`."""
    policy.require(by, Permission.MANAGE_ACCOUNTS)
    for name, value in values.items():
        setattr(programme, name, value)
    programme.save_version(expected=expected, fields=values)
    record(by=by, action="programme.edited", programme=programme)
    return programme


def _require_for(user: User, by: User) -> None:
    policy.require(by, Permission.MANAGE_ACCOUNTS)
    if user.pk == by.pk:
        raise PermissionDenied("nobody posts themself")


def _check(posting: Posting) -> None:
    posting.validate_constraints()
    if posting.discipline and posting.discipline not in WRITES.get(Role(posting.role), ()):
        raise ValidationError({"discipline": _("This role does not write in this discipline.")})
    others = _at_the_same_time(posting)
    if any(o.role == posting.role and o.programme_id == posting.programme_id for o in others):
        raise ValidationError(_("This colleague already has this posting in these days."))
    roles = {posting.role, *(other.role for other in others)}
    if roles.intersection(GUARDIANS) and roles.intersection(CARE):
        raise ValidationError(
            _("Whoever works with records of people cannot be administrator or data officer too.")
        )


def _at_the_same_time(posting: Posting) -> list[Posting]:
    others = Posting.objects.filter(
        Q(until__isnull=True) | Q(until__gte=posting.since), user=posting.user_id
    )
    return list(others.filter(since__lte=posting.until) if posting.until else others)
