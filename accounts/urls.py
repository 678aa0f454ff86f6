from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.change_password, name="password"),
    path("profile/", views.profile, name="profile"),
    path("language/", views.choose_language, name="language"),
    path("theme/", views.choose_theme, name="theme"),
    path("posting/", views.choose_posting, name="posting"),
    path("log/", views.access_log, name="access_log"),
    path("log/download/", views.download_access_log, name="access_log_download"),
    path("log/verify/", views.verify_access_log, name="access_log_verify"),
    path("users/", views.users, name="users"),
    path("users/new/", views.new_user, name="new_user"),
    path("users/<uuid:pk>/", views.user, name="user"),
    path("users/<uuid:pk>/password/", views.reset_password, name="reset_password"),
    path("users/<uuid:pk>/active/", views.switch_user, name="switch_user"),
    path("users/<uuid:pk>/postings/new/", views.new_posting, name="new_posting"),
    path("postings/<uuid:pk>/end/", views.end_posting, name="end_posting"),
    path("programmes/", views.programmes, name="programmes"),
    path("programmes/new/", views.new_programme, name="new_programme"),
    path("programmes/<uuid:pk>/", views.edit_programme, name="programme"),
]
