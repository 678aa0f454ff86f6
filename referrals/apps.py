from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.policy import Permission


class ReferralsConfig(AppConfig):
    name = "referrals"

    def ready(self) -> None:
        # Models and what stands on them can be imported only now.
        from consultations import hooks  # noqa: PLC0415
        from patients import hooks as people  # noqa: PLC0415
        from referrals.fields import Services  # noqa: PLC0415
        from referrals.services.ages import restate_ages  # noqa: PLC0415
        from referrals.services.appointments import follow_rebooking  # noqa: PLC0415
        from terminology.fields import register  # noqa: PLC0415

        people.on_birth_date_corrected.append(restate_ages)
        hooks.on_rebooked.append(follow_rebooking)
        register(Services(), Permission.READ_PARTNERS)
        actions.declare(ACTIONS)


ACTIONS = {
    "referral.begun": _("began to write a referral"),
    "referral.package_built": _("put together what a referral shares"),
    "referral.prepared": _("prepared a referral"),
    "referral.sent": _("sent a referral"),
    "referral.opened": _("opened a referral"),
    "referral.listed": _("saw a list of referrals"),
    "referral.letter_printed": _("printed the letter of a referral"),
    "referral.slip_printed": _("printed the slip of a referral"),
    "referral.discard": _("discarded a referral before sending"),
    "referral.review": _("began to review a referral"),
    "referral.ask": _("asked for information about a referral"),
    "referral.answer": _("gave information about a referral"),
    "referral.accept": _("accepted a referral"),
    "referral.waitlist": _("put a referral on the waiting list"),
    "referral.recheck": _("asked the risk again on the waiting list"),
    "referral.decline": _("did not accept a referral"),
    "referral.schedule": _("gave an appointment for a referral"),
    "referral.arrive": _("recorded that a referred person arrived"),
    "referral.miss": _("recorded that a referred person did not come"),
    "referral.serve": _("recorded the service after a referral"),
    "referral.feedback": _("answered who referred"),
    "referral.close": _("closed a referral without service"),
    "referral.cancel": _("cancelled a referral"),
    "referral.ask_cancel": _("asked to cancel a referral"),
    "referral.refuse_cancel": _("did not agree to cancel a referral"),
    "referral.agree_cancel": _("agreed to cancel a referral"),
    "referral.note": _("wrote a note on a referral"),
    "referral.assigned": _("assigned referrals"),
    "referral.notices_seen": _("put notices aside"),
    "referral.marked_late": _("marked a referral as late"),
    "referral.risk_due": _("marked the weekly question for risk as due"),
    "referral.late_mailed": _("told by e-mail that referrals are late"),
}
