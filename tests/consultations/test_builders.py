"""From payload to rows and back: nothing lost, nothing written by the builder itself."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts import crypto
from accounts.crypto import INSTALLATION
from accounts.policy import Discipline
from accounts.rows import uuid7
from consultations import summaries
from consultations.builders import Built, build_details, build_header, build_vitals
from consultations.forms import FORMS
from consultations.models import (
    Consultation,
    MediationLink,
    Need,
    NeedStep,
    Prescription,
    ScaleResult,
    VitalSigns,
)
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, VisitFactory
from tests.consultations.samples import DAY, PARTNER, payload_of
from tests.partners.factories import OrganisationFactory, SiteFactory

pytestmark = pytest.mark.django_db


def header_of(discipline, payload, **changes):
    known = {
        name: uuid7()
        for name in (
            "id", "patient_id", "visit_id", "outing_id", "programme_id", "site_id",
            "professional_id",
        )
    }  # fmt: skip
    now = timezone.now()
    known |= {
        "discipline": discipline,
        "local_date": DAY,
        "age_years": 30,
        "started_at": now,
        "signed_at": now,
        "minutes": 12,
    }
    return build_header(payload, INSTALLATION, **(known | changes))


def built_of(discipline, open_needs=None, **answers):
    payload = payload_of(discipline, **answers)
    header = header_of(discipline, payload)
    return build_details(header, payload, INSTALLATION, open_needs=open_needs or {})


def rows(built: Built, model):
    return [row for of in built.rows for row in of if isinstance(row, model)]


@pytest.fixture
def visit():
    return VisitFactory(by=UserFactory(role="doctor"))


def save(visit, discipline, payload):
    """As the service does, without its rules."""
    header = header_of(
        discipline,
        payload,
        patient_id=visit.patient_id,
        visit_id=visit.pk,
        outing_id=visit.outing_id,
        programme_id=visit.outing.programme_id,
        site_id=visit.outing.site_id,
        professional_id=visit.outing.opened_by_id,
    )
    built = build_details(header, payload, INSTALLATION, open_needs={})
    header.save(force_insert=True)
    for of in built.rows:
        type(of[0]).objects.bulk_create(of)
    if built.appointment is not None:
        built.appointment.save(force_insert=True)
    return Consultation.objects.get(pk=header.pk)


@pytest.mark.parametrize("discipline", FORMS)
def test_what_was_signed_reads_back_as_it_was(visit, discipline):
    site = SiteFactory()
    payload = payload_of(discipline)
    if "follow_up" in payload:
        payload["follow_up"] = payload["follow_up"] | {"site": str(site.pk)}
    if discipline == Discipline.SOCIAL_WORK:
        payload["needs"][0]["partner"] = str(OrganisationFactory().pk)

    header = save(visit, discipline, payload)
    vitals = VitalSigns.objects.filter(visit=visit).first()

    read = summaries.read(header, opened, vitals)
    assert read == payload


def opened(row, field):
    blob = getattr(row, field)
    return "" if blob is None else crypto.unseal(INSTALLATION, blob, row.aad(field))


@pytest.mark.parametrize("discipline", FORMS)
def test_no_text_stands_in_clear(discipline):
    payload = payload_of(discipline)
    built = build_details(header_of(discipline, payload), payload, INSTALLATION, open_needs={})

    written = repr([row.__dict__ for of in built.rows for row in of])
    for name in ("advice_plan", "session_note", "note", "plan", "history", "risk_action"):
        if name in payload:
            assert payload[name] not in written


def test_building_asks_the_database_nothing(django_assert_num_queries):
    built_of(Discipline.MEDICAL)  # the lists are in memory now
    with django_assert_num_queries(0):
        built_of(Discipline.MEDICAL)
        built_of(Discipline.SOCIAL_WORK)


def test_an_answer_that_could_not_be_asked_is_a_score_without_value():
    scores = {row.field: row for row in rows(built_of(Discipline.PSYCHOLOGY), ScaleResult)}

    assert scores["functioning"].value is None
    assert scores["distress"].value == 7
    assert scores["distress"].scale_id == "scales:distress"
    assert scores["cgi_s"].value == 4
    assert scores["cgi_s"].scale_id == "scales:cgi_s"


def test_no_pain_is_a_score_too():
    [pain] = [
        row for row in rows(built_of(Discipline.PHYSIOTHERAPY), ScaleResult) if row.field == "pain"
    ]

    assert pain.value == 0


def test_what_was_administered_says_so():
    assert all(row.administered for row in rows(built_of(Discipline.NURSING), Prescription))
    assert not any(row.administered for row in rows(built_of(Discipline.MEDICAL), Prescription))


def test_treatment_of_physiotherapy_is_no_medicine():
    assert rows(built_of(Discipline.PHYSIOTHERAPY), Prescription) == []


def test_a_need_is_opened_once_and_closed_by_its_outcome():
    known = Need(id=uuid7(), need_id="social_needs:food", opened_on=date(2025, 10, 1))

    built = built_of(Discipline.SOCIAL_WORK, open_needs={"social_needs:food": known})

    [opened_need] = rows(built, Need)
    assert opened_need.need_id == "social_needs:shelter"
    assert opened_need.closed_on is None
    assert built.needs_closed == [known]
    assert (known.closed_on, known.outcome_id) == (DAY, "social_outcomes:met")
    steps = rows(built, NeedStep)
    assert [step.need_id for step in steps] == [opened_need.pk, known.pk]
    assert str(steps[0].partner_id) == PARTNER


def test_a_need_met_at_once_is_opened_and_closed_the_same_day():
    [_, food] = rows(built_of(Discipline.SOCIAL_WORK), Need)

    assert food.opened_on == food.closed_on == DAY


def test_a_late_entry_never_closes_a_need_before_it_opened():
    known = Need(id=uuid7(), need_id="social_needs:food", opened_on=DAY + timedelta(3))

    built_of(Discipline.SOCIAL_WORK, open_needs={"social_needs:food": known})

    assert known.closed_on == known.opened_on


def test_new_needs_stand_before_their_steps():
    models = [type(of[0]) for of in built_of(Discipline.SOCIAL_WORK).rows]

    assert models.index(Need) < models.index(NeedStep)


def test_a_mediation_is_linked_to_what_it_supported():
    supported = uuid7()
    built = built_of(Discipline.CULTURAL_MEDIATION, supported=str(supported))

    [link] = rows(built, MediationLink)
    assert link.supported_id == supported


def test_the_next_appointment_names_day_site_and_discipline():
    appointment = built_of(Discipline.MEDICAL).appointment

    assert appointment.local_date == date(2025, 11, 27)
    assert appointment.discipline == "medical"
    assert appointment.site_id is not None
    assert built_of(Discipline.MEDICAL, follow_up=None).appointment is None


def test_vital_signs_belong_to_the_visit():
    visit, patient, nurse = uuid7(), uuid7(), uuid7()
    row = build_vitals(
        {"temperature": "39.6", "heart_rate": "90", "confirmed": ["temperature"]},
        visit_id=visit,
        patient_id=patient,
        taken_by_id=nurse,
        taken_at=timezone.now(),
    )

    assert (row.visit_id, row.patient_id, row.taken_by_id) == (visit, patient, nurse)
    assert row.heart_rate == 90
    assert row.confirmed == ["temperature"]
    assert row.weight is None


def test_a_summary_speaks_in_labels_and_raises_the_class():
    shown = {
        each.field: each
        for each in summaries.shown(
            "medical",
            payload_of(
                "medical",
                diagnosis=[
                    {"concept": "morbidity:hiv", "certainty": "suspected", "novelty": "new"}
                ],
            ),
        )
    }

    assert "Infección por VIH" in shown["diagnosis"].text
    assert shown["diagnosis"].privacy == "protected"
    assert "64,5" in shown["vitals"].text or "64.5" in shown["vitals"].text
    assert shown["violence_link"].privacy == "protected"
    assert shown["advice_plan"].text == "Reposo y líquidos"
    assert "Paracetamol" in shown["treatment"].text


def test_what_people_wrote_is_shown_as_it_is():
    payload = payload_of("medical", advice_plan="countries:VEN", history="2025-01-02")
    shown = {each.field: each.text for each in summaries.shown("medical", payload)}

    assert shown["advice_plan"] == "countries:VEN"
    assert shown["history"] == "2025-01-02"


def test_a_payload_is_plain_json():
    for discipline in FORMS:
        payload = payload_of(discipline)
        assert json.loads(json.dumps(payload)) == payload


def test_the_note_of_a_service_is_built_here(visit):
    note = ConsultationFactory(by=UserFactory(role="psychologist"))

    assert note.mentalhealthdetail.risk_id == "mh_risk_levels:none"
