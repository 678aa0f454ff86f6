"""CA: the comprehensive care centre."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from consultations.models import Consultation, Episode
from reports.indicators.breakdowns import of_consultations, of_people
from reports.indicators.registry import Measure, indicator, ratio
from reports.reading import Reading
from reports.scope import Scope


def _at_centre(reading: Reading) -> Reading | None:
    """The same scope, of centres only; None where the scope has no centre."""
    if not reading.centres:
        return None
    scope = reading.scope
    return _cached(
        reading, Scope(scope.start, scope.end, tuple(reading.centres), scope.sites, scope.member)
    )


def _cached(reading: Reading, scope: Scope) -> Reading:
    """One reading of the centres serves CA01 to CA03."""
    if scope == reading.scope:
        return reading
    kept: Reading = reading.__dict__.setdefault("at_centre", Reading(scope))
    return kept


def _consultations(reading: Reading) -> QuerySet[Consultation]:
    centre = _at_centre(reading)
    return centre.direct() if centre else Consultation.objects.none()


def _of_people_in_care(reading: Reading) -> QuerySet[Any]:
    """CAI consultations in the period of people who have an episode of care there."""
    episode = Episode.objects.filter(
        patient=OuterRef("patient"),
        programme=OuterRef("programme"),
        admitted_on__lte=reading.scope.end,
    )
    return _consultations(reading).filter(Exists(episode))


@indicator(
    "CA01",
    _("Signed direct consultations at the comprehensive care centre."),
    behind=_consultations,
    breakdowns=("discipline", "month", "sex"),
)
def centre_consultations(reading: Reading, by: frozenset[str]) -> Measure:
    """CAI consultations.

    Signed direct consultations in programmes of the kind centre. Source: published, MSF 2025
    (4,250 January to October).
    """
    centre = _at_centre(reading)
    if centre is None:
        return Measure(None)
    cells = centre.consultations("programme", "discipline", "visit_type")
    wanted = [name for name in ("discipline", "month", "sex") if name in by]
    return Measure(sum(cells.values()), by=of_consultations(centre, wanted))


@indicator(
    "CA02",
    _(
        "Different people with an episode of care and at least one consultation at the "
        "centre in the period."
    ),
    behind=_of_people_in_care,
    breakdowns=("sex", "age", "nationality"),
)
def people_treated(reading: Reading, by: frozenset[str]) -> Measure:
    """People treated at CAI.

    Distinct people with an episode of care (admitted by the end of the period) and at least one
    signed CAI consultation in the period; people assessed and not admitted are not in it.
    Source: published, MSF 2025 (110 January to October).
    """
    centre = _at_centre(reading)
    if centre is None:
        return Measure(None)
    people = centre.by_person(_of_people_in_care(reading))
    return Measure(sum(people.values()), by=of_people(people, by))


@indicator("CA03", _("Consultations at the centre divided by the people treated there."))
def consultations_per_person(reading: Reading, by: frozenset[str]) -> Measure:
    """CAI consultations per person.

    Numerator: CA01; denominator: CA02. One decimal. Source: published, MSF 2025 (38.6).
    """
    consultations, people = (
        compute(reading, frozenset()).value for compute in (centre_consultations, people_treated)
    )
    if consultations is None or people is None:
        return Measure(None)
    return Measure(
        ratio(int(consultations), int(people)),
        numerator=int(consultations),
        denominator=int(people),
    )
