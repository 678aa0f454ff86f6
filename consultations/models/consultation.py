from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from accounts.rows import Row, SealedField
from consultations.models.base import (
    CLINICAL,
    OPEN,
    PROTECTED,
    SENSITIVE,
    Signed,
    concept,
    concept_or_none,
)
from consultations.models.outing import Outing
from consultations.models.visit import Visit
from patients.models import Access


class VisitType(models.TextChoices):
    FIRST = "first", _("First visit")
    FOLLOW_UP = "follow_up", _("Follow-up (same episode)")
    NEW_EPISODE = "new_episode", _("New episode (known person)")
    READMISSION = "readmission", _("Readmission")
    CLOSURE = "closure", _("Closure session")


FIRST_TYPES = (VisitType.FIRST, VisitType.NEW_EPISODE, VisitType.READMISSION)
FOLLOW_UP_TYPES = (VisitType.FOLLOW_UP, VisitType.CLOSURE)


class DraftQuerySet(models.QuerySet["Draft"]):
    def open(self) -> "DraftQuerySet":
        return self.filter(ended_at__isnull=True)

    def visible_to(self, user: Any) -> "DraftQuerySet":
        """A draft is its author's alone; another author's id answers 404."""
        return self.filter(author=user)


class Draft(Row):
    """The raw form of its author, sealed: autosaved, never counted, always saves.

    Its id becomes the id of the consultation that is signed from it.
    """

    class End(models.TextChoices):
        SIGNED = "signed", _("signed")
        DISCARDED = "discarded", _("discarded by its author")
        CLOSED = "closed", _("unsigned, never counted")

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="drafts")
    outing = models.ForeignKey(Outing, models.PROTECT, related_name="drafts")
    discipline = models.CharField(max_length=20, choices=Discipline)
    body = SealedField()  # narrative key of the person; JSON of the form as typed
    revision = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=10, choices=End, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    PRIVACY = {
        "author": OPEN,
        "visit": OPEN,
        "outing": OPEN,
        "discipline": OPEN,
        "body": PROTECTED,
        "revision": OPEN,
        "started_at": OPEN,
        "saved_at": OPEN,
        "ended_at": OPEN,
        "end": OPEN,
        "ended_by": OPEN,
    }

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("author", "patient", "outing", "discipline"),
                condition=Q(ended_at__isnull=True),
                name="draft_one_open_per_author_person_outing_and_discipline",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | Q(ended_at__isnull=False, end__in=("signed", "discarded", "closed"), body=None),
                name="draft_end_follows_ended_at_and_empties_it",
            ),
            models.CheckConstraint(
                condition=Q(discipline__in=Discipline.values), name="draft_discipline_is_known"
            ),
        )
        indexes = (
            # "Unsigned: n" of an outing, and the author's own list on Today.
            models.Index(
                fields=("outing",), condition=Q(ended_at__isnull=True), name="draft_open_of_outing"
            ),
            models.Index(
                fields=("author", "-saved_at"),
                condition=Q(ended_at__isnull=True),
                name="draft_open_of_author",
            ),
        )

    def __str__(self) -> str:
        return f"{self.discipline}"


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    def visible_to(self, user: Any) -> "ConsultationQuerySet":
        """Consultations of the user's own programmes, and of others' where the person agreed
        that the teams share the history and the access is open."""
        shared = Access.objects.filter(
            Q(programme__in=user.programme_ids) | Q(user=user),
            patient=models.OuterRef("patient"),
            shares_history=True,
            until__isnull=True,
        )
        return self.filter(Q(programme__in=user.programme_ids) | models.Exists(shared))

    def in_period(self, start: Any, end: Any) -> "ConsultationQuerySet":
        """Local dates, both included."""
        return self.filter(local_date__gte=start, local_date__lte=end)


class Consultation(Row):
    """One contact, one discipline, one person: the signed header. Born whole, never edited.

    `local_date` is the date in the programme's time zone; `age_years` are completed years on it
    (the one column that a corrected birth date may restate).
    """

    MUTABLE_FIELDS = ("age_years",)

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="+", db_index=False
    )
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="consultations")
    outing = models.ForeignKey(Outing, models.PROTECT, related_name="consultations", db_index=False)
    programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, related_name="+", db_index=False
    )
    site = models.ForeignKey("partners.Site", models.PROTECT, related_name="+", db_index=False)
    episode = models.ForeignKey(
        "consultations.Episode", models.PROTECT, null=True, related_name="consultations"
    )
    discipline = models.CharField(max_length=20, choices=Discipline)
    visit_type = models.CharField(_("visit type"), max_length=12, choices=VisitType)
    mode = concept()
    mediation = concept_or_none()
    local_date = models.DateField(_("date"))
    age_years = models.PositiveSmallIntegerField(null=True)
    started_at = models.DateTimeField()
    signed_at = models.DateTimeField(default=timezone.now)
    minutes = models.PositiveSmallIntegerField(null=True)
    professional = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    late_reason = concept_or_none()
    paper_folio = models.CharField(max_length=40, blank=True)
    treatment_consent = concept()
    consent_giver = concept_or_none()
    consent_reason = SealedField()
    mark = models.CharField(max_length=64)  # HMAC of the payload: same id and body, one row

    PRIVACY = {
        "visit": OPEN,
        "outing": OPEN,
        "programme": OPEN,
        "site": OPEN,
        "episode": CLINICAL,
        "discipline": OPEN,
        "visit_type": OPEN,
        "mode": OPEN,
        "mediation": OPEN,
        "local_date": OPEN,
        "age_years": OPEN,
        "started_at": OPEN,
        "signed_at": OPEN,
        "minutes": OPEN,
        "professional": OPEN,
        "late_reason": OPEN,
        "paper_folio": OPEN,
        "treatment_consent": OPEN,
        "consent_giver": SENSITIVE,
        "consent_reason": CLINICAL,
        "mark": OPEN,
    }

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        ordering = ("-local_date", "-started_at")
        constraints = (
            models.CheckConstraint(
                condition=Q(discipline__in=Discipline.values),
                name="consultation_discipline_is_known",
            ),
            models.CheckConstraint(
                condition=Q(visit_type__in=VisitType.values),
                name="consultation_visit_type_is_known",
            ),
            models.CheckConstraint(
                # A group session is a group activity and never a direct consultation.
                condition=~Q(mode="consultation_modes:group"),
                name="consultation_is_never_a_group_session",
            ),
            models.CheckConstraint(
                condition=Q(age_years__isnull=True) | Q(age_years__lte=120),
                name="consultation_age_is_possible",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__gte=F("started_at")),
                name="consultation_signed_after_it_started",
            ),
        )
        indexes = (
            # Figures: the columns they group on, so that a period is read from the index alone.
            models.Index(
                fields=(
                    "local_date",
                    "programme",
                    "discipline",
                    "site",
                    "visit_type",
                    "age_years",
                    "patient",
                ),
                name="consultation_figures",
            ),
            models.Index(
                fields=("programme", "local_date", "discipline"), name="consultation_of_programme"
            ),
            # The person's timeline; also "first ever" and the treating team.
            models.Index(fields=("patient", "-local_date"), name="consultation_of_person"),
            # Close of the outing: counts per discipline.
            models.Index(fields=("outing", "discipline"), name="consultation_of_outing"),
            # Own notes and the treating team of the last 90 days.
            models.Index(fields=("professional", "-local_date"), name="consultation_of_author"),
        )

    def __str__(self) -> str:
        return f"{self.local_date} {self.discipline}"


class Addendum(Signed):
    """A correction or completion of a signed consultation (NOM-004: no overwriting)."""

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="addenda")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    reason = SealedField(null=False, blank=False)
    text = SealedField(null=False, blank=False)
    # Session notes stay with the treating team; an addendum has the class of what it corrects.
    privacy_class = models.CharField(max_length=10, default="clinical")

    PRIVACY = {
        "consultation": OPEN,
        "author": OPEN,
        "written_at": OPEN,
        # Raised by the class of the row, as a diagnosis is by its code.
        "reason": CLINICAL,
        "text": CLINICAL,
        "privacy_class": OPEN,
    }

    class Meta:
        ordering = ("written_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(privacy_class__in=("open", "sensitive", "clinical", "protected")),
                name="addendum_class_is_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.written_at:%Y-%m-%d %H:%M}"
