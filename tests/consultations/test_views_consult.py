"""The consultation form: shown, drafted, signed once, never lost."""

import gzip
import json
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from accounts.rows import uuid7
from consultations.forms import FORMS
from consultations.models import Consultation, Draft, Outing, Visit
from consultations.services import outings
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, DraftFactory, OutingFactory
from tests.patients.factories import PatientFactory

ANSWERS = {
    "visit_type": "first",
    "mode": "consultation_modes:individual",
    "treatment_consent": "consent_decisions:given",
    "reason": "morbidity:uri",
    "diagnosis": "morbidity:uri",
    "violence_link": "yes_no_not_asked:not_asked",
    "advice_plan_text": "Reposo",
    "advice_plan": "Reposo",
}


def address(person, discipline="medical"):
    return reverse("consultations:new", args=[person.code, discipline])


def sent(outing, **changes):
    body = {
        "id": str(uuid7()),
        "version": "0",
        "window": "w1",
        "outing": str(outing.pk),
        **ANSWERS,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


@pytest.fixture
def client(as_user, doctor):
    return as_user(doctor)


# -- Showing ---------------------------------------------------------------------------------
def test_showing_the_form_creates_nothing_and_is_logged(client, person, outing):
    response = client.get(address(person))

    assert response.status_code == 200
    assert not Draft.objects.exists()
    assert not Visit.objects.exists()
    event = AccessEvent.objects.order_by("-pk").first()
    assert (event.action, event.subject) == ("consultation.begun", person.code)


def test_each_discipline_has_its_form(programme, outing, person, as_user):
    roles = "doctor nurse physio psychologist psychiatrist social_worker mediator promoter".split()
    shown = set()
    for role in roles:
        user = UserFactory(role=role, programme=programme)
        outings.join(outing, by=user)
        for discipline in FORMS:
            response = as_user(user).get(address(person, discipline))
            assert response.status_code in (200, 403)
            if response.status_code == 200:
                shown.add(discipline)
    assert shown == set(FORMS)


def test_a_discipline_of_another_role_is_forbidden(client, person, outing):
    assert client.get(address(person, "psychology")).status_code == 403
    response = client.post(address(person, "psychology"), sent(outing))
    assert response.status_code == 403
    assert not Consultation.objects.exists()


def test_who_reads_no_records_at_all_is_forbidden(as_user, person, outing):
    manager = UserFactory(role="manager")
    assert as_user(manager).get(address(person)).status_code == 403


def test_a_person_out_of_scope_does_not_exist(as_user, person, outing, stranger):
    OutingFactory(by=stranger)
    assert as_user(stranger).get(address(person)).status_code == 404


def test_an_outing_of_another_programme_does_not_exist(client, person, outing, stranger):
    foreign = OutingFactory(by=stranger)
    assert client.get(f"{address(person)}?outing={foreign.pk}").status_code == 404
    assert client.post(address(person), sent(foreign)).status_code == 404


def test_unknown_disciplines_and_ids_are_refused(client, person, outing):
    assert client.get(address(person, "alchemy")).status_code == 404
    assert client.get(f"{address(person)}?outing=nonsense").status_code == 400
    assert client.post(address(person), sent(outing, id="nonsense")).status_code == 400
    assert not Consultation.objects.exists()


def test_without_an_outing_the_page_says_what_to_do(client, person):
    response = client.get(address(person))
    assert response.status_code == 200
    assert reverse("consultations:open_outing") in response.content.decode()


def test_the_form_is_light(client, person, outing):
    page = client.get(address(person)).content
    assert len(gzip.compress(page, 6)) <= 14 * 1024


@pytest.mark.parametrize("role", ["doctor", "psychologist", "social_worker", "mediator"])
def test_the_form_takes_few_statements_also_after_fifty_notes(
    role, programme, person, outing, as_user, statements
):
    user = UserFactory(role=role, programme=programme)
    outings.join(outing, by=user)
    discipline = user.discipline
    ConsultationFactory(by=user, patient=person, outing=outing)
    with_one = statements(as_user(user), address(person, discipline))
    for _n in range(49):
        ConsultationFactory(by=user, patient=person, outing=outing)
    with_fifty = statements(as_user(user), address(person, discipline))
    assert with_one <= 12
    assert with_fifty <= 12


# -- Signing ---------------------------------------------------------------------------------
def test_signing_makes_one_note_and_leads_to_the_person(client, person, outing):
    body = sent(outing)
    response = client.post(address(person), body)

    assert response.status_code == 302, response.content.decode()[:2000]
    assert response.url == reverse("desk:person", args=[person.code])
    note = Consultation.objects.get(pk=body["id"])
    assert (note.patient, note.outing, note.discipline) == (person, outing, "medical")


def test_a_double_submit_gives_the_same_answer_and_one_row(client, person, outing):
    body = sent(outing)
    first = client.post(address(person), body)
    second = client.post(address(person), body)

    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert Consultation.objects.count() == 1


def test_a_double_submit_of_a_first_visit_is_not_another_body(client, person, outing):
    """After signing it is no longer the first visit: the same body must still be the same."""
    body = sent(outing, visit_type="first", history="Asma", history_text="Asma")
    client.post(address(person), body)
    assert client.post(address(person), body).status_code == 302
    assert Consultation.objects.count() == 1


def test_the_same_id_with_other_answers_shows_both_versions(client, person, outing):
    body = sent(outing)
    client.post(address(person), body)
    response = client.post(address(person), {**body, "advice_plan": "Volver mañana"})

    page = response.content.decode()
    assert response.status_code == 409
    assert "Volver mañana" in page
    assert "Reposo" in page
    assert Consultation.objects.count() == 1


def test_the_id_of_a_colleagues_note_does_not_exist(as_user, programme, person, outing, doctor):
    note = ConsultationFactory(by=doctor, patient=person, outing=outing)
    colleague = UserFactory(role="doctor", programme=programme)
    response = as_user(colleague).post(address(person), sent(outing, id=str(note.pk)))
    assert response.status_code == 404


def test_a_form_with_mistakes_keeps_what_was_typed(client, person, outing):
    response = client.post(
        address(person), sent(outing, diagnosis=None, advice_plan="Mucho líquido")
    )
    page = response.content.decode()
    assert response.status_code == 400
    assert "Mucho líquido" in page
    assert not Consultation.objects.exists()


def test_warnings_are_confirmed_once(client, person, outing):
    """A follow-up where nothing was recorded before is unusual, not forbidden."""
    body = sent(outing, visit_type="follow_up")
    asked = client.post(address(person), body)
    assert asked.status_code == 200
    assert not Consultation.objects.exists()

    tokens = asked.context["form"].warning_tokens
    signed = client.post(address(person), {**body, "confirmed_warnings": tokens})
    assert signed.status_code == 302
    assert Consultation.objects.count() == 1


def test_one_event_per_response(client, person, outing):
    before = AccessEvent.objects.count()
    client.get(address(person))
    assert AccessEvent.objects.count() == before + 1
    client.post(address(person), sent(outing, diagnosis=None))
    assert AccessEvent.objects.count() == before + 2
    client.post(address(person), sent(outing))
    assert AccessEvent.objects.count() == before + 3


@pytest.mark.parametrize(
    "text", ["", "a" * 10_000, "\x00", "‮abc", "🦶🏽", "Cafe\u0301", "=1+1", "<script>x</script>"]
)
def test_arbitrary_text_never_breaks_the_form(client, person, outing, text):
    response = client.post(address(person), sent(outing, advice_plan=text, exam=text))
    assert response.status_code in (302, 400)
    assert "<script>x" not in response.content.decode()
    assert client.post(address(person), sent(outing, save="draft", exam=text)).status_code == 302


# -- Late entries ----------------------------------------------------------------------------
def test_a_closed_outing_asks_why_the_note_comes_late(client, person, doctor):
    outing = OutingFactory(by=doctor, closed=True)
    refused = client.post(address(person), sent(outing))
    assert refused.status_code == 400
    assert "late_reason" in refused.context["form"].errors

    taken = client.post(
        address(person), sent(outing, late_reason="late_entry_reasons:no_connection")
    )
    assert taken.status_code == 302
    assert Consultation.objects.get().late_reason_id == "late_entry_reasons:no_connection"


def test_another_outing_can_be_chosen_while_one_is_open(client, person, outing, doctor):
    past = OutingFactory(by=doctor, on=outing.local_date - timedelta(days=1))
    assert f"{address(person)}?another=1" in client.get(address(person)).content.decode()
    page = client.get(f"{address(person)}?another=1").content.decode()
    assert f"{address(person)}?outing={past.pk}" in page


def test_a_note_of_a_past_day_belongs_to_that_day(client, person, doctor, programme):
    day = programme.today() - timedelta(days=5)
    outing = OutingFactory(by=doctor, on=day)
    page = client.get(f"{address(person)}?outing={outing.pk}")
    assert page.status_code == 200
    assert page.context["form"].context.late

    client.post(
        address(person),
        sent(
            outing,
            late_reason="late_entry_reasons:paper_form",
            paper_folio="F-17",
        ),
    )
    note = Consultation.objects.get()
    assert (note.local_date, note.paper_folio, note.site) == (day, "F-17", outing.site)


def test_an_outing_closed_while_writing_loses_nothing(client, person, outing, doctor):
    body = sent(outing)
    outings.close(Outing.objects.get(pk=outing.pk), by=doctor, expected=outing.version)
    refused = client.post(address(person), body)
    assert refused.status_code == 400
    assert "Reposo" in refused.content.decode()


# -- Drafts ----------------------------------------------------------------------------------
def test_a_draft_saves_whatever_is_in_it(client, person, outing):
    body = sent(outing, diagnosis=None, reason=None, treatment_consent=None, save="draft")
    assert client.post(address(person), body).status_code == 302

    draft = Draft.objects.get()
    assert str(draft.pk) == body["id"]
    assert b"Reposo" not in bytes(draft.body)
    page = client.get(reverse("consultations:resume", args=[draft.pk])).content.decode()
    assert "Reposo" in page


def test_opening_the_form_again_leads_to_the_draft(client, person, outing, doctor):
    draft = DraftFactory(by=doctor, patient=person, outing=outing)
    response = client.get(address(person))
    assert response.url == reverse("consultations:resume", args=[draft.pk])


def test_the_draft_of_a_colleague_does_not_exist(as_user, programme, person, outing, doctor):
    draft = DraftFactory(by=doctor, patient=person, outing=outing)
    colleague = UserFactory(role="doctor", programme=programme)
    url = reverse("consultations:resume", args=[draft.pk])
    assert as_user(colleague).get(url).status_code == 404
    assert as_user(colleague).post(url, sent(outing)).status_code == 404
    discard = reverse("consultations:discard", args=[draft.pk])
    assert as_user(colleague).post(discard).status_code == 404


def test_autosave_answers_with_the_revision(client, person, outing):
    url = reverse("consultations:draft", args=[person.code, "medical"])
    body = sent(outing)
    assert json.loads(client.post(url, body).content) == {"version": 1}
    assert json.loads(client.post(url, {**body, "version": "1"}).content) == {"version": 2}


def test_autosave_that_did_not_hear_its_answer_goes_on(client, person, outing):
    url = reverse("consultations:draft", args=[person.code, "medical"])
    body = sent(outing)
    client.post(url, body)
    again = client.post(url, {**body, "exam": "más"})  # still at version 0, same window
    assert (again.status_code, json.loads(again.content)) == (200, {"version": 2})


def test_autosave_of_another_window_meets_a_conflict(client, person, outing):
    url = reverse("consultations:draft", args=[person.code, "medical"])
    body = sent(outing)
    client.post(url, body)
    other = client.post(url, {**body, "window": "w2", "exam": "de otra ventana"})
    assert other.status_code == 409


def test_two_windows_see_both_texts_and_may_keep_theirs(client, person, outing):
    url = reverse("consultations:draft", args=[person.code, "medical"])
    body = sent(outing)
    client.post(url, {**body, "advice_plan": "Primera ventana"})

    mine = {**body, "window": "w2", "advice_plan": "Segunda ventana", "save": "draft"}
    conflict = client.post(address(person), mine)
    page = conflict.content.decode()
    assert conflict.status_code == 409
    assert "Primera ventana" in page
    assert "Segunda ventana" in page

    kept = client.post(address(person), {**mine, "version": str(conflict.context["version"])})
    assert kept.status_code == 302
    draft = Draft.objects.get()
    assert (
        "Segunda ventana"
        in client.get(reverse("consultations:resume", args=[draft.pk])).content.decode()
    )


def test_signing_a_resumed_draft_ends_it(client, person, outing, doctor):
    draft = DraftFactory(by=doctor, patient=person, outing=outing)
    url = reverse("consultations:resume", args=[draft.pk])
    response = client.post(url, sent(outing, id=str(draft.pk), version="1"))
    assert response.status_code == 302
    draft.refresh_from_db()
    assert (draft.end, draft.body) == ("signed", None)


def test_a_signed_draft_sent_again_gives_the_same_answer(client, person, outing, doctor):
    draft = DraftFactory(by=doctor, patient=person, outing=outing)
    url = reverse("consultations:resume", args=[draft.pk])
    body = sent(outing, id=str(draft.pk), version="1")
    first = client.post(url, body)
    second = client.post(url, body)
    assert (second.status_code, second.url) == (first.status_code, first.url)
    assert Consultation.objects.count() == 1


def test_a_discarded_draft_is_gone(client, person, outing, doctor):
    draft = DraftFactory(by=doctor, patient=person, outing=outing)
    client.post(reverse("consultations:discard", args=[draft.pk]))
    draft.refresh_from_db()
    assert (draft.end, draft.body) == ("discarded", None)
    assert Visit.objects.get().state == Visit.State.WAITING
    url = reverse("consultations:resume", args=[draft.pk])
    assert client.get(url).url == reverse("consultations:drafts")


def test_the_list_of_drafts_is_ones_own(client, as_user, person, outing, doctor, psychologist):
    DraftFactory(by=doctor, patient=person, outing=outing)
    assert person.code_end in client.get(reverse("consultations:drafts")).content.decode()
    page = as_user(psychologist).get(reverse("consultations:drafts")).content.decode()
    assert person.code_end not in page


# -- Buttons without scripts -----------------------------------------------------------------
def test_adding_a_line_keeps_everything(client, person, outing):
    response = client.post(
        address(person), sent(outing, **{"treatment-add": "1", "advice_plan": "Sin perder"})
    )
    assert response.status_code == 200
    assert "Sin perder" in response.content.decode()
    assert not Draft.objects.exists()


def test_same_as_last_time_copies_the_treatment(client, person, outing, doctor):
    ConsultationFactory(
        by=doctor,
        patient=person,
        outing=outing,
        treatment=[{"medicine": "medicines:paracetamol_500", "dose": "500 mg", "frequency": "8h"}],
    )
    shown = client.get(address(person)).content.decode()
    assert "500 mg" in shown
    copied = client.post(address(person), sent(outing, same_as_last="treatment"))
    assert copied.status_code == 200
    rows = copied.context["form"].lines["treatment"]
    assert any(form["dose"].value() == "500 mg" for form in rows.forms)


def test_a_family_seen_together_has_a_note_each(client, doctor, outing):
    for _n in range(3):
        member = PatientFactory(by=doctor)
        body = sent(outing, mode="consultation_modes:family")
        assert client.post(address(member), body).status_code == 302
    assert Consultation.objects.filter(outing=outing).count() == 3
