"""Outings: planned, opened, joined, staffed, closed, cancelled."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import crypto, policy
from accounts.models import Programme, User
from accounts.policy import Permission
from accounts.services import record
from consultations.models import Consultation, Draft, Outing, OutingMember, OutingStaff, Visit
from consultations.services.refusal import Refused
from partners.models import Site

State = Outing.State


@transaction.atomic
def open_outing(
    *, by: User, programme: Programme, site: Site, private_space: bool = True
) -> Outing:
    """Open today's outing at a site, or join the one that is there: there is one a day.

    The team of the last outing comes along, unless a colleague is at another one today. One that
    was closed or cancelled earlier today is opened again. Raises `Refused`.
    """
    policy.require(by, Permission.WORK_OUTING, programme)
    day = programme.today()
    _check_site(site, programme, day)
    outing, created = _one_a_day(
        programme, site, day, state=State.OPEN, by=by, private_space=private_space
    )
    if not created and outing.state == State.OPEN:
        _join(outing, by)
        record(by=by, action="outing.joined", programme=programme)
        return outing
    if not created:
        _reopen(outing, by, private_space)
    if not outing.members.exists():
        _bring_the_team(outing, by)
    _join(outing, by)
    record(by=by, action="outing.opened", programme=programme)
    return outing


@transaction.atomic
def join(outing: Outing, *, by: User) -> None:
    """Be part of the team; of several outings of a day, the last one joined is one's own."""
    policy.require(by, Permission.WORK_OUTING, outing.programme)
    if not outing.is_open:
        raise Refused(_("This outing is not open."))
    _join(outing, by)
    record(by=by, action="outing.joined", programme=outing.programme)


@transaction.atomic
def plan(*, by: User, programme: Programme, site: Site, on: date) -> Outing:
    """Announce an outing of today or later; nothing is recorded in it before it is opened."""
    policy.require(by, Permission.WORK_OUTING, programme)
    if on < programme.today():
        raise Refused(_("An outing is planned for today or later."))
    _check_site(site, programme, on)
    outing, created = _one_a_day(programme, site, on, state=State.PLANNED, by=by)
    if not created:
        raise Refused(_("There is an outing at this site on this day already."))
    record(by=by, action="outing.planned", programme=programme)
    return outing


@transaction.atomic
def record_past(
    *, by: User, programme: Programme, site: Site, on: date, private_space: bool = True
) -> Outing:
    """An outing that was held without the application. It is closed from the start: what is
    entered in it says why it comes late. One that is there already is given back."""
    policy.require(by, Permission.WORK_OUTING, programme)
    if not programme.starts_on <= on < programme.today():
        raise Refused(_("Choose a day before today, not before the programme began."))
    _check_site(site, programme, on)
    outing, created = _one_a_day(
        programme, site, on, state=State.CLOSED, by=by, private_space=private_space
    )
    if not created and outing.state in (State.PLANNED, State.CANCELLED):
        # It was held after all.
        now = timezone.now()
        outing.state, outing.cancel_reason = State.CLOSED, None
        outing.opened_by = outing.closed_by = by
        outing.opened_at = outing.closed_at = now
        outing.save_version(expected=outing.version)
    _join(outing, by)
    record(by=by, action="outing.recorded_late", programme=programme)
    return outing


@transaction.atomic
def staff(
    outing: Outing,
    *,
    by: User,
    expected: int,
    counts: Mapping[str, Decimal],
    private_space: bool,
) -> None:
    """Who was there, in staff-days by discipline (0 takes a discipline out). `EditConflict`."""
    policy.require(by, Permission.WORK_OUTING, outing.programme)
    outing.private_space = private_space
    outing.save_version(expected=expected)
    outing.staff.exclude(discipline__in=[d for d, count in counts.items() if count]).delete()
    OutingStaff.objects.bulk_create(
        [OutingStaff(outing=outing, discipline=d, count=n) for d, n in counts.items() if n],
        update_conflicts=True,
        unique_fields=("outing", "discipline"),
        update_fields=("count",),
    )
    record(by=by, action="outing.staffed", programme=outing.programme)


@transaction.atomic
def close(outing: Outing, *, by: User, expected: int, remarks: str = "") -> None:
    """End the day: who still waits has left without care. Drafts stay with their authors and
    sign as late entries. Raises `Refused`, `EditConflict`."""
    policy.require(by, Permission.WORK_OUTING, outing.programme)
    if not outing.is_open:
        raise Refused(_("This outing is not open."))
    outing.state = State.CLOSED
    outing.closed_by, outing.closed_at = by, timezone.now()
    outing.seal(crypto.INSTALLATION, remarks=remarks)
    outing.save_version(expected=expected)
    _settle_visits(outing)
    record(by=by, action="outing.closed", programme=outing.programme)


@transaction.atomic
def cancel(outing: Outing, *, by: User, expected: int, reason: str) -> None:
    """Say that the team does not come, with a code of `outing_cancel_reasons`; whoever was
    expected there is then contacted. Raises `Refused` once somebody was received."""
    policy.require(by, Permission.WORK_OUTING, outing.programme)
    if outing.state not in (State.PLANNED, State.OPEN):
        raise Refused(_("This outing is over."))
    if outing.visits.exists() or outing.activities.exists():
        raise Refused(_("People were received already: close the outing instead."))
    outing.state, outing.cancel_reason_id = State.CANCELLED, reason
    outing.save_version(expected=expected)
    record(by=by, action="outing.cancelled", programme=outing.programme)


def _check_site(site: Site, programme: Programme, day: date) -> None:
    if not Site.objects.open_on(day).of_programmes([programme.pk]).filter(pk=site.pk).exists():
        raise Refused(_("This site is not open on that day."))


def _one_a_day(
    programme: Programme,
    site: Site,
    day: date,
    *,
    state: str,
    by: User,
    private_space: bool = True,
) -> tuple[Outing, bool]:
    now = timezone.now()
    opened = {} if state == State.PLANNED else {"opened_by": by, "opened_at": now}
    closed = {"closed_by": by, "closed_at": now} if state == State.CLOSED else {}
    # The row is locked: who comes second waits here and then joins.
    outing, created = Outing.objects.select_for_update().get_or_create(
        programme=programme,
        site=site,
        local_date=day,
        defaults={
            "state": state,
            "planned": state == State.PLANNED,
            "private_space": private_space,
            **opened,
            **closed,
        },
    )
    return outing, created


def _reopen(outing: Outing, by: User, private_space: bool) -> None:
    if outing.opened_at is None:
        outing.opened_by, outing.opened_at = by, timezone.now()
        outing.private_space = private_space
    outing.state, outing.cancel_reason = State.OPEN, None
    outing.closed_by = outing.closed_at = None
    outing.save_version(expected=outing.version)


def _join(outing: Outing, by: User) -> None:
    member, created = OutingMember.objects.get_or_create(outing=outing, user=by)
    if created:
        _count_members(outing)
    else:
        member.joined_at = timezone.now()
        member.save(update_fields=("joined_at",))


def _bring_the_team(outing: Outing, by: User) -> None:
    """The team and the staff of the last outing; who opened another one today stays there."""
    last = (
        Outing.objects.held()
        .filter(programme=outing.programme, members__user=by, local_date__lt=outing.local_date)
        .order_by("-local_date")
        .first()
    )
    if last is None:
        return
    busy = OutingMember.objects.filter(
        outing__local_date=outing.local_date, outing__state=State.OPEN
    ).values("user")
    team = (
        User.objects.filter(pk__in=last.members.values("user"), is_active=True)
        .filter(
            Q(postings__until__isnull=True) | Q(postings__until__gte=outing.local_date),
            postings__programme=outing.programme,
            postings__since__lte=outing.local_date,
        )
        .exclude(pk__in=busy)
        .exclude(pk=by.pk)
        .distinct()
    )
    OutingMember.objects.bulk_create([OutingMember(outing=outing, user=user) for user in team])
    OutingStaff.objects.bulk_create(
        [
            OutingStaff(outing=outing, discipline=row.discipline, count=row.count)
            for row in last.staff.all()
        ]
    )


def _count_members(outing: Outing) -> None:
    """Nobody who joined is missing from the staff; counts that are higher were typed."""
    present: dict[str, int] = {}
    for discipline in outing.members.values_list("user__discipline", flat=True):
        if discipline:
            present[discipline] = present.get(discipline, 0) + 1
    there = {row.discipline: row.count for row in outing.staff.all()}
    OutingStaff.objects.bulk_create(
        [
            OutingStaff(outing=outing, discipline=discipline, count=count)
            for discipline, count in present.items()
            if there.get(discipline, Decimal(0)) < count
        ],
        update_conflicts=True,
        unique_fields=("outing", "discipline"),
        update_fields=("count",),
    )


def _settle_visits(outing: Outing) -> None:
    drafted = Draft.objects.open().filter(outing=outing).values("visit")
    served = Consultation.objects.filter(outing=outing).values("visit")
    unsettled = outing.visits.exclude(state__in=(Visit.State.SEEN, Visit.State.LEFT))
    unsettled.filter(pk__in=served).exclude(pk__in=drafted).update(
        state=Visit.State.SEEN, waits_for=[]
    )
    unsettled.exclude(pk__in=served).exclude(pk__in=drafted).update(
        state=Visit.State.LEFT, waits_for=[]
    )
