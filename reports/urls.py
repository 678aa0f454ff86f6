from django.urls import path

from reports import edition_views, views

app_name = "reports"

urlpatterns = [
    path("", views.activity, name="activity"),
    path("figures.<str:kind>", views.download, name="download"),
    path("figures/<str:code>/", views.figure, name="figure"),
    path("editions/", edition_views.report_list, name="list"),
    path("editions/definitions/", edition_views.definitions, name="definitions"),
    path("editions/definitions/new/", edition_views.new_definition, name="new_definition"),
    path("editions/definitions/<uuid:pk>/", edition_views.definition, name="definition"),
    path("editions/codes/", edition_views.codes, name="codes"),
    path("editions/codes/<uuid:pk>/drop/", edition_views.drop_code, name="drop_code"),
    path("<uuid:pk>/", edition_views.report, name="report"),
    path("<uuid:pk>/files/<str:name>", edition_views.file, name="file"),
    path("<uuid:pk>/approve/", edition_views.approve, name="approve"),
    path("<uuid:pk>/publish/", edition_views.publish, name="publish"),
    path("<uuid:pk>/withdraw/", edition_views.withdraw, name="withdraw"),
    path("<uuid:pk>/retry/", edition_views.retry, name="retry"),
    path("<uuid:pk>/again/", edition_views.again, name="again"),
]
