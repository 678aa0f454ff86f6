"""Reading lists for the pages of the administrator; from memory where nothing is edited."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from terminology import lists
from terminology.lists import plain
from terminology.models import LABELS, Concept


@dataclass(frozen=True)
class ListLine:
    """One list on the page of lists; `sample` says what it is about."""

    name: str
    offered: int
    retired: int
    sample: str


def list_lines(q: str = "") -> list[ListLine]:
    """All lists, or those whose name or one of whose labels contains the words."""
    wanted = plain(q)
    found = []
    for name in lists.names():
        entries = lists.all(name, retired=True)
        if wanted in plain(name.replace("_", " ")) or any(
            wanted in plain(e.label) for e in entries
        ):
            retired = sum(entry.retired for entry in entries)
            sample = ", ".join(entry.label for entry in entries[:3])
            found.append(ListLine(name, len(entries) - retired, retired, sample))
    return found


def concepts(name: str, q: str = "", state: str = "all") -> QuerySet[Concept]:
    """Values of a list, in their order."""
    rows = Concept.objects.of(name)
    if state == "offered":
        rows = rows.offered()
    elif state == "retired":
        rows = rows.retired()
    if q:
        # The search in memory knows accents and aliases, which the database does not.
        size = len(lists.all(name, retired=True))
        keys = [entry.key for entry in lists.search(name, q, limit=size, retired=True)]
        rows = rows.filter(key__in=keys)
    return rows


def index(concept: Concept) -> int:
    """Where the value stands in the whole list, from 0."""
    keys = Concept.objects.of(concept.list_name).values_list("key", flat=True)
    return list(keys).index(concept.pk)


def counts(name: str) -> dict[str, int]:
    entries = lists.all(name, retired=True)
    retired = sum(entry.retired for entry in entries)
    return {"offered": len(entries) - retired, "retired": retired, "all": len(entries)}


def columns(list_name: str) -> list[str]:
    """The columns of a file of this list, as downloaded and as sent."""
    entries = lists.all(list_name, retired=True)
    attributes = {name: None for entry in entries for name in entry.attributes}
    code = [] if "value" in attributes else ["code"]
    return [*code, *LABELS, *attributes, "privacy"]


def file_rows(name: str) -> Iterator[list[str]]:
    """The list as a file: what an administrator changes and sends back."""
    header = columns(name)
    yield header
    for concept in Concept.objects.of(name):
        cells = {
            **concept.attributes,
            **{label: getattr(concept, label) for label in LABELS},
            "code": concept.code,
            "privacy": concept.privacy,
        }
        yield [cells.get(column, "") for column in header]
