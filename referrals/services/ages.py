from datetime import date

from patients import ages
from patients.models import Patient
from referrals.models import Referral


def restate_ages(patient: Patient, birth_date: date) -> None:
    """A corrected birth date restates the age on the day of sending; part of the correction."""
    rows = list(Referral.objects.filter(patient=patient, submitted_on__isnull=False))
    for row in rows:
        row.age_years = max(0, ages.years(birth_date, row.submitted_on or birth_date))
    Referral.objects.bulk_update(rows, ("age_years",))
