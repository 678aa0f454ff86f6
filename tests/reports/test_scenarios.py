"""The published figures, to the unit, and the same numbers by plain SQL and by counting rows."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from tests.scenarios import Scenario

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("scenarios")]

TAPACHULA_AND_COLIMA = ("--programme", "TAP-ACCESS", "TAP-PROTECTION", "TAP-COVID", "COL-GBV")
SERVICES = {
    "medical": "primary_health_care", "nursing": "primary_health_care",
    "srh": "primary_health_care", "sgbv": "primary_health_care",
    "psychology": "mental_health", "psychiatry": "mental_health",
    "physiotherapy": "other", "occupational": "other",
}  # fmt: skip


def value(document: dict[str, Any], code: str) -> Any:
    return document["figures"][code]["value"]


@pytest.fixture(scope="module")
def mobile(scenario: Scenario) -> dict[str, Any]:
    return scenario.figures(
        "2025-01-01", "2025-10-31", "--programme", "CDMX-MOBILE",
        "--by", "discipline", "month", "site", "sex", "age", "nationality",
    )  # fmt: skip


@pytest.fixture(scope="module")
def centre(scenario: Scenario) -> dict[str, Any]:
    return scenario.figures("2025-01-01", "2025-10-31", "--programme", "CAI")


@pytest.fixture(scope="module")
def frontier(scenario: Scenario) -> dict[str, Any]:
    return scenario.figures("2020-01-01", "2020-12-31", *TAPACHULA_AND_COLIMA)


def test_the_mobile_clinics_give_the_published_figures(mobile: dict[str, Any]) -> None:
    assert mobile["programmes"] == ["CDMX-MOBILE"]
    assert mobile["definitions"] == "2026.1"
    assert value(mobile, "GEN01") == 20273
    assert mobile["figures"]["GEN01"]["by"]["service"] == {
        "mental_health": 4460, "primary_health_care": 4866, "social_work": 3244,
        "health_promotion": 5271, "cultural_mediation": 2432, "other": 0,
    }  # fmt: skip
    assert value(mobile, "GEN21") == 12
    assert value(mobile, "GEN03") == 7600
    assert value(mobile, "CM01") == 2432
    assert value(mobile, "GEN05") + value(mobile, "GEN06") == 20273
    assert value(mobile, "CA01") is None  # no centre in the scope: not a zero


def test_the_centre_gives_the_published_figures(centre: dict[str, Any]) -> None:
    assert value(centre, "CA01") == 4250
    assert value(centre, "CA02") == 110
    assert value(centre, "CA03") == 38.6
    assert centre["figures"]["CA03"]["numerator"] == 4250
    assert centre["figures"]["CA03"]["denominator"] == 110


def test_tapachula_and_colima_give_the_published_figures(frontier: dict[str, Any]) -> None:
    assert value(frontier, "GEN03") == 1489
    assert value(frontier, "MH02") == 746
    assert value(frontier, "HP04") == 34
    assert value(frontier, "PA04") == 7
    assert value(frontier, "GEN20") == 4
    groups = frontier["figures"]["PA01"]["by"]["published_group"]
    assert groups == {"public_body": 7, "ngo": 11, "grassroots": 7}


def test_without_a_programme_both_totals_are_given(scenario: Scenario) -> None:
    figure = scenario.figures("2025-01-01", "2025-10-31")["figures"]["GEN01"]
    assert (figure["value"], figure["with_centre"], figure["without_centre"]) == (
        24523, 24523, 20273,
    )  # fmt: skip


def test_plain_sql_counts_the_same(
    scenario: Scenario, mobile: dict[str, Any], centre: dict[str, Any], frontier: dict[str, Any]
) -> None:
    header = (
        " FROM consultations_consultation c JOIN accounts_programme p ON p.id = c.programme_id "
        "WHERE c.local_date BETWEEN '{}' AND '{}' AND p.code {} "
    )
    of_mobile = header.format("2025-01-01", "2025-10-31", "= 'CDMX-MOBILE'")
    of_centre = header.format("2025-01-01", "2025-10-31", "= 'CAI'")
    of_frontier = header.format("2020-01-01", "2020-12-31", "LIKE 'TAP-%'")

    def one(sql: str) -> Any:
        return scenario.rows(sql)[0][0]

    assert one("SELECT COUNT(*)" + of_mobile) == value(mobile, "GEN01")
    assert one("SELECT COUNT(DISTINCT c.patient_id)" + of_mobile) == value(mobile, "GEN03")
    assert one("SELECT COUNT(*)" + of_centre) == value(centre, "CA01")
    assert one(
        "SELECT COUNT(DISTINCT c.patient_id)" + of_centre + "AND EXISTS (SELECT 1 FROM "
        "consultations_episode e WHERE e.patient_id = c.patient_id)"
    ) == value(centre, "CA02")
    assert one("SELECT COUNT(DISTINCT c.patient_id)" + of_frontier) == value(frontier, "GEN03")
    psychosocial = "AND c.discipline IN ('psychology', 'psychiatry', 'social_work')"
    assert one("SELECT COUNT(*)" + of_frontier + psychosocial) == value(frontier, "MH02")
    assert (
        dict(scenario.rows("SELECT c.discipline, COUNT(*)" + of_mobile + "GROUP BY 1"))
        == (mobile["figures"]["GEN01"]["by"]["discipline"])
    )
    last_visits = (
        "SELECT COUNT(DISTINCT s.id) FROM partners_site s JOIN consultations_consultation c "
        "ON c.site_id = s.id WHERE c.local_date BETWEEN '2025-10-02' AND '2025-10-31' AND "
        "s.opened <= '2025-10-31' AND (s.closed IS NULL OR s.closed >= '2025-10-31') AND "
        "s.site_type_id NOT IN ('site_types:remote', 'site_types:cai')"
    )
    assert one(last_visits) == value(mobile, "GEN21")


def test_counting_row_by_row_gives_the_same(scenario: Scenario, mobile: dict[str, Any]) -> None:
    rows = scenario.rows(
        "SELECT c.patient_id, c.discipline, c.local_date, c.visit_type, c.age_years, s.code, "
        "x.sex, x.nationality_id FROM consultations_consultation c "
        "JOIN partners_site s ON s.id = c.site_id JOIN patients_patient x ON x.id = c.patient_id "
        "JOIN accounts_programme p ON p.id = c.programme_id WHERE p.code = 'CDMX-MOBILE' "
        "AND c.local_date <= '2025-10-31'"
    )
    by: dict[str, Counter[str]] = {name: Counter() for name in ("service", "month", "site")}
    first_age: dict[Any, tuple[str, int]] = {}
    people: dict[Any, tuple[str, str]] = {}
    for patient, discipline, day, _visit, age, site, sex, nationality in rows:
        day = str(day)
        by["service"][SERVICES.get(discipline, discipline)] += 1
        by["month"][day[:7]] += 1
        by["site"][site] += 1
        first_age[patient] = min(first_age.get(patient, ("9999", 0)), (day, age))
        people[patient] = (sex, nationality.partition(":")[2])
    said = mobile["figures"]
    assert said["GEN01"]["by"]["month"] == by["month"]
    assert said["GEN01"]["by"]["site"] == by["site"]
    assert said["GEN01"]["by"]["service"] == {**by["service"], "other": 0}
    assert said["GEN03"]["by"]["sex"] == Counter(sex for sex, _n in people.values())
    assert said["GEN03"]["by"]["nationality"] == Counter(n for _sex, n in people.values())
    bands = Counter(band(age) for _day, age in first_age.values())
    assert said["GEN03"]["by"]["age"] == bands


def band(age: int) -> str:
    for top, code in ((4, "0_4"), (11, "5_11"), (17, "12_17"), (59, "18_59")):
        if age <= top:
            return f"unhcr_{code}"
    return "unhcr_60p"


def test_a_second_load_changes_nothing(scenario: Scenario) -> None:
    before = scenario.rows("SELECT COUNT(*) FROM consultations_consultation")
    assert "already" in scenario.manage("load_scenario", "mexico-city-2025")
    assert scenario.rows("SELECT COUNT(*) FROM consultations_consultation") == before


def test_every_mediation_is_linked_to_a_consultation_of_the_same_visit(
    scenario: Scenario,
) -> None:
    linked = scenario.rows(
        "SELECT COUNT(*) FROM consultations_mediationlink l "
        "JOIN consultations_consultation m ON m.id = l.mediation_id "
        "JOIN consultations_consultation s ON s.id = l.supported_id "
        "WHERE m.visit_id = s.visit_id AND m.discipline = 'cultural_mediation'"
    )
    assert linked[0][0] == 2432


def test_no_live_day_lies_in_a_published_period(scenario: Scenario) -> None:
    scenario.manage("load_scenario", "--live-day")
    assert (
        scenario.figures("2025-01-01", "2025-10-31", "--programme", "CDMX-MOBILE")["figures"][
            "GEN01"
        ]["value"]
        == 20273
    )
    today = date.today().isoformat()  # noqa: DTZ011 - only the year matters here
    assert scenario.figures("2026-01-01", max(today, "2026-12-31"))["figures"]["GEN01"]["value"]


REFERRED = (
    " FROM referrals_referral r JOIN accounts_programme f ON f.id = r.from_programme_id "
    "JOIN accounts_programme t ON t.id = r.to_programme_id "
    "WHERE f.code = 'CDMX-MOBILE' AND t.code = 'CAI' "
    "AND r.submitted_on BETWEEN '2025-01-01' AND '2025-10-31' "
)
STAYS = (
    " FROM consultations_episode e JOIN accounts_programme p ON p.id = e.programme_id "
    "WHERE p.code = 'CAI' "
)


def test_referrals_to_the_centre_are_those_of_the_plan(
    scenario: Scenario, centre: dict[str, Any]
) -> None:
    """140 sent, 102 accepted, 72 of them admitted and 30 lost before they came, 38 declined."""

    def count(more: str = "") -> Any:
        return scenario.rows("SELECT COUNT(*)" + REFERRED + more)[0][0]

    said = centre["figures"]
    assert value(centre, "RF02") == count() == 140
    accepted = count("AND r.accepted_at IS NOT NULL")
    assert (said["RF03"]["numerator"], said["RF03"]["value"]) == (accepted, 72.9) == (102, 72.9)
    assert said["RF04"]["numerator"] == count("AND r.status = 'declined'") == 38
    arrived = count("AND r.arrived_at IS NOT NULL")
    assert (said["RF05"]["numerator"], said["RF05"]["denominator"]) == (arrived, accepted)
    assert value(centre, "RF05") == 70.6
    lost = count("AND r.status = 'closed_incomplete'")
    assert (said["RF11"]["numerator"], value(centre, "RF11")) == (lost, 21.4) == (30, 21.4)
    assert [step["reached"] for step in centre["funnel"]] == [140, 102, 102, 72, 72, 72]
    assert sum(step["lost"] for step in centre["funnel"]) == lost + 38


def test_stays_at_the_centre_are_those_of_the_plan(
    scenario: Scenario, centre: dict[str, Any]
) -> None:
    def count(more: str) -> Any:
        return scenario.rows("SELECT COUNT(*)" + STAYS + more)[0][0]

    inside = "BETWEEN '2025-01-01' AND '2025-10-31'"
    said = centre["figures"]
    assert value(centre, "CA05") == count(f"AND e.admitted_on {inside}") == 72
    exits = count(f"AND e.closed_on {inside}")
    assert said["CA06"]["denominator"] == exits == 68
    active = count(
        "AND e.admitted_on <= '2025-10-31' AND (e.closed_on IS NULL OR e.closed_on > '2025-10-31')"
    )
    assert value(centre, "CA04") == active == 42
    outcomes = scenario.rows(
        "SELECT e.outcome_id, COUNT(*)" + STAYS + f"AND e.closed_on {inside} GROUP BY 1"
    )
    shares = {key.partition(":")[2]: n * 100 / exits for key, n in outcomes}
    for outcome, share in said["CA06"]["by"]["outcome"].items():
        assert abs(share - shares.pop(outcome)) <= 0.05, outcome
    assert not shares
