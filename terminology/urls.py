from django.urls import path

from terminology import views

app_name = "terminology"

urlpatterns = [
    path("search/", views.search, name="search"),
    path("lists/", views.all_lists, name="lists"),
    path("lists/<slug:name>/", views.concepts, name="concepts"),
    path("lists/<slug:name>/download/", views.download, name="download"),
    path("lists/<slug:name>/upload/", views.upload, name="upload"),
    path("lists/<slug:name>/values/<str:code>/", views.edit, name="concept"),
    path("lists/<slug:name>/values/<str:code>/move/", views.move, name="move"),
    path("uploads/<uuid:pk>/", views.preview, name="preview"),
]
