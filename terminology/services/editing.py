"""What an administrator settles about one value: labels, place, retirement."""

from datetime import date

from django.db import transaction

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.rows import EditConflict
from accounts.services import record
from terminology import lists
from terminology.models import LABELS, Concept


@transaction.atomic
def edit(
    concept: Concept,
    *,
    by: User,
    expected: int,
    labels: dict[str, str],
    retired_on: date | None,
    place: int,
) -> Concept:
    """Set labels, retirement and place (from 1). Raises `EditConflict`.

    What differs from the shipped file from now on is kept when the files are loaded again.
    """
    policy.require(by, Permission.EDIT_LISTS)
    concept = _locked(concept, expected)
    changed: list[str] = [name for name in LABELS if getattr(concept, name) != labels[name]]
    if changed:
        concept.relabelled = True
    if retired_on != concept.retired_on:
        concept.retired_on, concept.decided = retired_on, True
        changed.append("retired_on")
    if changed:
        for name in LABELS:
            setattr(concept, name, labels[name])
        concept.version += 1
        concept.save(update_fields=[*LABELS, "retired_on", "relabelled", "decided", "version"])
    if _put(concept, place) or changed:
        _tell(by, "lists.edited", concept.pk)
    return concept


@transaction.atomic
def move(concept: Concept, *, by: User, expected: int, step: int) -> Concept:
    """One place up (-1) or down (+1). Raises `EditConflict`."""
    policy.require(by, Permission.EDIT_LISTS)
    concept = _locked(concept, expected)
    if _put(concept, place_of(concept) + step):
        _tell(by, "lists.reordered", concept.pk)
    return concept


def place_of(concept: Concept) -> int:
    """The place among the values of the same list and scope, from 1."""
    return [row.pk for row in _siblings(concept)].index(concept.pk) + 1


def _locked(concept: Concept, expected: int) -> Concept:
    current = Concept.objects.select_for_update().get(pk=concept.pk)
    if current.version != expected:
        raise EditConflict(current)
    return current


def _siblings(concept: Concept) -> list[Concept]:
    rows = Concept.objects.of(concept.list_name).filter(scope=concept.scope)
    return list(rows.select_for_update() if transaction.get_connection().in_atomic_block else rows)


def _put(concept: Concept, place: int) -> bool:
    """Give the rows of the list their positions with this one at `place`; whether any moved."""
    rows = _siblings(concept)
    order = [row for row in rows if row.pk != concept.pk]
    order.insert(min(max(place, 1), len(rows)) - 1, concept)
    if [row.pk for row in order] == [row.pk for row in rows]:
        return False
    position, moved = 0, []
    for row, old in zip(order, sorted(row.position for row in rows), strict=True):
        position = max(position + 1, old)
        if row.position != position:
            row.position, row.reordered = position, True
            row.version += 1
            moved.append(row)
    Concept.objects.bulk_update(moved, ("position", "reordered", "version"), batch_size=100)
    return True


def _tell(by: User, action: str, what: str) -> None:
    lists.forget()
    transaction.on_commit(lists.forget)
    record(by=by, action=action, purpose=what)
