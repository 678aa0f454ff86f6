"""The lists in memory: no statement per request. A stamp is asked for every few seconds, so that
what an administrator changes in one process reaches the others.

A *spec* is what `forms.csv` writes in `list`: names with an optional part in brackets, joined by
`;`, as in `medicines(psychotropic);medicines(psychotropic_controlled)`.
"""

import re
import time
import unicodedata
from builtins import all as every
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.conf import settings
from django.db.models import Count, Sum
from django.utils.translation import get_language

from accounts.privacy import PrivacyClass
from terminology import rules
from terminology.models import LANGUAGES, Concept
from terminology.words import MEDICINE_FORMS

QUICK = 12  # answers offered at once, before the search
_SPEC = re.compile(r"(?P<name>[a-z0-9_]+)(\((?P<part>[a-z0-9_]+)\))?")
_MORE_WORDS = ("aliases", "icd10", "icd11", "atc", "atc_name", "alpha2", "iso639_1", "strength")


class UnknownList(LookupError):
    """There is no list, or no part of a list, of this name."""


class UnknownConcept(KeyError):
    """No list has this key."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A concept as read from the database; shared between requests, so never changed."""

    key: str
    list_name: str
    scope: str
    code: str
    labels: dict[str, str]
    position: int
    privacy: PrivacyClass
    attributes: dict[str, str]
    retired_on: date | None

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The label in the active language."""
        language = (get_language() or "es")[:2]
        return self.labels.get(language) or self.labels["es"]

    @property
    def retired(self) -> bool:
        return self.retired_on is not None

    @property
    def offered(self) -> bool:
        """Whether people may choose it: neither retired nor computed from other fields."""
        return self.retired_on is None and self.attributes.get("computed") != "yes"

    def flag(self, attribute: str) -> bool:
        return self.attributes.get(attribute) == "yes"

    def number(self, attribute: str) -> Decimal | None:
        text = self.attributes.get(attribute)
        return Decimal(text) if text else None

    def values(self, attribute: str) -> list[str]:
        """Several values of one field, apart."""
        return [value for value in self.attributes.get(attribute, "").split(";") if value]

    @property
    def hint(self) -> str:
        """What tells two like labels apart: form and strength of a medicine, an ICD-10 code."""
        if self.list_name == "medicines":
            form = MEDICINE_FORMS.get(self.attributes.get("form", ""), "")
            return " ".join(filter(None, (str(form), self.attributes.get("strength", ""))))
        return self.attributes.get("icd10", "")

    @property
    def full_label(self) -> str:
        """The label, with form and strength where it would not be the only one (medicines)."""
        more = self.hint if self.list_name == "medicines" else ""
        return f"{self.label} {more}".strip()

    def is_in(self, part: str | None) -> bool:
        if part is None:
            return True
        column = rules.PARTS.get(self.list_name, "")
        return self.attributes.get(column) == part or self.flag(part) or self.code == part

    @cached_property
    def words(self) -> dict[str, str]:
        """What a search looks in, by language; `""` holds codes and aliases."""
        more = [self.code, *(";".join(self.attributes.get(a, "") for a in _MORE_WORDS).split(";"))]
        return {
            **{language: plain(label) for language, label in self.labels.items()},
            "": plain(" ".join(more).replace("_", " ")),
        }


def plain(text: str) -> str:
    """Text as compared in a search: no accents, no case, single spaces."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c if c.isalnum() else " " for c in text if not unicodedata.combining(c))
    return " ".join(text.split())


@dataclass
class _Snapshot:
    stamp: tuple[int, int]
    entries: dict[str, Entry]
    by_list: dict[str, list[Entry]] = field(default_factory=dict)


_current: _Snapshot | None = None
_checked_at = 0.0


def forget() -> None:
    """Read the lists again at the next question. For services that changed them."""
    global _current
    _current = None


def hold() -> None:
    """Ask for no more changes in this process: for one that must leave the database alone."""
    global _checked_at
    _lists()
    _checked_at = float("inf")


def _stamp() -> tuple[int, int]:
    found = Concept.objects.aggregate(count=Count("key"), versions=Sum("version"))
    return found["count"], found["versions"] or 0


def _lists(*, fresh: bool = False) -> _Snapshot:
    global _current, _checked_at
    current, now = _current, time.monotonic()
    if current is None or fresh or now - _checked_at >= settings.TERMINOLOGY_REFRESH_SECONDS:
        stamp = _stamp()
        if current is None or current.stamp != stamp:
            current = _read(stamp)
        # Lists that are not loaded yet are asked for again.
        _current, _checked_at = (current if current.entries else None), now
    return current


def _read(stamp: tuple[int, int]) -> _Snapshot:
    snapshot = _Snapshot(stamp, {})
    for concept in Concept.objects.order_by("list_name", "position", "key").iterator():
        entry = Entry(
            key=concept.key,
            list_name=concept.list_name,
            scope=concept.scope,
            code=concept.code,
            labels={language: getattr(concept, f"label_{language}") for language in LANGUAGES},
            position=concept.position,
            privacy=PrivacyClass(concept.privacy),
            attributes=concept.attributes,
            retired_on=concept.retired_on,
        )
        snapshot.entries[entry.key] = entry
        snapshot.by_list.setdefault(entry.list_name, []).append(entry)
    return snapshot


def generation() -> tuple[int, int]:
    """Another one whenever a value has changed: for the key of what is cached from the lists."""
    return _lists().stamp


def names() -> list[str]:
    return list(_lists().by_list)


def all(name: str, *, part: str | None = None, retired: bool = False) -> list[Entry]:
    """The values of a list (or spec) in their order. Raises `UnknownList`.

    `part`: a value of the list's part column, a code, or a yes/no column such as `quick_pick`.
    `retired`: those no longer offered, and those only computed, too.
    """
    found = [
        entry
        for list_name, wanted in _parts(name, part)
        for entry in _of(list_name)
        if (retired or entry.offered) and entry.is_in(wanted)
    ]
    return list(dict.fromkeys(found))


def _of(list_name: str) -> list[Entry]:
    try:
        return _lists().by_list[list_name]
    except KeyError as error:
        raise UnknownList(list_name) from error


def _parts(spec: str, part: str | None) -> Iterator[tuple[str, str | None]]:
    for piece in spec.split(";"):
        match = _SPEC.fullmatch(piece)
        if match is None:
            raise UnknownList(spec)
        yield match["name"], match["part"] or part


def get(key: str) -> Entry:
    """The value of a key, retired or not. Raises `UnknownConcept`."""
    # A miss may be a value added a moment ago by another process.
    for fresh in (False, True):
        entry = _lists(fresh=fresh).entries.get(key)
        if entry is not None:
            return entry
    raise UnknownConcept(key)


def find(list_name: str, code: str) -> Entry:
    """The value of a code (`scope.code` where the list has scopes)."""
    return get(f"{list_name}:{code}")


def known(key: str, spec: str) -> bool:
    """Whether the key is one that may be chosen from the list."""
    return any(entry.key == key for entry in all(spec))


def label(key: str | None) -> str:
    """The label of a key in the active language; empty for no key, the code for an unknown one."""
    if not key:
        return ""
    try:
        return get(key).label
    except UnknownConcept:
        return key.rpartition(":")[2]


def labels(keys: Iterable[str]) -> str:
    """Labels in a row, for a summary."""
    return ", ".join(label(key) for key in keys)


def quick(name: str, *, part: str | None = None, limit: int = QUICK) -> list[Entry]:
    """The most frequent values, in order: all of a short list, the quick picks of a long one."""
    entries = all(name, part=part)
    if len(entries) <= limit:
        return entries
    picks = [entry for entry in entries if entry.flag("quick_pick")]
    return (picks or entries)[:limit]


def choices(
    name: str, *, part: str | None = None, including: Iterable[str | None] = ()
) -> list[tuple[str, str]]:
    """`(key, label)` of what may be chosen; `including` adds what a row has already, if retired."""
    offered = all(name, part=part)
    there = {entry.key for entry in offered}
    kept = [get(key) for key in including if key and key not in there]
    return [(entry.key, entry.label) for entry in (*offered, *kept)]


def search(
    name: str, q: str, *, part: str | None = None, limit: int = 20, retired: bool = False
) -> list[Entry]:
    """Values whose label (any language), code or alias has a word starting with each word of `q`.

    Best first: the label in the active language starts so, has such words; another language;
    alias or code.
    """
    wanted = plain(q).split()
    if not wanted:
        return quick(name, part=part, limit=limit)
    ranked = [
        (rank, entry.position, entry)
        for entry in all(name, part=part, retired=retired)
        if (rank := _rank(entry, wanted)) is not None
    ]
    return [entry for _rank_, _position, entry in sorted(ranked, key=lambda r: r[:2])[:limit]]


def _rank(entry: Entry, wanted: list[str]) -> int | None:
    language = (get_language() or "es")[:2]
    own = entry.words.get(language, entry.words["es"])
    others = " ".join(text for name, text in entry.words.items() if name != language)
    if own.startswith(" ".join(wanted)):
        return 0
    for rank, text in enumerate((own, others, f"{own} {others}"), 1):
        padded = f" {text}"
        if every(f" {word}" in padded for word in wanted):
            return rank
    return None
