"""Referrals and the centre in the 2025 scenario: the numbers of the distributions, what must hold
in the rows, and the figures against an independent count."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pytest

from referrals.machine import TABLE, Move
from tests.scenarios import Scenario

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("scenarios")]

FIRST, LAST = "2025-01-01", "2025-10-31"
HOURS = {"immediate": (1, 2), "urgent": (4, 24), "priority": (72, 168), "routine": (168, 336)}
LOST = ("unreachable", "not_attended", "moved", "withdrawn", "detained_deported", "unknown")
COLUMNS = (
    "id", "status", "submitted_at", "submitted_on", "decided_at", "accepted_at", "arrived_at",
    "served_at", "closed_at", "feedback_at", "paused_seconds", "urgency", "urgency_floor",
    "target_id", "outcome_id", "decline_reason_id", "episode_id", "patient_id",
    "first_appointment_on", "data_scope_id", "consent_id", "to_partner_id", "to_programme_id",
    "waitlisted_at", "clock", "consultation_id",
)  # fmt: skip
Row = dict[str, Any]


def moment(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    found = datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(str(value)[:10])


def parts(figure: Row) -> tuple[int, int]:
    return figure["numerator"], figure["denominator"]


@pytest.fixture(scope="module")
def sent(scenario: Scenario) -> list[Row]:
    """Every referral sent in the ten months, with its times as times."""
    rows = scenario.rows(
        f"SELECT {', '.join(f'r.{name}' for name in COLUMNS)}, p.code FROM referrals_referral r "
        "LEFT JOIN accounts_programme p ON p.id = r.from_programme_id "
        f"WHERE r.submitted_on BETWEEN '{FIRST}' AND '{LAST}'"
    )
    found = [dict(zip((*COLUMNS, "sender"), row, strict=True)) for row in rows]
    for row in found:
        for name in COLUMNS:
            if name.endswith("_at"):
                row[name] = moment(row[name])
            elif name.endswith("_on"):
                row[name] = day(row[name])
    return found


@pytest.fixture(scope="module")
def to_centre(sent: list[Row]) -> list[Row]:
    return [row for row in sent if row["target_id"] == "referral_targets:cai"]


@pytest.fixture(scope="module")
def moves(scenario: Scenario) -> dict[Any, list[tuple[str, str, str, datetime]]]:
    rows = scenario.rows(
        "SELECT referral_id, move, from_status, to_status, at FROM referrals_referralmove "
        "ORDER BY referral_id, position"
    )
    found: dict[Any, list[Any]] = defaultdict(list)
    for referral, move, before, after, at in rows:
        found[referral].append((move, before, after, moment(at)))
    return found


@pytest.fixture(scope="module")
def stays(scenario: Scenario) -> list[Row]:
    names = ("id", "patient_id", "admitted_on", "closed_on", "outcome_id", "satisfaction")
    rows = scenario.rows(
        f"SELECT {', '.join(names)} FROM consultations_episode WHERE admitted_on <= '{LAST}'"
    )
    found = [dict(zip(names, row, strict=True)) for row in rows]
    for row in found:
        row["admitted_on"], row["closed_on"] = day(row["admitted_on"]), day(row["closed_on"])
    return found


@pytest.fixture(scope="module")
def figures(scenario: Scenario) -> dict[str, Any]:
    said = scenario.figures(FIRST, LAST, "--by", "target", "outcome", "reason")
    return dict(said["figures"])


def in_period(on: date | None) -> bool:
    return on is not None and date(2025, 1, 1) <= on <= date(2025, 10, 31)


# -- The numbers given -------------------------------------------------------------------------
def test_140_are_referred_to_the_centre(to_centre: list[Row]) -> None:
    assert len(to_centre) == len({row["patient_id"] for row in to_centre}) == 140
    assert {row["sender"] for row in to_centre} == {"CDMX-MOBILE"}
    accepted = [row for row in to_centre if row["accepted_at"]]
    assert len(accepted) == 102
    assert sum(row["episode_id"] is not None for row in accepted) == 72
    lost = [row for row in accepted if row["status"] == "closed_incomplete"]
    assert Counter(row["outcome_id"].partition(":")[2] for row in lost) == {
        "unreachable": 12, "not_attended": 7, "moved": 6, "withdrawn": 2,
        "detained_deported": 2, "unknown": 1,
    }  # fmt: skip
    declined = [row for row in to_centre if row["status"] == "declined"]
    assert Counter(row["decline_reason_id"].partition(":")[2] for row in declined) == {
        "not_criteria": 13, "other_service_better": 8, "no_capacity": 5, "person_leaving": 4,
        "needs_hospital_first": 3, "already_followed": 2, "insufficient_info": 2,
        "security_risk": 1,
    }  # fmt: skip
    assert [n for _month, n in sorted(Counter(r["submitted_on"].month for r in to_centre).items())
            ] == [16, 15, 14, 14, 14, 14, 14, 14, 13, 12]  # fmt: skip
    assert max(row["submitted_on"] for row in to_centre) == date(2025, 10, 17)
    assert max(row["closed_at"] for row in to_centre) < datetime(2025, 11, 1, 6, tzinfo=UTC)


def test_who_was_not_accepted_or_lost_was_never_seen_at_the_centre(
    scenario: Scenario, to_centre: list[Row]
) -> None:
    seen = {
        patient
        for (patient,) in scenario.rows(
            "SELECT DISTINCT c.patient_id FROM consultations_consultation c "
            "JOIN accounts_programme p ON p.id = c.programme_id WHERE p.code = 'CAI'"
        )
    }
    admitted = {row["patient_id"] for row in to_centre if row["episode_id"]}
    assert admitted <= seen
    assert not seen & ({row["patient_id"] for row in to_centre} - admitted)


def test_38_and_72_are_cared_for_and_68_leave(stays: list[Row], to_centre: list[Row]) -> None:
    before = [row for row in stays if row["admitted_on"].year == 2024]
    admitted = [row for row in stays if row["admitted_on"].year == 2025]
    assert (len(before), len(admitted)) == (38, 72)
    assert [n for _m, n in sorted(Counter(r["admitted_on"].month for r in admitted).items())] == [
        5, 7, 8, 8, 7, 7, 8, 7, 8, 7,
    ]  # fmt: skip
    assert {row["id"] for row in admitted} == {
        r["episode_id"] for r in to_centre if r["episode_id"]
    }
    left = [row for row in stays if in_period(row["closed_on"])]
    assert Counter(row["outcome_id"].partition(":")[2] for row in left) == {
        "completed_goals": 26, "completed_partial": 13, "moved": 8, "transferred": 6,
        "lost_followup": 10, "voluntary_discharge": 4, "administrative": 1,
    }  # fmt: skip
    assert [n for _m, n in sorted(Counter(r["closed_on"].month for r in left).items())] == [
        7, 7, 6, 7, 7, 7, 7, 7, 6, 7,
    ]  # fmt: skip


def test_baselines_of_who_was_in_care_before_lie_before_the_year(scenario: Scenario) -> None:
    rows = scenario.rows(
        "SELECT e.admitted_on, MIN(CASE WHEN s.scale_id = 'scales:pcl5' THEN s.local_date END) "
        "FROM consultations_episode e JOIN consultations_consultation c ON c.episode_id = e.id "
        "LEFT JOIN consultations_scaleresult s ON s.consultation_id = c.id "
        f"WHERE e.admitted_on <= '{LAST}' "
        "GROUP BY e.id, e.admitted_on HAVING MIN(c.age_years) >= 18"
    )
    assert len(rows) > 70  # the adults
    for admitted, first in rows:
        assert timedelta(0) <= day(first) - day(admitted) <= timedelta(days=14)  # type: ignore[operator]


# -- What must hold ----------------------------------------------------------------------------
def test_replaying_the_moves_gives_the_status(sent: list[Row], moves: dict[Any, Any]) -> None:
    assert len(sent) > 600
    for row in sent:
        status, last = "draft", datetime(2025, 1, 1, tzinfo=UTC)
        for move, before, after, at in moves[row["id"]]:
            rule = TABLE[Move(move)]
            assert before == status
            assert before in rule.sources
            assert at >= last
            assert after == (rule.to or status)
            status, last = after, at
        assert status == row["status"]


def test_the_times_of_a_referral_are_those_of_its_moves(
    sent: list[Row], moves: dict[Any, Any]
) -> None:
    for row in sent:
        at: dict[str, datetime] = {}
        for move, _before, _after, when in moves[row["id"]]:
            at.setdefault(move, when)
        decided = [at[m] for m in ("accept", "waitlist", "decline") if m in at]
        assert row["submitted_at"] == at["send"]
        assert row["decided_at"] == min(decided)
        assert row["arrived_at"] == at.get("arrive")
        assert row["served_at"] == at.get("serve")
        assert row["closed_at"] == moves[row["id"]][-1][3]
        assert row["clock"] == "none"
        assert row["waitlisted_at"] is None


def test_a_partner_is_told_only_what_consent_and_agreement_allow(
    scenario: Scenario, sent: list[Row]
) -> None:
    external = [row for row in sent if row["to_partner_id"]]
    assert len(external) == 493  # with those to the centre 6 % of the first visits
    allowed = {
        pk
        for (pk,) in scenario.rows(
            "SELECT r.id FROM referrals_referral r "
            "JOIN patients_consent c ON c.id = r.consent_id "
            "JOIN partners_agreement a ON a.id = r.agreement_id "
            "WHERE c.patient_id = r.patient_id AND c.partner_id = r.to_partner_id "
            "AND a.organisation_id = r.to_partner_id AND c.decided_at <= r.submitted_at "
            "AND (c.expires_on IS NULL OR c.expires_on >= r.submitted_on) "
            "AND a.valid_from <= r.submitted_on "
            "AND (a.valid_to IS NULL OR a.valid_to >= r.submitted_on)"
        )
    }
    for row in external:
        assert row["data_scope_id"] == "data_scopes:none" or row["id"] in allowed
    assert any(row["data_scope_id"] == "data_scopes:none" for row in external)


def test_who_is_lost_was_silent_and_tried_three_times(
    scenario: Scenario, stays: list[Row], to_centre: list[Row]
) -> None:
    tried: dict[Any, set[date]] = defaultdict(set)
    for patient, on in scenario.rows(
        "SELECT patient_id, local_date FROM patients_contactattempt "
        "WHERE outcome_id <> 'contact_outcomes:reached'"
    ):
        tried[patient].add(day(on))  # type: ignore[arg-type]
    seen = {
        patient: day(last)
        for patient, last in scenario.rows(
            "SELECT c.patient_id, MAX(c.local_date) FROM consultations_consultation c "
            "JOIN accounts_programme p ON p.id = c.programme_id WHERE p.code = 'CAI' GROUP BY 1"
        )
    }
    lost = [row for row in stays if row["outcome_id"] == "cai_discharge_outcomes:lost_followup"]
    assert len(lost) == 10
    for row in lost:
        assert row["closed_on"] - seen[row["patient_id"]] >= timedelta(days=60)
        assert len([on for on in tried[row["patient_id"]] if on > seen[row["patient_id"]]]) >= 3
    for row in to_centre:
        if row["outcome_id"] == "referral_closure_outcomes:unreachable":
            assert len([d for d in tried[row["patient_id"]] if d >= row["submitted_on"]]) >= 3


def test_a_slot_counts_who_holds_a_place(scenario: Scenario) -> None:
    rows = scenario.rows(
        "SELECT s.taken, s.places, COUNT(a.id) FROM consultations_slot s "
        "LEFT JOIN consultations_appointment a ON a.slot_id = s.id "
        "AND a.state IN ('booked', 'attended', 'missed') GROUP BY s.id, s.taken, s.places"
    )
    assert len(rows) > 5000
    assert all(taken == held <= places for taken, places, held in rows)
    met = scenario.rows(
        "SELECT COUNT(*) FROM consultations_appointment a "
        "JOIN consultations_consultation c ON c.id = a.met_by_id "
        "WHERE a.state = 'attended' AND (c.patient_id <> a.patient_id "
        "OR c.discipline <> a.discipline OR c.local_date <> a.local_date)"
    )
    assert met == [(0,)]


def test_answers_add_up_and_scores_fall_with_care(scenario: Scenario) -> None:
    wrong = scenario.rows(
        "SELECT s.id FROM consultations_scaleresult s JOIN consultations_scaleanswer a "
        "ON a.result_id = s.id WHERE s.state = 'complete' GROUP BY s.id, s.value "
        "HAVING SUM(a.value) <> s.value"
    )
    assert wrong == []
    rows = scenario.rows(
        "SELECT c.episode_id, s.local_date, s.value FROM consultations_scaleresult s "
        "JOIN consultations_consultation c ON c.id = s.consultation_id "
        f"WHERE s.scale_id = 'scales:pcl5' AND s.value IS NOT NULL AND s.local_date <= '{LAST}' "
        "ORDER BY s.local_date"
    )
    scores: dict[Any, list[int]] = defaultdict(list)
    for stay, _on, value in rows:
        scores[stay].append(value)
    several = [values for values in scores.values() if len(values) >= 4]
    better = sum(values[0] - values[-1] >= 10 for values in several) / len(several)
    assert 0.4 < better < 0.9  # most, not all: some hardly respond


def test_reviews_are_mostly_in_time(scenario: Scenario) -> None:
    rows = scenario.rows(
        "SELECT r.episode_id, e.admitted_on, r.held_on FROM consultations_casereview r "
        f"JOIN consultations_episode e ON e.id = r.episode_id WHERE r.held_on <= '{LAST}' "
        "ORDER BY r.held_on"
    )
    held: dict[Any, list[date]] = {}
    for stay, admitted, on in rows:
        held.setdefault(stay, [day(admitted)]).append(day(on))  # type: ignore[list-item,arg-type]
    gaps = [b - a for days in held.values() for a, b in zip(days[1:], days[2:], strict=False)]
    assert 0.85 < sum(gap <= timedelta(days=60) for gap in gaps) / len(gaps) < 1


# -- The figures, counted once more ------------------------------------------------------------
def test_figures_of_referrals_equal_a_count_by_row(
    figures: dict[str, Any], sent: list[Row], to_centre: list[Row]
) -> None:
    assert figures["RF01"]["value"] == len(sent) == 633
    assert figures["RF02"]["value"] == 140
    accepted = [row for row in sent if row["accepted_at"]]
    assert parts(figures["RF03"]) == (len(accepted), len(sent))
    assert figures["RF03"]["by"]["target"]["cai"] == 72.9
    declined = [row for row in sent if row["status"] == "declined"]
    assert parts(figures["RF04"]) == (len(declined), len(sent))
    due = [row for row in accepted if row["first_appointment_on"]]
    assert parts(figures["RF05"]) == (sum(bool(row["arrived_at"]) for row in due), len(due))
    assert figures["RF05"]["by"]["target"]["cai"] == 70.6  # 72 of 102
    grown = [
        row for row in sent
        if row["outcome_id"] and row["outcome_id"].endswith(("service_received", "ongoing"))
    ]  # fmt: skip
    assert parts(figures["RF06"]) == (len(grown), len(sent))
    lost = [
        row for row in sent
        if row["status"] == "closed_incomplete" and row["outcome_id"].partition(":")[2] in LOST
    ]  # fmt: skip
    assert parts(figures["RF11"]) == (len(lost), len(sent))
    assert figures["RF11"]["by"]["target"]["cai"] == 21.4
    lost_there = [row for row in lost if row["target_id"] == "referral_targets:cai"]
    assert len(lost_there) == 30 == len(to_centre) - 72 - 38


def test_clocks_of_referrals_equal_a_count_by_row(figures: dict[str, Any], sent: list[Row]) -> None:
    def in_time(row: Row) -> bool:
        took = row["decided_at"] - row["submitted_at"] - timedelta(seconds=row["paused_seconds"])
        return bool(took <= timedelta(hours=HOURS[row["urgency"]][0]))

    def met(row: Row) -> bool:
        allowed = timedelta(hours=HOURS[row["urgency"]][1])
        return bool(row["arrived_at"]) and row["arrived_at"] - row["decided_at"] <= allowed

    assert parts(figures["RF08"]) == (sum(map(in_time, sent)), len(sent))
    going = [row for row in sent if row["status"] not in ("declined", "cancelled")]
    assert parts(figures["RF09"]) == (sum(map(met, going)), len(going))
    waited = [
        (row["arrived_at"] - row["submitted_at"]) / timedelta(days=1)
        for row in sent
        if row["arrived_at"]
    ]
    assert figures["RF10"]["value"] == pytest.approx(median(waited), abs=0.051)


def test_figures_of_the_centre_equal_a_count_by_row(
    scenario: Scenario, figures: dict[str, Any], stays: list[Row], to_centre: list[Row]
) -> None:
    admitted = [row for row in stays if row["admitted_on"].year == 2025]
    left = [row for row in stays if in_period(row["closed_on"])]
    outcome: Callable[[Row], str] = lambda row: row["outcome_id"].partition(":")[2]  # noqa: E731
    ends = Counter(map(outcome, left))
    assert figures["CA04"]["value"] == len(stays) - len(left) == 42
    assert figures["CA05"]["value"] == len(admitted) == 72
    assert figures["CA06"]["denominator"] == 68
    assert figures["CA06"]["by"]["outcome"] == {
        name: pytest.approx(100 * n / 68, abs=0.051) for name, n in ends.items()
    }
    assert parts(figures["CA07"]) == (39, 54)
    assert parts(figures["CA08"]) == (10, 68)
    length = median((row["closed_on"] - row["admitted_on"]).days for row in left)
    assert figures["CA11"]["value"] == pytest.approx(length, abs=0.051)
    sent_on = {row["episode_id"]: row["submitted_on"] for row in to_centre if row["episode_id"]}
    waits = median((row["admitted_on"] - sent_on[row["id"]]).days for row in admitted)
    assert figures["CA19"]["value"] == pytest.approx(waits, abs=0.051)
    told = [row["satisfaction"] for row in left if row["satisfaction"] is not None]
    assert parts(figures["CA26"]) == (sum(told), len(told))
    planned = {
        stay: day(first)
        for stay, first in scenario.rows(
            "SELECT episode_id, MIN(signed_on) FROM consultations_careplan GROUP BY 1"
        )
    }
    month = timedelta(days=30)
    soon = [r for r in admitted if (planned.get(r["id"]) or date.max) <= r["admitted_on"] + month]
    assert parts(figures["CA13"]) == (len(soon), 72)


def test_attendance_and_hours_equal_a_count_by_row(
    scenario: Scenario, figures: dict[str, Any]
) -> None:
    within = f"local_date BETWEEN '{FIRST}' AND '{LAST}' AND p.code = 'CAI'"
    join = "JOIN accounts_programme p ON p.id = x.programme_id"
    states = dict(
        scenario.rows(
            f"SELECT x.state, COUNT(*) FROM consultations_appointment x {join} "
            f"WHERE x.{within} GROUP BY 1"
        )
    )
    due = sum(states.values()) - states["cancelled_by_team"]
    assert parts(figures["CA16"]) == (states["attended"], due)
    assert states["attended"] / due == pytest.approx(0.82, abs=0.005)
    places = scenario.rows(
        f"SELECT SUM(x.places) FROM consultations_slot x {join} WHERE x.{within}"
    )[0][0]
    used = scenario.rows(
        "SELECT COUNT(*) FROM consultations_appointment a JOIN consultations_slot x "
        f"ON x.id = a.slot_id {join} WHERE a.state = 'attended' AND x.{within}"
    )[0][0]
    assert parts(figures["CA21"]) == (used, places)
