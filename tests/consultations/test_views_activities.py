"""Group activities on their pages: few taps, heads that add up, corrections."""

import gzip

import pytest
from django.urls import reverse

from accounts.rows import uuid7
from consultations.models import ActivityParticipant, Consultation, GroupActivity
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ActivityFactory, OutingFactory, VisitFactory, site_of
from tests.patients.factories import PatientFactory


@pytest.fixture
def promoter(programme):
    return UserFactory(role="promoter", programme=programme)


@pytest.fixture
def client(as_user, promoter):
    return as_user(promoter)


@pytest.fixture
def outing(promoter):
    return OutingFactory(by=promoter)


def of(name, *args):
    return reverse(f"consultations:{name}", args=args)


def sent(outing=None, **changes):
    body = {
        "id": str(uuid7()),
        "type": "group_activity_types:hp_talk",
        "topics": ["health_promotion_topics:vaccination"],
        "women": "7",
        "girls": "2",
        "minutes": "30",
        "items-TOTAL_FORMS": "1",
        "items-INITIAL_FORMS": "0",
        **({"outing": str(outing.pk)} if outing else {}),
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def test_an_activity_inherits_from_the_outing(client, outing, promoter):
    response = client.post(of("new_activity"), sent(outing))
    activity = GroupActivity.objects.get()
    assert response.url == of("activity", activity.pk)
    assert (activity.site, activity.local_date, activity.outing) == (
        outing.site,
        outing.local_date,
        outing,
    )
    assert (activity.women, activity.girls, activity.participants) == (7, 2, 9)
    assert activity.recorded_by == promoter
    assert not Consultation.objects.exists()


def test_the_same_form_twice_is_one_activity(client, outing):
    body = sent(outing)
    first, second = (client.post(of("new_activity"), body) for _n in range(2))
    assert first.url == second.url
    assert GroupActivity.objects.count() == 1


def test_the_same_id_with_other_heads_shows_both(client, outing):
    body = sent(outing)
    client.post(of("new_activity"), body)
    response = client.post(of("new_activity"), {**body, "women": "70"})
    assert response.status_code == 409
    assert "70" in response.content.decode()
    assert GroupActivity.objects.get().women == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"women": None, "girls": None},
        {"women": "-1"},
        {"women": "5001"},
        {"women": "=1+1"},
        {"minutes": "4"},
        {"minutes": "481"},
        {"minutes": ""},
        {"type": "group_activity_types:nonsense"},
        {"type": "group_activity_types:training"},
        {"topics": None},
        {"n_female_unhcr_18_59": "5"},
        {"items-0-item": "items_distributed:mask"},
    ],
)
def test_what_cannot_be_is_refused_and_kept(client, outing, wrong):
    response = client.post(of("new_activity"), sent(outing, **wrong))
    assert response.status_code == 400
    assert not GroupActivity.objects.exists()


def test_the_detail_adds_up(client, outing):
    body = sent(outing, n_female_unhcr_18_59="7", n_female_unhcr_5_11="2")
    assert client.post(of("new_activity"), body).status_code == 302
    assert GroupActivity.objects.get().counts.count() == 2


def test_a_street_activity_is_a_type(client, outing):
    body = sent(outing, type="group_activity_types:street_activity")
    assert client.post(of("new_activity"), body).status_code == 302


def test_without_an_outing_site_and_day_are_asked(client, programme):
    site = site_of(programme)
    body = sent(site=str(site.pk), date=programme.today().isoformat())
    assert client.post(of("new_activity"), sent()).status_code == 400
    assert client.post(of("new_activity"), body).status_code == 302
    assert GroupActivity.objects.get().outing is None


def test_people_are_named_in_therapeutic_groups_only(client, outing, promoter):
    person = PatientFactory(by=promoter)
    refused = client.post(of("new_activity"), sent(outing, codes=person.code))
    assert refused.status_code == 400
    body = sent(outing, codes=person.code, type="group_activity_types:support_group")
    assert client.post(of("new_activity"), body).status_code == 302
    assert ActivityParticipant.objects.get().patient == person
    assert not Consultation.objects.exists()


def test_a_code_out_of_scope_is_not_confirmed(client, outing, stranger):
    foreign = PatientFactory(by=stranger)
    body = sent(outing, codes=foreign.code, type="group_activity_types:support_group")
    assert client.post(of("new_activity"), body).status_code == 400


def test_names_of_the_day_are_shown_when_asked_for(client, outing, promoter):
    visit = VisitFactory(by=promoter, outing=outing, patient=PatientFactory(by=promoter))
    assert visit.patient.code not in client.get(of("new_activity")).content.decode()
    chosen = client.post(of("new_activity"), sent(outing, choose="1"))
    assert chosen.status_code == 200
    assert visit.patient.code in chosen.content.decode()
    assert not GroupActivity.objects.exists()


def test_a_correction_replaces(client, outing, promoter):
    old = ActivityFactory(by=promoter, outing=outing)
    shown = client.get(of("correct_activity", old.pk))
    assert shown.context["form"]["women"].value() == 5
    client.post(of("correct_activity", old.pk), sent(outing, women="8"))

    old.refresh_from_db()
    assert old.replaced_by.women == 8
    assert [row.pk for row, _t in client.get(of("activities")).context["rows"]] == [
        old.replaced_by_id
    ]
    again = client.get(of("correct_activity", old.pk))
    assert again.url == of("activity", old.replaced_by_id)


def test_an_activity_of_another_programme_does_not_exist(as_user, stranger, outing, promoter):
    activity = ActivityFactory(by=promoter, outing=outing)
    for name in ("activity", "correct_activity"):
        assert as_user(stranger).get(of(name, activity.pk)).status_code == 404


@pytest.mark.parametrize("role", ["manager", "dpo", "administrator"])
def test_roles_without_care_record_nothing(as_user, db, role):
    assert as_user(UserFactory(role=role)).get(of("new_activity")).status_code == 403


def test_attendance_is_named_to_clinicians_and_the_author(
    as_user, client, outing, promoter, programme
):
    person = PatientFactory(by=promoter)
    activity = ActivityFactory(
        by=promoter, outing=outing, type="group_activity_types:support_group", named=(person,)
    )
    nurse = UserFactory(role="nurse", programme=programme)
    other = UserFactory(role="promoter", programme=programme)
    assert person.code_end in client.get(of("activity", activity.pk)).content.decode()
    assert person.code_end in as_user(nurse).get(of("activity", activity.pk)).content.decode()
    assert person.code_end not in as_user(other).get(of("activity", activity.pk)).content.decode()


def test_pages_are_light_and_take_few_statements(client, outing, promoter, statements):
    activity = ActivityFactory(by=promoter, outing=outing)
    urls = (of("new_activity"), of("activities"), of("activity", activity.pk))
    one = [statements(client, url) for url in urls]
    for _n in range(49):
        ActivityFactory(by=promoter, outing=outing)
    fifty = [statements(client, url) for url in urls]
    assert max(*one, *fifty) <= 12
    for url in urls:
        assert len(gzip.compress(client.get(url).content, 6)) <= 14 * 1024
