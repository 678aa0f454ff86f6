"""The addresses below /api/v1/: each app's own, and the schema."""

from collections.abc import Callable
from typing import Any

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from accounts.policy import Permission, requires
from consultations import api as consultations
from patients import api as patients
from referrals import api as referrals
from reports import api as reports

app_name = "api"


def _view(view: Any, permission: Permission) -> Callable[..., Any]:
    handler: Callable[..., Any] = view.as_view()
    return requires(permission)(handler)


urlpatterns = [
    path("schema/", _view(SpectacularAPIView, Permission.SIGNED_IN), name="schema"),
    path("figures/", _view(reports.Figures, Permission.READ_FIGURES), name="figures"),
    path("patients/", _view(patients.People, Permission.REGISTER_PERSON), name="people"),
    path("patients/search/", _view(patients.Search, Permission.SEARCH_PEOPLE), name="search"),
    path("patients/<str:code>/", _view(patients.Person, Permission.READ_PERSON), name="person"),
    path(
        "consultations/",
        _view(consultations.Consultations, Permission.RECORD_CONSULTATION),
        name="consultations",
    ),
    path("referrals/", _view(referrals.Referrals, Permission.REFER), name="referrals"),
    path("referrals/<uuid:pk>/", _view(referrals.OneReferral, Permission.REFER), name="referral"),
    path(
        "referrals/<uuid:pk>/moves/<slug:move>/",
        _view(referrals.Moves, Permission.REFER),
        name="referral_move",
    ),
]
