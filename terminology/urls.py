from django.urls import URLPattern

app_name = "terminology"

urlpatterns: list[URLPattern] = []
