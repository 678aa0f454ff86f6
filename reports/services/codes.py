"""Codes of other systems, kept by an administrator."""

from django.db import transaction

from accounts import policy
from accounts import services as accounts
from accounts.models import User
from accounts.policy import Permission
from reports.models import ExchangeCode


@transaction.atomic
def set_code(*, by: User, kind: str, ours: str, theirs: str) -> ExchangeCode:
    """What they call one of our codes, from the next report on."""
    policy.require(by, Permission.MAP_CODES)
    code, _new = ExchangeCode.objects.update_or_create(
        kind=kind, ours=ours, defaults={"theirs": theirs}
    )
    accounts.record(by=by, action="exchange_code.saved", purpose=f"{kind} {ours}")
    return code


@transaction.atomic
def drop_code(code: ExchangeCode, *, by: User) -> None:
    """Our own code goes out again."""
    policy.require(by, Permission.MAP_CODES)
    told = f"{code.kind} {code.ours}"
    code.delete()
    accounts.record(by=by, action="exchange_code.saved", purpose=told)
