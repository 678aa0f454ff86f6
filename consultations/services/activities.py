"""Group activities: heads counted, not named; born signed, corrected by a new one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.services import record as log
from consultations.models import (
    ActivityCount,
    ActivityLanguage,
    ActivityParticipant,
    ActivityTopic,
    GroupActivity,
    ItemDistribution,
    Outing,
)
from consultations.services.refusal import Refused
from partners.models import Organisation, Site
from patients.models import Patient


class OtherBody(Exception):
    """Another body was sent under an id that is taken. `there` is what was recorded first."""

    def __init__(self, there: GroupActivity) -> None:
        super().__init__("this id holds another activity")
        self.there = there


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a form or the API says of an activity. Keys are those of the lists."""

    type: str
    minutes: int
    participants: Mapping[str, int]  # by `GroupActivity.GROUPS`
    topics: Sequence[str]
    detail: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (sex, age band)
    languages: Sequence[str] = ()
    items: Sequence[tuple[str, int]] = ()
    partner: Organisation | None = None
    named: Sequence[Patient] = ()


def record(
    *,
    id: UUID,
    by: User,
    programme: Programme,
    site: Site,
    on: date,
    held: Held,
    mark: str,
    outing: Outing | None = None,
    replaces: GroupActivity | None = None,
) -> GroupActivity:
    """Sign a group activity, or the one that replaces an earlier one.

    The same id and mark again give the same row. Raises `OtherBody`, `Refused`, and
    `GroupActivity.DoesNotExist` for the id of another author.
    """
    policy.require(by, Permission.RECORD_ACTIVITY, programme)
    try:
        with transaction.atomic():
            there = _there(id, by, mark)
            if there is not None:
                return there
            activity = _born(id, by, programme, site, on, held, mark, outing)
            if replaces is not None:
                _replace(replaces, activity)
            _log(activity, held, by)
            return activity
    except IntegrityError:
        # The same tap came twice at once: the other one was faster.
        there = _there(id, by, mark)
        if there is None:
            raise
        return there


def _there(id: UUID, by: User, mark: str) -> GroupActivity | None:
    there = GroupActivity.objects.filter(pk=id).first()
    if there is None:
        return None
    if there.recorded_by_id != by.pk:
        raise GroupActivity.DoesNotExist
    if there.mark != mark:
        raise OtherBody(there)
    return there


def _born(
    id: UUID,
    by: User,
    programme: Programme,
    site: Site,
    on: date,
    held: Held,
    mark: str,
    outing: Outing | None,
) -> GroupActivity:
    if held.detail and sum(held.detail.values()) != sum(held.participants.values()):
        raise Refused(_("The detail by sex and age does not add up to the participants."))
    if on > programme.today():
        raise Refused(_("This day has not come yet."))
    activity = GroupActivity.objects.create(
        id=id,
        programme=programme,
        site=site,
        outing=outing,
        local_date=on,
        type_id=held.type,
        minutes=held.minutes,
        partner=held.partner,
        recorded_by=by,
        mark=mark,
        **{group: held.participants.get(group, 0) for group in GroupActivity.GROUPS},
    )
    for rows in _parts(activity, held):
        if rows:
            type(rows[0])._default_manager.bulk_create(rows)
    return activity


def _parts(activity: GroupActivity, held: Held) -> Iterable[list[Any]]:
    yield [ActivityTopic(activity=activity, topic_id=topic) for topic in held.topics]
    yield [ActivityLanguage(activity=activity, language_id=key) for key in held.languages]
    yield [
        ActivityCount(activity=activity, sex=sex, age_band_id=band, count=count)
        for (sex, band), count in held.detail.items()
        if count
    ]
    yield [
        ItemDistribution(activity=activity, item_id=item, quantity=quantity)
        for item, quantity in held.items
    ]
    yield [ActivityParticipant(activity=activity, patient=patient) for patient in held.named]


def _replace(old: GroupActivity, new: GroupActivity) -> None:
    """Signed rows are never edited: the old one points to what stands instead."""
    changed = GroupActivity.objects.filter(pk=old.pk, replaced_by__isnull=True).update(
        replaced_by=new
    )
    if not changed:
        raise Refused(_("This activity was corrected already."))


def _log(activity: GroupActivity, held: Held, by: User) -> None:
    log(
        by=by,
        action="activity.recorded",
        subjects=list(held.named),
        privacy_class=PrivacyClass.CLINICAL if held.named else PrivacyClass.OPEN,
        programme=activity.programme,
    )
