"""Loading the shipped files: whole or not at all, and at once done again when nothing changed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from terminology import lists
from terminology.models import LABELS, Concept, Load
from terminology.parsing import Line, check_references, read

DATA = Path(__file__).resolve().parent.parent / "data"
NOT_LISTS = ("glossary",)
_LOADED = (*LABELS, "position", "privacy", "attributes", "retired_on", "added", "version")


def load(folder: Path = DATA) -> list[str]:
    """Bring the lists to what the files say; returns the names of the lists that changed.

    One statement when no file changed. Labels, order and retirement that an administrator
    settled stay; a value that vanished from its file is retired. Raises `Faults`.
    """
    files = {
        p.stem: p.read_bytes() for p in sorted(folder.glob("*.csv")) if p.stem not in NOT_LISTS
    }
    marks = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    shipped = Load.objects.filter(sent_by__isnull=True).order_by("loaded_at", "id")
    known = {name: mark for name, mark in shipped.values_list("list_name", "sha256") if mark}
    if marks == known:
        return []
    values = {name: read(name, data) for name, data in files.items()}
    check_references(values)
    changed = [name for name in marks.keys() | known.keys() if marks.get(name) != known.get(name)]
    _store({name: values.get(name, []) for name in sorted(changed)}, marks)
    return sorted(changed)


@transaction.atomic
def _store(values: dict[str, list[Line]], marks: dict[str, str]) -> None:
    # The lock keeps two workers that start together from loading the same file twice.
    there = {c.pk: c for c in Concept.objects.select_for_update().filter(list_name__in=values)}
    new, altered = [], []
    for name, lines in values.items():
        for position, line in enumerate(lines, 1):
            concept = there.get(line.key)
            if concept is None:
                new.append(from_line(line, position))
            elif _follow(concept, line, position):
                altered.append(concept)
        altered += _retire(there.values(), name, {line.key for line in lines})
    Concept.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
    Concept.objects.bulk_update(altered, _LOADED, batch_size=100)
    Load.objects.bulk_create(
        Load(list_name=name, sha256=marks.get(name, ""), rows=len(lines))
        for name, lines in values.items()
    )
    lists.forget()
    transaction.on_commit(lists.forget)


def from_line(line: Line, position: int, *, added: bool = False) -> Concept:
    """A new value, unsaved."""
    return Concept(
        key=line.key,
        list_name=line.list_name,
        scope=line.scope,
        code=line.code,
        position=position,
        privacy=line.privacy,
        attributes=line.attributes,
        retired_on=timezone.localdate() if line.retired else None,
        added=added,
        **line.labels,
    )


def _follow(concept: Concept, line: Line, position: int) -> bool:
    """Set what the file says and no administrator settled; whether anything changed."""
    wanted: dict[str, Any] = {
        "privacy": line.privacy, "attributes": line.attributes, "added": False,
    }  # fmt: skip
    if not concept.relabelled:
        wanted |= line.labels
    if not concept.reordered:
        wanted["position"] = position
    if not concept.decided and line.retired != (concept.retired_on is not None):
        wanted["retired_on"] = timezone.localdate() if line.retired else None
    changes = {name: value for name, value in wanted.items() if getattr(concept, name) != value}
    for name, value in changes.items():
        setattr(concept, name, value)
    concept.version += bool(changes)
    return bool(changes)


def _retire(there: Iterable[Concept], list_name: str, kept: set[str]) -> list[Concept]:
    gone = [
        concept
        for concept in there
        if concept.list_name == list_name
        and concept.pk not in kept
        and not (concept.added or concept.decided or concept.retired_on)
    ]
    for concept in gone:
        concept.retired_on = timezone.localdate()
        concept.version += 1
    return gone


def load_after_migrate(using: str = "default", **_: Any) -> None:
    """A migrated database always has its lists; a migration backwards has nowhere to put them."""
    if Load._meta.db_table in connections[using].introspection.table_names():
        load()
