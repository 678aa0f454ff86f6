from datetime import date

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from consultations.views import (
    activities,
    appointments,
    booking,
    capacity,
    consult,
    contacts,
    episodes,
    notes,
    outings,
    paper,
    plans,
    scales,
    visits,
)

app_name = "consultations"


class DayConverter(StringConverter):
    """A date as 2025-03-31; what is none does not exist."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:  # type: ignore[override]
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:  # type: ignore[override]
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("outings/", outings.outing_list, name="outings"),
    path("outings/open/", outings.open_outing, name="open_outing"),
    path("outings/plan/", outings.plan, name="plan_outing"),
    path("outings/past/", outings.record_past, name="past_outing"),
    path("outings/<uuid:pk>/", outings.outing, name="outing"),
    path("outings/<uuid:pk>/join/", outings.join, name="join_outing"),
    path("outings/<uuid:pk>/staff/", outings.staff, name="staff_outing"),
    path("outings/<uuid:pk>/close/", outings.close, name="close_outing"),
    path("outings/<uuid:pk>/cancel/", outings.cancel, name="cancel_outing"),
    path("visits/<uuid:pk>/", visits.visit, name="visit"),
    path("visits/<uuid:pk>/vitals/", visits.measure, name="vitals"),
    path("patients/<str:code>/visit/", visits.receive, name="receive"),
    path("patients/<str:code>/consultations/new/", consult.choose, name="choose"),
    path(
        "patients/<str:code>/consultations/new/<slug:discipline>/",
        consult.new,
        name="new",
    ),
    path(
        "patients/<str:code>/consultations/new/<slug:discipline>/draft/",
        consult.autosave,
        name="draft",
    ),
    path("drafts/", notes.my_drafts, name="drafts"),
    path("drafts/<uuid:pk>/", consult.resume, name="resume"),
    path("drafts/<uuid:pk>/discard/", consult.discard, name="discard"),
    path("drafts/<uuid:pk>/close/", notes.close_draft, name="close_draft"),
    path("drafts/<uuid:pk>/scales/<slug:scale>/", scales.fill_in, name="scale"),
    path("patients/<str:code>/scales/", scales.over_time, name="scales"),
    path("scales/<uuid:pk>/", scales.result, name="scale_result"),
    path("consultations/<uuid:pk>/", notes.note, name="note"),
    path("consultations/<uuid:pk>/print/", notes.print_note, name="print_note"),
    path("consultations/<uuid:pk>/addenda/", notes.add, name="add"),
    path("appointments/", appointments.day, name="appointments"),
    path("appointments/<uuid:pk>/", appointments.appointment, name="appointment"),
    path("patients/<str:code>/appointments/new/", booking.book, name="book"),
    path("capacity/", capacity.week, name="capacity"),
    path("capacity/patterns/", capacity.patterns, name="patterns"),
    path("capacity/patterns/<uuid:pk>/end/", capacity.end_pattern, name="end_pattern"),
    path("capacity/slots/new/", capacity.new_slot, name="new_slot"),
    path("capacity/slots/<uuid:pk>/", capacity.slot, name="slot"),
    path("capacity/<day:on>/", capacity.day, name="capacity_day"),
    path("capacity/<day:on>/close/", capacity.close_day, name="close_day"),
    path("capacity/<day:on>/print/", capacity.print_day, name="print_day"),
    path("activities/", activities.activity_list, name="activities"),
    path("activities/new/", activities.new, name="new_activity"),
    path("activities/<uuid:pk>/", activities.activity, name="activity"),
    path("activities/<uuid:pk>/correct/", activities.correct, name="correct_activity"),
    path("paper/", paper.choose, name="papers"),
    path("paper/<slug:discipline>/", paper.blank, name="paper"),
    path("episodes/", episodes.episode_list, name="episodes"),
    path("episodes/<uuid:pk>/", episodes.episode, name="episode"),
    path("episodes/<uuid:pk>/team/", episodes.team, name="episode_team"),
    path("episodes/<uuid:pk>/exit/", episodes.close, name="close_episode"),
    path("episodes/<uuid:pk>/calls/<int:months>/", episodes.call, name="call"),
    path("episodes/<uuid:pk>/goals/new/", plans.new_goal, name="new_goal"),
    path("episodes/<uuid:pk>/goals/take-over/", plans.take_over, name="take_over_goals"),
    path("episodes/<uuid:pk>/goals/<uuid:goal>/", plans.goal, name="goal"),
    path("episodes/<uuid:pk>/actions/<uuid:action>/", plans.finish_action, name="finish_action"),
    path("episodes/<uuid:pk>/plan/", plans.sign_plan, name="sign_plan"),
    path("episodes/<uuid:pk>/plan/print/", plans.print_plan, name="print_plan"),
    path("episodes/<uuid:pk>/reviews/new/", plans.new_review, name="new_review"),
    path("patients/<str:code>/episodes/new/", episodes.admit, name="new_episode"),
    path("patients/<str:code>/contact/attempts/", contacts.attempts, name="attempts"),
    path("contact/attempts/<uuid:pk>/review/", contacts.review_attempt, name="review_attempt"),
]
