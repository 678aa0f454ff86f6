"""The closed sets of the workflow; words shown to people come from `referral_statuses`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """The codes of `referral_statuses`, in their order."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    UNDER_REVIEW = "under_review", _("Under review")
    INFO_REQUESTED = "info_requested", _("More information requested")
    ACCEPTED = "accepted", _("Accepted")
    WAITLISTED = "waitlisted", _("On waiting list")
    DECLINED = "declined", _("Not accepted")
    APPOINTMENT_GIVEN = "appointment_given", _("Appointment given")
    ARRIVED = "arrived", _("Person arrived / first contact done")
    NO_SHOW = "no_show", _("Did not attend")
    SERVICE_RECEIVED = "service_received", _("Service received")
    FEEDBACK_SENT = "feedback_sent", _("Feedback to referrer sent")
    CLOSED_INCOMPLETE = "closed_incomplete", _("Closed without service")
    CANCELLED = "cancelled", _("Cancelled by person or referrer")


OPEN = (
    Status.DRAFT,
    Status.SUBMITTED,
    Status.UNDER_REVIEW,
    Status.INFO_REQUESTED,
    Status.ACCEPTED,
    Status.WAITLISTED,
    Status.APPOINTMENT_GIVEN,
    Status.ARRIVED,
    Status.NO_SHOW,
    Status.SERVICE_RECEIVED,
)
CLOSED = (Status.DECLINED, Status.FEEDBACK_SENT, Status.CLOSED_INCOMPLETE, Status.CANCELLED)


class Urgency(models.TextChoices):
    """The codes of `referral_urgency`, the most urgent first."""

    IMMEDIATE = "immediate", _("Immediate (life-threatening)")
    URGENT = "urgent", _("Urgent")
    PRIORITY = "priority", _("Priority")
    ROUTINE = "routine", _("Routine")

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return list(Urgency).index(self)


class Origin(models.TextChoices):
    """Who asks. A person may ask for themself; a partner may send somebody to us."""

    TEAM = "team", _("our team")
    SELF = "self", _("the person")
    PARTNER = "partner", _("a partner")


class Clock(models.TextChoices):
    """What the state waits for; each open state has at most one clock that runs."""

    NONE = "none", _("no clock")
    TRIAGE = "triage", _("decision")
    FIRST_CONTACT = "first_contact", _("first contact")
    RECONTACT = "recontact", _("new contact")
    FEEDBACK = "feedback", _("answer to the sender")


# Which clock belongs to which state (column `clock` of `referral_statuses`). While information
# is asked the clock of the decision stands still; what is over has none.
CLOCKS: dict[str, Clock] = {
    Status.SUBMITTED: Clock.TRIAGE,
    Status.UNDER_REVIEW: Clock.TRIAGE,
    Status.ACCEPTED: Clock.FIRST_CONTACT,
    Status.WAITLISTED: Clock.FIRST_CONTACT,
    Status.APPOINTMENT_GIVEN: Clock.FIRST_CONTACT,
    Status.NO_SHOW: Clock.RECONTACT,
    Status.SERVICE_RECEIVED: Clock.FEEDBACK,
}


def clock_of(status: str) -> Clock:
    return CLOCKS.get(status, Clock.NONE)
