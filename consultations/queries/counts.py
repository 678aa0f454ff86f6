"""What an outing amounts to: signed, unsigned, measured, held."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Sum

from accounts.policy import Discipline
from consultations.models import Consultation, Draft, GroupActivity, Outing, Visit


@dataclass(frozen=True)
class OutingCounts:
    """Consultations are signed ones; drafts stand apart and are never counted."""

    consultations: dict[str, int] = field(default_factory=dict)  # by discipline, usual order
    unsigned: dict[str, int] = field(default_factory=dict)
    visits: dict[str, int] = field(default_factory=dict)  # by state
    activities: int = 0
    participants: int = 0

    @property
    def total(self) -> int:
        return sum(self.consultations.values())

    @property
    def drafts(self) -> int:
        return sum(self.unsigned.values())

    @property
    def people(self) -> int:
        return sum(self.visits.values())


def of_outing(outing: Outing) -> OutingCounts:
    """Four statements, whatever the number of rows."""
    heads = sum((Sum(group) for group in GroupActivity.GROUPS[1:]), Sum(GroupActivity.GROUPS[0]))
    held = (
        GroupActivity.objects.standing()
        .filter(outing=outing)
        .aggregate(activities=Count("pk"), participants=heads)
    )
    return OutingCounts(
        consultations=_by_discipline(Consultation.objects.filter(outing=outing)),
        unsigned=_by_discipline(Draft.objects.open().filter(outing=outing)),
        visits=visit_states(outing),
        activities=held["activities"],
        participants=held["participants"] or 0,
    )


def by_outing(outings: Sequence[Outing]) -> dict[UUID, tuple[int, int]]:
    """Signed consultations and people of each outing of a list; two statements."""
    ids = [outing.pk for outing in outings]
    notes = dict(
        Consultation.objects.filter(outing__in=ids)
        .order_by()
        .values_list("outing")
        .annotate(Count("pk"))
    )
    people = dict(
        Visit.objects.filter(outing__in=ids).order_by().values_list("outing").annotate(Count("pk"))
    )
    return {pk: (notes.get(pk, 0), people.get(pk, 0)) for pk in ids}


def visit_states(outing: Outing) -> dict[str, int]:
    """How many people stand in each state."""
    rows = Visit.objects.filter(outing=outing).order_by().values_list("state")
    counted = dict(rows.annotate(Count("pk")))
    return {state.value: counted.get(state.value, 0) for state in Visit.State}


def _by_discipline(rows: "object") -> dict[str, int]:
    counted = dict(
        rows.order_by().values_list("discipline").annotate(Count("pk"))  # type: ignore[attr-defined]
    )
    return {d.value: counted[d.value] for d in Discipline if d.value in counted}
