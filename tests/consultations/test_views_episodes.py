"""The centre's pages: lists with their tabs, one stay, its forms, without scripts."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from accounts.rows import uuid7
from consultations.models import (
    CarePlan,
    CaseReview,
    Episode,
    FollowUpCall,
    PlanGoal,
    ScaleResult,
)
from consultations.queries.episodes import add_months
from consultations.services import episodes
from patients import services
from patients.models import ContactAttempt, FamilyLink
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, OutingFactory
from tests.consultations.stays import INCLUSION, Centre
from tests.patients.factories import PatientFactory


@pytest.fixture
def centre(db):
    return Centre()


@pytest.fixture
def client(as_user, centre):
    return as_user(centre.by["psychologist"])


def of(name, *args):
    return reverse(f"consultations:{name}", args=args)


def shown(client, tab="active", **query):
    page = client.get(of("episodes"), {"tab": tab, **query})
    assert page.status_code == 200
    return [row.pk for row, _p, _a in page.context["rows"]]


def hidden(page, name="id"):
    return re.search(rf'name="{name}" value="([^"]+)"', page.content.decode())[1]


# -- Lists -----------------------------------------------------------------------------------
def test_each_tab_shows_its_stays_and_counts_them(client, centre):
    fresh = centre.stay(3)
    late = centre.stay(31)
    lost = centre.stay(61)
    ended = centre.close(centre.stay(100), closed_on=centre.before(60))
    called = centre.close(
        centre.stay(100, centre.person(phone="+525512345678")),
        closed_on=add_months(centre.today, -3),
        contact_allowed=True,
    )

    assert set(shown(client)) == {fresh.pk, late.pk, lost.pk}
    assert shown(client, "reviews") == [lost.pk, late.pk]
    assert shown(client, "scales") == [lost.pk, late.pk]
    assert shown(client, "lost") == [lost.pk]
    assert shown(client, "calls") == [called.pk]
    assert shown(client, "exits") == [ended.pk, called.pk]
    tabs = client.get(of("episodes")).context["tabs"]
    assert [tab.count for tab in tabs] == [3, 2, 2, 1, 1, 2]


def test_a_review_or_a_contact_takes_a_stay_off_its_list(client, centre):
    stay = centre.stay(61)
    CaseReview.objects.create(
        episode=stay, held_on=centre.today, risk_id="mh_risk_levels:none", mark="x",
        phase_id="episode_phases:processing", decision_id="case_review_decisions:continue",
        next_on=centre.today + timedelta(days=60), recorded_by=centre.by["doctor"],
    )  # fmt: skip
    assert shown(client, "reviews") == []
    centre.tried(stay.patient, 2, "reached")
    assert shown(client, "lost") == []


@pytest.mark.parametrize(("days", "due"), [(28, False), (29, True)])
def test_scales_are_due_every_four_weeks(client, centre, days, due):
    stay = centre.stay(90)
    note = ConsultationFactory(by=centre.by["psychologist"], patient=stay.patient)
    ScaleResult.objects.create(
        consultation=note, patient=stay.patient, scale_id="scales:phq9", field="phq9_before",
        value=10, local_date=centre.before(days),
    )  # fmt: skip
    assert (shown(client, "scales") == [stay.pk]) == due


def test_attempts_since_the_last_contact_are_counted_by_day(client, centre):
    stay = centre.stay(100)
    for days in (95, 90):
        centre.tried(stay.patient, days)
    centre.tried(stay.patient, 80, "reached")
    for days in (10, 10, 5):
        centre.tried(stay.patient, days)
    page = client.get(of("episodes"), {"tab": "lost"})
    assert [about for _r, _p, about in page.context["rows"]] == [{"days": 80, "tried": 2}]


def test_an_answered_call_is_no_longer_due(client, centre):
    person = centre.person(phone="+525512345678")
    stay = centre.close(
        centre.stay(100, person), closed_on=add_months(centre.today, -1), contact_allowed=True
    )
    assert shown(client, "calls") == [stay.pk]
    episodes.record_call(
        stay, 1, by=centre.by["mediator"], id=uuid7(), method="safe_contact_methods:call",
        outcome="contact_outcomes:reached",
    )  # fmt: skip
    assert shown(client, "calls") == []


def test_the_filter_knows_each_reference_worker(client, centre):
    mine = centre.stay(3)
    theirs = centre.stay(3, reference_worker=centre.by["doctor"])
    nobodys = centre.stay(3, reference_worker=None)
    assert shown(client, whose="mine") == [mine.pk]
    assert shown(client, whose="nobody") == [nobodys.pk]
    assert shown(client, whose=str(centre.by["doctor"].pk)) == [theirs.pk]
    assert client.get(of("episodes"), {"whose": str(uuid7())}).status_code == 400


def test_hidden_people_stand_in_no_list_of_others(client, centre, as_user):
    stay = centre.stay(3)
    services.hide(stay.patient, by=centre.by["doctor"])
    assert shown(client) == []
    assert shown(as_user(centre.by["doctor"])) == [stay.pk]


def test_a_merged_record_is_shown_as_who_it_is(client, centre):
    old, kept = centre.person(), centre.person(given_name="Irene")
    stay = centre.stay(3, old)
    old.merged_into = kept
    old.save(update_fields=("merged_into",))
    assert shown(client) == [stay.pk]
    assert "Irene" in client.get(of("episode", stay.pk)).content.decode()


def test_the_list_takes_few_statements_and_little_weight(client, centre, statements):
    centre.stay(70)
    one = max(statements(client, of("episodes") + f"?tab={tab}") for tab in ("active", "lost"))
    for _n in range(29):
        centre.stay(70)
    for tab in ("active", "reviews", "scales", "lost", "calls", "exits"):
        many = statements(client, of("episodes") + f"?tab={tab}")
        assert max(one, many) <= 12, tab


# -- One stay --------------------------------------------------------------------------------
@pytest.fixture
def full(centre):
    """A stay with everything in it, and 150 consultations."""
    person = centre.person(phone="+525512345678")
    stay = centre.admit(person, team=[str(centre.by["physio"].pk)])
    relative = centre.person(given_name="Lucía")
    centre.stay(5, relative)
    FamilyLink.objects.create(
        patient=person, relative=relative, relation_id="family_relations:child",
        since=centre.today, recorded_by=centre.by["doctor"],
    )  # fmt: skip
    for number in range(8):
        centre.goal(stay, words=f"Meta número {number}", domain="care_plan_domains:pain_function")
    centre.sign(stay)
    centre.tried(person, 0)
    by = centre.by["psychologist"]
    outing = OutingFactory(by=by)
    first = ConsultationFactory(by=by, patient=person, outing=outing)
    rows = []
    for number in range(149):
        row = type(first).objects.get(pk=first.pk)
        row.pk, row.discipline = uuid7(), ("medical", "psychology", "physiotherapy")[number % 3]
        rows.append(row)
    type(first).objects.bulk_create(rows)
    return stay


def test_one_page_holds_the_stay_of_150_consultations(client, full, statements, centre):
    import gzip  # noqa: PLC0415

    page = client.get(of("episode", full.pk))
    text = page.content.decode()
    assert statements(client, of("episode", full.pk)) <= 12
    assert len(gzip.compress(page.content)) < 14_000
    assert "Meta número 7" in text
    assert "Lucía" in text
    assert {label for label, _point in page.context["once"]} == {
        "Malestar 0-10", "Funcionamiento 0-10",
    }  # fmt: skip
    totals = {row.discipline: (row.total, row.recent) for row in page.context["stay"].sessions}
    assert totals["medical"] == (50, 50)
    assert totals["psychology"] == (51, 51)
    event = AccessEvent.objects.filter(action="episode.shown").latest("pk")
    assert (event.actor, event.privacy_class) == (centre.by["psychologist"], "clinical")


def test_a_scale_asked_twice_is_drawn(client, full, centre):
    by = centre.by["psychologist"]
    ConsultationFactory(by=by, patient=full.patient, distress=3)
    drawn = {
        chart.title: list(chart.series[0].values)
        for chart in client.get(of("episode", full.pk)).context["charts"]
    }
    assert sorted(drawn["Malestar 0-10"]) == [3, 7]


def test_a_closed_stay_takes_few_statements_too(client, full, statements, centre):
    full.refresh_from_db()
    centre.close(full, contact_allowed=True, services=("service_taxonomy:dental",))
    assert statements(client, of("episode", full.pk)) <= 12
    text = client.get(of("episode", full.pk)).content.decode()
    assert "Sigue con su grupo" in text


def test_who_reads_only_a_summary_sees_no_criteria(as_user, full, centre):
    page = as_user(centre.by["social_worker"]).get(of("episode", full.pk))
    assert page.status_code == 200
    assert not page.context["may_read_criteria"]
    assert "Meta número 1" in page.content.decode()
    assert not page.context["once"]


def test_a_mediator_sees_the_goals_of_their_own_discipline_only(as_user, full, centre):
    client = as_user(centre.by["mediator"])
    centre.goal(full, words="Con mi idioma", domain="care_plan_domains:language")
    text = client.get(of("episode", full.pk)).content.decode()
    assert "Con mi idioma" in text
    assert "Meta número" not in text
    other = PlanGoal.objects.exclude(domain="care_plan_domains:language").first()
    assert client.get(of("goal", full.pk, other.pk)).status_code == 404
    for name in ("sign_plan", "new_review", "close_episode", "print_plan"):
        assert client.get(of(name, full.pk)).status_code == 403


@pytest.mark.parametrize(
    "name", ["episode", "episode_team", "close_episode", "new_goal", "sign_plan", "new_review"]
)
def test_a_stay_of_another_programme_does_not_exist(as_user, centre, name):
    stay = centre.stay(3)
    assert as_user(UserFactory(role="doctor")).get(of(name, stay.pk)).status_code == 404
    assert as_user(UserFactory(role="dpo")).get(of(name, stay.pk)).status_code == 403


def test_relatives_out_of_scope_are_not_named(as_user, full, centre):
    stranger = PatientFactory(given_name="Ajena")
    FamilyLink.objects.create(
        patient=full.patient, relative=stranger, relation_id="family_relations:sibling",
        since=centre.today, recorded_by=centre.by["doctor"],
    )  # fmt: skip
    text = as_user(centre.by["doctor"]).get(of("episode", full.pk)).content.decode()
    assert "Ajena" not in text


# -- Forms -----------------------------------------------------------------------------------
def test_admission_plan_review_and_exit_without_scripts(as_user, centre):
    by, person = centre.by, centre.person(phone="+525512345678")
    client = as_user(by["coordinator"])
    page = client.get(of("new_episode", person.code))
    body = {
        "id": hidden(page), "criteria": INCLUSION, "admitted_on": centre.today.isoformat(),
        "decided_by": [str(by["doctor"].pk), str(by["psychologist"].pk)],
        "reference_worker": str(by["psychologist"].pk), "house_rules": "yes",
    }  # fmt: skip
    assert client.post(of("new_episode", person.code), body).status_code == 302
    assert client.post(of("new_episode", person.code), body).status_code == 302
    body["house_rules"] = "no"
    assert client.post(of("new_episode", person.code), body).status_code == 409
    stay = Episode.objects.get()

    client = as_user(by["psychologist"])
    page = client.get(of("new_goal", stay.pk))
    goal = {
        "id": hidden(page), "domain": "care_plan_domains:symptoms", "words": "Dormir bien",
        "action": "Sesión semanal", "status": "care_plan_goal_status:in_progress",
    }  # fmt: skip
    assert client.post(of("new_goal", stay.pk), goal).status_code == 302
    row = stay.goals.get()
    assert row.actions.get().discipline == "psychology"

    page = client.get(of("sign_plan", stay.pk))
    plan = {
        "id": hidden(page), "week_psychology": "2", "agreed": "consent_decisions:given",
        "agreed_on": centre.today.isoformat(),
        "review_date": (centre.today + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    assert client.post(of("sign_plan", stay.pk), plan).status_code == 302
    assert CarePlan.objects.get().frequencies.get().per_week == 2

    page = client.get(of("new_review", stay.pk))
    assert "Dormir bien" in page.content.decode()
    review = {
        "id": hidden(page), "held_on": centre.today.isoformat(),
        "participants": [str(by[role].pk) for role in ("doctor", "psychologist", "physio")],
        f"goal_{row.pk.hex}": "care_plan_goal_status:achieved", "risk": "mh_risk_levels:none",
        "phase": "episode_phases:reintegration", "decision": "case_review_decisions:discharge",
        "next_on": (centre.today + timedelta(days=60)).isoformat(),
    }  # fmt: skip
    assert client.post(of("new_review", stay.pk), review).status_code == 302
    row.refresh_from_db()
    assert row.ended_on == centre.today

    page = client.get(of("close_episode", stay.pk))
    end = {
        "version": hidden(page, "version"), "outcome": "cai_discharge_outcomes:completed_goals",
        "closed_on": centre.today.isoformat(), "plan_after": "Su grupo",
        "services": "service_taxonomy:dental", "contact_allowed": "yes",
        "missing_scores_reason": "Se fue", "satisfaction": "9",
        "satisfaction_asked_by": str(by["mediator"].pk),
    }  # fmt: skip
    assert client.post(of("close_episode", stay.pk), end).status_code == 302
    stay.refresh_from_db()
    assert (stay.satisfaction, stay.contact_allowed) == (9, True)
    assert client.get(of("episode", stay.pk)).status_code == 200


def test_what_the_service_refuses_stands_on_the_form(as_user, centre):
    person = centre.person()
    client = as_user(centre.by["psychologist"])
    body = {
        "id": str(uuid7()), "criteria": INCLUSION[:4], "admitted_on": centre.today.isoformat(),
        "decided_by": [str(centre.by["doctor"].pk)], "house_rules": "yes",
        "reference_worker": str(centre.by["psychologist"].pk),
    }  # fmt: skip
    page = client.post(of("new_episode", person.code), body)
    assert page.status_code == 400
    assert page.context["form"].non_field_errors()
    assert not Episode.objects.exists()


def test_nobody_is_admitted_where_there_is_no_centre(as_user, doctor, person):
    assert as_user(doctor).get(of("new_episode", person.code)).status_code == 404


def test_an_old_form_of_the_team_shows_both_versions(client, centre):
    stay = centre.admit()
    body = {"version": "1", "reference_worker": str(centre.by["doctor"].pk)}
    assert client.post(of("episode_team", stay.pk), body).status_code == 302
    body["reference_worker"] = str(centre.by["physio"].pk)
    page = client.post(of("episode_team", stay.pk), body)
    assert page.status_code == 409
    again = {**body, "version": hidden(page, "version")}
    assert client.post(of("episode_team", stay.pk), again).status_code == 302


def test_a_goal_moves_and_its_actions_end(client, centre):
    stay = centre.admit()
    goal = centre.goal(stay)
    address = of("goal", stay.pk, goal.pk)
    move = {"act": "status", "version": "1", "status": "care_plan_goal_status:achieved"}
    assert client.post(address, move).status_code == 302
    move["status"] = "care_plan_goal_status:no_change"
    assert client.post(address, move).status_code == 409
    assert client.post(address, {"act": "vanish"}).status_code == 400
    more = {"act": "action", "id": str(uuid7()), "action": "Caminar", "discipline": "medical"}
    assert client.post(address, more).status_code == 302
    action = goal.actions.get(discipline="medical")
    client.post(of("finish_action", stay.pk, action.pk), {"dropped": "yes"})
    action.refresh_from_db()
    assert action.dropped_on == centre.today
    words = {
        "act": "words", "version": "2", "domain": "care_plan_domains:symptoms", "words": "Otra",
    }  # fmt: skip
    assert client.post(address, words).status_code == 302
    assert "Otra" in client.get(address).content.decode()


def test_the_goals_of_the_last_stay_are_one_button_away(client, centre):
    person = centre.person()
    first = centre.stay(90, person)
    centre.goal(first)
    centre.close(first, closed_on=centre.before(3))
    second = centre.admit(person)
    assert of("take_over_goals", second.pk) in client.get(of("episode", second.pk)).content.decode()
    client.post(of("take_over_goals", second.pk))
    assert second.goals.count() == 1


def test_the_paper_for_the_person_names_no_centre_unless_chosen(client, centre):
    stay = centre.admit()
    centre.goal(stay)
    centre.sign(stay)
    ConsultationFactory(by=centre.by["psychologist"], patient=stay.patient)
    paper = client.get(of("print_plan", stay.pk)).content.decode()
    assert "Dormir toda la noche" in paper
    assert centre.programme.name not in paper.partition("<main")[2]
    assert "estrés" not in paper
    assert (
        centre.programme.name
        in client.get(of("print_plan", stay.pk) + "?named=yes").content.decode()
    )


# -- Contact ---------------------------------------------------------------------------------
def test_rules_stand_before_the_number_and_an_attempt_is_recorded(client, centre):
    person = centre.person(
        phone="+525512345678", contact_methods=("call",), contact_rules={"never_name_org": ""}
    )
    page = client.get(of("attempts", person.code) + "?for=referral")
    text = page.content.decode()
    assert text.index("nombre de la organización") < text.index(
        reverse("patients:phone", args=[person.code])
    )
    assert "5512345678" not in text.replace(" ", "")
    body = {
        "id": hidden(page), "method": "safe_contact_methods:call",
        "purpose": "contact_purposes:referral", "outcome": "contact_outcomes:unsafe",
    }  # fmt: skip
    assert client.post(of("attempts", person.code), body).status_code == 302
    row = ContactAttempt.objects.get()
    assert (row.outcome_id, row.by) == ("contact_outcomes:unsafe", centre.by["psychologist"])
    body["id"] = str(uuid7())
    assert client.post(of("attempts", person.code), body).status_code == 400
    assert client.post(of("review_attempt", row.pk)).status_code == 403


def test_a_coordinator_lets_contact_go_on(as_user, centre):
    person = centre.person(phone="+525512345678")
    row = centre.tried(person, 1, "unsafe")
    client = as_user(centre.by["coordinator"])
    assert of("review_attempt", row.pk) in client.get(of("attempts", person.code)).content.decode()
    assert client.post(of("review_attempt", row.pk)).status_code == 302
    row.refresh_from_db()
    assert row.reviewed_by == centre.by["coordinator"]
    stranger = as_user(UserFactory(role="coordinator"))
    assert stranger.post(of("review_attempt", row.pk)).status_code == 404


def test_a_call_after_the_exit_is_recorded(client, centre):
    person = centre.person(phone="+525512345678")
    stay = centre.close(
        centre.stay(100, person), closed_on=add_months(centre.today, -1), contact_allowed=True
    )
    page = client.get(of("call", stay.pk, 1))
    body = {
        "id": hidden(page), "method": "safe_contact_methods:call",
        "outcome": "contact_outcomes:reached",
    }  # fmt: skip
    assert client.post(of("call", stay.pk, 1), body).status_code == 302
    assert FollowUpCall.objects.get().answered
    assert client.get(of("call", stay.pk, 2)).status_code == 404


# -- Overdue ---------------------------------------------------------------------------------
def test_a_coordinator_of_a_centre_sees_what_is_overdue(as_user, centre, statements):
    stay = centre.stay(61)
    client, address = as_user(centre.by["coordinator"]), reverse("desk:overdue")
    for tab in ("reviews", "plans", "lost"):
        page = client.get(address, {"tab": tab})
        assert [each["row"].pk for each in page.context["rows"]] == [stay.pk]
        assert statements(client, f"{address}?tab={tab}") <= 12
    centre.goal(stay)
    centre.sign(stay)
    assert not client.get(address, {"tab": "plans"}).context["rows"]


def test_a_mobile_team_has_no_lists_of_a_centre(as_user, coordinator):
    page = as_user(coordinator).get(reverse("desk:overdue"))
    assert len(page.context["tabs"]) == 4
    assert of("episodes") not in page.content.decode()
