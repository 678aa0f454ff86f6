"""Scales while a note is written: asked, kept in the draft, signed; risk and its clock; over time."""

import gzip
import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent
from accounts.rows import uuid7
from consultations.forms import FORMS
from consultations.models import Consultation, Draft, ScaleAnswer, ScaleResult
from consultations.queries import scores
from consultations.services import outings
from patients.models import ProtectionTask
from patients.services import close_protection_task, merge
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import (
    ConsultationFactory,
    DraftFactory,
    EpisodeFactory,
    OutingFactory,
)
from tests.consultations.samples import child, filled, make_context
from tests.patients.factories import PatientFactory

ANSWERS = {
    "visit_type": "first",
    "mode": "consultation_modes:individual",
    "treatment_consent": "consent_decisions:given",
    "service_explained": "yes",
    "intervention": "mh_interventions:pfa",
    "distress": "7",
    "functioning": "4",
    "symptoms": "mh_symptoms:sleep",
    "events": "precipitating_events:not_asked",
    "risk": "mh_risk_levels:none",
    "risk_others": "yes_no_not_asked:no",
    "diagnosis": "mh_diagnoses:acute_stress",
}
PHQ9 = {f"phq9_{n}": 1 for n in range(1, 9)} | {"phq9_9": 0}
HIGH = {"q1": 1, "q2": 1, "q3": 1, "q4": 1, "q5": 0, "q6_lifetime": 0}
MODERATE = {"q1": 1, "q2": 1, "q3": 1, "q4": 0, "q5": 0, "q6_lifetime": 0}


def line(items, **more):
    return " ".join(f"{name}={value}" for name, value in {**more, **items}.items())


def new(person, discipline="psychology"):
    return reverse("consultations:new", args=[person.code, discipline])


def screen(draft, scale):
    return reverse("consultations:scale", args=[draft.pk, scale])


def sent(outing, **changes):
    body = {"id": str(uuid7()), "version": "0", "window": "w1", "outing": str(outing.pk)}
    body |= {**ANSWERS, **changes}
    return {name: value for name, value in body.items() if value is not None}


@pytest.fixture
def joined(outing, psychologist):
    outings.join(outing, by=psychologist)
    return outing


@pytest.fixture
def client(as_user, psychologist, joined):
    return as_user(psychologist)


@pytest.fixture
def draft(client, person, joined):
    client.post(new(person), sent(joined, scale="phq9"))
    return Draft.objects.get()


def resumed(client, draft):
    return client.get(reverse("consultations:resume", args=[draft.pk]))


def signed(client, draft, joined, **changes):
    """Sign what the page of the draft shows, with a few answers changed; warnings confirmed."""
    page = resumed(client, draft)
    form = page.context["form"]
    hidden = {name: form[name].value() or "" for name in form.groups["scales"]}
    body = sent(joined, id=str(draft.pk), version=str(page.context["version"]), **hidden, **changes)
    url = reverse("consultations:resume", args=[draft.pk])
    answer = client.post(url, body)
    if answer.status_code == 200:
        body["confirmed_warnings"] = answer.context["form"].warning_tokens
        answer = client.post(url, body)
    return answer


# -- Filling in ------------------------------------------------------------------------------
def test_the_form_offers_the_scales_of_the_age_and_stays_small(client, person):
    page = client.get(new(person))
    html = page.content.decode()
    assert 'name="scale" value="phq9"' in html
    assert 'name="scale" value="gaf"' not in html
    assert len(gzip.compress(page.content, 6)) <= 14 * 1024
    child = PatientFactory(by=page.wsgi_request.user, age=9)
    html = client.get(new(child)).content.decode()
    assert 'name="scale" value="sdq"' in html
    assert 'name="scale" value="phq9"' not in html


def test_phq2_leads_to_the_other_seven_and_all_is_signed(client, person, joined, draft):
    assert draft.revision == 1
    page = client.get(screen(draft, "phq9"))
    assert len(gzip.compress(page.content, 6)) <= 14 * 1024
    assert not page.context["form"].opens_rest
    answer = client.post(screen(draft, "phq9"), {"language": "es", "phq9_1": "2", "phq9_2": "1"})
    assert answer.url == screen(draft, "phq9")  # the remaining ones
    assert client.get(answer.url).context["form"].opens_rest
    given = {f"phq9_{n}": "2" for n in range(1, 9)} | {"phq9_9": "0", "language": "es"}
    answer = client.post(screen(draft, "phq9"), given | {"informant": "interview"})
    assert answer.url.startswith(reverse("consultations:resume", args=[draft.pk]))
    shown = {each.scale.code: each.today for each in _block(resumed(client, draft)).scales}
    assert shown["phq9"].startswith("16 ")

    assert signed(client, draft, joined).status_code == 302
    row = ScaleResult.objects.get(scale="scales:phq9")
    assert (row.value, row.state, row.language) == (16, "complete", "es")
    assert (row.band_id, row.wording, row.informant) == (
        "scale_bands:phq9.phq9_modsevere", "published", "interview",
    )  # fmt: skip
    assert dict(row.answers.values_list("item", "value")) == {
        name: int(value) for name, value in given.items() if name.startswith("phq9")
    }


def _block(page):
    form = page.context["form"]
    return next(b for b in (*form.core_blocks, *form.optional_blocks) if b.kind == "scales")


def test_phq2_alone_is_signed_as_phq2(client, joined, draft):
    answer = client.post(screen(draft, "phq9"), {"language": "es", "phq9_1": "1", "phq9_2": "1"})
    assert "resume" not in answer.url
    assert f"drafts/{draft.pk}/#scales" in answer.url
    assert signed(client, draft, joined).status_code == 302
    row = ScaleResult.objects.get(scale="scales:phq2")
    assert (row.value, row.field, row.answers.count()) == (2, "phq2", 2)


def test_the_language_changes_half_way_and_the_codes_stay(client, joined, draft):
    half = {"language": "es", "gad7_1": "3", "gad7_2": "2"}
    page = client.post(screen(draft, "gad7"), half | {"switch": "fr"})
    assert page.status_code == 200
    html = page.content.decode()
    assert "Sentiment de nervosité" in html
    assert 'lang="fr"' in html
    form = page.context["form"]
    assert (form["gad7_1"].value(), form["gad7_2"].value()) == ("3", "2")
    rest = {f"gad7_{n}": "1" for n in range(3, 8)}
    client.post(screen(draft, "gad7"), half | rest | {"language": "fr"})
    assert signed(client, draft, joined).status_code == 302
    row = ScaleResult.objects.get(scale="scales:gad7")
    assert (row.value, row.language) == (10, "fr")
    assert set(row.answers.values_list("item", flat=True)) == {f"gad7_{n}" for n in range(1, 8)}


def test_working_translations_and_sources_are_named(client, draft):
    html = client.get(screen(draft, "who5")).content.decode()
    assert "World Health Organization" in html
    assert client.get(screen(draft, "who5")).context["scale"].is_working
    assert "cssrs.columbia.edu" in client.get(screen(draft, "cssrs")).content.decode()


def test_a_score_is_typed_where_the_questions_are_not_ours(client, joined, draft):
    assert client.post(screen(draft, "k6"), {"total": "25", "form": "0_4"}).status_code == 400
    client.post(screen(draft, "k6"), {"total": "19", "form": "1_5", "informant": "self"})
    client.post(screen(draft, "srq20"), {"total": "9", "srq20_17": "yes"})
    assert signed(client, draft, joined).status_code == 302
    k6 = ScaleResult.objects.get(scale="scales:k6")
    assert (k6.value, k6.form, k6.band_id) == (13, "1_5", "scale_bands:k6.k6_serious")
    srq = ScaleResult.objects.get(scale="scales:srq20")
    assert list(srq.answers.values_list("item", "value")) == [("srq20_17", 1)]


def test_what_is_emptied_is_gone(client, joined, draft):
    client.post(screen(draft, "phq9"), {"language": "es", "phq9_1": "1", "phq9_2": "0"})
    client.post(screen(draft, "phq9"), {"language": "es"})
    assert signed(client, draft, joined).status_code == 302
    assert not ScaleResult.objects.filter(scale__in=("scales:phq9", "scales:phq2")).exists()


def test_the_rest_of_the_draft_is_untouched(client, person, joined, draft):
    client.post(screen(draft, "gad7"), {"language": "es", "gad7_1": "0", "gad7_2": "0"})
    form = resumed(client, draft).context["form"]
    assert form["distress"].value() == "7"
    assert form["risk_others"].value() == "yes_no_not_asked:no"


def test_the_page_of_a_scale_belongs_to_the_author(client, as_user, programme, draft, person):
    colleague = UserFactory(role="psychologist", programme=programme)
    assert as_user(colleague).get(screen(draft, "phq9")).status_code == 404
    assert client.get(screen(draft, "sdq")).status_code == 404  # for children
    assert client.get(screen(draft, "nonsense")).status_code == 404
    assert client.post(new(person), sent(draft.outing, scale="non sense")).status_code == 404


def test_medical_care_asks_the_screener_alone(as_user, doctor, person, outing):
    client = as_user(doctor)
    own = DraftFactory(by=doctor, patient=person, outing=outing)
    assert client.get(screen(own, "cssrs")).status_code == 200
    assert client.get(screen(own, "phq9")).status_code == 404


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("phq9_1=4", True), ("phq9_1=x", True), ("total=12", True), ("gad7_1=1", True),
        ("language=de phq9_1=1", True), ("informant=me phq9_1=1", True), ("phq9_1=2", False),
        ("", False),
    ],
)  # fmt: skip
def test_impossible_answers_sent_by_hand_are_refused(db, text, wrong):
    form = filled("psychology", scale_phq9=text)
    form.is_valid()
    assert ("scale_phq9" in form.errors) == wrong


def test_the_api_sends_scales_as_text_and_the_service_signs(db):
    form = filled("psychology", scale_phq9=line(PHQ9, language="en"))
    assert form.is_valid(), form.errors
    payload = form.payload()
    assert payload["scales"] == {"phq9": {"language": "en", "items": PHQ9}}
    context = make_context("psychology")
    again = FORMS["psychology"](FORMS["psychology"].post_data(payload, context), context=context)
    assert again.is_valid()
    assert again.payload()["scales"] == payload["scales"]


# -- Risk ------------------------------------------------------------------------------------
def tokens(form):
    form.is_valid()
    return form.warning_tokens


def test_thoughts_of_death_ask_for_the_screener(db):
    alarming = line({**PHQ9, "phq9_9": 1})
    assert "scales.phq9.risk" in tokens(filled("psychology", scale_phq9=alarming))
    assert "scales.phq9.risk" not in tokens(filled("psychology", scale_phq9=line(PHQ9)))
    both = filled("psychology", scale_phq9=alarming, scale_cssrs=line(MODERATE))
    assert "scales.phq9.risk" not in tokens(both)
    assert "scales.srq20.risk" in tokens(filled("psychology", scale_srq20="total=3 srq20_17=1"))


@pytest.mark.parametrize(
    ("chosen", "answers", "level"),
    [
        ("none", HIGH, "high"),
        ("not_assessed", MODERATE, "moderate"),
        (None, MODERATE, "moderate"),
        ("low", {"q2": 1, "q5": 1}, "high"),
        ("high", MODERATE, "high"),
        ("moderate", {"q1": 0, "q2": 0, "q6_lifetime": 0}, "moderate"),
    ],
)
def test_the_screener_raises_the_risk_and_never_lowers_it(db, chosen, answers, level):
    form = filled(
        "psychology",
        risk=chosen and f"mh_risk_levels:{chosen}",
        risk_action="Plan de seguridad",
        scale_cssrs=line(answers),
    )
    assert form.is_valid(), form.errors
    assert form.payload()["risk"] == f"mh_risk_levels:{level}"


def test_a_high_risk_by_the_answers_blocks_without_an_action(db):
    form = filled("psychology", risk="mh_risk_levels:none", risk_action="", scale_cssrs=line(HIGH))
    assert not form.is_valid()
    assert "risk_action" in form.errors
    medical = filled("medical", scale_cssrs=line(HIGH), risk=None)
    assert not medical.is_valid()
    assert "risk_action" in medical.errors
    medical = filled("medical", scale_cssrs=line(HIGH), risk=None, risk_action="Acompañada")
    assert medical.is_valid(), medical.errors
    assert medical.payload()["risk"] == "risk_screening:concern"


def test_under_12_the_level_is_the_clinicians_own(db):
    context = make_context("psychology", **child(9))
    assert "scale_cssrs" not in FORMS["psychology"](context=context).fields


def test_signing_is_blocked_until_an_action_is_written(client, joined, draft):
    client.post(
        screen(draft, "cssrs"),
        {"language": "es", **{n: "yes" if v else "no" for n, v in HIGH.items()}},
    )
    assert signed(client, draft, joined, risk="mh_risk_levels:none").status_code == 400
    assert not Consultation.objects.exists()
    assert not ProtectionTask.objects.exists()

    answer = signed(
        client, draft, joined, risk="mh_risk_levels:none", risk_action="No se dejó sola"
    )
    assert answer.status_code == 302
    note = Consultation.objects.get()
    assert note.mentalhealthdetail.risk_id == "mh_risk_levels:high"
    row = note.scores.get(field="cssrs")
    assert (row.band_id, row.answers.count()) == ("mh_risk_levels:high", 6)
    task = ProtectionTask.objects.get()
    assert (task.kind, task.programme_id) == ("safety", note.programme_id)
    assert task.due_at == note.signed_at + timedelta(hours=1)


def test_the_service_raises_the_risk_and_refuses_high_without_action(doctor, psychologist, joined):
    note = ConsultationFactory(
        by=psychologist,
        outing=joined,
        risk="mh_risk_levels:none",
        risk_action="Contacto diario",
        scales={"cssrs": {"items": MODERATE}},
    )
    assert note.mentalhealthdetail.risk_id == "mh_risk_levels:moderate"
    with pytest.raises(IntegrityError):
        ConsultationFactory(by=psychologist, outing=joined, scales={"cssrs": {"items": HIGH}})
    with pytest.raises(ValueError, match="without an action"):
        ConsultationFactory(by=doctor, outing=joined, scales={"cssrs": {"items": HIGH}})
    assert Consultation.objects.count() == 1


@pytest.mark.parametrize(
    ("risk", "made"), [("none", 0), ("low", 0), ("not_assessed", 0), ("moderate", 1), ("high", 1)]
)
def test_moderate_and_high_make_one_task(psychologist, person, joined, risk, made):
    for _time in range(2):
        ConsultationFactory(
            by=psychologist,
            patient=person,
            outing=joined,
            risk=f"mh_risk_levels:{risk}",
            risk_action="Se quedó acompañada",
        )
    assert ProtectionTask.objects.count() == made


def test_a_second_alarm_only_brings_the_clock_forward(psychologist, person, joined):
    def note(risk):
        return ConsultationFactory(
            by=psychologist,
            patient=person,
            outing=joined,
            risk=f"mh_risk_levels:{risk}",
            risk_action="Plan",
        )

    first = note("moderate")
    assert ProtectionTask.objects.get().due_at == first.signed_at + timedelta(hours=24)
    second = note("high")
    assert ProtectionTask.objects.get().due_at == second.signed_at + timedelta(hours=1)
    note("moderate")
    assert ProtectionTask.objects.get().due_at == second.signed_at + timedelta(hours=1)


def test_a_task_and_its_note_stand_or_fall_together(monkeypatch, psychologist, person, joined):
    def power_cut(*_args, **_kwargs):
        assert ProtectionTask.objects.exists()
        raise RuntimeError("power cut")

    monkeypatch.setattr("consultations.services.sign.grant_access", power_cut)
    with pytest.raises(RuntimeError, match="power cut"):
        ConsultationFactory(
            by=psychologist, patient=person, outing=joined, risk="mh_risk_levels:moderate"
        )
    assert not ProtectionTask.objects.exists()
    assert not Consultation.objects.exists()


def test_the_coordinator_sees_a_clock_and_no_clinical_word(
    as_user, coordinator, mediator, psychologist, person, joined
):
    ConsultationFactory(
        by=psychologist,
        patient=person,
        outing=joined,
        risk="mh_risk_levels:high",
        risk_action="Acompañada por su hermana",
    )
    task = ProtectionTask.objects.get()
    desk = as_user(coordinator)
    today = desk.get("/").content.decode()
    assert f"{reverse('desk:overdue')}?tab=protection" in today
    page = desk.get(f"{reverse('desk:overdue')}?tab=protection")
    html = page.content.decode().lower()
    assert [each["row"].pk for each in page.context["rows"]] == [task.pk]
    for word in ("suicid", "hermana", "riesgo", "cssrs", "c-ssrs"):
        assert word not in html
    close = reverse("patients:close_task", args=[person.code, task.pk])
    assert as_user(mediator).get(close).status_code == 403
    assert as_user(mediator).post(close, {"outcome": "x"}).status_code == 403
    with pytest.raises(PermissionDenied):
        close_protection_task(task, "x", by=mediator)
    assert desk.post(close, {"outcome": "Hablé con el equipo; va a urgencias"}).status_code == 302
    assert not ProtectionTask.objects.open().exists()
    assert f"{reverse('desk:overdue')}?tab=protection" not in desk.get("/").content.decode()


def test_a_task_of_another_programme_is_not_ours(as_user, psychologist, person, joined):
    ConsultationFactory(
        by=psychologist, patient=person, outing=joined, risk="mh_risk_levels:moderate"
    )
    other = UserFactory(role="coordinator", programme=ProgrammeFactory())
    page = as_user(other).get(f"{reverse('desk:overdue')}?tab=protection")
    assert page.context["rows"] == []


def test_the_task_of_a_child_stays_apart(psychologist, person, joined):
    ProtectionTask.objects.create(
        patient=person, kind="child_protection", opened_by=psychologist, due_at=timezone.now()
    )
    ConsultationFactory(
        by=psychologist, patient=person, outing=joined, risk="mh_risk_levels:moderate"
    )
    assert set(ProtectionTask.objects.values_list("kind", flat=True)) == {
        "child_protection", "safety",
    }  # fmt: skip


# -- Rows ------------------------------------------------------------------------------------
def test_signed_scores_are_never_changed(psychologist, person, joined):
    note = ConsultationFactory(
        by=psychologist, patient=person, outing=joined, scales={"phq9": {"items": PHQ9}}
    )
    row = note.scores.get(field="phq9")
    with pytest.raises(IntegrityError), transaction.atomic():
        ScaleResult.objects.filter(pk=row.pk).update(value=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScaleAnswer.objects.filter(result=row).delete()


def test_an_incomplete_scale_keeps_its_answers_and_has_no_total(psychologist, person, joined):
    note = ConsultationFactory(
        by=psychologist,
        patient=person,
        outing=joined,
        scales={"gad7": {"items": {"gad7_1": 3, "gad7_5": 1}}},
    )
    row = note.scores.get(field="gad7")
    assert (row.value, row.state, row.band_id, row.answers.count()) == (None, "incomplete", None, 2)
    assert scores.said(row, 2).count("2") == 1
    assert scores.history([person.pk])[person.pk]["gad7"][0].result.total is None
    for wrong in ({"value": 4}, {"band_id": "scale_bands:gad7.gad7_mild"}, {"state": "complete"}):
        known = {"state": "incomplete", "value": None} | wrong
        with pytest.raises(IntegrityError), transaction.atomic():
            ScaleResult.objects.create(
                consultation=note,
                patient=person,
                scale_id="scales:gad7",
                field="again",
                local_date=note.local_date,
                **known,
            )


@pytest.mark.parametrize("wrong", [{"informant": "neighbour"}, {"language": "de"}])
def test_the_database_knows_informants_and_languages(psychologist, person, joined, wrong):
    note = ConsultationFactory(by=psychologist, patient=person, outing=joined)
    known = {"informant": "self", "language": "es"}
    for told in (known, known | wrong):
        row = ScaleResult(
            consultation=note, patient=person, scale_id="scales:k6",
            field=told["language"] + told["informant"], value=3, local_date=note.local_date,
            **told,
        )  # fmt: skip
        if told == known:
            row.save()
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                row.save()


def test_the_database_keeps_one_possible_answer_a_question(psychologist, person, joined):
    note = ConsultationFactory(
        by=psychologist, patient=person, outing=joined, scales={"phq9": {"items": PHQ9}}
    )
    row = note.scores.get(field="phq9")
    for item, value in (("phq9_1", 2), ("another", 11)):
        with pytest.raises(IntegrityError), transaction.atomic():
            ScaleAnswer.objects.create(result=row, item=item, value=value)


def test_bands_of_ratings_are_kept_and_what_was_not_asked_says_so(psychologist, person, joined):
    note = ConsultationFactory(
        by=psychologist, patient=person, outing=joined, distress=7, functioning="could_not_ask"
    )
    distress, functioning = (note.scores.get(field=f) for f in ("distress", "functioning"))
    assert distress.band_id == "scale_bands:distress.distress_high"
    assert (functioning.state, functioning.value) == ("not_asked", None)


def test_sex_decides_the_band_of_alcohol(psychologist, joined):
    three = {"audit_c": {"items": {"audit_c_1": 3, "audit_c_2": 0, "audit_c_3": 0}}}
    bands = []
    for sex in ("female", "male", "intersex"):
        patient = PatientFactory(by=psychologist, sex=sex)
        note = ConsultationFactory(by=psychologist, patient=patient, outing=joined, scales=three)
        bands.append(note.scores.get(field="audit_c").band_id.rpartition(".")[2])
    assert bands == ["audit_c_risk_f", "audit_c_low_m", "audit_c_risk_f"]


def test_the_note_says_what_the_scales_came_to(client, psychologist, person, joined):
    note = ConsultationFactory(
        by=psychologist, patient=person, outing=joined, scales={"phq9": {"items": PHQ9}}
    )
    html = client.get(reverse("consultations:note", args=[note.pk])).content.decode()
    assert "PHQ-9 (depresión): 8 · Leve" in html


# -- Over time -------------------------------------------------------------------------------
@pytest.fixture
def course(psychologist, person, programme, joined):
    """PHQ-9 at 20, three weeks ago, and at 8 today."""
    before = OutingFactory(by=psychologist, on=programme.today() - timedelta(days=21))
    severe = {f"phq9_{n}": 2 for n in range(1, 10)} | {"phq9_1": 3, "phq9_2": 3}
    first = ConsultationFactory(
        by=psychologist, patient=person, outing=before, scales={"phq9": {"items": severe}}
    )
    last = ConsultationFactory(
        by=psychologist, patient=person, outing=joined, scales={"phq9": {"items": PHQ9}}
    )
    return first, last


def test_scores_over_time_with_what_changed(client, person, course):
    page = client.get(reverse("consultations:scales", args=[person.code]))
    html = page.content.decode()
    found = {each.scale.code: each for each in page.context["courses"]}
    assert set(found) == {"phq9", "distress", "functioning"}
    change = found["phq9"].change
    assert (change.difference, change.response, change.remission) == (-12, True, False)
    assert "−12" in html
    assert "<svg" in html
    event = AccessEvent.objects.order_by("-pk").first()
    assert (event.action, event.subject, event.privacy_class) == (
        "scales.shown", person.code, "clinical",
    )  # fmt: skip
    one = client.get(f"{reverse('consultations:scales', args=[person.code])}?scale=phq9")
    assert [point.value for point, _label in one.context["rows"]] == [8, 20]


def test_one_result_with_its_answers(client, person, course):
    row = course[1].scores.get(field="phq9")
    page = client.get(reverse("consultations:scale_result", args=[row.pk]))
    html = page.content.decode()
    assert "Poco interés o placer" in html
    assert "1 · Varios días" in html
    assert AccessEvent.objects.order_by("-pk").first().action == "scale.opened"


def test_who_may_not_read_the_notes_reads_no_scores(
    as_user, course, person, coordinator, social_worker, mediator, stranger
):
    address = reverse("consultations:scales", args=[person.code])
    row = reverse("consultations:scale_result", args=[course[0].scores.get(field="phq9").pk])
    for user in (coordinator, social_worker, mediator):
        assert as_user(user).get(address).context["courses"] == []
        assert as_user(user).get(row).status_code == 404
    assert as_user(stranger).get(address).status_code == 404
    assert as_user(stranger).get(row).status_code == 404
    assert as_user(UserFactory(role="manager")).get(address).status_code == 403


def test_the_link_stands_on_the_page_of_the_person(as_user, client, course, person, mediator):
    address = reverse("consultations:scales", args=[person.code])
    assert address in client.get(person.get_absolute_url()).content.decode()
    assert address not in as_user(mediator).get(person.get_absolute_url()).content.decode()


def test_a_long_course_stays_small(client, statements, psychologist, person, joined, course):
    address = reverse("consultations:scales", args=[person.code])
    few = statements(client, address)
    rows = [
        ScaleResult(
            consultation=course[0],
            patient=person,
            scale_id=f"scales:{code}",
            field=f"{code}{n}",
            value=n % 10,
            local_date=course[0].local_date + timedelta(days=n % 20),
        )
        for code in ("phq9", "gad7", "pcl5", "who5", "distress", "functioning", "pain", "audit_c")
        for n in range(150)
    ]
    ScaleResult.objects.bulk_create(rows)
    assert statements(client, address) == few <= 12
    assert len(gzip.compress(client.get(address).content, 6)) <= 14 * 1024
    assert len(client.get(f"{address}?scale=pcl5&page=2").context["rows"]) == 25


@pytest.mark.parametrize("kind", ["mobile", "centre"])
def test_the_form_stays_within_its_statements(client, statements, programme, person, course, kind):
    programme.kind = kind
    programme.save()
    EpisodeFactory(patient=person, programme=programme)
    assert statements(client, f"{new(person)}?outing={course[1].outing_id}") <= 12


def test_history_gives_sets_of_people_in_one_statement(
    django_assert_num_queries, psychologist, doctor, coordinator, person, course, joined
):
    other = PatientFactory(by=psychologist, given_name="Otra")
    ConsultationFactory(by=psychologist, patient=other, outing=joined, distress=2)
    with django_assert_num_queries(1):
        found = scores.history([person.pk, other.pk], ["phq9", "distress"])
    assert [point.value for point in found[person.pk]["phq9"]] == [20, 8]
    assert [point.value for point in found[other.pk]["distress"]] == [2]
    merge(person, other, by=coordinator)
    assert [p.value for p in scores.history([person.pk], ["distress"])[person.pk]["distress"]] == [
        7, 7, 2,
    ]  # fmt: skip


def test_the_centre_says_what_is_due(db, as_user):
    centre = ProgrammeFactory(kind="centre")
    psychologist = UserFactory(role="psychologist", programme=centre)
    outing = OutingFactory(by=psychologist)
    person = PatientFactory(by=psychologist)
    EpisodeFactory(
        patient=person, programme=centre, admitted_on=centre.today() - timedelta(days=20)
    )
    page = as_user(psychologist).get(f"{new(person)}?outing={outing.pk}")
    form = page.context["form"]
    assert "scales" in form.core
    due = {each.scale.code: each.due for each in _block(page).scales if each.due}
    assert set(due) == {"phq9", "gad7", "pcl5", "who5"}
    assert all(each.late and each.reason == "baseline" for each in due.values())


def test_the_draft_keeps_scales_as_they_were_written(client, draft, person):
    client.post(screen(draft, "who5"), {"language": "en", "who5_1": "3", "informant": "self"})
    form = resumed(client, draft).context["form"]
    assert form["scale_who5"].value() == "language=en informant=self who5_1=3"
    assert json.dumps(form["scale_who5"].value())  # plain text
