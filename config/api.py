"""The addresses below /api/v1/: each app's own, and the schema."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from accounts.policy import Permission, requires
from reports import api as reports

app_name = "api"

urlpatterns = [
    path("schema/", requires(Permission.SIGNED_IN)(SpectacularAPIView.as_view()), name="schema"),
    path("figures/", requires(Permission.READ_FIGURES)(reports.Figures.as_view()), name="figures"),
]
