"""Open referrals in bulk, so that the queue is measured full. Called by `benchmarks.pages`."""

from datetime import timedelta
from random import Random
from uuid import UUID

from django.utils import timezone

from accounts.models import Programme
from accounts.rows import uuid7
from patients.models import Access, Patient
from referrals.models import Clock, Referral, ReferralReason, Status, Urgency

STATES = (Status.SUBMITTED, Status.UNDER_REVIEW, Status.ACCEPTED, Status.WAITLISTED)
REASONS = ("torture", "sexual_violence", "severe_mh", "complex_case", "physiotherapy")


def fill(wanted: int) -> int:
    """Referrals to the centre up to `wanted` open ones, each of another person; how many were
    made. Copies of one that is there: what is sealed in them stays shut."""
    centre = Programme.objects.get(code="CAI")
    like = Referral.objects.filter(to_programme=centre, status__in=STATES).first()
    if like is None:
        raise LookupError("the live day has no open referral to the centre")
    there = Referral.objects.open().filter(to_programme=centre)
    missing = max(0, wanted - there.count())
    people = (
        Patient.objects.filter(accesses__programme=like.from_programme_id)
        .exclude(pk__in=there.values("patient"))
        .order_by("code")
        .values_list("pk", flat=True)
        .distinct()[:missing]
    )
    rng = Random(20251031)
    rows = [_row(like, person, rng) for person in people]
    Referral.objects.bulk_create(rows, batch_size=500)
    ReferralReason.objects.bulk_create(
        (
            ReferralReason(referral=row, reason_id=f"referral_reasons:{rng.choice(REASONS)}")
            for row in rows
        ),
        batch_size=1000,
    )
    Access.objects.bulk_create(
        (
            Access(patient_id=row.patient_id, programme=centre, basis=Access.Basis.REFERRAL)
            for row in rows
        ),
        batch_size=1000,
    )
    return len(rows)


def _row(like: Referral, person: UUID, rng: Random) -> Referral:
    values = {field.attname: getattr(like, field.attname) for field in Referral._meta.fields}
    row = Referral(**{**values, "id": uuid7(), "patient_id": person})
    row.status = rng.choice(STATES)
    row.urgency = row.urgency_floor = rng.choice(Urgency.values)
    row.submitted_at = timezone.now() - timedelta(hours=rng.uniform(1, 400))
    row.submitted_on = timezone.localdate(row.submitted_at)
    decided = row.status in (Status.ACCEPTED, Status.WAITLISTED)
    row.clock = Clock.FIRST_CONTACT if decided else Clock.TRIAGE
    row.due_at = timezone.now() + timedelta(hours=rng.uniform(-100, 300))
    row.decided_at = row.submitted_at if decided else None
    row.accepted_at = row.submitted_at if row.status == Status.ACCEPTED else None
    row.waitlisted_at = row.submitted_at if row.status == Status.WAITLISTED else None
    row.appointment_id = row.first_appointment_on = row.assigned_to_id = row.cancel_asked_at = None
    return row
