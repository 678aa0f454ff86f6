"""One scope, and what every count of it needs."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Programme
from partners.models import Organisation, Site
from patients.models import Patient
from reports.scope import Scope

Cells = Counter[tuple[Any, ...]]
Rows = TypeVar("Rows", bound=QuerySet[Any])


class Base:
    """`asked` are the breakdowns wanted: what they need is read along, never twice. `at` is the
    moment from which clocks and waiting times are judged (the cut-off, or now). `programmes`: all
    there are, where the caller has read them."""

    def __init__(
        self,
        scope: Scope,
        *,
        asked: Iterable[str] = (),
        at: datetime | None = None,
        programmes: Iterable[Programme] = (),
    ) -> None:
        self.scope = scope
        self.asked = frozenset(asked)
        self.at = at or scope.until or timezone.now()
        self._all = list(programmes)

    @cached_property
    def programmes(self) -> list[Programme]:
        """The programmes asked for; all when none was named."""
        return list(self.scope.programmes) or self._all or list(Programme.objects.all())

    @cached_property
    def programme_codes(self) -> dict[Any, str]:
        return {programme.pk: programme.code for programme in self.programmes}

    @cached_property
    def centres(self) -> list[Programme]:
        return [p for p in self.programmes if p.kind == Programme.Kind.CENTRE]

    @cached_property
    def centre_ids(self) -> list[Any]:
        return [programme.pk for programme in self.centres]

    @cached_property
    def sites(self) -> dict[Any, Site]:
        return {site.pk: site for site in Site.objects.all()}

    @cached_property
    def organisations(self) -> dict[Any, Organisation]:
        return {each.pk: each for each in Organisation.objects.all()}

    # -- time ------------------------------------------------------------------------------------
    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the programmes; of most of them, where they differ."""
        zones = Counter(programme.time_zone for programme in self.programmes)
        return ZoneInfo(zones.most_common(1)[0][0] if zones else "America/Mexico_City")

    @cached_property
    def today(self) -> date:
        return self.at.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """The instant at which a local day begins."""
        return datetime.combine(day, time(), self.zone)

    # -- people ----------------------------------------------------------------------------------
    @cached_property
    def has_merges(self) -> bool:
        return Patient.objects.filter(merged_into__isnull=False).exists()

    def person(self, column: str = "", of: str = "patient") -> Any:
        """The person, or a column of theirs, as the survivor of a merge."""
        path = f"{of}__{column}" if column else of
        if not self.has_merges:
            return F(path)
        merged = f"{of}__merged_into__{column}" if column else f"{of}__merged_into"
        return Coalesce(F(merged), F(path))

    def _within(self, rows: Rows, outing: str = "outing") -> Rows:
        scope = self.scope
        if scope.programmes:
            rows = rows.filter(programme__in=scope.programme_ids)
        if scope.sites:
            rows = rows.filter(site__in=scope.sites)
        if scope.member is not None:
            rows = rows.filter(**{f"{outing}__members__user": scope.member})
        return rows
