from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from accounts.rows import SealedField, Versioned
from consultations.models.base import OPEN, SENSITIVE, concept_or_none
from consultations.models.consultation import Consultation
from consultations.models.slot import Slot


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def visible_to(self, user: Any) -> "AppointmentQuerySet":
        return self.filter(programme__in=user.programme_ids)


class Appointment(Versioned):
    """A day on which a person is expected by one discipline. What for is never said."""

    class State(models.TextChoices):
        BOOKED = "booked", _("booked")
        ATTENDED = "attended", _("attended")
        MISSED = "missed", _("did not attend")
        CANCELLED_BY_TEAM = "cancelled_by_team", _("cancelled by the team")
        CANCELLED_BY_PERSON = "cancelled_by_person", _("cancelled by the person")

    # A place of a slot is held by who is or was expected in it, came or not.
    HOLDING = (State.BOOKED, State.ATTENDED, State.MISSED)

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="+", db_index=False
    )
    programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, related_name="+", db_index=False
    )
    site = models.ForeignKey("partners.Site", models.PROTECT, null=True, related_name="+")
    discipline = models.CharField(max_length=20, choices=Discipline)
    local_date = models.DateField(_("date"))
    local_time = models.TimeField(_("time"), null=True, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.BOOKED)
    booked_in = models.ForeignKey(
        Consultation, models.PROTECT, null=True, related_name="appointments"
    )
    met_by = models.ForeignKey(Consultation, models.PROTECT, null=True, related_name="+")
    missed_reason = concept_or_none()
    # The hour it takes a place of; stays when the place is given back.
    slot = models.ForeignKey(Slot, models.PROTECT, null=True, related_name="appointments")
    # Why there was a place beyond the places, and who decided so.
    overbook_reason = SealedField()
    overbooked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    booked_at = models.DateTimeField(default=timezone.now)

    PRIVACY = {
        "programme": OPEN,
        "site": OPEN,
        "discipline": OPEN,
        "local_date": OPEN,
        "local_time": OPEN,
        "state": OPEN,
        "booked_in": OPEN,
        "met_by": OPEN,
        "missed_reason": OPEN,
        "slot": OPEN,
        "overbook_reason": SENSITIVE,
        "overbooked_by": OPEN,
        "booked_by": OPEN,
        "booked_at": OPEN,
    }

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ("local_date", "local_time")
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    state__in=(
                        "booked",
                        "attended",
                        "missed",
                        "cancelled_by_team",
                        "cancelled_by_person",
                    )
                ),
                name="appointment_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(discipline__in=Discipline.values),
                name="appointment_discipline_is_known",
            ),
            models.CheckConstraint(
                condition=Q(overbook_reason__isnull=True, overbooked_by__isnull=True)
                | Q(
                    overbook_reason__isnull=False,
                    overbooked_by__isnull=False,
                    slot__isnull=False,
                ),
                name="appointment_overbooking_was_decided",
            ),
            models.UniqueConstraint(
                fields=("patient", "programme", "discipline", "local_date"),
                condition=Q(state="booked"),
                name="appointment_one_booked_per_person_discipline_and_day",
            ),
        )
        indexes = (
            # Today's appointments of a programme, and what is overdue.
            models.Index(fields=("programme", "local_date", "state"), name="appointment_of_day"),
            # The next step on the person's page.
            models.Index(fields=("patient", "local_date"), name="appointment_of_person"),
        )

    def __str__(self) -> str:
        return f"{self.local_date} {self.discipline}"
