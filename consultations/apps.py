from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts import actions


class ConsultationsConfig(AppConfig):
    name = "consultations"

    def ready(self) -> None:
        # Models and what stands on them can be imported only now.
        from consultations.queries.outings import site_of_work  # noqa: PLC0415
        from consultations.queries.reach import is_treating  # noqa: PLC0415
        from consultations.services.ages import restate_ages  # noqa: PLC0415
        from patients import hooks  # noqa: PLC0415

        hooks.on_birth_date_corrected.append(restate_ages)
        hooks.treating_team.append(is_treating)
        hooks.place_of_work.append(site_of_work)
        actions.declare(ACTIONS)


ACTIONS = {
    "outing.opened": _("opened an outing"),
    "outing.joined": _("joined an outing"),
    "outing.planned": _("planned an outing"),
    "outing.recorded_late": _("recorded a past outing"),
    "outing.staffed": _("changed the staff of an outing"),
    "outing.closed": _("closed an outing"),
    "outing.cancelled": _("cancelled an outing"),
    "outing.listed": _("saw the people of an outing"),
    "visit.received": _("put on the list of an outing"),
    "visit.moved": _("changed the state of a visit"),
    "visit.opened": _("saw a visit"),
    "vitals.taken": _("took vital signs"),
    "draft.saved": _("saved a draft"),
    "draft.opened": _("opened their draft"),
    "draft.listed": _("saw their drafts"),
    "draft.discarded": _("discarded their draft"),
    "draft.closed": _("closed an unsigned draft, unread"),
    "consultation.begun": _("opened a consultation form"),
    "consultation.signed": _("signed a consultation"),
    "consultation.opened": _("read a consultation"),
    "consultation.printed": _("printed a consultation"),
    "consultation.added_to": _("added to a consultation"),
    "scales.shown": _("saw scales over time"),
    "scale.opened": _("read the answers of a scale"),
    "activity.recorded": _("recorded a group activity"),
    "activity.opened": _("saw a group activity"),
    "appointment.booked": _("booked an appointment"),
    "appointment.overbooked": _("booked an appointment beyond the places"),
    "appointment.missed": _("marked an appointment as missed"),
    "appointment.cancelled": _("cancelled an appointment"),
    "appointment.listed": _("saw a list of appointments"),
    "appointment.printed": _("printed the appointments of a day"),
    "capacity.offered": _("offered places"),
    "capacity.changed": _("changed the places of an hour"),
    "capacity.closed": _("closed a day"),
    "capacity.reopened": _("opened a closed day again"),
    "capacity.pattern_added": _("offered places every week"),
    "capacity.pattern_ended": _("ended places of every week"),
    "episode.listed": _("saw the list of episodes"),
    "episode.opened": _("admitted to the centre"),
    "episode.shown": _("saw an episode of care"),
    "episode.team_changed": _("changed the team of an episode"),
    "episode.reviewed": _("recorded a case review"),
    "episode.closed": _("closed an episode of care"),
    "plan.goal_added": _("added a goal to a plan of care"),
    "plan.goal_changed": _("changed a goal of a plan of care"),
    "plan.goal_moved": _("said where a goal stands"),
    "plan.signed": _("signed a plan of care"),
    "plan.printed": _("printed a plan of care"),
}
