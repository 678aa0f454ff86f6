"""What the desk's pages show, gathered in few statements whatever the number of rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import get_language

from accounts import policy
from accounts.models import Posting, Programme, User
from accounts.policy import Discipline, Permission
from consultations.models import (
    Appointment,
    Consultation,
    Draft,
    Episode,
    MentalHealthDetail,
    Outing,
    Slot,
    Visit,
)
from consultations.queries import episodes
from consultations.queries.reach import of_person
from patients.models import Patient, ProtectionTask, Vulnerability
from patients.queries import in_sight_of
from referrals.models import Referral
from referrals.queries import detail
from terminology import lists
from terminology.models import LANGUAGES

RISKS = ("mh_risk_levels:moderate", "mh_risk_levels:high")


# -- Today -----------------------------------------------------------------------------------
@dataclass
class Done:
    """What was done in a visit: disciplines signed, and drafts still open (own ones by id)."""

    signed: list[str] = field(default_factory=list)
    drafted: list[str] = field(default_factory=list)
    mine: UUID | None = None


def done_in(visits: Sequence[Visit], user: User) -> dict[UUID, Done]:
    """Two statements for a page of visits."""
    ids = [visit.pk for visit in visits]
    found: dict[UUID, Done] = defaultdict(Done)
    notes = Consultation.objects.filter(visit__in=ids).order_by("signed_at")
    for visit, discipline in notes.values_list("visit", "discipline"):
        if discipline not in found[visit].signed:
            found[visit].signed.append(discipline)
    drafts = Draft.objects.open().filter(visit__in=ids)
    for visit, discipline, author, pk in drafts.values_list("visit", "discipline", "author", "pk"):
        found[visit].drafted.append(discipline)
        if author == user.pk:
            found[visit].mine = pk
    return found


def last_seen(patients: Iterable[UUID], programme: Programme, before: date) -> dict[UUID, date]:
    """The last day on which the programme saw each person, before a day."""
    rows = Consultation.objects.filter(
        patient__in=list(patients), programme=programme, local_date__lt=before
    )
    return dict(rows.order_by().values_list("patient").annotate(Max("local_date")))


def expected(programme: Programme, outing: Outing, user: User) -> QuerySet[Appointment]:
    """Who is booked for today at this site, or at none in particular, and has not come."""
    return (
        Appointment.objects.filter(
            Q(site=outing.site_id) | Q(site__isnull=True),
            in_sight_of(user),
            programme=programme,
            local_date=outing.local_date,
            state=Appointment.State.BOOKED,
        )
        .exclude(Exists(Visit.objects.filter(outing=outing, patient=OuterRef("patient"))))
        .select_related("patient")
        .order_by("local_time", "pk")
    )


# -- One person ------------------------------------------------------------------------------
def person(user: User, programme: Programme, code: str) -> Patient | None:
    """The person within the user's scope, in one statement with what stands beside: the last
    answer on suicide risk (`risk`, `risk_on`), the user's open outing (`here`, `place`) and in it
    the person's visit (`visit`, `visit_state`) and the user's draft (`draft`); whether the
    programme books by the hour (`hours`); the stay at the
    centre, open (`stay`) or the last one (`last_stay`), in the user's programmes."""
    assessed = MentalHealthDetail.objects.filter(
        Q(consultation__patient=OuterRef("pk"))
        | Q(consultation__patient__merged_into=OuterRef("pk"))
    ).exclude(risk="mh_risk_levels:not_assessed")
    latest = assessed.order_by("-consultation__local_date", "-consultation__signed_at")
    open_now = Outing.objects.open_on(programme.today()).filter(
        programme=programme, members__user=user
    )
    mine = open_now.order_by("-members__joined_at")
    visits = Visit.objects.filter(patient=OuterRef("pk"), outing__in=open_now)
    drafts = Draft.objects.open().filter(patient=OuterRef("pk"), author=user, outing__in=open_now)
    hours = Slot.objects.filter(programme=programme, local_date__gte=programme.today())
    stays = Episode.objects.visible_to(user).filter(
        Q(patient=OuterRef("pk")) | Q(patient__merged_into=OuterRef("pk"))
    )
    return (
        Patient.objects.visible_to(user)
        .with_code(code)
        .annotate(
            risk=Subquery(latest.values("risk")[:1]),
            risk_on=Subquery(latest.values("consultation__local_date")[:1]),
            here=Subquery(mine.values("pk")[:1]),
            place=Subquery(mine.values(f"site__name_{_language()}")[:1]),
            visit=Subquery(visits.values("pk")[:1]),
            visit_state=Subquery(visits.values("state")[:1]),
            draft=Subquery(drafts.values("pk")[:1]),
            hours=Exists(hours),
            stay=Subquery(stays.open().values("pk")[:1]),
            last_stay=Subquery(stays.order_by("-admitted_on").values("pk")[:1]),
        )
        .first()
    )


def _language() -> str:
    language = (get_language() or "es")[:2]
    return language if language in LANGUAGES else "es"


def upcoming(patient: Patient, user: User, today: date) -> list[Appointment]:
    """What is booked from today on in the user's programmes, and what was missed lately."""
    return list(
        Appointment.objects.visible_to(user)
        .filter(
            of_person(patient),
            Q(state=Appointment.State.BOOKED)
            | Q(state=Appointment.State.MISSED, local_date__gte=today - timedelta(days=30)),
        )
        .select_related("site")
        .order_by("local_date", "local_time")[:6]
    )


def protection_waiting(user: User) -> int:
    """How many duties to protect wait in the programmes that the user coordinates."""
    own = policy.programmes_where(user, Permission.CLOSE_DRAFTS)
    if not own:
        return 0
    rows = ProtectionTask.objects.open().filter(
        Q(programme__in=own) | Q(programme__isnull=True), in_sight_of(user)
    )
    return rows.count()


def open_referrals(patient: Patient, user: User) -> list[Referral]:
    """What the person waits for elsewhere, or here, in the user's scope."""
    return list(detail.of_person(patient, user).open()[:5])  # type: ignore[attr-defined]


# -- Overdue ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Overdue:
    """What waits in some programmes; `today` is the earliest date among them: a day is over only
    once it is over everywhere."""

    programmes: Sequence[Programme]
    user: User

    @property
    def today(self) -> date:
        return min(programme.today() for programme in self.programmes)

    def unsigned(self) -> QuerySet[Draft]:
        """Drafts of an earlier day, oldest first; `is_here`: the author still works there."""
        posted = Posting.objects.filter(
            user=OuterRef("author"), programme=OuterRef("outing__programme"), since__lte=self.today
        ).exclude(until__lt=self.today)
        return (
            Draft.objects.open()
            .filter(outing__programme__in=self.programmes, outing__local_date__lt=self.today)
            .annotate(is_here=Exists(posted))
            .select_related("author", "patient", "outing__site")
            .order_by("outing__local_date", "started_at")
        )

    def protection(self) -> QuerySet[ProtectionTask]:
        """Duties to protect that nobody has seen to yet, the most urgent first. What they follow
        from stays with the treating team."""
        return (
            ProtectionTask.objects.open()
            .filter(Q(programme__in=self.programmes) | Q(programme__isnull=True))
            .filter(in_sight_of(self.user))
            .select_related("patient")
            .order_by("due_at", "pk")
        )

    def not_contacted(self) -> QuerySet[Appointment]:
        """Days that passed without the person coming, after which nobody saw or booked them."""
        same = {"patient": OuterRef("patient"), "programme": OuterRef("programme")}
        seen = Consultation.objects.filter(**same, local_date__gte=OuterRef("local_date"))
        booked = Appointment.objects.filter(
            **same, state=Appointment.State.BOOKED, local_date__gte=self.today
        )
        return (
            Appointment.objects.filter(
                in_sight_of(self.user),
                state__in=(Appointment.State.MISSED, Appointment.State.BOOKED),
                programme__in=self.programmes,
                local_date__lt=self.today,
            )
            .exclude(Exists(seen))
            .exclude(Exists(booked))
            .select_related("patient", "site")
            .order_by("local_date", "pk")
        )

    @property
    def centres(self) -> list[UUID]:
        return [p.pk for p in self.programmes if p.kind == Programme.Kind.CENTRE]

    def reviews(self) -> QuerySet[Episode]:
        """Stays at the centre whose case review is late."""
        rows = episodes.in_scope(self.user, self.centres)
        return episodes.reviews_overdue(rows, self.today).order_by("admitted_on", "pk")

    def plans(self) -> QuerySet[Episode]:
        """Stays of more than 30 days without a signed plan."""
        rows = episodes.in_scope(self.user, self.centres)
        return episodes.plans_missing(rows, self.today).order_by("admitted_on", "pk")

    def lost(self) -> QuerySet[Episode]:
        """Stays without contact for so long that the person may be lost to follow-up."""
        rows = episodes.in_scope(self.user, self.centres)
        return episodes.maybe_lost(rows, self.today).order_by("last_contact", "pk")

    def critical_unseen(self, days: int) -> QuerySet[Patient]:
        """People with a need of critical priority whom nobody has seen for some days. Which need
        it is stays with the treating team."""
        critical = [
            entry.key
            for entry in lists.all("vulnerability_criteria", retired=True)
            if entry.attributes["priority"] == "critical"
        ]
        flagged = Vulnerability.objects.open().filter(
            patient=OuterRef("pk"), criterion__in=critical
        )
        limit = self.today - timedelta(days=days)
        notes = Consultation.objects.filter(
            patient=OuterRef("pk"), programme__in=self.programmes
        ).order_by()
        last = notes.values("patient").annotate(last=Max("local_date")).values("last")
        return (
            Patient.objects.visible_to(self.user)
            .filter(Exists(flagged), registered_at__date__lt=limit)
            .exclude(Exists(notes.filter(local_date__gte=limit)))
            .annotate(last_seen=Subquery(last))
            .order_by("last_seen", "pk")
        )


# -- My day (at the centre) --------------------------------------------------------------------
@dataclass(frozen=True)
class MyDay:
    """A day of one colleague in a programme with a centre: hours of their own discipline that
    are nobody else's; of every discipline for who records none (the coordination)."""

    user: User
    programme: Programme
    on: date

    @property
    def disciplines(self) -> list[str]:
        return [self.user.discipline] if self.user.discipline else list(Discipline.values)

    def appointments(self) -> QuerySet[Appointment]:
        """By hour; those without one last. What was cancelled is left out."""
        return (
            self._mine()
            .filter(local_date=self.on, state__in=Appointment.HOLDING)
            .filter(in_sight_of(self.user))
            .select_related("patient", "slot", "site")
            .order_by(F("local_time").asc(nulls_last=True), "discipline", "pk")
        )

    def chains(self, patients: Iterable[UUID]) -> dict[UUID, list[Appointment]]:
        """All that these people have on the day, in every discipline, by hour."""
        rows = Appointment.objects.filter(
            patient__in=list(patients),
            programme=self.programme,
            local_date=self.on,
            state__in=Appointment.HOLDING,
        ).order_by(F("local_time").asc(nulls_last=True), "discipline")
        found: dict[UUID, list[Appointment]] = defaultdict(list)
        for row in rows:
            found[row.patient_id].append(row)
        return found

    def visits(self, outing: Outing | None, patients: Iterable[UUID]) -> list[Visit]:
        """Where these people stand today, and who else waits for the colleague's discipline."""
        if outing is None:
            return []
        found = (
            Visit.objects.filter(outing=outing)
            .filter(Q(patient__in=list(patients)) | Q(state=Visit.State.WAITING))
            .filter(in_sight_of(self.user))
            .select_related("patient")
            .order_by("arrived_at", "pk")
        )
        return list(found)

    def ahead(self, days: int) -> list[tuple[date, int]]:
        """How many are booked on each of the next days that have somebody."""
        rows = self._mine().filter(
            state=Appointment.State.BOOKED,
            local_date__range=(self.on + timedelta(days=1), self.on + timedelta(days=days)),
        )
        counted = rows.order_by("local_date").values_list("local_date")
        return list(counted.annotate(Count("pk")))

    def _mine(self) -> QuerySet[Appointment]:
        return Appointment.objects.filter(
            Q(slot__isnull=True)
            | Q(slot__professional__isnull=True)
            | Q(slot__professional=self.user),
            programme=self.programme,
            discipline__in=self.disciplines,
        )
