from django.urls import path

from consultations.views import (
    activities,
    appointments,
    consult,
    episodes,
    notes,
    outings,
    paper,
    visits,
)

app_name = "consultations"

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
    path("consultations/<uuid:pk>/", notes.note, name="note"),
    path("consultations/<uuid:pk>/print/", notes.print_note, name="print_note"),
    path("consultations/<uuid:pk>/addenda/", notes.add, name="add"),
    path("appointments/", appointments.day, name="appointments"),
    path("appointments/<uuid:pk>/", appointments.appointment, name="appointment"),
    path("activities/", activities.activity_list, name="activities"),
    path("activities/new/", activities.new, name="new_activity"),
    path("activities/<uuid:pk>/", activities.activity, name="activity"),
    path("activities/<uuid:pk>/correct/", activities.correct, name="correct_activity"),
    path("paper/", paper.choose, name="papers"),
    path("paper/<slug:discipline>/", paper.blank, name="paper"),
    path("episodes/", episodes.episode_list, name="episodes"),
]
