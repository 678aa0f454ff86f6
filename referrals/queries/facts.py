"""What is recorded that bears on a referral: facts for the least urgency, words to start from."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple, cast

from django.db.models import Exists, OuterRef, Subquery

from accounts.disclosure import Disclosure
from accounts.models import User
from accounts.privacy import PrivacyClass
from consultations.models import Choice, Consultation, Diagnosis, SocialWorkDetail
from consultations.queries.keys import NarrativeKey
from consultations.queries.notes import opener, readable
from consultations.queries.reach import GROUPS, of_person, reader
from consultations.queries.whole import gather_headlines, related
from consultations.summaries import HEADLINE, read
from patients.models import Identity, Patient, Vulnerability
from patients.queries import age_at
from referrals.rules import Event, Facts, code
from terminology import lists

SUMMARY = 1500  # characters (referral.summary)
# A sign of psychosis counts while it is recent; the clinician sees it and decides.
RECENT = timedelta(days=14)
_PSYCHOSIS = ("mh_diagnoses:psychosis_acute",)
_UNACCOMPANIED = ("uasc_unaccompanied", "uasc_separated")
_TOLD = ("plan", "advice_plan")
_NOTES = 3


def facts_of(
    patient: Patient,
    *,
    reasons: Iterable[str],
    risk: str,
    on: date,
    event: Event | None = None,
    pep_given: bool = False,
    ec_given: bool = False,
    identity: Identity | None = None,
) -> Facts:
    """Two statements, and the identity where it is not given. The risk asked anew counts, not the
    one recorded before."""
    criteria = frozenset(
        code(key)
        for key in Vulnerability.objects.open()
        .filter(of_person(patient))
        .values_list("criterion", flat=True)
    )
    age = age_at(patient, on, identity).years
    alone = code(patient.travel_composition_id) in _UNACCOMPANIED
    return Facts(
        reasons=frozenset(map(code, reasons)),
        criteria=criteria,
        risk=code(risk) or risk,
        age=age,
        sex=patient.sex,
        unaccompanied=age < 18 and (alone or "child_unaccompanied" in criteria),
        psychosis=_standing(patient, on).psychosis,
        event=event,
        pep_given=pep_given,
        ec_given=ec_given,
    )


class _Standing(NamedTuple):
    psychosis: bool
    whereabouts: str | None


def _standing(patient: Patient, on: date) -> _Standing:
    """What the last notes say, in one statement; asked once for a person as loaded."""
    kept: dict[date, _Standing] = patient.__dict__.setdefault("_standing", {})
    if on not in kept:
        # Two levels out: the notes stand inside the diagnoses, those inside the person.
        person: Any = OuterRef("pk")
        notes = Consultation.objects.filter(
            of_person(cast("Any", OuterRef(person))), local_date__gte=on - RECENT
        ).values("pk")
        signs = [
            entry.key
            for entry in lists.all("mh_symptoms")
            if entry.attributes.get("syndrome") == "psychosis" and entry.code != "agitation"
        ]
        diagnosed = Diagnosis.objects.filter(consultation__in=notes, concept__in=_PSYCHOSIS)
        seen = Choice.objects.filter(consultation__in=notes, concept__in=signs)
        lived = SocialWorkDetail.objects.filter(
            of_person(person, "consultation__patient"), accommodation__isnull=False
        ).order_by("-consultation__local_date")
        row = (
            Patient.objects.filter(pk=patient.pk)
            .order_by()
            .values_list(
                Exists(diagnosed), Exists(seen), Subquery(lived.values("accommodation")[:1])
            )
            .get()
        )
        kept[on] = _Standing(row[0] or row[1], row[2])
    return kept[on]


def suggested_summary(patient: Patient, *, by: User, permit: Disclosure) -> str:
    """What the last notes are about and plan, as far as `by` may read them, without what is
    protected: it goes to another team only where somebody writes it there."""
    who = reader(by, patient)
    notes = list(
        Consultation.objects.visible_to(by)
        .filter(of_person(patient))
        .select_related(*related(GROUPS))
        .order_by("-local_date", "-signed_at")[:_NOTES]
    )
    key = NarrativeKey(patient.pk)
    lines = []
    gather_headlines(notes)
    for note in notes:
        answers, _hidden = readable(note, read(note, opener(permit, key, note, who)), who)
        wanted = (*HEADLINE[note.discipline], *_TOLD)
        words = "; ".join(
            f"{each.label}: {each.text}"
            for each in answers
            if each.field in wanted and each.privacy != PrivacyClass.PROTECTED
        )
        if words:
            lines.append(f"{note.local_date:%d/%m/%Y} {words}")
    return "\n".join(lines)[:SUMMARY]


def last_whereabouts(patient: Patient, on: date) -> str | None:
    """Where the person said they live, as a key of `accommodation_types`, the last time."""
    return _standing(patient, on).whereabouts
