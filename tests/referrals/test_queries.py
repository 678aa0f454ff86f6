"""Queues, what became of one's own, destinations, one referral as its reader may see it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.privacy import PrivacyClass
from accounts.services import disclose
from consultations.services.refusal import Refused
from patients.models import Access
from patients.services import key_of
from referrals import services
from referrals.machine import Move, Side
from referrals.models import Referral, Status
from referrals.queries import destinations as places
from referrals.queries import detail, facts
from referrals.queries.package import disclosure_class
from referrals.queries.queue import (
    Filter,
    SentFilter,
    SentState,
    Tab,
    assignable,
    counts,
    queue,
    sent,
    sent_counts,
)
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory
from tests.partners.factories import AgreementFactory, OrganisationFactory, ServiceFactory
from tests.patients.factories import PatientFactory
from tests.referrals.world import act, at_hour, consents, refer, referral_in, to_partner

pytestmark = pytest.mark.django_db

LEGAL = ["referral_reasons:legal"]


def one_in(world, status, **changes):
    world.person = PatientFactory(by=world.doctor)
    return referral_in(world, status, **changes)


# -- The queue ---------------------------------------------------------------------------------
def test_each_state_stands_behind_its_tab(world):
    for status in Status.values:
        one_in(world, status)

    found = counts(world.coordinator)

    assert found == {
        Tab.NEW: 3, Tab.TO_SCHEDULE: 2, Tab.ACCEPTED: 3, Tab.LATE: 0, Tab.WAITING: 1, Tab.CLOSED: 4,
    }  # fmt: skip
    for tab, number in found.items():
        assert queue(world.coordinator, tab).count() == number
    assert sum(counts(world.doctor).values()) == 0
    assert sum(counts(world.stranger).values()) == 0


def test_late_first_then_urgent_then_old(world):
    old = one_in(world, Status.SUBMITTED)
    urgent = one_in(world, Status.SUBMITTED, urgency="urgent")
    new = one_in(world, Status.SUBMITTED)
    overdue = one_in(world, Status.SUBMITTED)
    Referral.objects.filter(pk=overdue.pk).update(due_at=timezone.now() - dt.timedelta(hours=1))

    rows = list(queue(world.coordinator, Tab.NEW))

    assert rows == [overdue, urgent, old, new]
    assert [row.is_late for row in rows] == [True, False, False, False]
    assert list(queue(world.coordinator, Tab.LATE)) == [overdue]


def test_filters_name_nobody_and_ignore_nonsense(world):
    violence = one_in(
        world, Status.SUBMITTED, reasons=("referral_reasons:torture",), urgency="priority"
    )
    other = one_in(world, Status.SUBMITTED, language="languages:hat")
    services.assign([other.pk], world.psychologist, by=world.coordinator)

    def found(**query):
        return list(queue(world.coordinator, Tab.NEW, Filter.from_query(query)))

    assert found(group="survivor") == [violence]
    assert found(urgency="priority") == [violence]
    assert found(language="languages:hat") == [other]
    assert found(assigned=str(world.psychologist.pk)) == [other]
    assert found(assigned="nobody") == [violence]
    assert found(origin="team") == [violence, other]
    assert found(origin="self") == []
    mine = queue(world.psychologist, Tab.NEW, Filter.from_query({"assigned": "me"}))
    assert list(mine) == [other]
    assert len(found(urgency="x", group="y", language="z", origin="w", assigned="'")) == 2
    assert counts(world.coordinator, Filter(group="survivor"))[Tab.NEW] == 1


@pytest.mark.parametrize("rows", [1, 12])
def test_the_queue_takes_three_statements_whatever_its_length(world, rows):
    for _n in range(rows):
        one_in(world, Status.SUBMITTED)
    world.coordinator.active_postings  # noqa: B018 - read once a request

    with CaptureQueriesContext(connection) as captured:
        counts(world.coordinator)
        for row in queue(world.coordinator, Tab.NEW)[:25]:
            _shown = (row.patient.code, row.from_programme.name, row.from_site, row.assigned_to)

    assert len(captured) == 3
    assert '"package"' not in "".join(query["sql"] for query in captured)


def test_what_became_of_mine(world):
    asked = one_in(world, Status.INFO_REQUESTED)
    waiting = one_in(world, Status.SUBMITTED)
    draft = one_in(world, Status.DRAFT)
    done = one_in(world, Status.FEEDBACK_SENT)
    consents(world)
    outside = services.refer(to_partner(world), by=world.field_coordinator)

    assert sent(world.doctor)[0] == asked
    assert set(sent(world.doctor, SentFilter(mine=True))) == {asked, waiting, draft}
    assert set(sent(world.doctor, SentFilter("done"))) == {done}
    assert set(sent(world.doctor, SentFilter("waiting"))) == {asked, waiting, outside}
    assert sent_counts(world.doctor) == {
        SentState.WAITING: 3, SentState.ANSWERED: 0, SentState.DONE: 1, SentState.DRAFT: 1,
    }  # fmt: skip
    assert not sent(world.coordinator).exists()


def test_bulk_assignment_passes_over_what_is_out_of_scope(world):
    mine, other = one_in(world, Status.SUBMITTED), one_in(world, Status.DRAFT)

    assert services.assign([mine.pk, other.pk], world.psychologist, by=world.coordinator) == 1
    assert services.assign([mine.pk], None, by=world.coordinator) == 1
    with pytest.raises(Refused):
        services.assign([mine.pk], world.doctor, by=world.coordinator)
    assert world.psychologist in assignable(world.centre)
    assert world.doctor not in assignable(world.centre)


# -- Where to ----------------------------------------------------------------------------------
def ranked(world, reasons=LEGAL, **more):
    given = {"by": world.doctor, "language": "languages:hat", "at": at_hour(12), "age": 30, **more}
    return places.destinations(world.person, reasons, **given)


def test_partners_are_ranked_by_agreement_service_language_and_who_is_accepted(world):
    def service(code="legal_asylum", agreement=True, sharing=True, **values):
        organisation = OrganisationFactory(last_verified_on=dt.date(2026, 11, 1))
        if agreement:
            AgreementFactory(organisation=organisation, data_sharing=sharing)
        return ServiceFactory(
            organisation=organisation, service_id=f"service_taxonomy:{code}", **values
        )

    none = service(agreement=False)
    minimum = service(sharing=False)
    speaks = service(languages=["languages:hat"])
    silent = service(languages=["languages:spa"])
    too_old = service(age_max=17)
    migration = service("legal_migration", languages=["languages:hat"])
    world.service.ended_on = dt.date(2026, 1, 1)
    world.service.save()

    found = [place for place in ranked(world) if place.kind == "service"]

    assert [place.service for place in found] == [
        speaks, silent, migration, minimum, too_old, none,
    ]  # fmt: skip
    best, worst = found[0], found[-1]
    assert (best.may_share, best.speaks, best.accepts) == (True, True, True)
    assert any(mark.kind == "danger" for mark in worst.marks)
    assert not found[4].accepts


def test_nationality_and_sex_count(world):
    for rule, accepted in (("foreign", True), ("listed", False)):
        world.service.nationality_rule = rule
        world.service.save()
        [place] = [place for place in ranked(world) if place.kind == "service"]
        assert place.accepts is accepted
    world.service.nationality_rule = "any"
    world.service.sexes = ["male" if world.person.sex == "female" else "female"]
    world.service.save()
    assert not next(place for place in ranked(world) if place.kind == "service").accepts


@pytest.mark.usefixtures("office_hours")
def test_our_own_come_first_where_the_reasons_call_for_them(world):
    found = ranked(world, ["referral_reasons:torture"])

    assert found[0].programme == world.centre
    assert found[0].open_now is True
    assert world.mobile not in [place.programme for place in found]
    closed = ranked(world, ["referral_reasons:torture"], at=at_hour(20))
    assert closed[0].open_now is False


def test_a_place_is_found_by_its_key(world):
    for place in ranked(world):
        again = places.find_destination(place.key, by=world.doctor, at=at_hour(12))
        assert again is not None
        assert again.key == place.key
    gone = places.find_destination(f"service:{world.person.pk}", by=world.doctor, at=at_hour(12))
    assert gone is None
    assert places.find_destination("nonsense", by=world.doctor, at=at_hour(12)) is None


def test_services_open_at_all_hours(world):
    night = ServiceFactory(service_id="service_taxonomy:hospital", open_24h=True)
    ServiceFactory(service_id="service_taxonomy:emergency_care")

    found = places.open_services(["referral_reasons:sexual_violence"], at_hour(20))

    assert [place.service for place in found] == [night]


def test_destinations_take_the_same_statements_whatever_their_number(world):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            ranked(world)
        return len(captured)

    ranked(world)
    few = statements()
    for _n in range(8):
        row = ServiceFactory(languages=["languages:hat"])
        AgreementFactory(organisation=row.organisation)

    assert statements() == few <= 8


# -- Facts -------------------------------------------------------------------------------------
def test_facts_come_from_what_is_recorded(world):
    psychologist = world.psychologist
    person = PatientFactory(by=psychologist)
    ConsultationFactory(by=psychologist, patient=person, symptoms=["mh_symptoms:hallucinations"])
    today = world.mobile.today()

    found = facts.facts_of(
        person, reasons=["referral_reasons:torture"], risk="mh_risk_levels:low", on=today
    )

    assert found.psychosis
    assert (found.risk, found.reasons) == ("low", frozenset({"torture"}))
    later = facts.facts_of(person, reasons=[], risk="", on=today + dt.timedelta(days=30))
    assert not later.psychosis


def test_a_child_without_an_adult_is_one(world):
    today = world.mobile.today()
    child = PatientFactory(
        by=world.doctor, age=15, travel_composition="travel_composition:uasc_unaccompanied"
    )

    found = facts.facts_of(child, reasons=[], risk="", on=today)

    assert found.unaccompanied
    assert not facts.facts_of(world.person, reasons=[], risk="", on=today).unaccompanied


def test_the_summary_starts_from_what_the_author_may_read(world):
    ConsultationFactory(by=world.doctor, patient=world.person)
    permit = disclose(
        by=world.doctor,
        action="referral.begun",
        subjects=[world.person],
        privacy_class=PrivacyClass.CLINICAL,
    )

    words = facts.suggested_summary(world.person, by=world.doctor, permit=permit)

    assert "Reposo y líquidos" in words
    assert len(words) <= facts.SUMMARY


# -- One referral ------------------------------------------------------------------------------
def shown(world, user, row):
    found = detail.find(user, row.pk)
    permit = disclose(
        by=user,
        action="referral.opened",
        subjects=[found.patient],
        privacy_class=disclosure_class(user, found),
    )
    return detail.page(found, user, permit, key_of(found.patient), named=True)


def test_the_page_tells_both_sides_what_they_may_know(world):
    row = referral_in(world, Status.INFO_REQUESTED, urgency_reason="Solo para quien atiende")

    receiver = shown(world, world.coordinator, row)
    sender = shown(world, world.doctor, row)
    mediator = shown(world, world.mediator, row)

    assert receiver.sides == {Side.RECEIVER}
    assert Move.ACCEPT in receiver.possible
    assert receiver.last_answer.text == "¿Desde cuándo?"
    assert receiver.summary.startswith("Duerme mal")
    assert receiver.urgency_reason == ""
    assert sender.possible == [Move.ANSWER, Move.CANCEL, Move.NOTE]
    assert sender.urgency_reason == "Solo para quien atiende"
    assert (mediator.package, mediator.summary, mediator.reasons) == (None, "", [])
    assert all(line.text == "" for line in mediator.moves)


def test_a_referral_stays_with_both_programmes_for_good(world):
    row = referral_in(world, Status.CANCELLED)

    assert not Access.objects.open().filter(programme=world.centre).exists()
    assert detail.find(world.coordinator, row.pk) == row
    assert detail.find(world.doctor, row.pk) == row
    with pytest.raises(Referral.DoesNotExist):
        detail.find(world.stranger, row.pk)


def test_the_consent_in_force_stands_on_the_page(world):
    consents(world)
    row = services.refer(to_partner(world), by=world.doctor)

    assert shown(world, world.doctor, row).consent.holds
    consents(world, decision="consent_decisions:withdrawn")
    assert shown(world, world.doctor, row).consent.state == "refused"


def test_the_person_s_referrals_open_ones_first(world):
    old = referral_in(world, Status.DECLINED)
    new = refer(world)

    assert list(detail.of_person(world.person, world.doctor)) == [new, old]
    assert list(detail.of_person(world.person, world.stranger)) == []


# -- The centre takes somebody in --------------------------------------------------------------
def test_admission_arrives_and_leads_to_the_stay(world):
    row = act(refer(world), Move.ACCEPT, world.coordinator)
    social_worker = _colleague(world, "social_worker")

    episode = services.admit(
        row,
        by=world.psychologist,
        expected=row.version,
        payload={
            "criteria": [
                f"cai_admission_criteria:{code}"
                for code in (
                    "inc_extreme_violence",
                    "inc_impact",
                    "inc_multidisciplinary",
                    "inc_stay",
                    "inc_consent",
                )
            ],
            "reference_worker": str(world.psychologist.pk),
            "house_rules": True,
            "team": [],
        },
        decided_by=[(world.psychologist, "psychology"), (social_worker, "social_work")],
        admitted_on=world.centre.today(),
    )

    row.refresh_from_db()
    assert (row.status, row.episode_id) == (Status.ARRIVED, episode.pk)
    assert episode.patient_id == row.patient_id


def _colleague(world, role):
    return UserFactory(role=role, programme=world.centre)
