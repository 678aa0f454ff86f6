"""Referrals of a scope: those that its programmes sent or received.

The cohort are the referrals submitted in the period; how they went on is judged at the moment of
the reading, whatever day that was.
"""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    IntegerField,
    Q,
    QuerySet,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.db.models.lookups import (
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
)

from accounts.models import Programme
from referrals import rules
from referrals.models import Referral, ReferralMove, Status, Urgency
from reports.reading.base import Base
from reports.reading.sql import DAY, HOUR, SECOND, DaysBetween, Micros, days, medians, micros, minus

CAI = "referral_targets:cai"
# The steps of the funnel; a referral has passed a step when it reached it or one beyond it.
STEPS = ("sent", "accepted", "appointment", "arrived", "service", "feedback")
SENT, ACCEPTED, APPOINTMENT, ARRIVED, SERVICE, FEEDBACK = range(6)
MET, LATE, RUNS = "met", "late", ""  # a norm was kept, was not, or its clock does not decide yet
FEEDBACK_DAYS = 7
ANSWER_DAYS = 7  # of a partner
GROWN_DAYS = 30  # after which a service is expected to have been received
_BIG = BigIntegerField()
BROKEN_OFF = (Status.DECLINED, Status.CANCELLED)


class Handed(NamedTuple):
    """Referrals alike in all that the figures look at."""

    target: str
    urgency: str
    site: Any
    partner: Any
    status: str
    outcome: str | None
    decline_reason: str | None
    step: int  # the furthest of STEPS
    triage: str  # MET, LATE, RUNS
    contact: str
    closing: str
    in_cohort: bool
    visit_due: bool  # the first appointment has passed
    grown: bool
    from_team: bool  # sent by a programme other than a centre
    external: bool  # to a partner
    shared: bool  # to a partner, with data
    consented: bool
    answered: bool  # by the partner, within the norm
    answer_due: bool
    reason: str | None = None


class Waiting(NamedTuple):
    """A time on the waiting list of the centre; `until` None while it lasts."""

    referral: Any
    person: Any
    urgency: str
    language: str
    since: datetime
    until: datetime | None


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=True), default=False, output_field=BooleanField())


class ReferralReading(Base):
    def all_referrals(self) -> QuerySet[Referral]:
        """Sent (drafts left out) by a programme of the scope or to one; of a member, those that
        the member wrote."""
        scope = self.scope
        rows = Referral.objects.order_by().filter(submitted_on__isnull=False)
        if scope.until is not None:
            rows = rows.filter(submitted_at__lte=scope.until)
        if scope.programmes:
            ids = scope.programme_ids
            rows = rows.filter(Q(from_programme__in=ids) | Q(to_programme__in=ids))
        if scope.sites:
            rows = rows.filter(from_site__in=scope.sites)
        return rows if scope.member is None else rows.filter(written_by=scope.member)

    def cohort(self) -> Any:
        """Submitted in the period, with the facts of `Handed` as columns."""
        return self._told(self.all_referrals()).filter(in_cohort=True)

    def ended(self) -> Any:
        """Whose feedback fell due, as RF07 counts them; columns as `cohort`."""
        return self._told(self.all_referrals()).exclude(closing=RUNS)

    # -- one statement for all that is counted ---------------------------------------------------
    @cached_property
    def handed(self) -> list[tuple[Handed, int]]:
        return self._handed()

    @cached_property
    def handed_by_reason(self) -> list[tuple[Handed, int]]:
        """Of the cohort, each referral once for each of its reasons."""
        return self._handed(reason=F("reasons__reason"))

    def _handed(self, **more: Any) -> list[tuple[Handed, int]]:
        columns = {
            "s_site": F("from_site") if "site" in self.asked else Value(None, UUIDField()),
            "s_partner": F("to_partner") if "partner" in self.asked else Value(None, UUIDField()),
            **more,
        }
        names = ["target", "urgency", "s_site", "s_partner", "status", "outcome", "decline_reason"]
        names += [*Handed._fields[7:-1], *more]
        rows = self._told(self.all_referrals()).annotate(**columns)
        rows = rows.filter(in_cohort=True) if more else rows.filter(self._of_period())
        counted = rows.values(*names).annotate(n=Count("pk")).values_list(*names, "n")
        return [(Handed(*row[:-1]), row[-1]) for row in counted]

    def _of_period(self) -> Q:
        return Q(in_cohort=True) | ~Q(closing=RUNS)

    def _told(self, rows: QuerySet[Referral]) -> Any:
        today = self.today
        return rows.annotate(
            step=self._step(),
            triage=self._triage(),
            contact=self._contact(),
            closing=self._closing(),
            in_cohort=_flag(Q(submitted_on__range=(self.scope.start, self.scope.end))),
            visit_due=_flag(Q(first_appointment_on__lt=today)),
            grown=_flag(Q(submitted_on__lte=today - timedelta(days=GROWN_DAYS))),
            from_team=_flag(
                Q(from_programme__isnull=False) & ~Q(from_programme__kind=Programme.Kind.CENTRE)
            ),
            external=_flag(Q(to_partner__isnull=False)),
            shared=_flag(Q(to_partner__isnull=False) & ~Q(data_scope="data_scopes:none")),
            consented=_flag(
                Q(
                    Q(consent__expires_on__isnull=True)
                    | Q(consent__expires_on__gte=F("submitted_on")),
                    consent__decision="consent_decisions:given",
                    consent__partner=F("to_partner"),
                    consent__decided_at__lte=F("submitted_at"),
                )
            ),
            answered=_flag(Q(LessThanOrEqual(self._answer(), Value(ANSWER_DAYS * DAY, _BIG)))),
            answer_due=_flag(Q(submitted_on__lte=today - timedelta(days=ANSWER_DAYS))),
        )

    def _step(self) -> Case:
        return Case(
            When(served_at__isnull=False, feedback_at__isnull=False, then=FEEDBACK),
            When(served_at__isnull=False, then=SERVICE),
            When(arrived_at__isnull=False, then=ARRIVED),
            When(first_appointment_on__isnull=False, then=APPOINTMENT),
            When(accepted_at__isnull=False, then=ACCEPTED),
            default=SENT,
            output_field=IntegerField(),
        )

    @property
    def _now(self) -> Value:
        return Value(micros(self.at), _BIG)

    def _norm(self, hours: str) -> Case:
        whens = [
            When(urgency=code, then=Value(round(getattr(rules.norm(code), hours) * HOUR), _BIG))
            for code in Urgency.values
        ]
        return Case(*whens, output_field=_BIG)

    def _triage(self) -> Case:
        """Time until the decision, pauses left out. A referral taken back before the decision
        was late if the norm had passed by then; else its clock decides nothing."""
        stopped = Coalesce(
            Micros("decided_at"), Micros("closed_at"), Micros("paused_at"), self._now
        )
        paused = ExpressionWrapper(
            Cast("paused_seconds", _BIG) * Value(SECOND, _BIG), output_field=_BIG
        )
        spent = minus(stopped, Micros("submitted_at"), paused)
        return Case(
            When(GreaterThan(spent, self._norm("triage_hours")), then=Value(LATE)),
            When(decided_at__isnull=False, then=Value(MET)),
            default=Value(RUNS),
            output_field=CharField(),
        )

    def _contact(self) -> Case:
        """Time from the decision to the arrival. Closed without it is not in time."""
        spent = minus(Coalesce(Micros("arrived_at"), self._now), Micros("decided_at"))
        return Case(
            When(Q(decided_at__isnull=True) | Q(status__in=BROKEN_OFF), then=Value(RUNS)),
            When(GreaterThan(spent, self._norm("first_contact_hours")), then=Value(LATE)),
            When(arrived_at__isnull=False, then=Value(MET)),
            When(closed_at__isnull=False, then=Value(LATE)),
            default=Value(RUNS),
            output_field=CharField(),
        )

    def _closing(self) -> Case:
        """Feedback after the end: of the service, or of the referral where there was none. What
        the sender took back needs no answer."""
        ended = Coalesce(Micros("served_at"), Micros("closed_at"))
        begins = micros(self.midnight(self.scope.start))
        ends = micros(self.midnight(self.scope.end + timedelta(days=1)))
        due = micros(self.at) - FEEDBACK_DAYS * DAY  # whose days have passed
        answered = minus(Micros("feedback_at"), ended)
        return Case(
            When(
                Q(served_at__isnull=True, closed_at__isnull=True) | Q(status=Status.CANCELLED),
                then=Value(RUNS),
            ),
            When(LessThan(ended, Value(begins, _BIG)), then=Value(RUNS)),
            When(GreaterThanOrEqual(ended, Value(ends, _BIG)), then=Value(RUNS)),
            When(GreaterThan(ended, Value(due, _BIG)), then=Value(RUNS)),
            When(feedback_at__isnull=True, then=Value(LATE)),
            When(GreaterThan(answered, Value(FEEDBACK_DAYS * DAY, _BIG)), then=Value(LATE)),
            default=Value(MET),
            output_field=CharField(),
        )

    def _answer(self) -> Any:
        """What the partner took to answer; without an answer, more than any norm."""
        never = Value(DAY * 10**5, _BIG)
        answer = Coalesce(Micros("decided_at"), Micros("arrived_at"), Micros("served_at"))
        return Coalesce(minus(answer, Micros("submitted_at")), never)

    # -- medians ---------------------------------------------------------------------------------
    @cached_property
    def spans(self) -> dict[tuple[str, str], tuple[float, int]]:
        """Median days (and how many referrals) by (step, "") since the step before, of the cohort;
        `contact` from sending to arrival, also by target and urgency.

        Only referrals that made both steps; the first appointment counts from day to day.
        """
        rows = self.all_referrals().filter(submitted_on__range=(self.scope.start, self.scope.end))
        accepted_on, arrived_on = (
            TruncDate(column, tzinfo=self.zone) for column in ("accepted_at", "arrived_at")
        )
        sent, accepted, given = "submitted_at", "accepted_at", "first_appointment_on"
        arrived, served, told = "arrived_at", "served_at", "feedback_at"
        parts = [
            _span(rows, "accepted", sent, accepted),
            _span(rows, "appointment", accepted, given, DaysBetween(accepted_on, F(given))),
            _span(rows, "arrived", given, arrived, DaysBetween(F(given), arrived_on)),
            _span(rows, "service", arrived, served),
            _span(rows, "feedback", served, told),
            _span(rows, "contact", sent, arrived),
            *(
                _span(rows, f"contact/{name}", sent, arrived, by=name)
                for name in ("target", "urgency")
            ),
        ]
        return {key: (days(span), n) for key, (span, n) in medians(parts).items()}

    # -- the waiting list of the centre ----------------------------------------------------------
    @cached_property
    def waiting(self) -> list[Waiting]:
        """Every time on the list that began by the end of the period, out of the moves."""
        end = self.midnight(self.scope.end + timedelta(days=1))
        on, off = Q(to_status=Status.WAITLISTED), Q(from_status=Status.WAITLISTED)
        moves = (
            ReferralMove.objects.filter(on ^ off, referral__in=self.all_referrals(), at__lt=end)
            .filter(referral__target=CAI)
            .annotate(who=self.person(of="referral__patient"))
            .order_by("referral", "position")
        )
        found: list[Waiting] = []
        columns = ("referral", "who", "referral__urgency", "referral__language", "at", "to_status")
        for referral, who, urgency, language, at, status in moves.values_list(*columns):
            if status == Status.WAITLISTED:
                found.append(Waiting(referral, who, urgency, language, at, None))
            elif found and found[-1].referral == referral:
                found[-1] = found[-1]._replace(until=at)
        return found


def _span(
    rows: QuerySet[Any], name: str, start: str, end: str, value: Any = None, by: str = ""
) -> Any:
    """A part of `medians`: from one column to another, of the rows that have both."""
    category = F(by) if by else Value("", CharField())
    both = rows.filter(**{f"{start}__isnull": False, f"{end}__isnull": False})
    told = both.annotate(
        name=Value(name, CharField()),
        category=category,
        value=value or minus(Micros(end), Micros(start)),
    )
    return told.values_list("name", "category", "value")
