"""Addresses about people. The person page itself (`desk:person`) brings several apps
together: `desk` owns it."""

from django.urls import URLPattern, path

from patients.views import (
    consents,
    contact,
    families,
    log,
    merging,
    people,
    protection_officer,
    record,
    registration,
    vulnerabilities,
)

app_name = "patients"

urlpatterns: list[URLPattern] = [
    path("", people.people, name="list"),
    path("search/", people.search, name="search"),
    path("new/", registration.new, name="new"),
    path("duplicates/", merging.look_alikes, name="look_alikes"),
    path("duplicates/<uuid:pk>/", merging.settle, name="settle"),
    path("dpo/blocking/", protection_officer.blocking, name="blocking"),
    path("dpo/blocking/<str:code>/", protection_officer.block, name="block"),
    path("dpo/card-openings/", protection_officer.card_openings, name="card_openings"),
    path("<str:code>/open/", people.open_by_code, name="open_by_code"),
    path("<str:code>/family/", families.family, name="family"),
    path("<str:code>/family/new/", registration.new_family_member, name="new_family_member"),
    path("<str:code>/family/<uuid:pk>/end/", families.unlink, name="unlink"),
    path("<str:code>/edit/", record.edit, name="edit"),
    path("<str:code>/identity/", record.identity, name="identity"),
    path("<str:code>/allergies/", record.allergies, name="allergies"),
    path("<str:code>/preferences/", record.preferences, name="preferences"),
    path("<str:code>/history/", record.history, name="history"),
    path("<str:code>/hide/", record.hide, name="hide"),
    path("<str:code>/contact/", contact.contact, name="contact"),
    path("<str:code>/contact/phone/", contact.phone, name="phone"),
    path("<str:code>/contact/edit/", contact.edit_contact, name="edit_contact"),
    path("<str:code>/consents/", consents.consents, name="consents"),
    path("<str:code>/consents/<str:consent_type>/", consents.new_consent, name="new_consent"),
    path("<str:code>/vulnerabilities/", vulnerabilities.vulnerabilities, name="vulnerabilities"),
    path(
        "<str:code>/vulnerabilities/<uuid:pk>/end/",
        vulnerabilities.end_vulnerability,
        name="end_vulnerability",
    ),
    path("<str:code>/protection/<uuid:pk>/", vulnerabilities.close_task, name="close_task"),
    path("<str:code>/seen-by/", log.seen_by, name="seen_by"),
    path("<str:code>/undo-merge/", merging.undo, name="undo_merge"),
]
