from django.http import HttpResponse
from django.urls import include, path

from accounts.policy import Permission, requires
from patients import urls
from patients.views.base import find, opened


@requires(Permission.READ_PERSON)
def detail(request, code):
    context = opened(request, find(request, code), "person.opened")
    return HttpResponse(context["name"])


@requires(Permission.RECORD_CONSULTATION)
def consult(request, code, discipline):
    return HttpResponse(discipline)


@requires(Permission.PUBLIC)
def healthz(request):
    return HttpResponse("ok")


desk = [path("patients/<str:code>/", detail, name="person")]
consultations = [
    path("patients/<str:code>/consultations/new/<str:discipline>/", consult, name="new")
]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("accounts.urls")),
    path("terminology/", include("terminology.urls")),
    path("partners/", include("partners.urls")),
    path("patients/", include((urls.urlpatterns, "patients"))),
    path("", include((desk, "desk"))),
    path("", include((consultations, "consultations"))),
]
