from django.urls import path

from referrals.views import admission, detail, paper, queue, refer

app_name = "referrals"

urlpatterns = [
    path("referrals/", queue.referral_list, name="list"),
    path("referrals/assign/", queue.assign, name="assign"),
    path("referrals/seen/", queue.see, name="see"),
    path("referrals/received/new/", refer.choose_person, name="received_who"),
    path("patients/<str:code>/referrals/new/", refer.new, name="new"),
    path("patients/<str:code>/referrals/received/", refer.received, name="received"),
    path("referrals/<uuid:pk>/", detail.referral, name="referral"),
    path("referrals/<uuid:pk>/letter/", paper.letter, name="letter"),
    path("referrals/<uuid:pk>/slip/", paper.slip, name="slip"),
    path("referrals/<uuid:pk>/admit/", admission.admit, name="admit"),
    path("referrals/<uuid:pk>/<slug:move>/", detail.make, name="move"),
]
