"""Gathers what a consultation form must know, for the pages and the API."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from accounts.crypto import Key
from accounts.disclosure import Disclosure
from accounts.models import User
from accounts.policy import Discipline
from consultations.forms.context import FormContext
from consultations.forms.sheets import offered_in
from consultations.models import Need, Outing, Visit
from consultations.queries import history as histories
from consultations.queries import last, scores
from consultations.queries.history import History
from consultations.queries.reach import GROUPS, Reader
from partners.models import Site
from patients.models import Identity, Patient
from patients.queries import age_at
from terminology import lists


def gather(
    *,
    user: User,
    patient: Patient,
    identity: Identity,
    discipline: str,
    outing: Outing,
    visit: Visit | None,
    reader: Reader,
    permit: Disclosure | None,
    key: Key,
) -> FormContext:
    """The context of a form for one person and outing, as far as the user may read it.

    Without a disclosure the texts of last time stay closed: enough to check what was sent.
    """
    history = histories.of(patient, outing.programme)
    age = age_at(patient, outing.local_date, identity)
    before = last.answers(discipline, history, reader, permit, key)
    measured = last.Measured(None, None)
    if last.is_measured(discipline):
        measured = last.vitals(patient, visit.pk if visit is not None else None)
    known = scores.readable(patient, reader) if GROUPS[discipline] == "mental_health" else {}
    return FormContext(
        patient=patient,
        discipline=discipline,
        user=user,
        outing=outing,
        visit=visit,
        age_years=age.years,
        age_months=age.months,
        under_18=age.years < 18,
        first_visit=history.is_first(discipline),
        last=before.payload,
        last_on=before.on,
        open_needs=_open_needs(patient, outing, discipline),
        open_problems=[line["concept"] for line in before.payload.get("diagnosis", ())],
        supportable=_supportable(history, visit, discipline),
        sites=sites(outing),
        site_altitude=outing.site.altitude,
        vitals=measured.today,
        last_vitals=measured.before,
        pregnancy=history.pregnancy,
        sessions=len(history.of(discipline)),
        consent_defaults=_consent(patient, age.years, history, discipline),
        interpreter_needed=patient.interpreter_needed,
        scores=known,
        admission=history.admission,
        due=scores.due_now(
            known,
            offered_in(discipline, age.years),
            outing.local_date,
            history.admission,
            age=age.years,
        ),
    )


def sites(outing: Outing) -> list[tuple[str, str]]:
    """Where the programme sees people, the place of today first: (id, name)."""
    rows = Site.objects.open_on(outing.local_date).of_programmes([outing.programme_id])
    ordered = sorted(rows, key=lambda site: (site.pk != outing.site_id, site.name))
    return [(str(site.pk), site.name) for site in ordered]


def _open_needs(patient: Patient, outing: Outing, discipline: str) -> list[Need]:
    if discipline != Discipline.SOCIAL_WORK:
        return []
    rows = Need.objects.filter(
        patient=patient, programme=outing.programme_id, closed_on__isnull=True
    )
    return list(rows)


def _supportable(history: History, visit: Visit | None, discipline: str) -> list[tuple[str, str]]:
    """Signed notes of the visit that a mediation may have supported."""
    if discipline != Discipline.CULTURAL_MEDIATION or visit is None:
        return []
    return [
        (str(head.id), f"{_label(head.discipline)}, {_clock(head.signed_at)}")
        for head in history.heads
        if head.visit_id == visit.pk and head.discipline != discipline
    ]


def _label(discipline: str) -> str:
    return lists.find("consultation_disciplines", discipline).label


def _clock(at: datetime) -> str:
    return date_format(timezone.localtime(at), "H:i")


def _consent(patient: Patient, age: int, history: History, discipline: str) -> dict[str, str]:
    """Who gave consent at registration speaks for a child again; the kind of visit follows from
    the history."""
    defaults: dict[str, str] = {"visit_type": history.visit_type(discipline).value}
    if age < 18 and patient.consent_giver_id:
        defaults["consent_giver"] = str(patient.consent_giver_id)
    return defaults
