"""Signing: typed rows born whole, once, with all that follows from them."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from accounts import crypto
from accounts.models import AccessEvent
from accounts.rows import uuid7
from consultations.models import (
    Appointment,
    Choice,
    Consultation,
    Diagnosis,
    Draft,
    MedicalDetail,
    Need,
    NeedStep,
    Visit,
)
from consultations.queries import history
from consultations.services import drafts, marks, sign
from consultations.services.drafts import DraftConflict
from consultations.services.sign import OtherBody
from patients import ages
from patients import services as people
from patients.card import Names
from patients.models import Access, Vulnerability
from patients.services import key_of
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import (
    ConsultationFactory,
    DraftFactory,
    VisitFactory,
    payload_for,
)


def test_a_signed_note_carries_what_figures_group_on(doctor, person, outing):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)

    note.refresh_from_db()
    assert note.programme == outing.programme
    assert note.site == outing.site
    assert note.local_date == outing.local_date
    assert note.age_years == 34
    assert note.professional == doctor
    assert MedicalDetail.objects.filter(consultation=note).exists()
    assert Diagnosis.objects.get(consultation=note).concept_id == "morbidity:uri"


def test_free_text_is_sealed_under_the_persons_key(doctor, person):
    note = ConsultationFactory(by=doctor, patient=person, advice_plan="Tomar suero")
    row = MedicalDetail.objects.get(consultation=note)

    assert b"suero" not in bytes(row.advice_plan)
    assert crypto.unseal(key_of(person), row.advice_plan, row.aad("advice_plan")) == "Tomar suero"


def test_the_same_id_and_body_again_give_the_same_row(doctor, person, outing):
    note_id = uuid7()
    first = ConsultationFactory(by=doctor, patient=person, outing=outing, id=note_id)
    events = AccessEvent.objects.count()
    again = ConsultationFactory(by=doctor, patient=person, outing=outing, id=note_id)

    assert first.pk == again.pk
    assert Consultation.objects.count() == 1
    assert AccessEvent.objects.count() == events


def test_the_same_id_with_another_body_is_refused_and_changes_nothing(doctor, person, outing):
    note_id = uuid7()
    ConsultationFactory(by=doctor, patient=person, outing=outing, id=note_id)

    with pytest.raises(OtherBody) as refused:
        ConsultationFactory(
            by=doctor, patient=person, outing=outing, id=note_id, advice_plan="Otra cosa"
        )

    assert refused.value.there.pk == note_id
    assert Choice.objects.count() == 0
    assert MedicalDetail.objects.count() == 1


def test_anothers_id_does_not_exist(doctor, person, outing, programme):
    note_id = uuid7()
    ConsultationFactory(by=doctor, patient=person, outing=outing, id=note_id)
    colleague = UserFactory(role="doctor", programme=programme)

    with pytest.raises(Consultation.DoesNotExist):
        ConsultationFactory(by=colleague, patient=person, outing=outing, id=note_id)


def test_the_draft_of_another_author_does_not_exist(doctor, person, outing, programme):
    draft = DraftFactory(by=doctor, patient=person, outing=outing)
    colleague = UserFactory(role="doctor", programme=programme)

    with pytest.raises(Draft.DoesNotExist):
        ConsultationFactory(by=colleague, patient=person, outing=outing, id=draft.pk)
    assert not Consultation.objects.exists()


def test_a_discipline_one_does_not_write_is_refused(doctor, person, outing):
    with pytest.raises(PermissionDenied):
        ConsultationFactory(by=doctor, patient=person, outing=outing, discipline="psychology")


def test_a_posting_elsewhere_gives_no_right_here(person, outing):
    stranger = UserFactory(role="doctor")
    with pytest.raises(PermissionDenied):
        ConsultationFactory(by=stranger, patient=person, outing=outing)


def test_signing_ends_and_empties_the_draft(doctor, person, outing):
    draft = DraftFactory(by=doctor, patient=person, outing=outing)

    ConsultationFactory(by=doctor, patient=person, outing=outing, id=draft.pk)

    draft.refresh_from_db()
    assert draft.end == Draft.End.SIGNED
    assert draft.ended_by == doctor
    assert draft.body is None


def test_signing_from_a_window_that_is_behind_loses_no_text(doctor, person, outing):
    draft = DraftFactory(by=doctor, patient=person, outing=outing, body={"window": ["a"]})
    drafts.save(
        id=draft.pk,
        patient=person,
        discipline="medical",
        outing=outing,
        body={"window": ["b"], "exam": ["escrito en la otra ventana"]},
        by=doctor,
        expected=1,
    )

    with pytest.raises(DraftConflict):
        sign.sign(
            id=draft.pk,
            patient=person,
            discipline="medical",
            outing=outing,
            payload=payload_for("medical"),
            mark="m",
            by=doctor,
            body={"window": ["a"]},
            expected=1,
        )
    assert not Consultation.objects.exists()


def test_a_late_autosave_after_signing_finds_the_note_signed(doctor, person, outing):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    with pytest.raises(DraftConflict):
        drafts.save(
            id=note.pk, patient=person, discipline="medical", outing=outing, body={}, by=doctor
        )
    assert not Draft.objects.exists()


def test_signing_moves_the_visit_on(doctor, psychologist, person, outing):
    visit = VisitFactory(
        by=doctor, outing=outing, patient=person, waits_for=("medical", "psychology")
    )
    ConsultationFactory(by=doctor, patient=person, outing=outing)
    visit.refresh_from_db()
    assert (visit.state, visit.waits_for) == (Visit.State.WAITING, ["psychology"])

    ConsultationFactory(by=psychologist, patient=person, outing=outing)
    visit.refresh_from_db()
    assert (visit.state, visit.waits_for) == (Visit.State.SEEN, [])


def test_a_person_stays_in_care_while_a_colleague_still_writes(
    doctor, psychologist, person, outing
):
    DraftFactory(by=psychologist, patient=person, outing=outing)
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    assert Visit.objects.get(pk=note.visit_id).state == Visit.State.IN_CARE


def test_signing_books_the_next_appointment_once(doctor, person, outing):
    day = outing.local_date + timedelta(days=14)
    booked = {"date": day.isoformat(), "site": str(outing.site_id)}
    note = ConsultationFactory(by=doctor, patient=person, outing=outing, follow_up=booked)
    ConsultationFactory(by=doctor, patient=person, outing=outing, follow_up=booked)

    appointment = Appointment.objects.get()
    assert appointment.local_date == day
    assert appointment.discipline == "medical"
    assert appointment.site == outing.site
    assert appointment.booked_in == note


@pytest.mark.parametrize(
    ("days", "state"),
    [(-8, "booked"), (-7, "attended"), (-2, "attended"), (0, "attended"), (1, "booked")],
)
def test_an_appointment_of_the_week_before_is_kept_by_coming(doctor, person, outing, days, state):
    appointment = Appointment.objects.create(
        patient=person,
        programme=outing.programme,
        discipline="medical",
        local_date=outing.local_date + timedelta(days=days),
        booked_by=doctor,
    )
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)

    appointment.refresh_from_db()
    assert appointment.state == state
    assert appointment.met_by == (note if state == "attended" else None)


def test_the_appointment_of_another_discipline_still_stands(doctor, person, outing):
    appointment = Appointment.objects.create(
        patient=person,
        programme=outing.programme,
        discipline="psychology",
        local_date=outing.local_date,
        booked_by=doctor,
    )
    ConsultationFactory(by=doctor, patient=person, outing=outing)
    appointment.refresh_from_db()
    assert appointment.state == Appointment.State.BOOKED


def test_the_programme_may_know_the_person_from_now_on(doctor, person, outing):
    ConsultationFactory(by=doctor, patient=person, outing=outing)
    assert Access.objects.filter(
        patient=person, programme=outing.programme, basis="consulted", until=None
    ).exists()


def test_needs_are_opened_served_and_closed_with_their_own_dates(social_worker, person, outing):
    line = {"need": "social_needs:shelter", "action": "social_actions:orientation"}
    ConsultationFactory(by=social_worker, patient=person, outing=outing)
    need = Need.objects.get()
    assert need.closed_on is None

    ConsultationFactory(
        by=social_worker,
        patient=person,
        outing=outing,
        needs=[{**line, "outcome": "social_outcomes:met"}],
    )

    need.refresh_from_db()
    assert need.closed_on == outing.local_date
    assert need.outcome_id == "social_outcomes:met"
    assert NeedStep.objects.filter(need=need).count() == 2


def test_a_suicide_risk_sets_and_ends_the_vulnerability(psychologist, person, outing):
    def flagged():
        return Vulnerability.objects.open().filter(
            patient=person, criterion="vulnerability_criteria:suicide_risk"
        )

    ConsultationFactory(
        by=psychologist, patient=person, outing=outing, risk="mh_risk_levels:moderate"
    )
    assert flagged().exists()

    ConsultationFactory(
        by=psychologist, patient=person, outing=outing, risk="mh_risk_levels:not_assessed"
    )
    assert flagged().exists()

    ConsultationFactory(by=psychologist, patient=person, outing=outing, risk="mh_risk_levels:none")
    assert not flagged().exists()


def test_a_pregnancy_told_in_any_form_sets_the_vulnerability(doctor, person, outing):
    ConsultationFactory(
        by=doctor,
        patient=person,
        outing=outing,
        discipline="srh",
        pregnancy="pregnancy_status:pregnant",
    )
    assert Vulnerability.objects.open().filter(
        patient=person, criterion="vulnerability_criteria:pregnant"
    )


def test_a_late_entry_says_nothing_about_today(social_worker, person, outing):
    """A paper note from before must not put somebody back on the street."""
    ConsultationFactory(
        by=social_worker,
        patient=person,
        outing=outing,
        accommodation="accommodation_types:shelter_civil",
    )
    earlier = outing.local_date - timedelta(days=10)
    ConsultationFactory(
        by=social_worker,
        patient=person,
        on=earlier,
        accommodation="accommodation_types:street",
        needs=None,
    )
    assert not Vulnerability.objects.open().filter(
        patient=person, criterion="vulnerability_criteria:street"
    )


def test_minutes_run_from_the_opening_of_the_form(doctor, person, outing):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    assert note.minutes == 1


def test_a_late_entry_has_no_minutes(doctor, person, programme):
    note = ConsultationFactory(by=doctor, patient=person, on=programme.today() - timedelta(days=3))
    assert note.minutes is None
    assert note.local_date == programme.today() - timedelta(days=3)


def test_the_last_word_of_the_transaction_is_the_log(doctor, person, outing):
    ConsultationFactory(by=doctor, patient=person, outing=outing)
    event = AccessEvent.objects.order_by("-pk").first()
    assert (event.action, event.subject) == ("consultation.signed", person.code)
    assert event.programme == outing.programme


def test_nothing_is_half_saved(doctor, person, outing, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the log is full")

    draft = DraftFactory(by=doctor, patient=person, outing=outing)
    monkeypatch.setattr(sign, "record", broken)
    with pytest.raises(RuntimeError):
        ConsultationFactory(by=doctor, patient=person, outing=outing, id=draft.pk)

    draft.refresh_from_db()
    assert draft.ended_at is None
    assert not Consultation.objects.exists()
    assert not Diagnosis.objects.exists()


def test_a_signed_note_is_never_changed_nor_deleted(doctor, person, outing):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    with pytest.raises(DatabaseError), transaction.atomic():
        Consultation.objects.filter(pk=note.pk).update(visit_type="closure")
    with pytest.raises(DatabaseError), transaction.atomic():
        Diagnosis.objects.filter(consultation=note).delete()


def test_a_corrected_birth_date_restates_ages_and_nothing_else(doctor, person, outing):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    born = ages.from_age(5, outing.local_date)
    person.refresh_from_db()
    people.correct_identity(
        person, Names(given_name="Rosa"), born, expected=person.version, by=doctor
    )
    note.refresh_from_db()
    assert note.age_years == 5


def test_the_kind_of_visit_follows_from_the_history(doctor, psychologist, person, programme):
    def suggested(discipline):
        return history.of(person, programme).visit_type(discipline)

    assert suggested("medical") == "first"
    ConsultationFactory(by=doctor, patient=person)
    assert suggested("medical") == "follow_up"
    assert suggested("nursing") == "follow_up"  # same service
    assert suggested("psychology") == "first"
    ConsultationFactory(by=psychologist, patient=person, visit_type="closure")
    assert suggested("psychology") == "new_episode"
    assert history.of(person, ProgrammeFactory()).visit_type("medical") == "first"


def test_signing_takes_few_statements(doctor, person, outing, django_assert_max_num_queries):
    draft = DraftFactory(by=doctor, patient=person, outing=outing)
    payload = payload_for(
        "medical",
        substances=["substance_use:tobacco"],
        treatment=[{"medicine": "medicines:paracetamol_500", "dose": "500 mg", "frequency": "8h"}],
        follow_up={"date": (outing.local_date + timedelta(days=7)).isoformat()},
    )
    with django_assert_max_num_queries(28):
        sign.sign(
            id=draft.pk,
            patient=person,
            discipline="medical",
            outing=outing,
            payload=payload,
            mark=marks.mark(payload),
            by=doctor,
        )
