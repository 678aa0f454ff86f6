"""The plan of care: goals and their actions, and its versions as they are agreed and signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext as _

from accounts.disclosure import compare
from accounts.models import User
from accounts.privacy import PrivacyClass
from accounts.services import record
from consultations.models import CarePlan, Episode, GoalAction, GoalStep, PlanFrequency, PlanGoal
from consultations.models.plan import ENDING
from consultations.queries.episodes import REVIEW_WITHIN
from consultations.queries.teams import colleagues
from consultations.services import marks
from consultations.services.episodes import opened
from consultations.services.refusal import Refused
from patients.idempotency import SameIdOtherBody
from patients.models import DataKey
from patients.services import key_of

STATUS = "care_plan_goal_status"
# The person answered, or could not: a plan nobody asked about is not signed.
ANSWERS = tuple(f"consent_decisions:{code}" for code in ("given", "refused", "not_possible"))


@dataclass(frozen=True, kw_only=True)
class Action:
    """What is to be done for a goal: discipline, in words, by whom (id) and until when."""

    discipline: str
    text: str
    who: UUID | None = None
    due_on: date | None = None


@transaction.atomic
def add_goal(
    episode: Episode,
    *,
    id: UUID,
    domain: str,
    words: str,
    action: Action,
    by: User,
    measure: str = "",
    status: str = f"{STATUS}:not_started",
) -> PlanGoal:
    """A goal in the person's words, with its first action. The same id and body again gives the
    same goal (`SameIdOtherBody`, `DoesNotExist` otherwise)."""
    current = opened(episode, by)
    said = {"domain": domain, "words": words, "measure": measure, "status": status}
    mark = marks.mark({**said, "action": str(action)}, current.pk)
    there = PlanGoal.objects.filter(pk=id).first()
    if there is not None:
        if (there.set_by_id, there.episode_id) != (by.pk, current.pk):
            raise PlanGoal.DoesNotExist
        if there.mark != mark:
            raise SameIdOtherBody(there)
        return there
    today = current.programme.today()
    goal = PlanGoal(
        id=id, episode=current, domain_id=domain, status_id=status, set_on=today, set_by=by,
        ended_on=today if status in ENDING else None, mark=mark,
    )  # fmt: skip
    goal.seal(key_of(current.patient), words=words, measure=measure)
    goal.save(force_insert=True)
    GoalStep.objects.create(goal=goal, status_id=status, on=today, by=by)
    _act(goal, current, action, by)
    _record(current, by, "plan.goal_added")
    return goal


@transaction.atomic
def change_goal(
    goal: PlanGoal, *, domain: str, words: str, measure: str, by: User, expected: int
) -> PlanGoal:
    """Other words for a goal that no signed plan holds yet. Raises `EditConflict`."""
    current = opened(goal.episode, by)
    goal = PlanGoal.objects.get(pk=goal.pk)
    if goal.signed_in_id is not None:
        raise Refused(_("A signed goal keeps its words: end it and write a new one."))
    goal.domain_id = domain
    goal.seal(key_of(current.patient), words=words, measure=measure)
    goal.save_version(expected=expected)
    _record(current, by, "plan.goal_changed")
    return goal


@transaction.atomic
def set_status(goal: PlanGoal, status: str, *, by: User, expected: int) -> PlanGoal:
    """Where the goal stands from today; the history keeps what stood before. `EditConflict`."""
    current = opened(goal.episode, by)
    move(goal, status, on=current.programme.today(), by=by, expected=expected)
    _record(current, by, "plan.goal_moved")
    return goal


def move(
    goal: PlanGoal, status: str, *, on: date, by: User, expected: int, review: UUID | None = None
) -> None:
    """For services, inside their transaction: a review says it even where nothing changed."""
    changed = goal.status_id != status
    goal.status_id = status
    goal.ended_on = (goal.ended_on or max(on, goal.set_on)) if status in ENDING else None
    if changed:
        goal.save_version(expected=expected)
    if changed or review is not None:
        GoalStep.objects.create(goal=goal, status_id=status, on=on, by=by, review_id=review)


@transaction.atomic
def add_action(goal: PlanGoal, action: Action, *, by: User, id: UUID) -> GoalAction:
    """One more thing to do for a goal. The same id again gives the same row."""
    current = opened(goal.episode, by)
    there = GoalAction.objects.filter(pk=id).first()
    if there is not None:
        if (there.recorded_by_id, there.goal_id) != (by.pk, goal.pk):
            raise GoalAction.DoesNotExist
        return there
    row = _act(goal, current, action, by, id)
    _record(current, by, "plan.goal_changed")
    return row


def _act(
    goal: PlanGoal, episode: Episode, action: Action, by: User, id: UUID | None = None
) -> GoalAction:
    if action.who is not None and str(action.who) not in colleagues(episode.programme):
        raise Refused(_("Who acts must be posted to this programme."))
    row = GoalAction(
        goal=goal,
        discipline=action.discipline,
        who_id=action.who,
        due_on=action.due_on,
        recorded_by=by,
        **({"id": id} if id is not None else {}),
    )
    row.seal(key_of(episode.patient), text=action.text)
    row.save(force_insert=True)
    return row


@transaction.atomic
def finish_action(action: GoalAction, *, by: User, dropped: bool = False) -> GoalAction:
    """It was done, or is no longer wanted. One that is over stays as it was."""
    current = opened(action.goal.episode, by)
    row = GoalAction.objects.get(pk=action.pk)
    if row.done_on is None and row.dropped_on is None:
        setattr(row, "dropped_on" if dropped else "done_on", current.programme.today())
        row.save(update_fields=("done_on", "dropped_on"))
        _record(current, by, "plan.goal_changed")
    return row


@transaction.atomic
def take_over(episode: Episode, *, by: User) -> int:
    """Copy the goals that were open at the end of the last stay here; how many. Nothing where
    this stay has goals already."""
    current = opened(episode, by)
    before = (
        Episode.objects.filter(
            patient=current.patient_id, programme=current.programme_id, closed_on__isnull=False
        )
        .order_by("-closed_on")
        .first()
    )
    if before is None or current.goals.exists():
        return 0
    goals = list(before.goals.filter(ended_on__isnull=True).prefetch_related("actions"))
    for goal in goals:
        _copy(goal, current, by)
    if goals:
        _record(current, by, "plan.goal_added")
    return len(goals)


def _copy(goal: PlanGoal, episode: Episode, by: User) -> None:
    """The texts are sealed to their row: they are opened and sealed again, shown to nobody."""
    key, today = key_of(episode.patient), episode.programme.today()
    fresh = PlanGoal(
        episode=episode, domain_id=goal.domain_id, status_id=f"{STATUS}:not_started",
        set_on=today, set_by=by,
    )  # fmt: skip
    compare(goal, "words", key, lambda text: fresh.seal(key, words=text))
    compare(goal, "measure", key, lambda text: fresh.seal(key, measure=text))
    fresh.save(force_insert=True)
    GoalStep.objects.create(goal=fresh, status_id=fresh.status_id, on=today, by=by)
    for action in goal.actions.all():
        if action.done_on is None and action.dropped_on is None:
            row = GoalAction(goal=fresh, discipline=action.discipline, recorded_by=by)
            compare(action, "text", key, partial(_seal_text, row, key))
            row.save(force_insert=True)


def _seal_text(row: GoalAction, key: DataKey, text: str) -> None:
    row.seal(key, text=text)


@transaction.atomic
def sign_plan(
    episode: Episode,
    *,
    id: UUID,
    agreed: str,
    agreed_on: date,
    review_date: date,
    frequencies: Mapping[str, int],
    by: User,
) -> CarePlan:
    """The next version of the plan: its goals keep their words from now on.

    Refused: without a goal, a goal without an action, without the person's answer, a review later
    than 60 days. The same id and body again gives the same version.
    """
    current = opened(episode, by)
    said = {"agreed": agreed, "on": agreed_on, "review": review_date, "weeks": dict(frequencies)}
    mark = marks.mark(said, current.pk)
    there = CarePlan.objects.filter(pk=id).first()
    if there is not None:
        if (there.signed_by_id, there.episode_id) != (by.pk, current.pk):
            raise CarePlan.DoesNotExist
        if there.mark != mark:
            raise SameIdOtherBody(there)
        return there
    today = current.programme.today()
    _check_plan(current, agreed, agreed_on, review_date, today)
    number = (current.plans.aggregate(last=Max("number"))["last"] or 0) + 1
    plan = CarePlan.objects.create(
        id=id, episode=current, number=number, agreed_id=agreed, agreed_on=agreed_on,
        review_date=review_date, signed_by=by, signed_on=today, mark=mark,
    )  # fmt: skip
    PlanFrequency.objects.bulk_create(
        PlanFrequency(plan=plan, discipline=discipline, per_week=times)
        for discipline, times in frequencies.items()
        if times
    )
    current.goals.filter(signed_in__isnull=True, ended_on__isnull=True).update(signed_in=plan)
    _record(current, by, "plan.signed")
    return plan


def _check_plan(
    episode: Episode, agreed: str, agreed_on: date, review_date: date, today: date
) -> None:
    goals = episode.goals.filter(ended_on__isnull=True)
    if not goals.exists():
        raise Refused(_("A plan has at least one goal."))
    acts = GoalAction.objects.filter(goal=OuterRef("pk"), dropped_on__isnull=True)
    if goals.exclude(Exists(acts)).exists():
        raise Refused(_("Each goal has at least one action."))
    if agreed not in ANSWERS:
        raise Refused(_("Ask the person first: a plan is signed with their answer."))
    if agreed_on > today:
        raise Refused(_("The answer of the person cannot be in the future."))
    if not today < review_date <= today + REVIEW_WITHIN:
        raise Refused(_("The next review lies within 60 days."))


def _record(episode: Episode, by: User, action: str) -> None:
    record(
        by=by,
        action=action,
        subjects=[episode.patient],
        privacy_class=PrivacyClass.CLINICAL,
        programme=episode.programme,
    )
