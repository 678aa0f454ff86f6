from uuid import UUID

from django.core.exceptions import PermissionDenied

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission


def require_discipline(by: User, discipline: str, programme: Programme | UUID) -> None:
    """403 unless one of the user's roles in the programme writes notes of this discipline."""
    policy.require(by, Permission.RECORD_CONSULTATION, programme)
    if discipline not in policy.disciplines_of(by, programme):
        raise PermissionDenied(f"{discipline} is not written by this role")
