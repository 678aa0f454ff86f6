"""What a figure is asked for: a period of local dates and a part of the work."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.models import Programme, User


@dataclass(frozen=True)
class Scope:
    """A period (`end` included) and the work it looks at.

    `programmes` empty means all; `sites` empty means all; `member` limits consultations and
    activities to outings that this user opened or joined (what practitioners may see). `until`
    leaves out what was signed later: the cut-off of a frozen report.
    """

    start: date
    end: date
    programmes: tuple[Programme, ...] = ()
    sites: tuple[UUID, ...] = ()
    member: User | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("the period ends before it starts")

    def signed(self, rows: Any) -> Any:
        """The signed rows that stood there at the cut-off; all of them without one."""
        return rows if self.until is None else rows.filter(signed_at__lte=self.until)

    @property
    def programme_ids(self) -> tuple[UUID, ...]:
        return tuple(programme.pk for programme in self.programmes)
