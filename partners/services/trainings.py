"""Everything that changes a training."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from partners.models import Training
from partners.services.builders import build_training
from partners.services.saving import change, create


def record_training(*, by: User, id: UUID | None = None, **values: Any) -> Training:
    """Raises `ObjectDoesNotExist` for the id of another author's training."""
    policy.require(by, Permission.RECORD_TRAINING, values["programme"])
    there = Training.objects.filter(pk=id).first() if id else None
    if there is not None and there.recorded_by_id != by.pk:
        raise ObjectDoesNotExist
    built = build_training(id=id, recorded_by=by, **values)
    saved: Training = create(built, by=by, action="training.recorded", about=str(built.row.pk))
    return saved


def correct_training(training: Training, /, *, by: User, expected: int, **values: Any) -> Training:
    """Raises `EditConflict`."""
    if not Training.objects.editable_by(by).filter(pk=training.pk).exists():
        raise PermissionDenied("a training of another programme")
    policy.require(by, Permission.RECORD_TRAINING, values["programme"])
    saved: Training = change(
        training, values, by=by, expected=expected, action="training.corrected",
        about=str(training.pk),
    )  # fmt: skip
    return saved
