"""The working day of today: what every list of the centre has to show."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Programme, User
from consultations.models import Appointment, Consultation, Episode, ScaleResult, Slot
from consultations.queries import episodes
from demo import live, live_centre, world
from demo.plan.numbers import counts
from patients.models import Access, Patient, ProtectionTask
from referrals.machine import TABLE, Move
from referrals.models import Notice, Origin, Referral

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def day(django_db_setup, django_db_blocker):
    """Loaded once, inside a transaction that is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        assert live.load() == 60
        yield Programme.objects.get(code="CAI")
        transaction.set_rollback(True)


def test_referrals_stand_in_every_state(day):
    standing = Counter(Referral.objects.values_list("status", flat=True))
    assert standing == counts("live_tail_referral")
    assert sum(standing.values()) == counts("live_tail")["referrals"]
    assert Referral.objects.filter(to_partner__isnull=False).count() == 3
    assert Referral.objects.filter(origin=Origin.PARTNER).count() == 2
    assert Referral.objects.filter(origin=Origin.SELF).count() == 3


def test_the_moves_lead_to_the_states_and_nothing_lies_ahead(day):
    now = timezone.now()
    for referral in Referral.objects.prefetch_related("moves"):
        status, last = "draft", referral.written_at
        for move in referral.moves.all():
            rule = TABLE[Move(move.move)]
            assert status in rule.sources
            assert last <= move.at <= now
            status, last = rule.to or status, move.at
        assert status == referral.status


def test_some_referrals_are_late_and_some_are_not(day):
    now = timezone.now()
    running = Referral.objects.exclude(clock="none")
    assert running.filter(due_at__lt=now).exists()
    assert running.filter(due_at__gt=now).exists()


def test_the_centre_may_know_whom_it_receives(day):
    for referral in Referral.objects.filter(to_programme=day).exclude(status="draft"):
        ended = referral.status in ("declined", "cancelled", "closed_incomplete")
        rows = Access.objects.filter(
            patient=referral.patient_id, programme=day, basis=Access.Basis.REFERRAL
        )
        assert rows.open().exists() != ended


def test_the_doctor_hears_what_became_of_referrals(day):
    doctor = User.objects.get(email="doctor@vereda.example")
    assert Notice.objects.filter(user=doctor, seen_at=None).exists()


def test_ten_people_are_in_care_and_one_review_is_overdue(day):
    here = Episode.objects.filter(programme=day)
    today = day.today()
    assert here.count() == here.open().count() == counts("live_tail")["episodes_open"]
    assert episodes.reviews_overdue(here, today).count() == 1
    assert all(5 <= (today - row.admitted_on).days <= 152 for row in here)
    assert Consultation.objects.filter(programme=day, local_date__gte=today).count() == 0


def test_one_person_may_be_lost_and_was_tried_twice(day):
    rows = Episode.objects.filter(programme=day)
    lost = [
        row for row in rows
        if day.today() - episodes.last_contact(row) >= timedelta(days=60)
    ]  # fmt: skip
    assert len(lost) == 1
    assert episodes.silence(lost[0], day.today()).tried == 2


def test_scales_are_measured_and_of_somebody_overdue(day):
    last = {
        stay: max(days)
        for stay in Episode.objects.filter(programme=day)
        if (
            days := list(
                ScaleResult.objects.filter(consultation__episode=stay)
                .exclude(informant="")
                .values_list("local_date", flat=True)
            )
        )
    }
    assert len(last) == 10
    assert any(day.today() - on > timedelta(days=28) for on in last.values())


def test_risks_leave_tasks_with_a_clock(day):
    tasks = ProtectionTask.objects.filter(kind="safety", programme=day)
    wanted = counts("live_tail")
    assert tasks.count() == wanted["risk_high"] + wanted["risk_moderate"]
    for task in tasks:
        found = Consultation.objects.get(patient=task.patient, signed_at=task.opened_at)
        assert found.mentalhealthdetail.risk_id in (
            "mh_risk_levels:high",
            "mh_risk_levels:moderate",
        )
        assert task.due_at > task.opened_at


def test_hours_are_full_and_free_this_week_and_next(day):
    ahead = Slot.objects.filter(programme=day, local_date__gte=day.today())
    assert ahead.free().count() > 20
    assert ahead.exclude(pk__in=ahead.free()).count() > 5
    for slot in Slot.objects.filter(programme=day):
        held = slot.appointments.filter(state__in=Appointment.HOLDING).count()
        assert slot.taken == held <= slot.places


def test_the_centre_expects_people_today_in_several_disciplines(day):
    booked = Appointment.objects.filter(programme=day, local_date=day.today(), state="booked")
    assert booked.count() >= 8
    assert len(set(booked.values_list("discipline", flat=True))) >= 3


def test_who_was_in_care_a_year_ago_has_left(day):
    here = world.build()
    worker = here.who("CAI", "psychology")
    patient = Patient.objects.exclude(
        pk__in=Episode.objects.filter(programme=day).values("patient")
    ).first()
    stay = Episode.objects.create(
        patient=patient,
        programme=day,
        admitted_on=date(2025, 9, 1),
        opened_by=worker,
        reference_worker=worker,
    )
    assert live_centre.leave(here, day.today(), Random(1)) == 1
    stay.refresh_from_db()
    assert date(2025, 10, 31) < stay.closed_on < day.today()
    assert stay.outcome_id
    assert live_centre.leave(here, day.today(), Random(1)) == 0


def test_a_second_load_of_the_day_adds_nothing(day):
    before = Referral.objects.count()
    assert live.load() == 0
    assert Referral.objects.count() == before
