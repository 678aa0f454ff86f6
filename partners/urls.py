from django.urls import path

from partners.views import agreements, directory, sites, trainings

app_name = "partners"

urlpatterns = [
    path("", directory.directory, name="list"),
    path("download/", directory.download, name="download"),
    path("organisations/new/", directory.create, name="create"),
    path("organisations/<slug:code>/", directory.detail, name="organisation"),
    path("organisations/<slug:code>/edit/", directory.edit, name="edit"),
    path("organisations/<slug:code>/verify/", directory.verify, name="verify"),
    path(
        "organisations/<slug:code>/agreements/new/", directory.add_agreement, name="add_agreement"
    ),
    path("organisations/<slug:code>/services/new/", directory.add_service, name="add_service"),
    path("organisations/<slug:code>/contacts/new/", directory.add_contact, name="add_contact"),
    path("agreements/", agreements.expiring, name="agreements"),
    path("agreements/<uuid:pk>/", directory.edit_agreement, name="edit_agreement"),
    path("services/<uuid:pk>/", directory.edit_service, name="edit_service"),
    path("contacts/<uuid:pk>/", directory.edit_contact, name="edit_contact"),
    path("sites/", sites.sites, name="sites"),
    path("sites/new/", sites.create, name="create_site"),
    path("sites/<slug:code>/", sites.site, name="site"),
    path("sites/<slug:code>/edit/", sites.edit, name="edit_site"),
    path("trainings/", trainings.trainings, name="trainings"),
    path("trainings/new/", trainings.create, name="create_training"),
    path("trainings/<uuid:pk>/", trainings.edit, name="edit_training"),
]
