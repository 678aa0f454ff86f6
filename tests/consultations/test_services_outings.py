"""Outings: one a day, who comes second joins, and what opening, closing and cancelling mean."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from accounts import crypto
from accounts.models import AccessEvent
from accounts.rows import EditConflict
from consultations.models import Outing, OutingMember, Visit
from consultations.queries import counts
from consultations.queries import outings as reading
from consultations.services import outings, visits
from consultations.services.refusal import Refused
from partners.models.site import WEEKDAYS, weekday
from tests.accounts.factories import PostingFactory, ProgrammeFactory, UserFactory
from tests.consultations.factories import (
    ActivityFactory,
    ConsultationFactory,
    DraftFactory,
    OutingFactory,
    VisitFactory,
    site_of,
)
from tests.partners.factories import SiteFactory
from tests.patients.factories import PatientFactory


def test_who_opens_a_site_second_joins_the_team(doctor, psychologist, programme):
    site = site_of(programme)
    first = outings.open_outing(by=doctor, programme=programme, site=site)
    second = outings.open_outing(by=psychologist, programme=programme, site=site)

    assert first == second
    assert Outing.objects.count() == 1
    assert set(first.members.values_list("user", flat=True)) == {doctor.pk, psychologist.pk}
    assert dict(first.staff.values_list("discipline", "count")) == {"medical": 1, "psychology": 1}


def test_an_outing_is_of_the_local_day_of_its_programme(doctor, programme):
    outing = OutingFactory(by=doctor)
    assert outing.local_date == programme.today()


def test_a_closed_site_is_refused(doctor, programme):
    gone = programme.today() - timedelta(days=1)
    site = SiteFactory(programmes=[programme], closed=gone)
    with pytest.raises(Refused):
        outings.open_outing(by=doctor, programme=programme, site=site)


def test_a_site_of_another_programme_is_refused(doctor, programme):
    elsewhere = SiteFactory(programmes=[ProgrammeFactory()])
    with pytest.raises(Refused):
        outings.open_outing(by=doctor, programme=programme, site=elsewhere)


def test_nobody_opens_an_outing_of_a_programme_they_are_not_posted_to(doctor):
    other = ProgrammeFactory()
    with pytest.raises(PermissionDenied):
        outings.open_outing(by=doctor, programme=other, site=site_of(other))


def test_the_team_of_last_time_comes_along(doctor, psychologist, programme):
    yesterday = programme.today() - timedelta(days=1)
    before = OutingFactory(by=doctor, on=yesterday)
    outings.record_past(by=psychologist, programme=programme, site=before.site, on=yesterday)
    outings.staff(
        before,
        by=doctor,
        expected=before.version,
        counts={"medical": Decimal("1.5"), "psychology": Decimal(2)},
        private_space=True,
    )

    today = OutingFactory(by=doctor)

    assert set(today.members.values_list("user", flat=True)) == {doctor.pk, psychologist.pk}
    assert dict(today.staff.values_list("discipline", "count")) == {
        "medical": Decimal("1.5"),
        "psychology": Decimal(2),
    }


def test_a_colleague_at_another_site_today_stays_there(doctor, psychologist, programme):
    yesterday = programme.today() - timedelta(days=1)
    before = OutingFactory(by=doctor, on=yesterday)
    outings.record_past(by=psychologist, programme=programme, site=before.site, on=yesterday)
    elsewhere = OutingFactory(by=psychologist, site=SiteFactory(programmes=[programme]))

    OutingFactory(by=doctor, site=before.site)

    assert reading.own(psychologist) == elsewhere


def test_who_left_the_programme_does_not_come_along(doctor, programme):
    gone = UserFactory(role="nurse", programme=programme)
    yesterday = programme.today() - timedelta(days=1)
    before = OutingFactory(by=doctor, on=yesterday)
    outings.record_past(by=gone, programme=programme, site=before.site, on=yesterday)
    gone.postings.update(until=yesterday)

    today = OutingFactory(by=doctor)

    assert list(today.members.values_list("user", flat=True)) == [doctor.pk]


def test_the_last_outing_joined_is_ones_own(doctor, programme):
    here = OutingFactory(by=doctor)
    there = OutingFactory(by=doctor, site=SiteFactory(programmes=[programme]))
    assert reading.own(doctor) == there

    outings.join(here, by=doctor)

    assert reading.own(doctor) == here


def test_an_outing_of_another_programme_is_not_ones_own(doctor, programme):
    posting = PostingFactory(user=doctor, role="doctor", programme=ProgrammeFactory())
    OutingFactory(by=doctor)
    doctor.posting = posting

    assert reading.own(doctor) is None


def test_sites_of_the_weekday_are_suggested_first(doctor, programme):
    today = programme.today()
    never_today = [day for day in WEEKDAYS if day != weekday(today)]
    SiteFactory(code="A1", programmes=[programme], weekdays=never_today)
    SiteFactory(code="B1", programmes=[programme], weekdays=[weekday(today)])
    SiteFactory(code="C1", programmes=[programme], closed=today - timedelta(days=1))
    SiteFactory(code="D1", programmes=[ProgrammeFactory()])

    found = reading.suggest_sites(programme, doctor, today)

    assert [site.code for site in found.likely] == ["B1"]
    assert [site.code for site in found.others] == ["A1"]
    assert found.first is not None
    assert found.first.code == "B1"


def test_closing_keeps_remarks_sealed_and_says_who_left_without_care(doctor):
    visit = VisitFactory(by=doctor, outing=(outing := OutingFactory(by=doctor)))

    outings.close(outing, by=doctor, expected=outing.version, remarks="Llovió mucho")

    outing.refresh_from_db()
    visit.refresh_from_db()
    assert outing.state == Outing.State.CLOSED
    assert outing.closed_by == doctor
    assert b"Llovi" not in bytes(outing.remarks)
    assert crypto.unseal(crypto.INSTALLATION, outing.remarks, outing.aad("remarks")) == (
        "Llovió mucho"
    )
    assert visit.state == Visit.State.LEFT


def test_closing_leaves_open_drafts_in_care_and_the_seen_seen(doctor):
    outing = OutingFactory(by=doctor)
    written = DraftFactory(by=doctor, outing=outing)
    seen = ConsultationFactory(by=doctor, outing=outing)

    outings.close(outing, by=doctor, expected=outing.version)

    assert Visit.objects.get(pk=written.visit_id).state == Visit.State.IN_CARE
    assert Visit.objects.get(pk=seen.visit_id).state == Visit.State.SEEN


def test_two_who_close_at_once_do_not_lose_each_others_remarks(doctor, psychologist):
    outing = OutingFactory(by=doctor)
    mine, theirs = Outing.objects.get(pk=outing.pk), Outing.objects.get(pk=outing.pk)
    outings.close(theirs, by=psychologist, expected=theirs.version, remarks="Primera")

    with pytest.raises(EditConflict) as conflict:
        outings.close(mine, by=doctor, expected=mine.version, remarks="Segunda")

    assert conflict.value.theirs.closed_by == psychologist


def test_opening_again_on_the_same_day_reopens(doctor):
    outing = OutingFactory(by=doctor, closed=True)

    again = outings.open_outing(by=doctor, programme=outing.programme, site=outing.site)

    assert again.pk == outing.pk
    assert again.state == Outing.State.OPEN
    assert again.closed_at is None


def test_a_past_outing_is_closed_from_the_start(doctor, programme):
    yesterday = programme.today() - timedelta(days=1)
    outing = OutingFactory(by=doctor, on=yesterday)

    assert (outing.state, outing.local_date) == (Outing.State.CLOSED, yesterday)
    again = OutingFactory(by=doctor, on=yesterday, site=outing.site)
    assert again == outing


@pytest.mark.parametrize("days", [0, 1])
def test_a_past_outing_is_not_of_today_or_later(doctor, programme, days):
    with pytest.raises(Refused):
        outings.record_past(
            by=doctor,
            programme=programme,
            site=site_of(programme),
            on=programme.today() + timedelta(days=days),
        )


def test_a_planned_outing_is_cancelled_with_a_reason(doctor, programme):
    outing = outings.plan(
        by=doctor, programme=programme, site=site_of(programme), on=programme.today()
    )
    outings.cancel(
        outing, by=doctor, expected=outing.version, reason="outing_cancel_reasons:weather"
    )

    outing.refresh_from_db()
    assert outing.state == Outing.State.CANCELLED
    assert outing.cancel_reason_id == "outing_cancel_reasons:weather"


def test_nothing_is_planned_for_yesterday(doctor, programme):
    with pytest.raises(Refused):
        outings.plan(
            by=doctor,
            programme=programme,
            site=site_of(programme),
            on=programme.today() - timedelta(days=1),
        )


def test_an_outing_that_received_somebody_is_not_cancelled(doctor):
    outing = OutingFactory(by=doctor)
    VisitFactory(by=doctor, outing=outing)
    with pytest.raises(Refused):
        outings.cancel(
            outing, by=doctor, expected=outing.version, reason="outing_cancel_reasons:weather"
        )


def test_opening_a_planned_outing_keeps_that_it_was_planned(doctor, programme):
    site = site_of(programme)
    planned = outings.plan(by=doctor, programme=programme, site=site, on=programme.today())

    opened = outings.open_outing(by=doctor, programme=programme, site=site, private_space=False)

    assert opened.pk == planned.pk
    assert opened.planned
    assert opened.state == Outing.State.OPEN
    assert opened.opened_by == doctor
    assert not opened.private_space


def test_the_counts_of_an_outing_leave_drafts_apart(doctor, psychologist):
    outing = OutingFactory(by=doctor)
    ConsultationFactory(by=doctor, outing=outing)
    ConsultationFactory(by=psychologist, outing=outing, patient=PatientFactory(by=psychologist))
    DraftFactory(by=doctor, outing=outing)
    ActivityFactory(by=doctor, outing=outing)

    found = counts.of_outing(outing)

    assert found.consultations == {"medical": 1, "psychology": 1}
    assert found.unsigned == {"medical": 1}
    assert found.visits == {"waiting": 0, "in_care": 1, "seen": 2, "left": 0}
    assert (found.activities, found.participants) == (1, 7)


def test_people_to_contact_are_those_expected_at_the_site_on_the_day(doctor, programme):
    tomorrow = programme.today() + timedelta(days=1)
    site = site_of(programme)
    booked = ConsultationFactory(
        by=doctor, follow_up={"date": tomorrow.isoformat(), "site": str(site.pk)}
    )
    ConsultationFactory(
        by=doctor,
        follow_up={
            "date": tomorrow.isoformat(),
            "site": str(SiteFactory(programmes=[programme]).pk),
        },
    )
    outing = outings.plan(by=doctor, programme=programme, site=site, on=tomorrow)

    assert [a.patient_id for a in reading.people_to_contact(outing)] == [booked.patient_id]


def test_every_write_of_an_outing_is_in_the_log(doctor):
    outing = OutingFactory(by=doctor)
    outings.close(outing, by=doctor, expected=outing.version)

    actions = AccessEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["outing.opened", "outing.closed"]


def test_joining_twice_is_once(doctor):
    outing = OutingFactory(by=doctor)
    outings.join(outing, by=doctor)
    assert OutingMember.objects.filter(outing=outing, user=doctor).count() == 1


def test_nobody_is_received_in_a_closed_outing(doctor):
    outing = OutingFactory(by=doctor, closed=True)
    with pytest.raises(Refused):
        visits.receive(PatientFactory(by=doctor), outing=outing, by=doctor)
