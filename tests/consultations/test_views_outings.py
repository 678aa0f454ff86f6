"""The pages of outings: two interactions to open, counts to close, lists by page."""

import gzip
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from consultations.models import Appointment, Outing
from consultations.services import outings
from patients import services
from tests.accounts.factories import UserFactory
from tests.consultations.factories import (
    ConsultationFactory,
    DraftFactory,
    OutingFactory,
    VisitFactory,
    site_of,
)
from tests.partners.factories import SiteFactory
from tests.patients.factories import PatientFactory


@pytest.fixture
def client(as_user, doctor):
    return as_user(doctor)


def of(name, *args):
    return reverse(f"consultations:{name}", args=args)


def test_opening_takes_a_site_and_a_word_on_private_space(client, programme):
    site = site_of(programme)
    response = client.post(of("open_outing"), {"site": str(site.pk), "private_space": "no"})
    assert response.url == reverse("desk:today")
    outing = Outing.objects.get()
    assert (outing.site, outing.private_space, outing.is_open) == (site, False, True)


def test_private_space_must_be_answered(client, programme):
    response = client.post(of("open_outing"), {"site": str(site_of(programme).pk)})
    assert response.status_code == 400
    assert not Outing.objects.exists()


def test_a_site_of_another_programme_is_no_choice(client, stranger):
    foreign = site_of(stranger.posting.programme)
    body = {"site": str(foreign.pk), "private_space": "yes"}
    assert client.post(of("open_outing"), body).status_code == 400


def test_planning_and_cancelling_leads_to_the_people_to_contact(client, doctor, programme):
    tomorrow = programme.today() + timedelta(days=1)
    site = site_of(programme)
    note = ConsultationFactory(
        by=doctor, follow_up={"date": tomorrow.isoformat(), "site": str(site.pk)}
    )
    client.post(of("plan_outing"), {"site": str(site.pk), "date": tomorrow.isoformat()})
    planned = Outing.objects.get(local_date=tomorrow)

    response = client.post(
        of("cancel_outing", planned.pk),
        {"version": "1", "reason": "outing_cancel_reasons:weather"},
        follow=True,
    )
    page = response.content.decode()
    assert note.patient.code_end in page
    assert reverse("patients:contact", args=[note.patient.code]) in page


def test_cancelling_needs_a_reason(client, doctor, programme):
    outing = outings.plan(
        by=doctor, programme=programme, site=site_of(programme), on=programme.today()
    )
    assert client.post(of("cancel_outing", outing.pk), {"version": "1"}).status_code == 400


def test_closing_shows_counts_and_names_who_has_to_sign(
    client, doctor, psychologist, person, outing
):
    ConsultationFactory(by=doctor, outing=outing, patient=person)
    DraftFactory(by=psychologist, outing=outing, patient=PatientFactory(by=doctor))
    VisitFactory(by=doctor, outing=outing)

    page = client.get(of("close_outing", outing.pk))
    assert page.context["counts"].consultations == {"medical": 1}
    assert [author for author, _d, _c in page.context["drafts"]] == [psychologist]
    assert page.context["counts"].visits["waiting"] == 1

    outing.refresh_from_db()
    client.post(of("close_outing", outing.pk), {"version": outing.version, "remarks": "Bien"})
    outing.refresh_from_db()
    assert outing.state == Outing.State.CLOSED
    shown = client.get(of("outing", outing.pk)).content.decode()
    assert "Bien" in shown


def test_two_who_close_see_both_remarks(client, doctor, psychologist, outing):
    version = outing.version
    outings.close(
        Outing.objects.get(pk=outing.pk), by=psychologist, expected=version, remarks="La otra"
    )
    response = client.post(of("close_outing", outing.pk), {"version": version, "remarks": "La mía"})
    assert response.status_code in (400, 409)
    assert "La mía" in response.content.decode()
    outing.refresh_from_db()
    assert outing.closed_by == psychologist


def test_staff_is_kept_by_half_days(client, outing):
    outing.refresh_from_db()
    body = {
        "version": outing.version,
        "private_space": "yes",
        "staff_medical": "1,5",
        "staff_psychology": "0",
    }
    assert client.post(of("staff_outing", outing.pk), body).status_code == 302
    counted = dict(outing.staff.values_list("discipline", "count"))
    assert {d: float(n) for d, n in counted.items()} == {"medical": 1.5}

    outing.refresh_from_db()
    for wrong in ("1.3", "21", "-1", "viele"):
        body |= {"version": outing.version, "staff_medical": wrong}
        assert client.post(of("staff_outing", outing.pk), body).status_code == 400


def test_staff_that_a_colleague_changed_meanwhile(client, doctor, outing):
    body = {"version": outing.version, "private_space": "yes", "staff_medical": "2"}
    assert client.post(of("staff_outing", outing.pk), body).status_code == 302
    again = client.post(of("staff_outing", outing.pk), {**body, "staff_medical": "3"})
    assert again.status_code == 409
    version = again.context["form"].data["version"]
    kept = client.post(
        of("staff_outing", outing.pk), {**body, "staff_medical": "3", "version": version}
    )
    assert kept.status_code == 302


def test_the_outing_of_another_programme_does_not_exist(as_user, stranger, outing):
    client = as_user(stranger)
    for name in ("outing", "close_outing", "cancel_outing", "staff_outing"):
        assert client.get(of(name, outing.pk)).status_code == 404
    assert client.post(of("join_outing", outing.pk)).status_code == 404


@pytest.mark.parametrize("role", ["manager", "dpo", "administrator"])
def test_who_is_not_of_the_care_team_sees_no_outing(as_user, role, outing):
    client = as_user(UserFactory(role=role))
    assert client.get(of("outings")).status_code == 403
    assert client.get(of("outing", outing.pk)).status_code == 403
    assert client.post(of("open_outing")).status_code == 403


def test_the_list_filters_and_refuses_nonsense(client, doctor, outing, programme):
    OutingFactory(by=doctor, on=programme.today() - timedelta(days=3))
    assert len(client.get(of("outings")).context["rows"]) == 2
    assert len(client.get(of("outings") + "?state=open").context["rows"]) == 1
    day = (programme.today() - timedelta(days=3)).isoformat()
    assert len(client.get(of("outings") + f"?end={day}").context["rows"]) == 1
    for bad in ("?state=asleep", "?start=32/13/2025", "?page=x"):
        assert client.get(of("outings") + bad).status_code == 400


def test_the_list_and_the_page_take_few_statements(client, doctor, outing, programme, statements):
    VisitFactory(by=doctor, outing=outing)
    one = statements(client, of("outings")), statements(client, of("outing", outing.pk))
    for n in range(1, 50):
        OutingFactory(by=doctor, on=programme.today() - timedelta(days=n))
        VisitFactory(by=doctor, outing=outing)
    fifty = statements(client, of("outings")), statements(client, of("outing", outing.pk))
    assert max(*one, *fifty) <= 12


def test_names_of_a_list_are_one_event(client, doctor, outing):
    VisitFactory(by=doctor, outing=outing)
    VisitFactory(by=doctor, outing=outing)
    before = AccessEvent.objects.count()
    client.get(of("outing", outing.pk))
    event = AccessEvent.objects.order_by("-pk").first()
    assert AccessEvent.objects.count() == before + 1
    assert (event.action, event.listed) == ("outing.listed", 2)


def test_pages_of_outings_are_light(client, doctor, outing):
    for _n in range(30):
        VisitFactory(by=doctor, outing=outing)
    for url in (of("outing", outing.pk), of("outings"), of("close_outing", outing.pk)):
        assert len(gzip.compress(client.get(url).content, 6)) <= 14 * 1024


def test_a_hidden_person_is_in_no_list_of_others(as_user, client, psychologist, doctor, outing):
    visit = VisitFactory(by=doctor, outing=outing)
    services.hide(visit.patient, by=doctor)
    assert visit.patient.code_end in client.get(of("outing", outing.pk)).content.decode()
    page = as_user(psychologist).get(of("outing", outing.pk)).content.decode()
    assert visit.patient.code_end not in page


def test_an_appointment_of_a_cancelled_day_can_be_given_another(client, doctor, programme):
    tomorrow = programme.today() + timedelta(days=1)
    note = ConsultationFactory(by=doctor, follow_up={"date": tomorrow.isoformat()})
    booked = Appointment.objects.get()
    response = client.post(
        of("appointment", booked.pk),
        {"act": "rebook", "version": "1", "date": (tomorrow + timedelta(days=7)).isoformat()},
    )
    assert response.status_code == 302
    assert Appointment.objects.filter(patient=note.patient, state="booked").count() == 1


def test_a_site_closes_the_choice(client, programme):
    SiteFactory(programmes=[programme], closed=programme.today() - timedelta(days=1))
    page = client.get(of("open_outing")).content.decode()
    assert "private_space" not in page
