"""Partner organisations and trainings of a scope."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from partners.models import Agreement
from partners.models.agreement import AgreementQuerySet
from partners.models.training import SEXES
from reports.reading.work import WorkReading

EXPIRY_DAYS = 60


@dataclass
class Given:
    """A training: who was trained, on what, and what they knew before and after."""

    heads: dict[str, int]
    both_tests: int | None
    before: float | None
    after: float | None
    topics: set[str] = field(default_factory=set)
    bodies: dict[Any, str] = field(default_factory=dict)  # id: type


@dataclass
class Ally:
    """An organisation with an agreement in force: its type and the stages that it covers."""

    type: str
    stages: set[str] = field(default_factory=set)


class AllyReading(WorkReading):
    def agreements(self) -> AgreementQuerySet:
        """Signed agreements whose dates overlap the period."""
        rows = Agreement.objects.overlapping(self.scope.start, self.scope.end)
        return self._of_programmes(rows.order_by())

    def expiring(self) -> AgreementQuerySet:
        """In force on the last day, and ending on it or within 60 days after it."""
        rows = Agreement.objects.expiring(self.scope.end, EXPIRY_DAYS)
        return self._of_programmes(rows.order_by())

    def _of_programmes(self, rows: AgreementQuerySet) -> AgreementQuerySet:
        ids = self.scope.programme_ids
        return rows.of_programmes(ids) if ids else rows

    @cached_property
    def allies(self) -> dict[Any, Ally]:
        """Organisations with an agreement in force, by id."""
        rows = self.agreements().values_list(
            "organisation", "organisation__partner_type", "organisation__stages"
        )
        found: dict[Any, Ally] = {}
        for pk, kind, stage in rows:
            ally = found.setdefault(pk, Ally(kind))
            if stage:
                ally.stages.add(stage)
        return found

    @cached_property
    def given(self) -> list[Given]:
        """Trainings of the period."""
        heads = [f"participants_{sex}" for sex in SEXES]
        rows = self.trainings().values_list(
            "pk", "both_tests", "pre_mean", "post_mean", "topics", "bodies",
            "bodies__partner_type", *heads,
        )  # fmt: skip
        found: dict[Any, Given] = {}
        for pk, both, before, after, topic, body, kind, *counts in rows:
            given = found.setdefault(
                pk, Given(dict(zip(SEXES, counts, strict=True)), both, before, after)
            )
            if topic:
                given.topics.add(topic)
            if body:
                given.bodies[body] = kind
        return list(found.values())
