from django.urls import path

from desk.views import overdue, person, today

app_name = "desk"

urlpatterns = [
    path("", today.today, name="today"),
    path("overdue/", overdue.overdue, name="overdue"),
    path("patients/<str:code>/", person.person, name="person"),
]
