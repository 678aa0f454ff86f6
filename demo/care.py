"""Stays at the centre as rows: admission, team, plan with goals, reviews, exit, calls."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.policy import Discipline
from consultations.models import (
    CarePlan,
    CaseReview,
    Episode,
    EpisodeCriterion,
    EpisodeDecision,
    EpisodeMember,
    ExitService,
    FollowUpCall,
    GoalAction,
    GoalStep,
    PlanFrequency,
    PlanGoal,
    ReviewParticipant,
)
from consultations.queries.episodes import FINAL_WITHIN, add_months
from demo import phrases
from demo.phrases import GOALS, GoalText
from demo.plan.model import StayPlan
from demo.scores import Courses
from demo.world import World
from patients.builders import Person
from patients.models import Access, ContactAttempt, DataKey

PROGRAMME = "CAI"
INCLUSION = tuple(
    f"cai_admission_criteria:inc_{name}"
    for name in ("extreme_violence", "impact", "multidisciplinary", "stay", "consent")
)
_ZONE = ZoneInfo("America/Mexico_City")
_ALWAYS = (Discipline.PSYCHOLOGY, Discipline.SOCIAL_WORK, Discipline.MEDICAL)
_SOMETIMES = {
    Discipline.PHYSIOTHERAPY: 0.45, Discipline.HEALTH_PROMOTION: 0.6, Discipline.PSYCHIATRY: 0.3,
}  # fmt: skip
_PHASES = ("stabilisation", "processing", "reintegration")
_ABSENT = ("lost_followup", "detained_deported", "missing_kidnapped", "died")
_GOAL_ENDS: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "completed_goals": (("achieved", "partly_achieved", "no_change"), (80, 16, 4)),
    "completed_partial": (("achieved", "partly_achieved", "no_change"), (30, 55, 15)),
    "": (("in_progress", "not_started", "partly_achieved"), (1, 0, 0)),
}
_GOALS_OF_OTHERS = (
    ("in_progress", "partly_achieved", "achieved", "no_change", "abandoned", "not_relevant"),
    (30, 25, 12, 18, 10, 5),
)
_ANSWERED = 0.62  # of calls after the exit


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour of the day at the centre."""
    return datetime.combine(day, time(hour, minute), _ZONE)


def weekday(day: date) -> date:
    """The day, or the Friday before it."""
    return day - timedelta(days=max(0, day.weekday() - 4))


@dataclass
class _Goal:
    row: PlanGoal
    steps: list[GoalStep] = field(default_factory=list)


class Care:
    """Builds the rows of stays. `episodes` by person number stand from the beginning, so that
    consultations and referrals can point to them."""

    def __init__(
        self, world: World, people: Mapping[int, Person], stays: Iterable[StayPlan], rng: Random
    ) -> None:
        self._world, self._people, self._rng = world, people, rng
        self._stays = list(stays)
        self.episodes: dict[int, Episode] = {}
        self._team: dict[int, dict[str, User]] = {}
        for stay in self._stays:
            self._open(stay)

    def access(self) -> Iterator[Access]:
        """What lets the centre know the people."""
        for stay in self._stays:
            yield Access(
                patient_id=self._patient(stay).patient.pk,
                programme_id=self._world.programmes[PROGRAMME].pk,
                basis=Access.Basis.EPISODE,
                since=at(stay.admitted, 9),
                shares_history=True,
            )

    def rows(
        self,
        courses: Courses,
        until: date,
        criteria: Mapping[int, Iterable[str]],
        *,
        late: Iterable[int] | None = None,
    ) -> Iterator[Any]:
        """Everything about the stays as it stands at the end of `until`. `criteria`: ticked in
        the referral, by person number. Where `late` is given, a review of these people is
        overdue and of nobody else."""
        overdue = None if late is None else set(late)
        for stay in self._stays:
            episode = self.episodes[stay.person.number]
            yield from self._admission(stay, episode, criteria.get(stay.person.number, ()))
            last = min(until, stay.closed or until)
            plan = self._plan_day(stay, last)
            goals = yield from self._goals(stay, episode, plan, last)
            is_late = None if overdue is None else stay.person.number in overdue
            yield from self._reviews(stay, episode, goals, last, late=is_late)
            if stay.closed:
                yield from self._exit(stay, episode, goals, courses)
            for goal in goals:
                yield goal.row
                yield from goal.steps
            yield episode

    # -- Admission -------------------------------------------------------------------------------
    def _patient(self, stay: StayPlan) -> Person:
        return self._people[stay.person.number]

    def _key(self, stay: StayPlan) -> DataKey:
        keys = self._patient(stay).keys
        return next(key for key in keys if key.purpose == DataKey.Purpose.NARRATIVE)

    def _open(self, stay: StayPlan) -> None:
        rng = self._rng
        team = [*_ALWAYS, *(d for d, share in _SOMETIMES.items() if rng.random() < share)]
        self._team[stay.person.number] = staff = {
            str(discipline): self._world.who(PROGRAMME, discipline) for discipline in team
        }
        worker = staff[rng.choices(_ALWAYS, (60, 25, 15))[0]]
        self.episodes[stay.person.number] = Episode(
            patient=self._patient(stay).patient,
            programme=self._world.programmes[PROGRAMME],
            admitted_on=stay.admitted,
            opened_at=at(stay.admitted, 9),
            opened_by=worker,
            reference_worker=worker,
            phase_id="episode_phases:stabilisation",
            house_rules=True,
        )

    def _admission(self, stay: StayPlan, episode: Episode, ticked: Iterable[str]) -> Iterator[Any]:
        rng, staff = self._rng, self._team[stay.person.number]
        criteria = set(INCLUSION) | set(ticked)
        if stay.person.age < 18:
            criteria.add("cai_admission_criteria:prio_minor")
        if rng.random() < 0.04:
            criteria.discard("cai_admission_criteria:inc_stay")
            episode.seal(self._key(stay), waiver_reason=phrases.WAIVER)
            episode.waived_by = self._world.coordinators[PROGRAMME]
        for key in sorted(criteria):
            yield EpisodeCriterion(episode=episode, criterion_id=key)
        deciding = rng.sample(_ALWAYS, 2)
        for discipline in deciding:
            yield EpisodeDecision(
                episode=episode,
                user=staff[discipline],
                discipline=discipline,
                decided_on=stay.admitted,
            )
        for user in staff.values():
            yield EpisodeMember(
                episode=episode,
                user=user,
                since=at(stay.admitted, 9),
                added_by=episode.opened_by,
                until=at(stay.closed, 15) if stay.closed else None,
                ended_by=episode.reference_worker if stay.closed else None,
            )

    # -- Plan ------------------------------------------------------------------------------------
    def _plan_day(self, stay: StayPlan, last: date) -> date | None:
        """Most plans are signed within 30 days; some later, few never."""
        draw = self._rng.random()
        after = self._rng.randint(4, 28) if draw < 0.9 else self._rng.randint(32, 45)
        day = weekday(stay.admitted + timedelta(days=after))
        leaves = stay.last_seen or last
        return day if draw < 0.97 and stay.admitted < day <= min(leaves, last) else None

    def _goals(self, stay: StayPlan, episode: Episode, plan_day: date | None, last: date) -> Any:
        """Yields the plan; gives the goals, whose rows come when nothing changes them any more."""
        goals: list[_Goal] = []
        if plan_day is None:
            return goals
        worker = episode.reference_worker
        plan = CarePlan(
            episode=episode,
            number=1,
            agreed_id="consent_decisions:given",
            agreed_on=plan_day,
            review_date=weekday(plan_day + timedelta(days=30)),
            signed_by=worker,
            signed_at=at(plan_day, 13),
            signed_on=plan_day,
            mark="",
        )
        yield plan
        staff = self._team[stay.person.number]
        offered = [text for text in GOALS[1:] if text.discipline in staff]
        texts = [GOALS[0], *self._rng.sample(offered, min(len(offered), self._rng.randint(1, 3)))]
        for discipline in sorted({text.discipline for text in texts}):
            yield PlanFrequency(plan=plan, discipline=discipline, per_week=1)
        for text in texts:
            goal = self._goal(stay, episode, plan, text)
            goals.append(goal)
            yield self._action(stay, goal.row, text, staff, last)
        return goals

    def _goal(self, stay: StayPlan, episode: Episode, plan: CarePlan, text: GoalText) -> _Goal:
        worker = plan.signed_by
        row = PlanGoal(
            episode=episode,
            domain_id=f"care_plan_domains:{text.domain}",
            status_id="care_plan_goal_status:not_started",
            set_on=plan.signed_on,
            set_by=worker,
            signed_in=plan,
        )
        row.seal(self._key(stay), words=text.words, measure=text.measure)
        goal = _Goal(row)
        self._step(goal, "not_started", plan.signed_on, worker)
        return goal

    def _action(
        self, stay: StayPlan, goal: PlanGoal, text: GoalText, staff: Mapping[str, User], last: date
    ) -> GoalAction:
        due = goal.set_on + timedelta(days=self._rng.choice((30, 60, 90)))
        done = weekday(goal.set_on + timedelta(days=self._rng.randint(10, 100)))
        row = GoalAction(
            goal=goal,
            discipline=text.discipline,
            who=staff[text.discipline],
            due_on=due,
            done_on=done if goal.set_on < done <= last else None,
            recorded_by=goal.set_by,
            recorded_at=at(goal.set_on, 12),
        )
        row.seal(self._key(stay), text=text.action)
        return row

    def _step(
        self, goal: _Goal, status: str, on: date, by: Any, review: CaseReview | None = None
    ) -> None:
        """As the services move a goal: nothing is said twice outside of a review."""
        key = f"care_plan_goal_status:{status}"
        if goal.steps and goal.row.status_id == key and review is None:
            return
        goal.row.status_id = key
        ends = status in ("achieved", "abandoned", "not_relevant")
        goal.row.ended_on = max(on, goal.row.set_on) if ends else None
        goal.steps.append(
            GoalStep(goal=goal.row, status_id=key, on=on, by=by, at=at(on, 14), review=review)
        )

    # -- Reviews ---------------------------------------------------------------------------------
    def _review_days(self, stay: StayPlan, last: date, *, late: bool | None) -> list[date]:
        """30 days after admission, then at most 60 apart; now and then one is late. `late` None
        leaves that to chance; else it says whether the next one is overdue on the last day."""
        rng, strict = self._rng, late is not None
        after = rng.randint(23, 30) if strict or rng.random() < 0.92 else rng.randint(34, 48)
        day, days = weekday(stay.admitted + timedelta(days=after)), []
        end = min(last, stay.last_seen or last)
        while day < end:
            days.append(day)
            gap = rng.randint(38, 56) if strict or rng.random() < 0.94 else rng.randint(66, 85)
            day = weekday(day + timedelta(days=gap))
        return [day for day in days if (last - day).days > 61] if late else days

    def _reviews(
        self, stay: StayPlan, episode: Episode, goals: list[_Goal], last: date, *, late: bool | None
    ) -> Iterator[Any]:
        rng, staff = self._rng, self._team[stay.person.number]
        for position, day in enumerate(self._review_days(stay, last, late=late)):
            phase = _PHASES[min(position, 2)]
            there = rng.sample(sorted(staff), min(len(staff), rng.choice((3, 3, 4, 5))))
            few = rng.random() < 0.05
            row = CaseReview(
                episode=episode,
                held_on=day,
                risk_id=f"mh_risk_levels:{rng.choices(('none', 'low', 'moderate'), (80, 15, 5))[0]}",
                phase_id=f"episode_phases:{phase}",
                decision_id=f"case_review_decisions:{'change' if rng.random() < 0.2 else 'continue'}",
                next_on=weekday(
                    day + timedelta(days=60 if late is not None else rng.randint(45, 60))
                ),
                recorded_by=episode.reference_worker,
                recorded_at=at(day, 14),
                mark="",
            )
            if few:
                there = there[:2]
                row.seal(self._key(stay), few_reason=phrases.FEW_PRESENT)
            episode.phase_id = row.phase_id
            yield row
            for discipline in there:
                yield ReviewParticipant(review=row, user=staff[discipline], discipline=discipline)
            for goal in goals:
                if goal.row.ended_on is None and goal.row.set_on <= day:
                    status = rng.choices(
                        ("in_progress", "partly_achieved", "no_change"), (65, 25, 10)
                    )[0]
                    self._step(goal, status, day, episode.reference_worker, row)

    # -- Exit ------------------------------------------------------------------------------------
    def _exit(
        self, stay: StayPlan, episode: Episode, goals: list[_Goal], courses: Courses
    ) -> Iterator[Any]:
        rng, closed = self._rng, stay.closed
        if closed is None:
            return
        key, coordinator = self._key(stay), self._world.coordinators[PROGRAMME]
        episode.closed_on, episode.closed_at = closed, at(closed, 15)
        episode.closed_by = episode.reference_worker
        episode.outcome_id = f"cai_discharge_outcomes:{stay.outcome}"
        names, weights = _GOAL_ENDS.get(stay.outcome, _GOALS_OF_OTHERS)
        for goal in goals:
            if goal.row.ended_on is None:
                self._step(goal, rng.choices(names, weights)[0], closed, episode.closed_by)
        if stay.outcome == "administrative":
            episode.seal(key, exit_reason=phrases.EXIT_ADMINISTRATIVE)
        if stay.outcome in _ABSENT:
            yield from self._tried(stay, closed)
            return
        episode.seal(key, plan_after=rng.choice(phrases.EXIT_PLANS))
        asked = courses.asked_on(stay)
        if asked is None or asked < closed - FINAL_WITHIN:
            episode.seal(key, missing_scores_reason=phrases.NO_FINAL_SCORES)
        if rng.random() < 0.8:
            episode.satisfaction = min(10, max(3, round(rng.gauss(8.4, 1.3))))
            episode.satisfaction_asked_by = coordinator
        else:
            episode.satisfaction_not_asked = True
        for code in rng.sample(
            ("primary_care", "legal_asylum", "employment", "mhpss_community_support"), 2
        ):
            yield ExitService(episode=episode, service_id=f"service_taxonomy:{code}")
        episode.contact_allowed = self._patient(stay).identity.contact is not None
        if episode.contact_allowed:
            yield from self._calls(stay, episode, closed)

    def attempt(
        self, stay: StayPlan, moment: datetime, purpose: str, outcome: str
    ) -> ContactAttempt:
        return ContactAttempt(
            patient_id=self._patient(stay).patient.pk,
            programme_id=self._world.programmes[PROGRAMME].pk,
            at=moment,
            local_date=moment.astimezone(_ZONE).date(),
            method_id="safe_contact_methods:call",
            purpose_id=f"contact_purposes:{purpose}",
            outcome_id=f"contact_outcomes:{outcome}",
            by=self._world.who(PROGRAMME, Discipline.SOCIAL_WORK),
            recorded_at=moment,
        )

    def _tried(self, stay: StayPlan, closed: date) -> Iterator[ContactAttempt]:
        """Three attempts on three days before somebody is lost."""
        for back in (33, 19, 5):
            outcome = self._rng.choice(("no_answer", "no_answer", "wrong_number"))
            day = weekday(closed - timedelta(days=back))
            yield self.attempt(stay, at(day, 12), "missed_appointment", outcome)

    def _calls(self, stay: StayPlan, episode: Episode, closed: date) -> Iterator[Any]:
        """1, 3 and 6 months after the exit; who does not answer is called once more."""
        rng = self._rng
        for months in FollowUpCall.MONTHS:
            due = add_months(closed, months)
            for again in (0, 4):
                day = weekday(due + timedelta(days=again + rng.randint(-3, 5)))
                answered = rng.random() < _ANSWERED
                tried = self.attempt(
                    stay, at(day, 16), "follow_call", "reached" if answered else "no_answer"
                )
                yield tried
                yield FollowUpCall(
                    episode=episode,
                    months=months,
                    attempt=tried,
                    called_on=day,
                    answered=answered,
                )
                if answered:
                    break
