"""The plan of the centre and of referrals, before a row is built."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from demo.plan import centre, mobile, referrals
from demo.plan.model import Plan
from demo.plan.numbers import counts


def planned() -> tuple[Plan, Plan]:
    """The mobile clinics and the centre."""
    rng = Random("a year")
    clinics = mobile.plan(rng)
    return clinics, centre.plan(rng, clinics)


@pytest.fixture(scope="module")
def plans():
    return planned()


def told(plan):
    return [
        (each.contact.person.number, each.contact.day, each.result, each.detail)
        for each in plan.referrals
    ] + [(stay.person.number, stay.admitted, stay.closed, stay.outcome) for stay in plan.stays]


def test_the_same_random_numbers_give_the_same_year(plans):
    assert told(planned()[1]) == told(plans[1])


def test_whoever_is_admitted_was_referred_days_before(plans):
    admitted = [each for each in plans[1].referrals if each.stay]
    assert len(admitted) == counts("cai_cohort")["admissions_jan_oct"]
    for each in admitted:
        assert timedelta(days=1) <= each.stay.admitted - each.contact.day <= timedelta(days=30)
        assert each.stay.person is each.contact.person
        assert each.contact.discipline != "health_promotion"


def test_everybody_in_care_is_seen_on_the_day_of_admission_and_only_while_there(plans):
    stays = {stay.person.number: stay for stay in plans[1].stays}
    intake = set()
    for contact in plans[1].contacts:
        stay = stays[contact.person.number]
        assert stay.there_on(contact.day)
        if contact.day == stay.admitted and contact.discipline == "psychology":
            intake.add(contact.person.number)
    assert intake == set(stays)


def test_exits_follow_the_distributions_and_who_is_lost_was_silent(plans):
    closed = [stay for stay in plans[1].stays if stay.closed]
    assert Counter(stay.outcome for stay in closed) == counts("cai_exit")
    for stay in closed:
        assert stay.closed - stay.admitted >= timedelta(days=21)
        if stay.outcome == "lost_followup":
            assert date(2025, 1, 1) < stay.last_seen <= stay.closed - timedelta(days=60)


def test_partners_receive_the_rest_of_the_share_of_first_visits(plans):
    clinics, care = plans
    whole = Plan(clinics.people, clinics.contacts, care.stays, list(care.referrals))
    found = referrals.to_partners(Random(3), whole)
    assert len(found) == round(0.06 * counts("msf_visit_type")["first"]) - 140
    sent = {each.contact.person.number for each in care.referrals}
    assert not sent & {each.contact.person.number for each in found}
    assert all(each.contact.visit_type == "first" for each in found)
