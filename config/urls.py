"""Every address of the installation. Each app names its own below its prefix."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("accounts.urls")),
    path("terminology/", include("terminology.urls")),
    path("partners/", include("partners.urls")),
    path("patients/", include("patients.urls")),
    path("", include("consultations.urls")),
    path("", include("referrals.urls")),
    path("", include("desk.urls")),
    path("reports/", include("reports.urls")),
    path("api/v1/", include("config.api")),
]

handler400 = "accounts.views.bad_request"
handler403 = "accounts.views.forbidden"
handler404 = "accounts.views.not_found"
handler500 = "accounts.views.server_error"
