"""Least urgency, windows and clocks, at every edge."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Programme
from referrals import rules
from referrals.models import Clock, Status, Urgency
from referrals.rules import Event, Facts
from terminology import lists
from tests.referrals.world import at_hour

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office_hours")]

NOW = at_hour(12)
H = dt.timedelta(hours=1)


def facts(**known):
    return Facts(**known)


def since(hours, *, until=None):
    """An event that many hours ago; `until` gives the later end of what is known."""
    return Event(NOW - hours * H, NOW - (hours if until is None else until) * H)


@pytest.mark.parametrize(
    ("known", "urgency", "first"),
    [
        ({}, "routine", None),
        ({"risk": "none"}, "routine", None),
        ({"risk": "low"}, "routine", None),
        ({"risk": "moderate"}, "urgent", "suicide_risk_moderate"),
        ({"risk": "high"}, "immediate", "suicide_risk_high"),
        ({"psychosis": True}, "urgent", "psychosis_acute"),
        ({"unaccompanied": True, "age": 15}, "urgent", "child_unaccompanied"),
        ({"reasons": frozenset({"torture"})}, "priority", "survivor_torture"),
        ({"criteria": frozenset({"survivor_torture"})}, "priority", "survivor_torture"),
        ({"reasons": frozenset({"sexual_violence"})}, "priority", "survivor_sexual_violence"),
        ({"event": since(2), "sex": "female", "age": 30}, "immediate", "pep_pending"),
        ({"event": since(2), "pep_given": True, "sex": "female"}, "immediate", "ec_pending"),
        (
            {"event": since(2), "pep_given": True, "ec_given": True, "sex": "female"},
            "priority",
            "survivor_sexual_violence",
        ),
        ({"event": since(73), "sex": "male"}, "priority", "survivor_sexual_violence"),
        ({"event": since(73), "sex": "female", "age": 30}, "immediate", "ec_pending"),
        ({"event": since(73), "sex": "sex_unknown"}, "immediate", "ec_pending"),
        ({"event": since(73), "sex": "female", "age": 8}, "priority", "survivor_sexual_violence"),
        ({"event": since(121), "sex": "female"}, "priority", "survivor_sexual_violence"),
        ({"risk": "moderate", "reasons": frozenset({"torture"})}, "urgent", None),
    ],
)
def test_the_least_urgency(known, urgency, first):
    found = rules.floor(facts(**known), NOW)

    assert found.urgency == urgency
    if first:
        assert found.rules[0] == first
        assert len(found.words) == len(found.rules)


@pytest.mark.parametrize(
    ("hours", "pending"), [(72.0, True), (72.001, False), (0, True), (120, False)]
)
def test_prophylaxis_ends_after_exactly_72_hours(hours, pending):
    assert rules.prophylaxis_pending(facts(event=since(hours), sex="male"), NOW) is pending


@pytest.mark.parametrize(("hours", "pending"), [(120.0, True), (120.001, False)])
def test_emergency_contraception_ends_after_exactly_120_hours(hours, pending):
    known = facts(event=since(hours), sex="female", pep_given=True)

    assert rules.prophylaxis_pending(known, NOW) is pending


def test_of_an_unknown_hour_what_is_possible_counts_from_the_latest():
    """And deadlines from the earliest: never too late by not knowing."""
    known = facts(event=since(80, until=60), sex="male")

    assert rules.floor(known, NOW).urgency == Urgency.IMMEDIATE
    assert rules.window_ends_at(known, NOW) == NOW


@pytest.mark.parametrize(
    ("known", "ends"),
    [
        ({"event": since(10), "sex": "female"}, 62),
        ({"event": since(10), "sex": "female", "pep_given": True}, 110),
        ({"event": since(80), "sex": "female"}, 40),
        ({"event": since(10), "sex": "male", "pep_given": True}, None),
        ({}, None),
    ],
)
def test_the_next_window_that_is_open(known, ends):
    expected = None if ends is None else NOW + ends * H

    assert rules.window_ends_at(facts(**known), NOW) == expected


def test_every_rule_of_the_list_is_known():
    named = {
        rule for entry in lists.all("referral_urgency") for rule in entry.values("floor_rules")
    }

    assert named == set(rules._RULES)


def test_every_reason_has_a_group_and_services_that_exist():
    services = {entry.key for entry in lists.all("service_taxonomy")}

    for entry in lists.all("referral_reasons"):
        assert entry.code in rules._REASONS
        assert entry.key in rules.reasons_of(rules.group_of(entry.key))
        assert set(rules.services_for([entry.key])) <= services


def test_targets_are_suggested_by_the_reasons():
    assert rules.suggested_targets(["referral_reasons:severe_mh", "referral_reasons:torture"]) == [
        "cai",
        "hospital",
    ]
    assert rules.suggested_targets(["referral_reasons:other"]) == []


# -- Clocks ------------------------------------------------------------------------------------
NORMS = {
    # hours to triage, first contact, new contact; days to the answer (domain.md, section 12)
    "immediate": (1, 2, 2, 7),
    "urgent": (4, 24, 24, 7),
    "priority": (72, 168, 48, 7),
    "routine": (168, 336, 48, 7),
}


@pytest.mark.parametrize("urgency", Urgency.values)
def test_the_norms(urgency):
    triage, first, again, answer = NORMS[urgency]

    assert rules.due_at(Status.SUBMITTED, urgency, NOW) == NOW + triage * H
    assert rules.due_at(Status.UNDER_REVIEW, urgency, NOW) == NOW + triage * H
    for status in (Status.ACCEPTED, Status.WAITLISTED, Status.APPOINTMENT_GIVEN):
        assert rules.due_at(status, urgency, NOW) == NOW + first * H
    assert rules.due_at(Status.NO_SHOW, urgency, NOW) == NOW + again * H
    assert rules.due_at(Status.SERVICE_RECEIVED, urgency, NOW) == NOW + dt.timedelta(days=answer)
    for status in (Status.DRAFT, Status.INFO_REQUESTED, Status.ARRIVED, Status.DECLINED):
        assert rules.due_at(status, urgency, NOW) is None


def test_settings_override_a_norm(settings):
    settings.REFERRAL_NORMS = {"urgent": {"triage_hours": 2}}

    assert rules.due_at(Status.SUBMITTED, "urgent", NOW) == NOW + 2 * H
    assert rules.due_at(Status.ACCEPTED, "urgent", NOW) == NOW + 24 * H


@pytest.mark.parametrize(
    ("window", "due"),
    [(None, 72), (5, 5), (100, 72), (-1, 72)],
)
def test_the_deadline_is_the_earlier_of_norm_and_open_window(window, due):
    ends = None if window is None else NOW + window * H

    assert rules.due_at(Status.SUBMITTED, "priority", NOW, window=ends) == NOW + due * H


def test_a_pause_holds_the_norm_and_not_the_window():
    paused = {"paused": 10 * H}

    assert rules.due_at(Status.SUBMITTED, "priority", NOW, **paused) == NOW + 82 * H
    assert rules.due_at(Status.ACCEPTED, "priority", NOW, **paused) == NOW + 168 * H
    window = NOW + 75 * H
    assert rules.due_at(Status.SUBMITTED, "priority", NOW, window=window, **paused) == window


@pytest.mark.parametrize(
    ("hours", "levels"), [(0, []), (0.5, [0]), (4.5, [0, 1]), (8.5, [0, 1, 2]), (900, [0, 1, 2])]
)
def test_the_next_role_hears_of_it_later(hours, levels):
    assert rules.escalation_levels(NOW, "urgent", NOW + hours * H) == levels


def test_each_state_with_a_clock_has_a_time():
    for clock in Clock:
        if clock != Clock.NONE:
            assert rules.time_for(clock, "routine") > dt.timedelta()


# -- The centre --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("weekday", "hour", "is_open"),
    [(0, 8, True), (4, 16, True), (2, 7, False), (2, 17, False), (5, 12, False), (6, 12, False)],
)
def test_the_centre_is_a_day_centre(weekday, hour, is_open):
    zone = str(timezone.get_default_timezone())

    assert rules.centre_is_open(at_hour(hour, weekday), zone) is is_open


@pytest.mark.parametrize(
    ("kind", "known", "urgency", "hour", "needed"),
    [
        (Programme.Kind.CENTRE, {}, "immediate", 12, False),
        (Programme.Kind.CENTRE, {}, "immediate", 20, True),
        (Programme.Kind.CENTRE, {}, "urgent", 20, True),
        (Programme.Kind.CENTRE, {}, "routine", 20, False),
        (Programme.Kind.CENTRE, {"event": since(2)}, "immediate", 12, True),
        (Programme.Kind.MOBILE, {"event": since(2)}, "immediate", 20, False),
        (None, {"event": since(2)}, "immediate", 20, False),
    ],
)
def test_the_centre_cannot_be_the_only_place(kind, known, urgency, hour, needed):
    at = at_hour(hour)
    zone = str(timezone.get_default_timezone())

    assert rules.needs_open_service(kind, facts(**known), urgency, at, zone) is needed
