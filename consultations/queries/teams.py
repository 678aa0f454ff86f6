"""Who works in a programme, and for which discipline."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from accounts.models import Posting, Programme, User
from accounts.policy import PRACTITIONERS, WRITES, Discipline, Role


@dataclass(frozen=True)
class Colleague:
    """A practitioner posted to a programme today, with the disciplines they write there."""

    user: User
    disciplines: tuple[str, ...]

    @property
    def discipline(self) -> str:
        """The one they speak for: their own, else the first they write."""
        return self.disciplines[0]


def colleagues(programme: Programme | UUID) -> dict[str, Colleague]:
    """Practitioners posted to the programme today by id, in the order of their names."""
    postings = (
        Posting.objects.in_force()
        .filter(programme=programme, role__in=PRACTITIONERS, user__is_active=True)
        .select_related("user")
        .order_by("user__name", "user", "since")
    )
    found: dict[str, Colleague] = {}
    for posting in postings:
        written = WRITES[Role(posting.role)]
        before = found.get(str(posting.user_id))
        own = posting.discipline or posting.user.discipline
        every = {*written, *(before.disciplines if before else ())}
        ordered = sorted(every, key=lambda each: (each != own, Discipline.values.index(each)))
        found[str(posting.user_id)] = Colleague(posting.user, tuple(str(d) for d in ordered))
    return found


def disciplines(decided_by: Iterable[tuple[User, str]]) -> set[str]:
    return {discipline for _user, discipline in decided_by}
