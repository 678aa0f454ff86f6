"""Consultations, people, activities and places of a scope."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Max,
    Min,
    Q,
    QuerySet,
    Value,
    When,
)

from accounts.policy import Discipline
from consultations.models import Consultation, Draft, Episode, GroupActivity, Outing
from partners.models import Training
from reports.reading.base import Base, Cells
from reports.reading.sql import DayAndAge, Month, month_code
from terminology import lists

# Places that are not among the locations visited.
NOT_A_LOCATION = ("site_types:remote", "site_types:cai")
# The columns of the signed header that most figures fold; with the month where it is asked.
HEADER = ("programme", "discipline", "visit_type", "site")
TO_THE_END = timedelta(days=29)  # a site is active at the end if visited in the 30 days to it


class Held(NamedTuple):
    """Group activities of one kind, place and day."""

    programme: Any
    site: Any
    type: str
    day: date
    n: int


class WorkReading(Base):
    # -- what is in the scope --------------------------------------------------------------------
    def direct(
        self, *, since_ever: bool = False, everywhere: bool = False
    ) -> QuerySet[Consultation]:
        """Signed individual consultations of the disciplines that count (GEN01), in the scope."""
        rows: QuerySet[Consultation] = Consultation.objects.order_by()
        rows = rows.filter(local_date__lte=self.scope.end)
        rows = self.scope.signed(rows)
        if not since_ever:
            rows = rows.filter(local_date__gte=self.scope.start)
        if set(direct_disciplines()) != set(Discipline.values):
            rows = rows.filter(discipline__in=direct_disciplines())
        if everywhere:
            ids = self.scope.programme_ids
            return rows.filter(programme__in=ids) if ids else rows
        return self._within(rows)

    def activities(self) -> QuerySet[GroupActivity]:
        """Group activities that no correction has replaced, trainings left out."""
        return self._activities(self.scope.start)

    def _activities(self, start: date) -> QuerySet[GroupActivity]:
        rows: QuerySet[GroupActivity] = self.scope.signed(
            GroupActivity.objects.standing().order_by()
        )
        rows = rows.filter(local_date__gte=start, local_date__lte=self.scope.end)
        return self._within(rows.exclude(type="group_activity_types:training"))

    def outings(self) -> QuerySet[Outing]:
        scope = self.scope
        rows = Outing.objects.held().order_by()
        rows = rows.filter(local_date__gte=scope.start, local_date__lte=scope.end)
        if scope.member is not None:
            return rows.filter(members__user=scope.member)
        return self._within(rows)

    def trainings(self) -> QuerySet[Training]:
        rows = Training.objects.order_by().in_period(self.scope.start, self.scope.end)
        if self.scope.programmes:
            rows = rows.of_programmes(self.scope.programme_ids)
        return rows

    def unsigned(self) -> int:
        """Open drafts of outings in the scope: shown beside, never counted."""
        drafts = Draft.objects.open().filter(
            outing__local_date__gte=self.scope.start, outing__local_date__lte=self.scope.end
        )
        if self.scope.programmes:
            drafts = drafts.filter(outing__programme__in=self.scope.programme_ids)
        if self.scope.sites:
            drafts = drafts.filter(outing__site__in=self.scope.sites)
        if self.scope.member is not None:
            drafts = drafts.filter(author=self.scope.member)
        return drafts.count()

    # -- consultations ---------------------------------------------------------------------------
    @cached_property
    def _counts(self) -> dict[tuple[str, ...], Cells]:
        return {}

    def _column(self, dimension: str) -> Any:
        if dimension in ("sex", "nationality", "language"):
            return self.person(dimension)
        own = {"month": Month("local_date"), "age": F("age_years")}
        return own.get(dimension, F(dimension))

    def consultations(self, *dimensions: str) -> Cells:
        """Direct consultations in the scope, counted by the columns named, in that order.

        What the signed header says comes out of one statement, however often it is asked.
        """
        if dimensions not in self._counts:
            of_header = {*HEADER, "month"}.issuperset(dimensions)
            count = self._folded if of_header else self._counted
            self._counts[dimensions] = count(dimensions)
        return self._counts[dimensions]

    def _folded(self, dimensions: tuple[str, ...]) -> Cells:
        monthly = "month" in dimensions or "month" in self.asked
        columns = (*HEADER, "month") if monthly else HEADER
        if columns not in self._counts:
            self._counts[columns] = self._counted(columns)
        places = [columns.index(name) for name in dimensions]
        found: Cells = Counter()
        for cell, count in self._counts[columns].items():
            found[tuple(cell[place] for place in places)] += count
        return found

    def _counted(self, dimensions: tuple[str, ...]) -> Cells:
        names = {f"k{i}": self._column(name) for i, name in enumerate(dimensions)}
        rows = self.direct().annotate(**names).values(*names).annotate(n=Count("pk"))
        found = rows.values_list(*names, "n")
        if "month" not in dimensions:
            return Counter({row[:-1]: row[-1] for row in found})
        at = dimensions.index("month")
        return Counter({(*r[:at], month_code(r[at]), *r[at + 1 : -1]): r[-1] for r in found})

    # -- people ----------------------------------------------------------------------------------
    def people_by(self, dimension: str) -> Cells:
        """Distinct people by a column of their consultations (programme, site, discipline): not
        to be added up."""
        rows = (
            self.direct()
            .annotate(k=self._column(dimension), who=self.person())
            .values("k")
            .annotate(n=Count("who", distinct=True))
            .values_list("k", "n")
        )
        return Counter({(key,): count for key, count in rows})

    @cached_property
    def _people(self) -> Cells:
        """As `people`, and whether they were seen anywhere but at a centre."""
        if self.scope.programmes or not self.centres:
            return self.by_person(self.direct())
        elsewhere = Case(When(programme__in=self.centre_ids, then=0), default=1)
        return self.by_person(self.direct(), flag=elsewhere)

    @cached_property
    def people(self) -> Cells:
        """Distinct people by (sex, nationality, age at their first consultation in the period)."""
        return folded(self._people)

    @property
    def people_outside_centres(self) -> int:
        return sum(count for (*_who, flag), count in self._people.items() if flag)

    @cached_property
    def new_people(self) -> Cells:
        """As `people`, of those whose first ever direct consultation in the programmes falls in
        the period; the age is the age at that consultation."""
        rows, here = self._since_ever()
        return folded(self.by_person(rows, new=True, seen_in=here))

    def _since_ever(self) -> tuple[QuerySet[Any], QuerySet[Any] | None]:
        limited = bool(self.scope.sites) or self.scope.member is not None
        rows = self.direct(since_ever=True, everywhere=True)
        return rows, self.direct() if limited else None

    def persons(self, rows: QuerySet[Any]) -> Any:
        """Ids of the people of these consultations, each once."""
        return rows.annotate(who=self.person()).order_by().values("who").distinct()

    def new_persons(self) -> Any:
        """Ids of the people whom GEN04 counts."""
        rows, here = self._since_ever()
        return self._new(self._by_person(rows), here).values("who")

    def _by_person(self, rows: QuerySet[Any], flag: Any = None) -> Any:
        return (
            rows.annotate(who=self.person())
            .values("who")
            .annotate(
                first=Min(DayAndAge(F("local_date"), F("age_years"))),
                flag=Max(flag if flag is not None else Value(1), output_field=IntegerField()),
            )
        )

    def _new(self, people: QuerySet[Any], seen_in: QuerySet[Any] | None) -> Any:
        people = people.annotate(first_day=Min("local_date")).filter(
            first_day__gte=self.scope.start
        )
        return people if seen_in is None else people.filter(who__in=self.persons(seen_in))

    def by_person(
        self,
        rows: QuerySet[Any],
        *,
        flag: Any = None,
        new: bool = False,
        seen_in: QuerySet[Any] | None = None,
    ) -> Cells:
        """Distinct people by (sex, nationality, age at the first of the rows, greatest flag)."""
        people = self._by_person(rows, flag)
        if new:
            people = self._new(people, seen_in)
        inner, params = people.values("who", "first", "flag").query.sql_with_params()
        # The inner query is Django's own, with its parameters apart: no text is put into SQL.
        query = (
            f"WITH t(who, first, flag) AS ({inner}) "  # noqa: S608
            "SELECT p.sex, p.nationality_id, t.first - (t.first / 1000) * 1000, t.flag, COUNT(*) "
            "FROM t JOIN patients_patient p ON p.id = t.who GROUP BY 1, 2, 3, 4"
        )
        with connection.cursor() as cursor:
            cursor.execute(query, params)
            return Counter({tuple(row[:-1]): row[-1] for row in cursor.fetchall()})

    @cached_property
    def people_at_centres(self) -> Cells:
        """People with a consultation at a centre by (sex, nationality, age, in care there: 1).

        In care: an episode of that centre, admitted by the end of the period. It may stand on one
        record of the person and the consultation on another that was merged with it.
        """
        rows = self.direct().filter(programme__in=self.centre_ids)
        return self.by_person(rows, flag=Case(When(self._in_care(), then=1), default=0))

    def _in_care(self) -> Q:
        found = Q(pk__in=[])
        for centre in self.centre_ids:
            stays = Episode.objects.order_by().filter(
                programme=centre, admitted_on__lte=self.scope.end
            )
            ids = stays.annotate(resident=self.person()).values("resident")
            found |= Q(programme=centre, who__in=ids)
        return found

    def of_people_in_care(self) -> Any:
        """The consultations at a centre of those whom `people_at_centres` finds in care."""
        rows = self.direct().filter(programme__in=self.centre_ids).annotate(who=self.person())
        return rows.filter(self._in_care()) if self.centre_ids else rows.none()

    # -- places and programmes -------------------------------------------------------------------
    @cached_property
    def held(self) -> list[Held]:
        """Group activities by programme, site, type and day, from 30 days before the end."""
        start = min(self.scope.start, self.scope.end - TO_THE_END)
        rows = self._activities(start).values("programme", "site", "type", "local_date")
        columns = ("programme", "site", "type", "local_date", "n")
        return [Held(*row) for row in rows.annotate(n=Count("pk")).values_list(*columns)]

    @property
    def held_in_period(self) -> list[Held]:
        return [each for each in self.held if each.day >= self.scope.start]

    def _locations(self, ids: Iterable[Any]) -> set[Any]:
        """Those that are neither remote nor a centre."""
        return {pk for pk in ids if self.sites[pk].site_type_id not in NOT_A_LOCATION}

    @cached_property
    def active_sites(self) -> set[Any]:
        seen = {site for (site,) in self.consultations("site")}
        return self._locations(seen | {each.site for each in self.held_in_period})

    @property
    def site_months(self) -> set[tuple[Any, str]]:
        """Pairs of site and month with a consultation or an activity."""
        seen = set(self.consultations("site", "month"))
        return seen | {(each.site, f"{each.day:%Y-%m}") for each in self.held_in_period}

    @cached_property
    def sites_at_end(self) -> set[Any]:
        """Sites open on the last day that were visited in the 30 days to it."""
        end = self.scope.end
        start = end - TO_THE_END
        rows = self.direct(since_ever=True).filter(local_date__gte=start)
        seen = set(rows.values_list("site", flat=True).distinct())
        seen |= {each.site for each in self.held if each.day >= start}
        return {pk for pk in self._locations(seen) if self.sites[pk].is_open_on(end)}

    @cached_property
    def active_programmes(self) -> set[Any]:
        """Ids of programmes with a consultation, group activity, training or held outing."""
        found = {programme for (programme,) in self.consultations("programme")}
        found |= {each.programme for each in self.held_in_period}
        held = self.outings().values_list("programme")
        return found | {pk for (pk,) in held.union(self.trainings().values_list("programme"))}


def folded(cells: Cells) -> Cells:
    """The cells without their last column."""
    found: Cells = Counter()
    for (*key, _last), count in cells.items():
        found[tuple(key)] += count
    return found


def direct_disciplines() -> list[str]:
    """Disciplines whose signed individual consultations count (`direct_consultation` = yes)."""
    return [e.code for e in lists.all("consultation_disciplines") if e.flag("direct_consultation")]


def service_of(discipline: str) -> str:
    """The service of a discipline in reports: one of the five, or `other`."""
    return lists.get(f"consultation_disciplines:{discipline}").attributes["report_group"]
