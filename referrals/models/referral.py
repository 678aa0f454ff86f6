from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.rows import Row, SealedField, Versioned
from accounts.triggers import Guard
from consultations.models.base import (
    CLINICAL,
    OPEN,
    PROTECTED,
    SENSITIVE,
    concept,
    concept_or_none,
)
from patients.models import Patient
from referrals.models import status as sets
from referrals.models.status import Clock, Origin, Status, Urgency

TARGETS = ("cai", "mobile_team", "hospital", "partner")
SHARING_PARTNER = "consent_types:sharing_partner"
NOTHING, MINIMUM = "data_scopes:none", "data_scopes:minimum"

# What leaves the organisation needs, on the day of sending: the person's consent for this very
# partner, given and not withdrawn since, and an agreement in force; for more than the minimum one
# that allows sharing data. Danger to life and a person who goes along without data are exempt.
_PARTNER_MAY_KNOW = f"""
NEW.to_partner_id IS NOT NULL AND NEW.submitted_at IS NOT NULL
AND NEW.data_scope_id <> '{NOTHING}' AND NEW.danger_reason IS NULL
AND NOT (
  EXISTS (
    SELECT 1 FROM patients_consent c JOIN patients_patient p ON p.id = c.patient_id
    WHERE c.id = NEW.consent_id AND c.partner_id = NEW.to_partner_id
    AND (p.id = NEW.patient_id OR p.merged_into_id = NEW.patient_id)
    AND c.type_id = '{SHARING_PARTNER}' AND c.decision_id = 'consent_decisions:given'
    AND c.decided_at <= NEW.submitted_at
    AND (c.expires_on IS NULL OR c.expires_on >= NEW.submitted_on)
    AND NOT EXISTS (
      SELECT 1 FROM patients_consent later
      WHERE later.patient_id = c.patient_id AND later.type_id = c.type_id
      AND later.partner_id = c.partner_id AND later.decided_at > c.decided_at
      AND later.decided_at <= NEW.submitted_at
      AND later.decision_id <> 'consent_decisions:given'
    )
  )
  AND EXISTS (
    SELECT 1 FROM partners_agreement a
    WHERE a.id = NEW.agreement_id AND a.organisation_id = NEW.to_partner_id
    AND a.status_id = 'agreement_statuses:signed' AND a.valid_from <= NEW.submitted_on
    AND (a.valid_to IS NULL OR a.valid_to >= NEW.submitted_on)
    AND (NEW.data_scope_id = '{MINIMUM}' OR a.data_sharing)
  )
)"""  # noqa: S608 - constants of this module


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, user: Any) -> "ReferralQuerySet":
        """Both programmes see the referral, for good; a draft, its sender alone."""
        own = user.programme_ids
        # Of a person who comes by themself, or whom a partner sends, there is no other sender.
        sent = ~Q(status=Status.DRAFT) | Q(from_programme__isnull=True)
        rows = self.filter(Q(from_programme__in=own) | (Q(to_programme__in=own) & sent))
        return rows.not_blocked()

    def not_blocked(self) -> "ReferralQuerySet":
        """Without those of people whose record is blocked: closed to all but the DPO."""
        blocked = Patient.objects.filter(blocked_at__isnull=False)
        return self.exclude(patient__in=blocked.values("pk"))

    def received_by(self, programmes: Any) -> "ReferralQuerySet":
        rows = self.filter(to_programme__in=programmes).exclude(status=Status.DRAFT)
        return rows.not_blocked()

    def sent_by(self, programmes: Any) -> "ReferralQuerySet":
        return self.filter(from_programme__in=programmes).not_blocked()

    def open(self) -> "ReferralQuerySet":
        return self.filter(status__in=sets.OPEN)

    def open_now(self) -> "ReferralQuerySet":
        """As `open`, by the column that the index of open ones stands on."""
        return self.filter(closed_at__isnull=True)

    def closed_since(self, at: Any) -> "ReferralQuerySet":
        return self.filter(closed_at__gte=at)

    def late(self, at: Any) -> "ReferralQuerySet":
        """Whose clock ran out."""
        return self.exclude(clock=Clock.NONE).filter(due_at__lt=at)


class Referral(Versioned):
    """Handing a person over, and hearing back.

    What was asked (who, to whom, why) never changes once written; how it goes is in `status` and
    the times below, each set by one move of `ReferralMove`, so that figures read columns.
    """

    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="+", db_index=False
    )
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.TEAM)
    # Who asks: a programme of ours (also for a person who comes by themself to another one), or,
    # where a partner sends somebody, the partner; then no programme of ours waits for an answer.
    from_programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, null=True, related_name="+", db_index=False
    )
    from_partner = models.ForeignKey(
        "partners.Organisation", models.PROTECT, null=True, related_name="+"
    )
    from_site = models.ForeignKey("partners.Site", models.PROTECT, null=True, related_name="+")
    consultation = models.ForeignKey(
        "consultations.Consultation", models.PROTECT, null=True, related_name="+"
    )
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    age_years = models.PositiveSmallIntegerField(null=True)  # completed, on the day of sending

    target = concept()  # referral_targets
    to_programme = models.ForeignKey(
        "accounts.Programme", models.PROTECT, null=True, related_name="+", db_index=False
    )
    to_partner = models.ForeignKey(
        "partners.Organisation", models.PROTECT, null=True, related_name="+"
    )
    to_service = models.ForeignKey("partners.Service", models.PROTECT, null=True, related_name="+")
    # The receiving programme or service, as text: "one open …" needs a column without NULL.
    destination = models.CharField(max_length=48, editable=False)

    urgency = models.CharField(max_length=10, choices=Urgency)
    urgency_floor = models.CharField(max_length=10, choices=Urgency)
    urgency_reason = SealedField()  # computed; the treating team only, never on lists or slips
    lowered_reason = SealedField()  # why less urgent than computed
    voice_handover_to = SealedField()  # immediate: who took the call
    voice_handover_at = models.DateTimeField(null=True)
    summary = SealedField()
    risk_now = concept()  # mh_risk_levels, asked anew
    language = concept()
    mediator = models.BooleanField(_("mediator needed"), default=False)
    whereabouts = SealedField()
    whereabouts_type = concept_or_none()  # accommodation_types

    # Sharing. `consent` is for this receiver and purpose; without it only where life is in
    # danger, with a reason, or where nothing is shared and somebody goes along.
    data_scope = concept()  # data_scopes
    consent = models.ForeignKey("patients.Consent", models.PROTECT, null=True, related_name="+")
    danger_reason = SealedField()
    agreement = models.ForeignKey("partners.Agreement", models.PROTECT, null=True, related_name="+")
    package = SealedField()  # what the receiver sees, frozen when sent (JSON)
    package_mark = models.CharField(max_length=64, blank=True)

    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    clock = models.CharField(max_length=14, choices=Clock, default=Clock.NONE)
    due_at = models.DateTimeField(null=True)  # when the running clock runs out
    paused_at = models.DateTimeField(null=True)  # while information is asked
    paused_seconds = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField(null=True)  # end of the next open clinical window
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    cancel_asked_at = models.DateTimeField(null=True)

    submitted_at = models.DateTimeField(null=True)
    submitted_on = models.DateField(null=True)  # local date of the sender (or the receiver)
    decided_at = models.DateTimeField(null=True)  # first accepted, waitlisted or declined
    accepted_at = models.DateTimeField(null=True)
    waitlisted_at = models.DateTimeField(null=True)  # since when on the list; NULL when off it
    risk_checked_on = models.DateField(null=True)  # on the waiting list: once a week
    first_appointment_on = models.DateField(null=True)
    appointment = models.ForeignKey(
        "consultations.Appointment", models.PROTECT, null=True, related_name="+"
    )
    arrived_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_on = models.DateField(null=True)
    feedback_at = models.DateTimeField(null=True)
    decline_reason = concept_or_none()
    outcome = concept_or_none()  # referral_closure_outcomes
    feedback = SealedField()
    episode = models.ForeignKey(
        "consultations.Episode", models.PROTECT, null=True, related_name="+"
    )
    mark = models.CharField(max_length=64, editable=False)  # HMAC: same id and body, one row

    GUARDS = (
        Guard(
            name="partner_may_know",
            message="no consent or no agreement in force for this partner",
            refused=_PARTNER_MAY_KNOW,
            watches=(
                "to_partner",
                "submitted_at",
                "submitted_on",
                "data_scope",
                "danger_reason",
                "consent",
                "agreement",
            ),
        ),
    )
    MUTABLE_FIELDS = (
        "version",
        "age_years",
        "consent",
        "data_scope",
        "danger_reason",
        "agreement",
        "package",
        "package_mark",
        "status",
        "clock",
        "due_at",
        "paused_at",
        "paused_seconds",
        "window_ends_at",
        "assigned_to",
        "cancel_asked_at",
        "submitted_at",
        "submitted_on",
        "decided_at",
        "accepted_at",
        "waitlisted_at",
        "risk_checked_on",
        "first_appointment_on",
        "appointment",
        "arrived_at",
        "served_at",
        "closed_at",
        "closed_on",
        "feedback_at",
        "decline_reason",
        "outcome",
        "feedback",
        "episode",
    )
    PRIVACY = {
        **dict.fromkeys(
            (
                "origin",
                "from_programme",
                "from_partner",
                "from_site",
                "written_by",
                "written_at",
                "age_years",
                "to_programme",
                "urgency",
                "language",
                "mediator",
                "status",
                "clock",
                "due_at",
                "paused_at",
                "paused_seconds",
                "assigned_to",
                "cancel_asked_at",
                "submitted_at",
                "submitted_on",
                "decided_at",
                "accepted_at",
                "waitlisted_at",
                "risk_checked_on",
                "first_appointment_on",
                "appointment",
                "arrived_at",
                "served_at",
                "closed_at",
                "closed_on",
                "feedback_at",
                "package_mark",
                "mark",
            ),
            OPEN,
        ),
        "whereabouts": SENSITIVE,
        "whereabouts_type": SENSITIVE,
        **dict.fromkeys(
            (
                "consultation",
                "target",
                "to_partner",
                "to_service",
                "destination",
                "urgency_floor",
                "lowered_reason",
                "voice_handover_to",
                "voice_handover_at",
                "summary",
                "risk_now",
                "data_scope",
                "consent",
                "danger_reason",
                "agreement",
                "package",
                "decline_reason",
                "outcome",
                "feedback",
                "episode",
            ),
            CLINICAL,
        ),
        "urgency_reason": PROTECTED,
        "window_ends_at": PROTECTED,
    }

    objects = ReferralQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="referral_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=Origin.values), name="referral_origin_is_known"
            ),
            models.CheckConstraint(
                condition=Q(urgency__in=Urgency.values) & Q(urgency_floor__in=Urgency.values),
                name="referral_urgency_is_known",
            ),
            models.CheckConstraint(
                condition=Q(from_programme__isnull=False)
                | Q(origin=Origin.PARTNER, from_partner__isnull=False)
                | Q(origin=Origin.SELF),
                name="referral_says_who_asks",
            ),
            models.CheckConstraint(
                condition=Q(to_programme__isnull=False, to_partner__isnull=True, to_service=None)
                | Q(to_programme__isnull=True, to_partner__isnull=False),
                name="referral_goes_to_a_programme_or_to_a_partner",
            ),
            models.CheckConstraint(
                condition=Q(from_programme__isnull=True)
                | Q(to_programme__isnull=True)
                | ~Q(from_programme=F("to_programme")),
                name="referral_leaves_the_programme",
            ),
            models.CheckConstraint(
                # Nothing leaves the organisation without one of these.
                condition=Q(to_partner__isnull=True)
                | Q(status__in=(Status.DRAFT, Status.CANCELLED))
                | Q(consent__isnull=False)
                | Q(danger_reason__isnull=False)
                | Q(data_scope="data_scopes:none"),
                name="referral_to_a_partner_has_consent_danger_or_no_data",
            ),
            models.UniqueConstraint(
                fields=("patient", "destination"),
                condition=Q(status__in=sets.OPEN),
                name="referral_one_open_per_person_and_service",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.DRAFT, submitted_at__isnull=True, submitted_on=None)
                | Q(status=Status.CANCELLED)
                | (
                    ~Q(status=Status.DRAFT)
                    & Q(
                        submitted_at__isnull=False,
                        submitted_on__isnull=False,
                        package__isnull=False,
                    )
                ),
                name="referral_sent_has_its_time_and_package",
            ),
            models.CheckConstraint(
                condition=(Q(status__in=sets.CLOSED) & Q(closed_at__isnull=False))
                | (~Q(status__in=sets.CLOSED) & Q(closed_at__isnull=True)),
                name="referral_closed_has_its_time",
            ),
            models.CheckConstraint(
                condition=(
                    Q(clock=Clock.NONE, due_at__isnull=True) & ~Q(status__in=tuple(sets.CLOCKS))
                )
                | Q(
                    clock=Clock.TRIAGE,
                    status__in=("submitted", "under_review"),
                    due_at__isnull=False,
                )
                | Q(
                    clock=Clock.FIRST_CONTACT,
                    status__in=("accepted", "waitlisted", "appointment_given"),
                    due_at__isnull=False,
                )
                | Q(clock=Clock.RECONTACT, status="no_show", due_at__isnull=False)
                | Q(clock=Clock.FEEDBACK, status="service_received", due_at__isnull=False),
                name="referral_clock_follows_status",
            ),
            models.CheckConstraint(
                condition=Q(status="info_requested", paused_at__isnull=False)
                | (~Q(status="info_requested") & Q(paused_at__isnull=True)),
                name="referral_pauses_while_information_is_asked",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.DECLINED) | Q(decline_reason__isnull=False),
                name="referral_declined_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("service_received", "feedback_sent", "closed_incomplete"))
                | Q(outcome__isnull=False),
                name="referral_ended_says_how",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("arrived", "service_received", "feedback_sent"))
                | Q(arrived_at__isnull=False),
                name="referral_arrived_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.FEEDBACK_SENT)
                | Q(feedback__isnull=False, feedback_at__isnull=False),
                name="referral_answered_has_its_answer",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.WAITLISTED, waitlisted_at__isnull=False)
                | (~Q(status=Status.WAITLISTED) & Q(waitlisted_at__isnull=True)),
                name="referral_waits_since",
            ),
        )
        indexes = (
            # The queue of who receives, and what became of mine: what is open, with all that its
            # order and its counts need. What is over comes by day.
            models.Index(
                fields=("to_programme", "status", "due_at"),
                include=("clock", "urgency", "submitted_at", "id", "patient"),
                condition=Q(closed_at__isnull=True),
                name="referral_queue",
            ),
            models.Index(
                fields=("from_programme", "status", "-submitted_at"),
                include=("id", "patient"),
                condition=Q(closed_at__isnull=True),
                name="referral_sent",
            ),
            models.Index(
                fields=("from_programme", "-closed_at"),
                include=("status", "submitted_at", "id", "patient"),
                condition=Q(closed_at__isnull=False),
                name="referral_sent_closed",
            ),
            # What is over, the latest first.
            models.Index(
                fields=("to_programme", "-closed_at"),
                include=("status", "id", "patient"),
                condition=Q(closed_at__isnull=False),
                name="referral_closed",
            ),
            # The person's page.
            models.Index(fields=("patient", "-submitted_at"), name="referral_of_person"),
            # What the clocks' task looks for.
            models.Index(fields=("due_at",), condition=~Q(clock=Clock.NONE), name="referral_due"),
            # Figures.
            models.Index(fields=("submitted_on", "from_programme"), name="referral_figures"),
        )

    def __str__(self) -> str:
        return f"{self.status}"

    @property
    def is_external(self) -> bool:
        return self.to_partner_id is not None

    @property
    def is_open(self) -> bool:
        return self.status in sets.OPEN


class ReferralReason(Row):
    """Why; the order is the order of choice."""

    IMMUTABLE = True

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="reasons", db_index=False)
    reason = concept(db_index=True)
    position = models.PositiveSmallIntegerField(default=0)

    # Raised by the class of the code chosen.
    PRIVACY = {"referral": OPEN, "reason": PROTECTED, "position": OPEN}

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("referral", "reason"), name="referral_reason_once"),
        )

    def __str__(self) -> str:
        return f"{self.position}"


class ReferralCriterion(Row):
    """A criterion of `cai_admission_criteria` that the sender sees met."""

    IMMUTABLE = True

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="criteria", db_index=False)
    criterion = concept()

    PRIVACY = {"referral": OPEN, "criterion": CLINICAL}

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("referral", "criterion"), name="referral_criterion_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}"


class ReferralContact(Row):
    """A safe way to reach the person about this referral, of `safe_contact_methods`."""

    IMMUTABLE = True

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="contacts", db_index=False)
    method = concept()

    PRIVACY = {"referral": OPEN, "method": SENSITIVE}

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("referral", "method"), name="referral_contact_once"),
        )

    def __str__(self) -> str:
        return f"{self.pk}"


class ReferralAppointment(Row):
    """An appointment given by this referral: what is freed when the referral comes to nothing."""

    IMMUTABLE = True

    referral = models.ForeignKey(
        Referral, models.PROTECT, related_name="appointments", db_index=False
    )
    appointment = models.ForeignKey(
        "consultations.Appointment", models.PROTECT, related_name="+", db_index=False
    )

    PRIVACY = {"referral": OPEN, "appointment": OPEN}

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("referral", "appointment"), name="referral_appointment_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}"
