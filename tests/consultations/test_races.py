"""Two colleagues at the same moment, on two real connections."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from accounts.rows import uuid7
from consultations.models import (
    Appointment,
    Consultation,
    Draft,
    GroupActivity,
    Need,
    Outing,
    Visit,
)
from consultations.services import activities, drafts, marks, outings, sign, visits
from consultations.services.activities import Held
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import (
    ActivityFactory,
    OutingFactory,
    payload_for,
    site_of,
)
from tests.partners.factories import SiteFactory
from tests.patients.factories import PatientFactory

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="needs two real connections to PostgreSQL"
    ),
]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Results, or exceptions, of acts that start together, each on a connection of its own."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=60)
            results[index] = act()
        except Exception as error:  # handed to the test
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


@pytest.fixture
def programme():
    return ProgrammeFactory()


@pytest.fixture
def doctor(programme):
    return UserFactory(role="doctor", programme=programme)


@pytest.fixture
def person(doctor):
    return PatientFactory(by=doctor)


def test_two_who_open_the_same_site_share_one_outing(programme, doctor):
    site = site_of(programme)
    team = [UserFactory(role="nurse", programme=programme) for _n in range(4)]
    for user in team:
        user.active_postings  # noqa: B018 - read before the threads start

    def opens(user):
        return lambda: outings.open_outing(by=user, programme=programme, site=site)

    found = at_once(*(opens(user) for user in team))

    assert {outing.pk for outing in found} == {Outing.objects.get().pk}
    assert Outing.objects.get().members.count() == 4


def test_a_double_tap_on_sign_makes_one_note(doctor, person):
    outing = OutingFactory(by=doctor)
    payload = payload_for(
        "medical", follow_up={"date": "2099-01-01"}, violence_link="yes_no_not_asked:no"
    )
    note_id = uuid7()

    def signs():
        return sign.sign(
            id=note_id,
            patient=person,
            discipline="medical",
            outing=outing,
            payload=payload,
            mark=marks.mark(payload),
            by=doctor,
        )

    found = at_once(signs, signs, signs)

    assert [note.pk for note in found] == [note_id] * 3
    assert Consultation.objects.count() == 1
    assert Appointment.objects.count() == 1


def test_two_disciplines_that_sign_at_once_both_stand(programme, doctor, person):
    outing = OutingFactory(by=doctor)
    psychologist = UserFactory(role="psychologist", programme=programme)
    visits.receive(person, outing=outing, by=doctor, waits_for=["medical", "psychology"])

    def signs(user, discipline):
        payload = payload_for(discipline)
        return lambda: sign.sign(
            id=uuid7(),
            patient=person,
            discipline=discipline,
            outing=outing,
            payload=payload,
            mark=marks.mark(payload),
            by=user,
        )

    found = at_once(signs(doctor, "medical"), signs(psychologist, "psychology"))

    assert all(isinstance(each, Consultation) for each in found), found
    visit = Visit.objects.get()
    assert (visit.state, visit.waits_for) == (Visit.State.SEEN, [])


def test_two_who_open_the_same_need_serve_one(programme, person, doctor):
    """At two sites of the programme: their visits do not make them wait for each other."""
    first = UserFactory(role="social_worker", programme=programme)
    second = UserFactory(role="social_worker", programme=programme)
    here = OutingFactory(by=first)
    there = OutingFactory(by=second, site=SiteFactory(programmes=[programme]))
    payload = payload_for("social_work")

    def signs(user, outing):
        return lambda: sign.sign(
            id=uuid7(),
            patient=person,
            discipline="social_work",
            outing=outing,
            payload=payload,
            mark=marks.mark(payload),
            by=user,
        )

    found = at_once(signs(first, here), signs(second, there))

    assert all(isinstance(each, Consultation) for each in found), found
    assert Need.objects.count() == 1
    assert Need.objects.get().steps.count() == 2


def test_two_windows_that_save_one_draft_lose_nothing(doctor, person):
    outing = OutingFactory(by=doctor)
    draft_id = uuid7()

    def saves(window):
        return lambda: drafts.save(
            id=draft_id,
            patient=person,
            discipline="medical",
            outing=outing,
            body={"window": [window], "exam": [window]},
            by=doctor,
        )

    found = at_once(saves("a"), saves("b"))

    conflicts = [each for each in found if isinstance(each, drafts.DraftConflict)]
    saved = [each for each in found if isinstance(each, Draft)]
    assert (len(saved), len(conflicts)) == (1, 1), found


def test_two_who_receive_one_person_share_the_visit(programme, doctor, person):
    outing = OutingFactory(by=doctor)
    nurse = UserFactory(role="nurse", programme=programme)

    def receives(user, discipline):
        return lambda: visits.receive(person, outing=outing, by=user, waits_for=[discipline])

    found = at_once(receives(doctor, "medical"), receives(nurse, "nursing"))

    assert all(isinstance(each, Visit) for each in found), found
    assert Visit.objects.get().waits_for == ["medical", "nursing"]


def test_one_of_two_closes_the_outing(programme, doctor):
    outing = OutingFactory(by=doctor)
    nurse = UserFactory(role="nurse", programme=programme)

    def closes(user):
        mine = Outing.objects.select_related("programme").get(pk=outing.pk)
        return lambda: outings.close(mine, by=user, expected=mine.version, remarks=user.name)

    found = at_once(closes(doctor), closes(nurse))

    assert [each for each in found if each is None] == [None]
    assert Outing.objects.get().state == Outing.State.CLOSED


def test_a_double_tap_records_one_activity(programme, doctor):
    outing = OutingFactory(by=doctor)
    activity_id = uuid7()
    held = Held(
        type="group_activity_types:hp_talk",
        minutes=30,
        participants={"women": 3},
        topics=("health_promotion_topics:vaccination",),
    )

    def records():
        return activities.record(
            id=activity_id,
            by=doctor,
            programme=programme,
            site=outing.site,
            on=outing.local_date,
            outing=outing,
            held=held,
            mark="m",
        )

    found = at_once(records, records)

    assert [each.pk for each in found] == [activity_id] * 2
    assert GroupActivity.objects.count() == 1


def test_one_of_two_corrections_stands(programme, doctor):
    outing = OutingFactory(by=doctor)
    old = ActivityFactory(by=doctor, outing=outing)
    held = Held(
        type="group_activity_types:hp_talk",
        minutes=30,
        participants={"women": 3},
        topics=("health_promotion_topics:vaccination",),
    )

    def corrects():
        return activities.record(
            id=uuid7(),
            by=doctor,
            programme=programme,
            site=outing.site,
            on=outing.local_date,
            outing=outing,
            held=held,
            mark="m",
            replaces=old,
        )

    at_once(corrects, corrects)

    assert GroupActivity.objects.standing().count() == 1
    assert GroupActivity.objects.count() == 2
