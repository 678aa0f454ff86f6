"""Case reviews: the team looks at a stay together, at each goal, at the risk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.privacy import PrivacyClass
from accounts.services import record
from consultations.models import CaseReview, Episode, ReviewParticipant
from consultations.queries.episodes import REVIEW_WITHIN
from consultations.queries.teams import colleagues, disciplines
from consultations.services import marks, plans
from consultations.services.episodes import opened
from consultations.services.refusal import Refused
from patients.idempotency import SameIdOtherBody
from patients.services import apply_rules, follow_risk, key_of


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a review says. Values of lists are concept keys; `goals` is the status of each open
    goal by its id."""

    held_on: date
    risk: str
    phase: str
    decision: str
    next_on: date
    goals: Mapping[UUID, str]
    few_reason: str = ""


@transaction.atomic
def review(
    episode: Episode, said: Said, *, id: UUID, participants: Iterable[tuple[User, str]], by: User
) -> CaseReview:
    """Record a case review; phase and goals of the stay follow it. The same id and body again
    gives the same review (`SameIdOtherBody`, `DoesNotExist` otherwise).

    Refused: fewer than three disciplines without a reason, an open goal without its status, the
    next review later than 60 days, a second review of the day.
    """
    current = opened(episode, by)
    there_were = list(participants)
    people = sorted((str(user.pk), discipline) for user, discipline in there_were)
    goals = {str(pk): status for pk, status in said.goals.items()}
    mark = marks.mark({**vars(said), "goals": goals, "people": people}, current.pk)
    there = CaseReview.objects.filter(pk=id).first()
    if there is not None:
        if (there.recorded_by_id, there.episode_id) != (by.pk, current.pk):
            raise CaseReview.DoesNotExist
        if there.mark != mark:
            raise SameIdOtherBody(there)
        return there
    _check(current, said, there_were)
    row = CaseReview(
        id=id, episode=current, held_on=said.held_on, risk_id=said.risk, phase_id=said.phase,
        decision_id=said.decision, next_on=said.next_on, recorded_by=by, mark=mark,
    )  # fmt: skip
    row.seal(key_of(current.patient), few_reason=said.few_reason)
    row.save(force_insert=True)
    ReviewParticipant.objects.bulk_create(
        ReviewParticipant(review=row, user=user, discipline=discipline)
        for user, discipline in dict(there_were).items()
    )
    _follow(current, said, row, by)
    record(
        by=by,
        action="episode.reviewed",
        subjects=[current.patient],
        privacy_class=PrivacyClass.CLINICAL,
        programme=current.programme,
    )
    return row


def _check(episode: Episode, said: Said, there_were: list[tuple[User, str]]) -> None:
    today = episode.programme.today()
    if not episode.admitted_on <= said.held_on <= today:
        raise Refused(_("The review lies between the admission and today."))
    if episode.reviews.filter(held_on__gte=said.held_on).exists():
        raise Refused(_("There is a review of this day or of a later one."))
    if not said.held_on < said.next_on <= said.held_on + REVIEW_WITHIN:
        raise Refused(_("The next review lies within 60 days."))
    here = colleagues(episode.programme)
    for user, discipline in there_were:
        there = here.get(str(user.pk))
        if there is None or discipline not in there.disciplines:
            raise Refused(_("Who takes part works here in the discipline named."))
    if len(disciplines(there_were)) < 3 and not said.few_reason:
        raise Refused(_("Three disciplines at least take part, or say why not."))
    if not there_were:
        raise Refused(_("Say who took part."))
    open_goals = set(episode.goals.filter(ended_on__isnull=True).values_list("pk", flat=True))
    if set(said.goals) != open_goals:
        raise Refused(_("Say of each open goal where it stands."))


def _follow(episode: Episode, said: Said, row: CaseReview, by: User) -> None:
    goals = {goal.pk: goal for goal in episode.goals.filter(pk__in=list(said.goals))}
    for pk, status in said.goals.items():
        goal = goals[pk]
        plans.move(goal, status, on=said.held_on, by=by, expected=goal.version, review=row.pk)
    episode.phase_id = said.phase
    episode.save_version(expected=episode.version)
    if not said.risk.endswith(":not_assessed"):
        facts = {"suicide_risk": said.risk}
        person = episode.patient.merged_into or episode.patient
        apply_rules(person, facts, by=by, on=said.held_on)
        follow_risk(person, said.risk, programme_id=episode.programme_id, at=row.recorded_at, by=by)
