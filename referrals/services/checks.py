"""What must hold before anything is sent; each raises `Refused` with words for the user."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import Programme
from consultations.services.refusal import Refused
from referrals import rules
from referrals.models import Origin, Referral, Urgency
from referrals.models.status import OPEN
from referrals.queries.asks import Ask
from referrals.queries.consents import sharing_obstacles
from referrals.queries.facts import SUMMARY
from terminology import lists

# Reached without any channel, so "do not contact" leaves a way to tell the person.
_NO_CHANNEL = {"next_outing", "accompanied", "card_only"}


def check_ask(ask: Ask, floor: rules.Floor, at: datetime) -> None:
    """Everything that does not depend on the day of sending."""
    _check_sides(ask)
    _check_words(ask)
    _check_urgency(ask, floor, at)
    _check_contact(ask)


def holder(ask: Ask) -> Programme:
    """The programme in which whoever writes must have the right to refer."""
    programme = ask.from_programme or ask.to_programme
    if programme is None:
        raise Refused(_("Say which programme refers."))
    return programme


def _check_sides(ask: Ask) -> None:
    if (ask.to_programme is None) == (ask.partner is None):
        raise Refused(_("Choose where the person is referred to."))
    if ask.to_programme is not None and ask.to_programme == ask.from_programme:
        raise Refused(_("A programme does not refer to itself."))
    if ask.from_programme is None and (ask.is_external or ask.origin == Origin.TEAM):
        raise Refused(_("Say which programme refers."))
    if ask.origin == Origin.PARTNER and ask.from_partner is None:
        raise Refused(_("Say which partner refers the person."))
    if ask.to_programme is not None and _has_ended(ask.to_programme):
        raise Refused(_("This programme has ended."))
    if ask.to_service is not None and ask.to_service.ended_on is not None:
        raise Refused(_("This service is not offered any more."))


def _has_ended(programme: Programme) -> bool:
    return programme.ends_on is not None and programme.ends_on < programme.today()


def _check_words(ask: Ask) -> None:
    if not ask.reasons:
        raise Refused(_("Choose at least one reason."))
    if not ask.summary.strip():
        raise Refused(_("Write a summary for who receives the person."))
    if len(ask.summary) > SUMMARY:
        raise Refused(_("The summary is too long."))
    if target_of(ask) == "referral_targets:cai" and not ask.criteria:
        raise Refused(_("Tick the criteria of the centre that are met."))


def _check_urgency(ask: Ask, floor: rules.Floor, at: datetime) -> None:
    if rules.is_lower(ask.urgency, floor.urgency) and not ask.lowered_reason.strip():
        least = lists.label(f"referral_urgency:{floor.urgency}")
        raise Refused(_("Less urgent than “%(least)s”: write why.") % {"least": least})
    by_voice = lists.get(f"referral_urgency:{Urgency(ask.urgency)}").flag("voice_handover")
    if by_voice and not (ask.voice_handover_to.strip() and ask.voice_handover_at):
        raise Refused(_("Hand over by voice first, and write to whom and when."))
    if ask.voice_handover_at is not None and ask.voice_handover_at > at:
        raise Refused(_("This moment has not come yet."))


def _check_contact(ask: Ask) -> None:
    methods = {rules.code(key) for key in ask.contacts}
    if not methods:
        raise Refused(_("Choose how the person can be reached safely."))
    if "no_contact" in methods and not methods & _NO_CHANNEL:
        raise Refused(
            _("“Do not contact” leaves no way to tell the person: say that they come back, "
              "go accompanied or have the appointment on paper.")
        )  # fmt: skip


def check_sending(ask: Ask, at: datetime, *, pending: bool) -> None:
    """What is checked at the moment of sending. `pending`: prophylaxis is possible and not given."""
    _check_sides(ask)  # a place may have closed since the draft was written
    programme = holder(ask)
    if ask.partner is not None:
        obstacles = sharing_obstacles(
            ask.patient,
            ask.partner,
            data_scope=ask.data_scope,
            danger_reason=ask.danger_reason,
            on=programme.today(),
            programme=programme,
        )
        if obstacles:
            raise Refused(" ".join(obstacles))
    kind = ask.to_programme.kind if ask.to_programme else None
    zone = (ask.to_programme or programme).time_zone
    if rules.is_not_enough(kind, pending=pending, urgency=ask.urgency, at=at, time_zone=zone):
        offered = ask.alternative is not None and ask.alternative.open_24h
        if not offered and not ask.alternative_note.strip():
            raise Refused(
                _("The centre cannot be the only place to go now: offer a service that is open "
                  "24 hours too, or write why there is none.")
            )  # fmt: skip


def check_none_open(ask: Ask) -> None:
    there = Referral.objects.filter(
        patient=ask.patient, destination=ask.destination, status__in=OPEN
    )
    if there.exists():
        raise Refused(_("This person has an open referral to this place already."))


def target_of(ask: Ask) -> str:
    """Key of `referral_targets`: a programme of ours says itself what it is."""
    if ask.to_programme is not None:
        return f"referral_targets:{rules.kind_of_target(ask.to_programme)}"
    return ask.target if ask.target == "referral_targets:hospital" else "referral_targets:partner"
