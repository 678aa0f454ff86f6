"""Group activities: heads counted, born signed, corrected by a new one."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from accounts.rows import uuid7
from consultations.models import ActivityCount, Consultation, GroupActivity
from consultations.services import activities
from consultations.services.activities import Held, OtherBody
from consultations.services.refusal import Refused
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ActivityFactory, OutingFactory


@pytest.fixture
def promoter(programme):
    return UserFactory(role="promoter", programme=programme)


def held(**said):
    return Held(
        **{
            "type": "group_activity_types:hp_talk",
            "minutes": 30,
            "participants": {"women": 4},
            "topics": ("health_promotion_topics:vaccination",),
            **said,
        }
    )


def record(by, outing, **more):
    return activities.record(
        **{
            "id": uuid7(),
            "by": by,
            "programme": outing.programme,
            "site": outing.site,
            "on": outing.local_date,
            "outing": outing,
            "held": held(),
            "mark": "m",
            **more,
        }
    )


def test_an_activity_counts_heads_and_is_no_consultation(promoter, outing):
    activity = record(promoter, outing, held=held(participants={"women": 4, "boys": 3}))
    assert activity.participants == 7
    assert not Consultation.objects.exists()


def test_the_detail_must_add_up(promoter, outing):
    band = "age_bands:unhcr.unhcr_18_59"
    record(promoter, outing, held=held(detail={("female", band): 4}))
    with pytest.raises(Refused):
        record(promoter, outing, held=held(detail={("female", band): 5}))
    assert ActivityCount.objects.get().count == 4
    assert GroupActivity.objects.count() == 1


def test_the_same_id_and_body_is_one_activity(promoter, outing):
    activity_id = uuid7()
    first = record(promoter, outing, id=activity_id)
    assert record(promoter, outing, id=activity_id) == first
    assert GroupActivity.objects.count() == 1


def test_another_body_under_the_same_id_is_refused(promoter, outing):
    activity_id = uuid7()
    record(promoter, outing, id=activity_id)
    with pytest.raises(OtherBody):
        record(promoter, outing, id=activity_id, mark="other")


def test_the_id_of_another_author_does_not_exist(promoter, doctor, outing):
    activity = record(promoter, outing)
    with pytest.raises(GroupActivity.DoesNotExist):
        record(doctor, outing, id=activity.pk)


def test_a_correction_replaces_and_the_old_one_no_longer_counts(promoter, outing):
    old = record(promoter, outing)
    new = record(promoter, outing, held=held(participants={"women": 9}), replaces=old)

    old.refresh_from_db()
    assert old.replaced_by == new
    assert list(GroupActivity.objects.standing()) == [new]


def test_an_activity_is_corrected_once(promoter, outing):
    old = record(promoter, outing)
    record(promoter, outing, replaces=old)
    with pytest.raises(Refused):
        record(promoter, outing, replaces=old)
    assert GroupActivity.objects.count() == 2


def test_a_signed_activity_is_never_changed(promoter, outing):
    activity = ActivityFactory(by=promoter, outing=outing)
    with pytest.raises(DatabaseError), transaction.atomic():
        GroupActivity.objects.filter(pk=activity.pk).update(women=99)


def test_a_day_to_come_has_no_activity(promoter, outing):
    with pytest.raises(Refused):
        record(promoter, outing, on=outing.local_date + timedelta(days=1))


def test_nobody_records_for_another_programme(stranger, outing):
    with pytest.raises(PermissionDenied):
        record(stranger, outing)
    assert OutingFactory(by=stranger).programme != outing.programme
