"""No log, no disclosure: sealed text opens only with a `Disclosure`, and a `Disclosure` is made
only by the function that has written its access event.
"""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar
from uuid import UUID

from accounts import crypto
from accounts.privacy import PrivacyClass
from accounts.rows import Row

_MAKER = object()
Found = TypeVar("Found")


class Subject(Protocol):
    """A person, as the log knows them."""

    @property
    def pk(self) -> UUID: ...

    @property
    def code(self) -> str: ...


class NotDisclosed(Exception):
    """The access event written does not cover this person or this privacy class."""


class Disclosure:
    """Permission to open sealed fields of the people and up to the class one event names."""

    __slots__ = ("_class", "_people", "event_id")

    def __init__(
        self, maker: object, event_id: int, people: Iterable[UUID], privacy_class: PrivacyClass
    ) -> None:
        if maker is not _MAKER:
            raise NotDisclosed("a disclosure is made by writing its access event")
        self.event_id = event_id
        self._people = frozenset(people)
        self._class = privacy_class

    def open(self, row: Row, field: str, key: crypto.Key) -> str:
        """The text of a sealed field; empty when there is none or its key was destroyed.

        Raises `NotDisclosed` when the event does not name the person or is of a lesser class.
        """
        blob = getattr(row, field)
        if blob is None:
            return ""
        person = getattr(key, "patient_id", None)
        if person is not None and person not in self._people:
            raise NotDisclosed("the access event does not name this person")
        # A field of a person that names no class counts as the strictest.
        unnamed = PrivacyClass.OPEN if key is crypto.INSTALLATION else PrivacyClass.PROTECTED
        if row.PRIVACY.get(field, unnamed).rank > self._class.rank:
            raise NotDisclosed("the access event is of a lesser privacy class")
        if getattr(key, "destroyed_at", None) is not None:
            return ""
        return crypto.unseal(key, blob, row.aad(field))


def written(event_id: int, people: Iterable[UUID], privacy_class: PrivacyClass) -> Disclosure:
    """For `accounts.services` alone, which calls it after it has written the event."""
    return Disclosure(_MAKER, event_id, people, privacy_class)


def compare(row: Row, field: str, key: crypto.Key, judge: Callable[[str], Found]) -> Found:
    """Let a matching function see a sealed text and keep only its judgement.

    Ranking search results and finding duplicates must read candidates whom nobody is shown;
    that is no disclosure. `judge` must return a score or a reason, never the text.
    """
    return compare_fields(row, (field,), key, judge)


def compare_fields(
    row: Row, fields: Iterable[str], key: crypto.Key, judge: Callable[..., Found]
) -> Found:
    """As `compare`, for a judgement that takes several sealed texts of one row, in this order."""
    there = getattr(key, "destroyed_at", None) is None
    blobs = ((field, getattr(row, field)) for field in fields)
    return judge(
        *(
            crypto.unseal(key, blob, row.aad(field)) if there and blob is not None else ""
            for field, blob in blobs
        )
    )
