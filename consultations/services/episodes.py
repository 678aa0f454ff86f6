"""Stays at the centre: admission, team, exit, calls afterwards."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission, Role
from accounts.privacy import PrivacyClass
from accounts.rows import uuid7
from accounts.services import record
from consultations.models import (
    Episode,
    EpisodeCriterion,
    EpisodeDecision,
    EpisodeMember,
    ExitService,
    FollowUpCall,
)
from consultations.queries.episodes import (
    CALL_WINDOW,
    add_months,
    silence,
    treating_staff,
    without_final_score,
)
from consultations.queries.reach import of_person
from consultations.queries.teams import colleagues, disciplines
from consultations.services import marks
from consultations.services.refusal import Refused
from patients.idempotency import SameIdOtherBody
from patients.models import Access, Patient
from patients.models.contact import REACHED
from patients.queries import current_identity
from patients.queries.contacts import allows_contact
from patients.services import grant_access, key_of, record_attempt
from patients.services.locking import locked
from terminology import lists

CRITERIA = "cai_admission_criteria"
OUTCOMES = "cai_discharge_outcomes"
FIRST_PHASE = "episode_phases:stabilisation"
FOLLOW_CALL = "contact_purposes:follow_call"
LOST = f"{OUTCOMES}:lost_followup"
DIED = f"{OUTCOMES}:died"
# The person is not there: nobody could ask for final scores, nor plan what comes after.
ABSENT = (LOST, DIED, f"{OUTCOMES}:detained_deported", f"{OUTCOMES}:missing_kidnapped")


# -- Admission -------------------------------------------------------------------------------
@transaction.atomic
def admit(
    patient: Patient,
    programme: Programme,
    *,
    payload: Mapping[str, Any],
    by: User,
    decided_by: Iterable[tuple[User, str]],
    admitted_on: date,
    waiver: str | None = None,
    id: UUID | None = None,
) -> Episode:
    """Open a stay at the centre. May run inside the transaction of another service.

    `payload`: `criteria` (keys of `cai_admission_criteria` that were ticked), `reference_worker`
    (id), `house_rules` (explained or not), `team` (ids of further colleagues). Refused: a missing
    inclusion criterion or an exclusion without a coordinator's `waiver`, a decision by fewer than
    two disciplines, a reference worker who is not posted here, a stay that is open already.
    The same id and body again gives the same stay (`SameIdOtherBody`, `DoesNotExist` otherwise).
    """
    policy.require(by, Permission.MANAGE_EPISODE, programme)
    current = locked(patient)
    decided = list(decided_by)
    said = {
        **payload,
        "patient": str(current.pk),
        "on": admitted_on,
        "waiver": waiver or "",
        "decided": [(str(user.pk), discipline) for user, discipline in decided],
    }
    mark = marks.mark(said, "admission", programme.pk)
    there = _admitted_before(id, mark, by)
    if there is not None:
        return there
    earlier = list(Episode.objects.filter(of_person(current), programme=programme))
    _check_admission(current, programme, earlier, payload, decided, admitted_on)
    _check_criteria(payload["criteria"], waiver, by, programme)
    episode = Episode(
        id=id or uuid7(),
        patient=current,
        programme=programme,
        admitted_on=admitted_on,
        opened_by=by,
        reference_worker_id=UUID(str(payload["reference_worker"])),
        is_readmission=bool(earlier),
        house_rules=bool(payload.get("house_rules")),
        phase_id=FIRST_PHASE,
        waived_by=by if waiver else None,
        mark=mark,
    )
    if waiver:
        episode.seal(key_of(current), waiver_reason=waiver)
    episode.save(force_insert=True)
    _add_parts(episode, payload, decided, by)
    grant_access(current, basis=Access.Basis.EPISODE, programme=programme)
    _record(episode, current, by, "episode.opened")
    return episode


def _admitted_before(id: UUID | None, mark: str, by: User) -> Episode | None:
    there = Episode.objects.filter(pk=id).first() if id is not None else None
    if there is None:
        return None
    if there.opened_by_id != by.pk:
        raise Episode.DoesNotExist
    if there.mark != mark:
        raise SameIdOtherBody(there)
    return there


def _check_admission(
    patient: Patient,
    programme: Programme,
    earlier: list[Episode],
    payload: Mapping[str, Any],
    decided: list[tuple[User, str]],
    admitted_on: date,
) -> None:
    if programme.kind != Programme.Kind.CENTRE:
        raise Refused(_("Only a centre admits people."))
    if any(each.closed_on is None for each in earlier):
        raise Refused(_("This person is in care here already."))
    if admitted_on > programme.today():
        raise Refused(_("The admission cannot be in the future."))
    if any(each.closed_on and each.closed_on > admitted_on for each in earlier):
        raise Refused(_("The admission cannot come before the last exit."))
    here = colleagues(programme)
    if any(discipline not in _written(here, user) for user, discipline in decided):
        raise Refused(_("Who decides works here in the discipline named."))
    if len(disciplines(decided)) < 2:
        raise Refused(_("Two disciplines at least decide on an admission."))
    team = {str(payload["reference_worker"]), *map(str, payload.get("team") or ())}
    if not team <= set(here):
        raise Refused(_("Reference worker and team must be posted to this programme."))


def _written(here: Mapping[str, Any], user: User) -> tuple[str, ...]:
    there = here.get(str(user.pk))
    return there.disciplines if there is not None else ()


def _check_criteria(
    criteria: Iterable[str], waiver: str | None, by: User, programme: Programme
) -> None:
    ticked = set(criteria)
    entries = {entry.key: entry.attributes["type"] for entry in lists.all(CRITERIA)}
    if not ticked <= set(entries):
        raise Refused(_("There is no such criterion."))
    missing = any(kind == "inclusion" and key not in ticked for key, kind in entries.items())
    excluded = any(entries[key] == "exclusion" for key in ticked)
    if not (missing or excluded):
        return
    if not waiver:
        raise Refused(
            _("All five criteria of inclusion and none of exclusion, or a waiver with its reason.")
        )
    if Role.COORDINATOR not in policy.roles_in(by, programme):
        raise Refused(_("Only a coordinator waives a criterion."))


def _add_parts(
    episode: Episode, payload: Mapping[str, Any], decided: list[tuple[User, str]], by: User
) -> None:
    EpisodeCriterion.objects.bulk_create(
        EpisodeCriterion(episode=episode, criterion_id=key)
        for key in dict.fromkeys(payload["criteria"])
    )
    EpisodeDecision.objects.bulk_create(
        EpisodeDecision(
            episode=episode, user=user, discipline=discipline, decided_on=episode.admitted_on
        )
        for user, discipline in dict(decided).items()
    )
    team = dict.fromkeys((str(payload["reference_worker"]), *map(str, payload.get("team") or ())))
    EpisodeMember.objects.bulk_create(
        EpisodeMember(episode=episode, user_id=UUID(pk), added_by=by) for pk in team
    )


# -- Team ------------------------------------------------------------------------------------
@transaction.atomic
def set_team(
    episode: Episode,
    *,
    reference_worker: UUID | str,
    team: Iterable[UUID | str],
    by: User,
    expected: int,
) -> Episode:
    """Who treats the person from now on: others leave, new ones join. Raises `EditConflict`."""
    current = opened(episode, by)
    wanted = {str(reference_worker), *map(str, team)}
    open_now = {str(row.user_id): row for row in current.members.filter(until__isnull=True)}
    if not wanted <= {*colleagues(current.programme), *open_now}:
        raise Refused(_("Reference worker and team must be posted to this programme."))
    current.reference_worker_id = UUID(str(reference_worker))
    current.save_version(expected=expected)
    for pk, row in open_now.items():
        if pk not in wanted:
            _leave(row, by)
    EpisodeMember.objects.bulk_create(
        EpisodeMember(episode=current, user_id=UUID(pk), added_by=by)
        for pk in sorted(wanted - set(open_now))
    )
    _record(current, current.patient, by, "episode.team_changed")
    return current


@transaction.atomic
def add_member(episode: Episode, user: User, *, by: User) -> EpisodeMember:
    """One more colleague of the team; the open row if there is one."""
    current = opened(episode, by)
    there = current.members.filter(user=user, until__isnull=True).first()
    if there is not None:
        return there
    if str(user.pk) not in colleagues(current.programme):
        raise Refused(_("Reference worker and team must be posted to this programme."))
    row = EpisodeMember.objects.create(episode=current, user=user, added_by=by)
    _record(current, current.patient, by, "episode.team_changed")
    return row


@transaction.atomic
def remove_member(episode: Episode, user: User, *, by: User) -> None:
    """The colleague no longer treats the person. The reference worker is replaced first."""
    current = opened(episode, by)
    if current.reference_worker_id == user.pk:
        raise Refused(_("Choose another reference worker first."))
    row = current.members.filter(user=user, until__isnull=True).first()
    if row is not None:
        _leave(row, by)
        _record(current, current.patient, by, "episode.team_changed")


def _leave(row: EpisodeMember, by: User) -> None:
    row.until, row.ended_by = timezone.now(), by
    row.save(update_fields=("until", "ended_by"))


# -- Exit ------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Exit:
    """What is said when a stay ends. `outcome` and `services` are concept keys."""

    outcome: str
    closed_on: date
    plan_after: str = ""
    services: tuple[str, ...] = ()
    reason: str = ""
    missing_scores_reason: str = ""
    contact_allowed: bool = False
    satisfaction: int | None = None
    satisfaction_not_asked: bool = False
    satisfaction_asked_by: UUID | None = None


@transaction.atomic
def close_episode(episode: Episode, said: Exit, *, by: User, expected: int) -> Episode:
    """End a stay with its outcome. The same exit again changes nothing. Raises `EditConflict`.

    Refused: lost to follow-up before 60 days without contact and attempts on 3 days; an
    administrative end without its reason; no plan for afterwards; scales without a final score and
    without a reason; satisfaction asked by who treated the person; a person who died is not called.
    """
    current = _locked(episode, by)
    mark = marks.mark({key: str(value) for key, value in asdict(said).items()}, current.pk)
    if current.exit_mark == mark:
        return current
    if current.closed_on is not None:
        raise Refused(_("This stay is over."))
    _check_exit(current, said)
    current.closed_on, current.closed_at, current.closed_by = said.closed_on, timezone.now(), by
    current.outcome_id, current.exit_mark = said.outcome, mark
    current.contact_allowed = said.contact_allowed
    current.satisfaction = said.satisfaction
    current.satisfaction_not_asked = said.satisfaction_not_asked
    current.satisfaction_asked_by_id = said.satisfaction_asked_by
    current.seal(
        key_of(current.patient),
        exit_reason=said.reason,
        plan_after=said.plan_after,
        missing_scores_reason=said.missing_scores_reason,
    )
    current.save_version(expected=expected)
    ExitService.objects.bulk_create(
        ExitService(episode=current, service_id=key) for key in dict.fromkeys(said.services)
    )
    for row in current.members.filter(until__isnull=True):
        _leave(row, by)
    _record(current, current.patient, by, "episode.closed")
    return current


def _check_exit(episode: Episode, said: Exit) -> None:
    if not episode.admitted_on <= said.closed_on <= episode.programme.today():
        raise Refused(_("The exit lies between the admission and today."))
    if said.outcome == LOST and not silence(episode, said.closed_on).is_lost:
        raise Refused(
            _("Lost to follow-up only after 60 days without contact and attempts on 3 days.")
        )
    if said.outcome == f"{OUTCOMES}:administrative" and not said.reason:
        raise Refused(_("An administrative exit needs its reason in words."))
    if said.outcome == DIED and said.contact_allowed:
        raise Refused(_("Nobody is called after a death."))
    if said.contact_allowed and not allows_contact(current_identity(_person(episode))):
        raise Refused(_("The person agreed to no way of being contacted."))
    if said.outcome not in ABSENT:
        if not said.plan_after and not said.services:
            raise Refused(_("Write the plan after the exit, or choose the services."))
        if without_final_score(episode, said.closed_on) and not said.missing_scores_reason:
            raise Refused(_("Scales have no final score: say why."))
    _check_satisfaction(episode, said)


def _check_satisfaction(episode: Episode, said: Exit) -> None:
    if said.satisfaction is None:
        return
    asked_by = said.satisfaction_asked_by
    if asked_by is None or said.satisfaction_not_asked:
        raise Refused(_("Say who asked about satisfaction."))
    if asked_by in treating_staff(episode):
        raise Refused(_("Satisfaction is asked by somebody who did not treat the person."))


# -- Calls afterwards ------------------------------------------------------------------------
@transaction.atomic
def record_call(
    episode: Episode, months: int, *, by: User, id: UUID, **attempt: Any
) -> FollowUpCall:
    """A call 1, 3 or 6 months after the exit; `attempt` as `patients.services.record_attempt`
    takes it, without its purpose. The same id and body again gives the same call.

    Refused: calls that the person did not allow, before their time, or answered already.
    """
    current = _locked(episode, by)
    there = FollowUpCall.objects.filter(attempt=id, episode=current).first()
    tried = record_attempt(
        _person(current),
        programme=current.programme,
        purpose=FOLLOW_CALL,
        by=by,
        id=id,
        **attempt,
    )
    if there is not None:
        return there
    _check_call(current, months)
    return FollowUpCall.objects.create(
        episode=current,
        months=months,
        attempt=tried,
        called_on=tried.local_date,
        answered=tried.outcome_id == REACHED,
    )


def _check_call(episode: Episode, months: int) -> None:
    if episode.closed_on is None or not episode.contact_allowed:
        raise Refused(_("The person did not allow calls after the exit."))
    if months not in FollowUpCall.MONTHS:
        raise Refused(_("Calls are made 1, 3 and 6 months after the exit."))
    if episode.programme.today() < add_months(episode.closed_on, months) - CALL_WINDOW:
        raise Refused(_("This call is not due yet."))
    if episode.calls.filter(months=months, answered=True).exists():
        raise Refused(_("This call was answered already."))


# -- Shared ----------------------------------------------------------------------------------
def _locked(episode: Episode, by: User) -> Episode:
    """The stay as it stands, locked until the transaction ends."""
    policy.require(by, Permission.MANAGE_EPISODE, episode.programme)
    rows = Episode.objects.select_for_update(of=("self",))
    return rows.select_related("patient__merged_into", "programme").get(pk=episode.pk)


def opened(episode: Episode, by: User) -> Episode:
    """The stay, locked; refused once it is over. For services of what hangs on it."""
    current = _locked(episode, by)
    if current.closed_on is not None:
        raise Refused(_("This stay is over."))
    return current


def _person(episode: Episode) -> Patient:
    return episode.patient.merged_into or episode.patient


def _record(episode: Episode, patient: Patient, by: User, action: str) -> None:
    record(
        by=by,
        action=action,
        subjects=[patient],
        privacy_class=PrivacyClass.CLINICAL,
        programme=episode.programme,
    )
