"""One stay at the centre on one page: twelve statements, whatever the chart holds."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    CharField,
    Count,
    DateField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from accounts import policy
from accounts.disclosure import Disclosure
from accounts.models import User
from accounts.policy import Reach
from accounts.privacy import PrivacyClass
from consultations.models import (
    Appointment,
    CarePlan,
    CaseReview,
    Consultation,
    Episode,
    EpisodeCriterion,
    EpisodeDecision,
    EpisodeMember,
    ExitService,
    FollowUpCall,
    GoalAction,
    PlanGoal,
)
from consultations.queries import episodes
from consultations.queries.keys import NarrativeKey
from consultations.queries.reach import of_person
from patients.models import ContactAttempt, FamilyLink, Identity, Patient
from patients.queries.contacts import attempts_of
from patients.queries.people import open_name
from terminology import lists

RECENT = timedelta(days=90)
ATTEMPTS = 5
REVIEWS = 4
UPCOMING = 6


@dataclass(frozen=True)
class Rights:
    """How far a user reads a stay: everything, the shared summary (plan, risk, reviews), or the
    goals of their own disciplines."""

    user: User
    everything: bool
    summary: bool
    disciplines: frozenset[str]

    def sees(self, goal: PlanGoal, actions: "list[Done]") -> bool:
        if self.summary or goal.set_by_id == self.user.pk:
            return True
        domain = lists.get(goal.domain_id).attributes["discipline"]
        return bool(self.disciplines & {domain, *(each.row.discipline for each in actions)})


def rights(user: User, programme_id: UUID) -> Rights:
    reach = policy.reach(policy.roles_in(user, programme_id), PrivacyClass.CLINICAL)
    everything = Reach.ALL in reach
    return Rights(
        user,
        everything,
        everything or Reach.SHARED_SUMMARY in reach,
        frozenset(policy.disciplines_of(user, programme_id)),
    )


@dataclass
class Done:
    """An action of a goal; its text once opened."""

    row: GoalAction
    text: str = ""


@dataclass
class Goal:
    row: PlanGoal
    actions: list[Done] = field(default_factory=list)
    words: str = ""
    measure: str = ""

    @property
    def discipline(self) -> str:
        return lists.get(self.row.domain_id).attributes["discipline"]


@dataclass(frozen=True)
class Sessions:
    """Notes of one discipline in the stay, and of the last 90 days."""

    discipline: str
    total: int
    recent: int
    last: date


@dataclass
class Stay:
    """What the page of a stay shows to one reader; sealed text only once opened."""

    episode: Any  # with the annotations of `find`
    person: Patient
    rights: Rights
    identities: dict[UUID, Identity]
    goals: list[Goal] = field(default_factory=list)
    plan: CarePlan | None = None
    frequencies: list[tuple[str, int]] = field(default_factory=list)
    reviews: list[CaseReview] = field(default_factory=list)
    sessions: list[Sessions] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    attempts: list[ContactAttempt] = field(default_factory=list)
    tried: int = 0
    facts: dict[str, list[tuple[str, date | None]]] = field(default_factory=dict)
    family: list[tuple[Patient, str]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def subjects(self) -> list[Patient]:
        own = [self.person, self.episode.patient]
        relatives = [row.patient for row in self.identities.values()]
        return list({each.pk: each for each in (*own, *relatives)}.values())

    @property
    def open_goals(self) -> list[Goal]:
        """By discipline, in the order in which they were set."""
        found = [each for each in self.goals if each.row.ended_on is None]
        order = {e.code: e.position for e in lists.all("consultation_disciplines", retired=True)}
        return sorted(found, key=lambda each: order.get(each.discipline, 99))

    @property
    def ended_goals(self) -> list[Goal]:
        return [each for each in self.goals if each.row.ended_on is not None]

    def open(self, permit: Disclosure) -> "Stay":
        key = NarrativeKey(self.episode.patient_id)
        for goal in self.goals:
            goal.words = permit.open(goal.row, "words", key)
            goal.measure = permit.open(goal.row, "measure", key)
            for action in goal.actions:
                action.text = permit.open(action.row, "text", key)
        for name in self._readable_texts():
            self.texts[name] = permit.open(self.episode, name, key)
        self.family = [
            (row.patient, open_name(permit, row))
            for pk, row in self.identities.items()
            if pk != self.person.pk
        ]
        return self

    def _readable_texts(self) -> list[str]:
        found = ["plan_after"] if self.rights.summary else []
        if self.rights.everything or self.rights.user.pk in (
            self.episode.closed_by_id,
            self.episode.opened_by_id,
        ):
            found += ["waiver_reason", "exit_reason", "missing_scores_reason"]
        return found


def find(user: User, pk: UUID) -> Any:
    """The stay in the user's scope, with `person`, `next_review`, `last_contact`; None outside."""
    rows = episodes.in_scope(user, user.programme_ids).filter(pk=pk)
    rows = episodes.with_next_review(episodes.with_last_contact(rows))
    return rows.select_related(
        "patient__merged_into", "programme", "reference_worker", "opened_by", "closed_by"
    ).first()


def stay(episode: Any, user: User) -> Stay:
    person = episode.patient.merged_into or episode.patient
    about = rights(user, episode.programme_id)
    found = Stay(episode, person, about, _identities(person, user))
    found.goals = goals_of(episode, about)
    found.plan, found.frequencies = _plan(episode)
    found.reviews = list(_reviews(episode)) if about.summary else []
    found.sessions = list(sessions(episode))
    found.facts = _facts(episode)
    attempts = list(attempts_of(person).filter(programme=episode.programme_id)[:60])
    spoke = "contact_outcomes:reached", "contact_outcomes:declined"
    unheard = [each for each in attempts if each.outcome_id not in spoke]
    found.tried = len(
        {each.local_date for each in unheard if each.local_date > episode.last_contact}
    )
    found.attempts = attempts[:ATTEMPTS]
    if episode.closed_on is None:
        found.appointments = _appointments(person, episode)
    return found


def _identities(person: Patient, user: User) -> dict[UUID, Identity]:
    """Of the person, and of relatives in care whom the user may know of; one statement."""
    links = FamilyLink.objects.open().order_by()
    near = links.filter(patient=person.pk).values("relative").union(
        links.filter(relative=person.pk).values("patient"),
        Patient.objects.filter(pk=person.pk).order_by().values("pk"),
    )  # fmt: skip
    in_care = Episode.objects.visible_to(user).open().filter(patient=OuterRef("patient"))
    shown = Q(patient=person.pk) | Q(
        Exists(in_care), patient__in=Patient.objects.visible_to(user).values("pk")
    )
    rows = Identity.objects.filter(shown, patient__in=near, superseded_at__isnull=True)
    return {row.patient_id: row for row in rows.select_related("patient", "key")}


def goals_of(episode: Episode, about: Rights) -> list[Goal]:
    """Goals that the reader may know, with their actions; two statements."""
    actions: dict[UUID, list[Done]] = defaultdict(list)
    rows = GoalAction.objects.filter(goal__episode=episode.pk).select_related("who")
    for row in rows.order_by("due_on", "pk"):
        actions[row.goal_id].append(Done(row))
    goals = PlanGoal.objects.filter(episode=episode.pk)
    return [
        Goal(row, [each for each in actions[row.pk] if each.row.dropped_on is None])
        for row in goals
        if about.sees(row, actions[row.pk])
    ]


def _plan(episode: Episode) -> tuple[CarePlan | None, list[tuple[str, int]]]:
    """The plan in force with its sessions a week; one statement."""
    rows = CarePlan.objects.filter(episode=episode.pk).order_by("-number", "frequencies__pk")
    rows = rows.annotate(
        discipline=F("frequencies__discipline"), per_week=F("frequencies__per_week")
    )
    found: list[Any] = list(rows[:12])
    if not found:
        return None, []
    plan = found[0]
    same = [each for each in found if each.pk == plan.pk and each.discipline]
    return plan, [(each.discipline, each.per_week) for each in same]


def _reviews(episode: Episode) -> QuerySet[CaseReview]:
    return CaseReview.objects.filter(episode=episode.pk).annotate(
        disciplines=Count("participants__discipline", distinct=True)
    )[:REVIEWS]


def sessions(episode: Episode, since: date | None = None) -> list[Sessions]:
    """Notes of the stay by discipline, those most seen first; one statement."""
    today = episode.programme.today()
    rows = Consultation.objects.filter(episode=episode.pk)
    if since is not None:
        rows = rows.filter(local_date__gte=since)
    counted = (
        rows.order_by()
        .values("discipline")
        .annotate(
            total=Count("pk"),
            recent=Count("pk", filter=Q(local_date__gt=today - RECENT)),
            last=Max("local_date"),
        )
        .order_by("-total", "discipline")
    )
    return [Sessions(**row) for row in counted]


def _appointments(person: Patient, episode: Episode) -> list[Appointment]:
    return list(
        Appointment.objects.filter(
            of_person(person),
            programme=episode.programme_id,
            state=Appointment.State.BOOKED,
            local_date__gte=episode.programme.today(),
        ).order_by("local_date", "local_time")[:UPCOMING]
    )


def _facts(episode: Episode) -> dict[str, list[tuple[str, date | None]]]:
    """Team, decision, criteria, and what belongs to the exit: one statement for five tables."""
    pk = episode.pk
    members = EpisodeMember.objects.filter(episode=pk, until__isnull=True)
    rows = _told(members, "member", F("user__name"), None).union(
        _told(EpisodeDecision.objects.filter(episode=pk), "decision", F("user__name"), "decided_on"),
        _told(EpisodeDecision.objects.filter(episode=pk), "discipline", F("discipline"), None),
        _told(EpisodeCriterion.objects.filter(episode=pk), "criterion", F("criterion_id"), None),
        _told(ExitService.objects.filter(episode=pk), "service", F("service_id"), None),
        _told(FollowUpCall.objects.filter(episode=pk, answered=True), "answered",
              Cast("months", CharField(max_length=80)), "called_on"),
        _told(FollowUpCall.objects.filter(episode=pk, answered=False), "unanswered",
              Cast("months", CharField(max_length=80)), "called_on"),
        all=True,
    )  # fmt: skip
    found: dict[str, list[tuple[str, date | None]]] = defaultdict(list)
    for kind, text, on in rows:
        found[kind].append((text, on))
    return found


def _told(rows: QuerySet[Any], kind: str, text: Any, on: str | None) -> QuerySet[Any]:
    day = F(on) if on else Value(None, output_field=DateField())
    told: QuerySet[Any] = (
        rows.order_by()
        .annotate(
            _kind=Value(kind, output_field=CharField(max_length=12)),
            _text=Cast(text, CharField(max_length=120)),
            _on=Cast(day, DateField()),
        )
        .values_list("_kind", "_text", "_on")
    )
    return told
