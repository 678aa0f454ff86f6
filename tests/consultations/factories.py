"""Outings, visits, notes and activities for anybody's tests, made by the services.

`OutingFactory()` is today's open outing of a doctor at a site of their programme;
`ConsultationFactory(patient=person, by=psychologist)` is signed in the outing of the day, in the
user's own discipline; `on=date` puts it in a past outing, `**payload` changes its answers.
"""

from datetime import date, time, timedelta
from typing import Any

import factory

from accounts.models import Programme, User
from accounts.policy import Discipline
from accounts.rows import uuid7
from consultations.models import (
    Consultation,
    Draft,
    Episode,
    GroupActivity,
    Outing,
    Slot,
    Visit,
)
from consultations.services import activities, drafts, marks, outings, sign, visits
from consultations.services.activities import Held
from partners.models import Site
from patients.models import Patient
from tests.accounts.factories import UserFactory
from tests.partners.factories import SiteFactory
from tests.patients.factories import PatientFactory

EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FRAME = {
    "mode": "consultation_modes:individual",
    "treatment_consent": "consent_decisions:given",
}
_DIAGNOSIS = {"certainty": "confirmed", "novelty": "new"}
PAYLOADS: dict[str, dict[str, Any]] = {
    Discipline.MEDICAL: {
        "reason": "morbidity:uri",
        "diagnosis": [{"concept": "morbidity:uri", **_DIAGNOSIS}],
        "violence_link": "yes_no_not_asked:not_asked",
        "advice_plan": "Reposo y líquidos",
    },
    Discipline.NURSING: {
        "reason": "morbidity:uri",
        "procedures": ["medical_procedures:dressing"],
    },
    Discipline.SRH: {
        "reason": "morbidity:uri",
        "pregnancy": "pregnancy_status:not_pregnant",
        "diagnosis": [{"concept": "morbidity:uri", **_DIAGNOSIS}],
        "violence_link": "yes_no_not_asked:not_asked",
        "advice_plan": "Volver si hay fiebre",
    },
    Discipline.PSYCHOLOGY: {
        "service_explained": True,
        "intervention": ["mh_interventions:pfa"],
        "distress": 7,
        "functioning": 4,
        "symptoms": ["mh_symptoms:sleep"],
        "events": ["precipitating_events:not_asked"],
        "risk": "mh_risk_levels:none",
        "risk_others": "yes_no_not_asked:no",
        "diagnosis": [{"concept": "mh_diagnoses:acute_stress", **_DIAGNOSIS}],
        "session_note": "Lo que se habló en la sesión",
        "plan": "Respiración cada noche",
    },
    Discipline.PSYCHIATRY: {
        "mental_state": ["mental_state_findings:low_mood"],
        "diagnosis": [{"concept": "mh_diagnoses:acute_stress", **_DIAGNOSIS}],
        "risk": "mh_risk_levels:none",
    },
    Discipline.SOCIAL_WORK: {
        "needs": [
            {
                "need": "social_needs:shelter",
                "action": "social_actions:orientation",
                "outcome": "social_outcomes:open",
            }
        ],
        "safety": "danger_level:none",
        "note": "Lo que contó a trabajo social",
    },
    Discipline.CULTURAL_MEDIATION: {
        "language": "languages:hat",
        "mediation_mode": "mediation_modes:in_person",
        "activity": "mediation_modes:individual_support",
        "topic": ["mediation_topics:appointment"],
    },
    Discipline.HEALTH_PROMOTION: {"topics": ["health_promotion_topics:vaccination"]},
    Discipline.PHYSIOTHERAPY: {
        "region": ["body_regions:neck"],
        "pain": 5,
        "function": 6,
        "treatment": ["physiotherapy_treatments:exercise"],
    },
    Discipline.OCCUPATIONAL: {
        "areas": ["occupational_areas:work"],
        "performance": 5,
        "treatment": ["occupational_treatments:cognitive"],
    },
}


def programme_of(user: User) -> Programme:
    assert user.posting is not None
    assert user.posting.programme is not None
    return user.posting.programme


def site_of(programme: Programme) -> Site:
    """A site of the programme that is visited every day."""
    there = Site.objects.of_programmes([programme.pk]).first()
    return there or SiteFactory(programmes=[programme], weekdays=EVERY_DAY)


class OutingFactory(factory.Factory[Outing]):
    """Today's open outing; with `on=` an earlier day, one that was recorded afterwards."""

    class Meta:
        model = Outing

    @classmethod
    def _create(
        cls,
        model_class: type[Outing],
        *args: Any,
        by: User | None = None,
        site: Site | None = None,
        on: date | None = None,
        closed: bool = False,
    ) -> Outing:
        by = by or UserFactory(role="doctor")
        programme = programme_of(by)
        site = site or site_of(programme)
        if on is not None and on < programme.today():
            return outings.record_past(by=by, programme=programme, site=site, on=on)
        outing = outings.open_outing(by=by, programme=programme, site=site)
        if closed:
            outings.close(outing, by=by, expected=outing.version)
        return outing


class VisitFactory(factory.Factory[Visit]):
    class Meta:
        model = Visit

    @classmethod
    def _create(
        cls,
        model_class: type[Visit],
        *args: Any,
        by: User | None = None,
        outing: Outing | None = None,
        patient: Patient | None = None,
        waits_for: tuple[str, ...] = (),
    ) -> Visit:
        by = by or UserFactory(role="doctor")
        outing = outing or OutingFactory(by=by)
        patient = patient or PatientFactory(by=by)
        return visits.receive(patient, outing=outing, by=by, waits_for=waits_for)


def payload_for(discipline: str, **answers: Any) -> dict[str, Any]:
    """A valid payload; an answer given as None is left out."""
    found = {**FRAME, "visit_type": "first", **PAYLOADS[discipline], **answers}
    return {name: value for name, value in found.items() if value is not None}


class ConsultationFactory(factory.Factory[Consultation]):
    class Meta:
        model = Consultation

    @classmethod
    def _create(
        cls,
        model_class: type[Consultation],
        *args: Any,
        by: User | None = None,
        patient: Patient | None = None,
        outing: Outing | None = None,
        discipline: str = "",
        on: date | None = None,
        id: Any = None,
        **answers: Any,
    ) -> Consultation:
        by = by or UserFactory(role="doctor")
        patient = patient or PatientFactory(by=by)
        outing = outing or OutingFactory(by=by, on=on)
        discipline = discipline or by.discipline
        payload = payload_for(discipline, **answers)
        return sign.sign(
            id=id or uuid7(),
            patient=patient,
            discipline=discipline,
            outing=outing,
            payload=payload,
            mark=marks.mark(payload),
            by=by,
        )


class DraftFactory(factory.Factory[Draft]):
    class Meta:
        model = Draft

    @classmethod
    def _create(
        cls,
        model_class: type[Draft],
        *args: Any,
        by: User | None = None,
        patient: Patient | None = None,
        outing: Outing | None = None,
        discipline: str = "",
        body: dict[str, Any] | None = None,
    ) -> Draft:
        by = by or UserFactory(role="doctor")
        return drafts.save(
            id=uuid7(),
            patient=patient or PatientFactory(by=by),
            discipline=discipline or by.discipline,
            outing=outing or OutingFactory(by=by),
            body=body or {"advice_plan": ["a medias"]},
            by=by,
        )


class ActivityFactory(factory.Factory[GroupActivity]):
    class Meta:
        model = GroupActivity

    @classmethod
    def _create(
        cls,
        model_class: type[GroupActivity],
        *args: Any,
        by: User | None = None,
        outing: Outing | None = None,
        **held: Any,
    ) -> GroupActivity:
        by = by or UserFactory(role="promoter")
        outing = outing or OutingFactory(by=by)
        told = {
            "type": "group_activity_types:hp_talk",
            "minutes": 30,
            "participants": {"women": 5, "girls": 2},
            "topics": ("health_promotion_topics:vaccination",),
            **held,
        }
        return activities.record(
            id=uuid7(),
            by=by,
            programme=outing.programme,
            site=outing.site,
            on=outing.local_date,
            outing=outing,
            held=Held(**told),
            mark=marks.mark({"id": str(uuid7())}),
        )


class EpisodeFactory(factory.django.DjangoModelFactory[Episode]):
    """An open episode at the centre; `patient=` and `programme=` are needed."""

    class Meta:
        model = Episode

    admitted_on = date(2025, 1, 15)
    opened_by = factory.SubFactory(UserFactory)


class SlotFactory(factory.django.DjangoModelFactory[Slot]):
    """Tomorrow at nine, one place of psychology at the programme's site; `programme=` is needed."""

    class Meta:
        model = Slot

    class Params:
        days = 1

    site = factory.LazyAttribute(lambda slot: site_of(slot.programme))
    discipline = Discipline.PSYCHOLOGY
    local_date = factory.LazyAttribute(
        lambda slot: slot.programme.today() + timedelta(days=slot.days)
    )
    local_time = time(9)
