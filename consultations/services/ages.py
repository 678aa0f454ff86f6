from collections import defaultdict
from datetime import date
from uuid import UUID

from consultations.models import Consultation
from patients import ages
from patients.models import Patient


def restate_ages(patient: Patient, birth_date: date) -> None:
    """Bring the ages on signed headers in step with a corrected birth date.

    The one change that a signed header ever sees; part of the transaction that corrects it.
    """
    by_age: dict[int, list[UUID]] = defaultdict(list)
    rows = Consultation.objects.filter(patient=patient).values_list("pk", "local_date", "age_years")
    for pk, day, stated in rows:
        age = max(0, ages.years(birth_date, day))
        if age != stated:
            by_age[age].append(pk)
    for age, ids in by_age.items():
        Consultation.objects.filter(pk__in=ids).update(age_years=age)
