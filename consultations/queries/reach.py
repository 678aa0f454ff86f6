"""How far a user may read the notes about one person.

`accounts.policy` says for each role and privacy class how far reading goes; which notes are one's
own and who treats the person is answered here (the text below the table in `docs`):

* own notes: recorded by the user, or by the same discipline in the same programme;
* treating team: the discipline group in which the user has an open draft of the last 24 hours for
  the person in an open outing (a covering colleague opens one), signed a note in the last 90
  days, or writes in as member of the open episode's team;
* shared summary: names of diagnoses that are not protected, level of risk, plan, appointments.
"""

from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast
from django.utils import timezone

from accounts import policy
from accounts.models import User
from accounts.policy import Discipline, Reach
from accounts.privacy import PrivacyClass, stricter
from consultations.models import Consultation, Draft, Episode, Outing
from patients.models import Patient
from terminology import lists

COVERING = timedelta(hours=24)
TREATED = timedelta(days=90)

# One typed table of details per group; who treats in one does not read the protected of another.
GROUPS: dict[str, str] = {
    Discipline.MEDICAL: "medical",
    Discipline.NURSING: "medical",
    Discipline.SRH: "medical",
    Discipline.SGBV: "medical",
    Discipline.PSYCHOLOGY: "mental_health",
    Discipline.PSYCHIATRY: "mental_health",
    Discipline.SOCIAL_WORK: "social_work",
    Discipline.HEALTH_PROMOTION: "health_promotion",
    Discipline.CULTURAL_MEDIATION: "cultural_mediation",
    Discipline.PHYSIOTHERAPY: "rehabilitation",
    Discipline.OCCUPATIONAL: "rehabilitation",
}


def service_of(discipline: str) -> str:
    """The service that counts it (`report_group` of `consultation_disciplines`)."""
    entry = lists.find("consultation_disciplines", discipline)
    return entry.attributes.get("report_group", discipline)


def disciplines_of_service(discipline: str) -> list[str]:
    """The disciplines of the same service."""
    service = service_of(discipline)
    return [each.value for each in Discipline if service_of(each.value) == service]


def of_person(patient: Patient | UUID, field: str = "patient") -> Q:
    """Rows of a person, and those that stay with records merged into it."""
    pk = getattr(patient, "pk", patient)
    return Q(**{field: pk}) | Q(**{f"{field}__merged_into": pk})


class Reader:
    """One user before the notes about one person; asks the database once, and only if needed."""

    def __init__(self, user: User, patient: Patient) -> None:
        self.user = user
        self.patient = patient
        self._roles: dict[UUID, set[policy.Role]] = {}
        self._written: dict[UUID, list[str]] = {}

    def may(self, note: Consultation, *classes: str) -> bool:
        """Whether the user reads this of the note: a field's class and that of the code in it."""
        reach = policy.reach(self._roles_for(note), stricter(*classes))
        return self._within(reach, note)

    def may_session_notes(self, note: Consultation) -> bool:
        return self._within(policy.reach_session_notes(self._roles_for(note)), note)

    def may_summary(self, note: Consultation, *classes: str) -> bool:
        """Whether what every team may know of a note is shown: never what is protected."""
        privacy = stricter(*classes)
        if privacy == PrivacyClass.PROTECTED:
            return self.may(note, privacy)
        reach = policy.reach(self._roles_for(note), privacy)
        return Reach.SHARED_SUMMARY in reach or self._within(reach, note)

    def owns(self, note: Consultation) -> bool:
        """Recorded by the user, or by the same discipline in the same programme."""
        if note.professional_id == self.user.pk:
            return True
        return note.discipline in self._written_in(note.programme_id)

    def treats(self, discipline: str) -> bool:
        return GROUPS[discipline] in self.treated_groups

    @property
    def is_treating(self) -> bool:
        return bool(self.treated_groups)

    @cached_property
    def treated_groups(self) -> set[str]:
        found = set(self._reasons().values_list("reason", flat=True))
        if "" in found:  # of the open episode's team: in whatever the user writes
            found |= set(policy.disciplines_of(self.user))
        return {GROUPS[discipline] for discipline in found if discipline}

    def shown_discipline(self, note: Consultation) -> str:
        """Care after sexual violence reads as medical to who may not know."""
        if note.discipline == Discipline.SGBV and not self.may(note, PrivacyClass.PROTECTED):
            return Discipline.MEDICAL
        return note.discipline

    def _within(self, reach: set[Reach], note: Consultation) -> bool:
        if Reach.ALL in reach:
            return True
        if Reach.OWN_NOTES in reach and self.owns(note):
            return True
        return Reach.TREATING_TEAM in reach and self.treats(note.discipline)

    def _roles_for(self, note: Consultation) -> set[policy.Role]:
        """Roles in the programme of the note; where another programme shares its history with
        one of the user's, the roles the user holds at all."""
        pk = note.programme_id
        if pk not in self._roles:
            inside = pk in self.user.programme_ids
            self._roles[pk] = policy.roles_in(self.user, pk if inside else None)
        return self._roles[pk]

    def _written_in(self, programme_id: UUID) -> list[str]:
        if programme_id not in self.user.programme_ids:
            return []
        if programme_id not in self._written:
            self._written[programme_id] = policy.disciplines_of(self.user, programme_id)
        return self._written[programme_id]

    def _reasons(self) -> Any:
        now = timezone.now()
        drafts = Draft.objects.open().filter(
            of_person(self.patient),
            author=self.user,
            outing__state=Outing.State.OPEN,
            started_at__gte=now - COVERING,
        )
        signed = Consultation.objects.filter(
            of_person(self.patient),
            professional=self.user,
            local_date__gte=timezone.localdate(now) - TREATED,
        )
        team = Episode.objects.filter(
            of_person(self.patient),
            Q(reference_worker=self.user) | Q(members__user=self.user, members__until__isnull=True),
            closed_on__isnull=True,
        )
        none = Cast(Value(""), CharField(max_length=20))
        return (
            drafts.order_by()
            .values(reason=F("discipline"))
            .union(
                signed.order_by().values(reason=F("discipline")),
                team.order_by().values(reason=none),
            )
        )


def reader(user: User, patient: Patient) -> Reader:
    """The reader of a person as loaded: asked once a response, however many rows ask."""
    readers: dict[UUID, Reader] = patient.__dict__.setdefault("_readers", {})
    return readers.setdefault(user.pk, Reader(user, patient))


def is_treating(user: User, patient: Patient) -> bool:
    """Whether the user treats the person, in whatever discipline group."""
    return reader(user, patient).is_treating
