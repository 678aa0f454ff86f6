from django.urls import path

from reports import views

app_name = "reports"

urlpatterns = [
    path("", views.activity, name="activity"),
    path("figures.<str:kind>", views.download, name="download"),
    path("figures/<str:code>/", views.figure, name="figure"),
]
