"""Counting in SQL. Figures ask a `Reading`; what several figures need is read once.

It never touches identity, search tokens or data keys: sex, age, nationality and language come
from the pseudonymous person and from the signed header.
"""

from collections import Counter
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Count, F, Func, IntegerField, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Programme
from accounts.policy import Discipline
from consultations.models import Consultation, Draft, Episode, GroupActivity, Outing
from partners.models import Agreement, Site, Training
from patients.models import Patient
from reports.scope import Scope
from terminology import lists

AGE_UNKNOWN = 999
# Places that are not among the locations visited.
NOT_A_LOCATION = ("site_types:remote", "site_types:cai")
Cells = Counter[tuple[Any, ...]]


class _DayAndAge(Func):
    """`day * 1000 + age` as one integer: its minimum over a person's rows carries the age at the
    first of them. An unknown age is 999."""

    output_field = IntegerField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        day, params = compiler.compile(self.source_expressions[0])
        age, more = compiler.compile(self.source_expressions[1])
        # Days are counted from 1900 so that the product stays within 32 bits on PostgreSQL.
        days = (
            f"({day} - DATE '1900-01-01')"
            if connection.vendor == "postgresql"
            else f"CAST(julianday({day}) - 2415020.5 AS INTEGER)"
        )
        return f"({days} * 1000 + COALESCE({age}, {AGE_UNKNOWN}))", [*params, *more]


class Reading:
    """One scope, and the counts read for it so far."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._consultations: dict[tuple[str, ...], Cells] = {}

    # -- what is in the scope --------------------------------------------------------------------
    @cached_property
    def programmes(self) -> list[Programme]:
        """The programmes asked for; all when none was named."""
        return list(self.scope.programmes) or list(Programme.objects.all())

    @cached_property
    def programme_codes(self) -> dict[Any, str]:
        return {programme.pk: programme.code for programme in self.programmes}

    @cached_property
    def centres(self) -> list[Programme]:
        return [p for p in self.programmes if p.kind == Programme.Kind.CENTRE]

    @cached_property
    def sites(self) -> dict[Any, Site]:
        return {site.pk: site for site in Site.objects.all()}

    def _within(self, rows: QuerySet[Any], outing: str = "outing") -> QuerySet[Any]:
        scope = self.scope
        if scope.programmes:
            rows = rows.filter(programme__in=scope.programme_ids)
        if scope.sites:
            rows = rows.filter(site__in=scope.sites)
        if scope.member is not None:
            rows = rows.filter(**{f"{outing}__members__user": scope.member})
        return rows

    def direct(self, *, since_ever: bool = False) -> QuerySet[Consultation]:
        """Signed individual consultations of the disciplines that count (GEN01), in the scope."""
        start = date.min if since_ever else self.scope.start
        rows = Consultation.objects.order_by().filter(local_date__lte=self.scope.end)
        if not since_ever:
            rows = rows.filter(local_date__gte=start)
        if set(direct_disciplines()) != set(Discipline.values):
            rows = rows.filter(discipline__in=direct_disciplines())
        return self._within(rows)

    def activities(self) -> QuerySet[GroupActivity]:
        """Group activities that no correction has replaced, trainings left out."""
        rows = GroupActivity.objects.standing().order_by()
        return self._within(
            rows.filter(local_date__gte=self.scope.start, local_date__lte=self.scope.end).exclude(
                type="group_activity_types:training"
            )
        )

    def outings(self) -> QuerySet[Outing]:
        rows = Outing.objects.held().order_by()
        return (
            self._within(
                rows.filter(local_date__gte=self.scope.start, local_date__lte=self.scope.end),
                outing="pk",
            )
            if self.scope.member is None
            else rows.filter(
                members__user=self.scope.member,
                local_date__gte=self.scope.start,
                local_date__lte=self.scope.end,
            )
        )

    def trainings(self) -> QuerySet[Training]:
        rows = Training.objects.order_by().filter(
            date__gte=self.scope.start, date__lte=self.scope.end
        )
        if self.scope.programmes:
            rows = rows.filter(programme__in=self.scope.programme_ids)
        return rows

    def agreements(self) -> QuerySet[Agreement]:
        """Signed agreements whose dates overlap the period."""
        rows = Agreement.objects.order_by().filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=self.scope.start),
            status="agreement_statuses:signed",
            valid_from__lte=self.scope.end,
        )
        if self.scope.programmes:
            rows = rows.filter(programmes__in=self.scope.programme_ids)
        return rows

    def episodes(self) -> QuerySet[Episode]:
        return Episode.objects.order_by().filter(programme__in=[c.pk for c in self.centres])

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

    # -- counting --------------------------------------------------------------------------------
    @cached_property
    def _has_merges(self) -> bool:
        return Patient.objects.filter(merged_into__isnull=False).exists()

    def _person(self, column: str = "") -> Any:
        """The person, or a column of theirs, as the survivor of a merge."""
        path = f"patient__{column}" if column else "patient"
        if not self._has_merges:
            return F(path)
        merged = f"patient__merged_into__{column}" if column else "patient__merged_into"
        return Coalesce(F(merged), F(path))

    def _column(self, dimension: str) -> Any:
        return {
            "programme": F("programme"),
            "discipline": F("discipline"),
            "visit_type": F("visit_type"),
            "site": F("site"),
            "date": F("local_date"),
            "age": F("age_years"),
            "sex": self._person("sex"),
            "nationality": self._person("nationality"),
            "language": self._person("language"),
        }[dimension]

    def consultations(self, *dimensions: str) -> Cells:
        """Direct consultations in the scope, counted by the columns named, in that order."""
        if dimensions not in self._consultations:
            names = {f"k{i}": self._column(name) for i, name in enumerate(dimensions)}
            rows = self.direct().annotate(**names).values(*names).annotate(n=Count("pk"))
            self._consultations[dimensions] = Counter(
                {row[:-1]: row[-1] for row in rows.values_list(*names, "n")}
            )
        return self._consultations[dimensions]

    def people_by(self, dimension: str) -> Cells:
        """Distinct people by a column of their consultations (programme, site, discipline): not
        to be added up."""
        rows = (
            self.direct()
            .annotate(k=self._column(dimension), person=self._person())
            .values("k")
            .annotate(n=Count("person", distinct=True))
            .values_list("k", "n")
        )
        return Counter({(key,): count for key, count in rows})

    @cached_property
    def people(self) -> Cells:
        """Distinct people by (sex, nationality, age at their first consultation in the period)."""
        return self.by_person(self.direct())

    @cached_property
    def new_people(self) -> Cells:
        """As `people`, of those whose first ever direct consultation in the programmes falls in
        the period; the age is the age at that consultation."""
        everything = Reading(Scope(self.scope.start, self.scope.end, self.scope.programmes)).direct(
            since_ever=True
        )
        here: QuerySet[Consultation] | None = None
        if self.scope.sites or self.scope.member is not None:
            here = self.direct()
        return self.by_person(everything, new=True, seen_in=here)

    def by_person(
        self,
        rows: QuerySet[Consultation],
        *,
        new: bool = False,
        seen_in: QuerySet[Consultation] | None = None,
    ) -> Cells:
        people = (
            rows.annotate(person=self._person())
            .values("person")
            .annotate(first=Min(_DayAndAge(F("local_date"), F("age_years"))))
        )
        if new:
            people = people.annotate(first_day=Min("local_date")).filter(
                first_day__gte=self.scope.start
            )
        if seen_in is not None:
            seen = seen_in.annotate(who=self._person()).values("who")
            people = people.filter(person__in=seen)
        inner, params = people.values("person", "first").query.sql_with_params()
        # The inner query is Django's own, with its parameters apart: no text is put into SQL.
        query = (
            "SELECT p.sex, p.nationality_id, t.first - (t.first / 1000) * 1000, COUNT(*) "  # noqa: S608
            f'FROM ({inner}) AS t("person", "first") JOIN patients_patient p ON p.id = t.person '
            "GROUP BY 1, 2, 3"
        )
        if connection.vendor == "sqlite":
            query = query.replace('AS t("person", "first")', "AS t")
        with connection.cursor() as cursor:
            cursor.execute(query, params)
            return Counter({(s, n, age): count for s, n, age, count in cursor.fetchall()})

    # -- places and programmes -------------------------------------------------------------------
    def sites_with_activity(self, start: date, end: date) -> set[Any]:
        """Ids of locations (neither remote nor a centre) with a consultation or an activity."""
        reading = Reading(
            Scope(start, end, self.scope.programmes, self.scope.sites, self.scope.member)
        )
        seen = set(reading.direct().values_list("site", flat=True).distinct())
        seen |= set(reading.activities().values_list("site", flat=True).distinct())
        return {pk for pk in seen if self.sites[pk].site_type_id not in NOT_A_LOCATION}

    @cached_property
    def active_sites(self) -> set[Any]:
        return self.sites_with_activity(self.scope.start, self.scope.end)

    @property
    def site_days(self) -> set[tuple[Any, date]]:
        """Pairs of site and day with a consultation or an activity."""
        seen = {
            (site, day)
            for site, day, _discipline in self.consultations("site", "date", "discipline")
        }
        return seen | set(self.activities().values_list("site", "local_date"))

    @cached_property
    def sites_at_end(self) -> set[Any]:
        """Sites open on the last day that were visited in the 30 days to it."""
        end = self.scope.end
        seen = self.sites_with_activity(end - timedelta(days=29), end)
        return {pk for pk in seen if self.sites[pk].is_open_on(end)}

    @cached_property
    def active_programmes(self) -> set[Any]:
        """Ids of programmes with a consultation, group activity, training or held outing."""
        found = {key[0] for key in self.consultations("programme", "discipline", "visit_type")}
        for rows in (self.activities(), self.trainings(), self.outings()):
            found |= set(rows.values_list("programme", flat=True).distinct())
        return found


def direct_disciplines() -> list[str]:
    """Disciplines whose signed individual consultations count (`direct_consultation` = yes)."""
    return [e.code for e in lists.all("consultation_disciplines") if e.flag("direct_consultation")]


def service_of(discipline: str) -> str:
    """The service of a discipline in reports: one of the five, or `other`."""
    return lists.get(f"consultation_disciplines:{discipline}").attributes["report_group"]
