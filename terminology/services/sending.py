"""Labels and values that an administrator sends as a file: looked at first, then applied whole."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import User
from accounts.policy import Permission
from accounts.services import record
from terminology import lists, rules
from terminology.lists import Entry
from terminology.models import LABELS, Concept, Load
from terminology.parsing import Fault, Faults, Line, read
from terminology.queries import columns
from terminology.services.loading import from_line


class ChangedMeanwhile(Exception):
    """The list is no longer what the preview showed."""


@dataclass(frozen=True)
class Change:
    """One line of a file that would change something. `before` is empty for a new value."""

    line: Line
    before: Mapping[str, str]

    @property
    def is_new(self) -> bool:
        return not self.before

    @property
    def labels(self) -> list[tuple[str, str, str]]:
        """Column, before, after, of the labels that change."""
        return [
            (column, self.before.get(column, ""), label)
            for column, label in self.line.labels.items()
            if self.before.get(column) != label
        ]


@transaction.atomic
def send(list_name: str, data: bytes, *, by: User) -> Load:
    """Keep a file until it is applied. Raises `Faults`; nothing changes either way.

    What the same administrator sent for this list before, and did not apply, is dropped.
    """
    policy.require(by, Permission.EDIT_LISTS)
    lines = _read(list_name, data)
    Load.objects.filter(sent_by=by, list_name=list_name, applied_at__isnull=True).delete()
    return Load.objects.create(
        list_name=list_name,
        sha256=hashlib.sha256(data).hexdigest(),
        rows=len(lines),
        sent_by=by,
        content=data.decode("utf-8-sig"),
    )


def _read(list_name: str, data: bytes) -> list[Line]:
    scope = rules.SCOPES.get(list_name)
    known = columns(list_name)
    needed = [column for column in known if column in ("code", "value", "item", "scale", scope)]
    lines = read(list_name, data, columns=[*needed, *LABELS])
    odd = [column for line in lines[:1] for column in line.cells if column not in known]
    faults = [Fault(f"{list_name}.csv", 1, _("unknown column: %s") % column) for column in odd]
    there = {entry.key: entry for entry in lists.all(list_name, retired=True)}
    always = _always_filled(list(there.values()))
    for line in lines:
        entry = there.get(line.key)
        messages = _differs(line, entry) if entry else _incomplete(line, always)
        faults += [Fault(f"{list_name}.csv", line.number, message) for message in messages]
    if faults:
        raise Faults(faults)
    return lines


def _always_filled(entries: list[Entry]) -> list[str]:
    """Attributes that every value of the list has: a new value needs them too."""
    return [name for name in entries[0].attributes if all(e.attributes[name] for e in entries)]


def _differs(line: Line, entry: Entry) -> list[str]:
    old = {**entry.attributes, "privacy": entry.privacy.value}
    message = _("%s: only labels can be changed")
    return [message % name for name, cell in line.cells.items() if cell != old.get(name, cell)]


def _incomplete(line: Line, always: list[str]) -> list[str]:
    return [_("%s is needed for a new value") % name for name in always if not line.cells.get(name)]


def changes(load: Load) -> list[Change]:
    """What applying the file would do now."""
    lines = read(load.list_name, load.content.encode(), columns=LABELS)
    there = {
        concept.pk: {label: getattr(concept, label) for label in LABELS}
        for concept in Concept.objects.of(load.list_name)
    }
    found = [Change(line, there.get(line.key, {})) for line in lines]
    return [change for change in found if change.labels]


def mark(found: list[Change]) -> str:
    """A mark of a preview: the same changes give the same mark."""
    text = repr([(change.line.key, change.labels) for change in found])
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def apply(load: Load, *, by: User, seen: str) -> int:
    """Save what the preview with this mark showed, whole; the number of values changed.

    A file already applied changes nothing more. Raises `ChangedMeanwhile`.
    """
    policy.require(by, Permission.EDIT_LISTS)
    load = Load.objects.select_for_update().get(pk=load.pk)
    if load.applied_at is not None:
        return 0
    there = {c.pk: c for c in Concept.objects.select_for_update().of(load.list_name)}
    found = changes(load)
    if mark(found) != seen:
        raise ChangedMeanwhile
    last = max((concept.position for concept in there.values()), default=0)
    new = [change.line for change in found if change.is_new]
    Concept.objects.bulk_create(
        from_line(line, last + number, added=True) for number, line in enumerate(new, 1)
    )
    relabelled = [_relabel(there[c.line.key], c.line) for c in found if not c.is_new]
    Concept.objects.bulk_update(relabelled, (*LABELS, "relabelled", "version"), batch_size=100)
    load.content, load.applied_at = "", timezone.now()
    load.save(update_fields=["content", "applied_at"])
    lists.forget()
    transaction.on_commit(lists.forget)
    record(by=by, action="lists.file_applied", purpose=load.list_name)
    return len(found)


def _relabel(concept: Concept, line: Line) -> Concept:
    for column, label in line.labels.items():
        setattr(concept, column, label)
    concept.relabelled = True
    concept.version += 1
    return concept
