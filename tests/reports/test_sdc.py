"""Disclosure control: the rule, the audit against brute force, and what fails it."""

import itertools
import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import sdc
from reports.sdc import ORDINARY, SENSITIVE, STAR, Bounds, Relation, Release, Rule, Table, sums_to


# -- The rule ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("count", "ordinary", "sensitive"),
    [
        (0, 0, STAR), (1, STAR, STAR), (7, STAR, STAR), (8, 10, STAR), (10, 10, STAR),
        (11, 10, 10), (12, 10, 10), (13, 15, 15), (110, 110, 110), (1489, 1490, 1490),
    ],
)  # fmt: skip
def test_a_count_is_shown_starred_or_rounded(
    count: int, ordinary: int | str, sensitive: int | str
) -> None:
    assert ORDINARY.show(count) == ordinary
    assert SENSITIVE.show(count) == sensitive


@given(st.integers(0, 3000), st.sampled_from([ORDINARY, SENSITIVE, Rule(base=10), Rule(base=20)]))
def test_the_bounds_are_all_counts_that_look_the_same(count: int, rule: Rule) -> None:
    low, high = rule.bounds(count)

    assert low <= count <= high
    alike = [n for n in range(max(0, low - 60), high + 60) if rule.show(n) == rule.show(count)]
    assert (alike[0], alike[-1]) == (low, high)


# -- The audit ---------------------------------------------------------------------------------
def brute_force(
    bounds: dict[str, Bounds], relations: Sequence[Relation], starred: Iterable[str]
) -> list[str]:
    """Starred cells with one value in all solutions, by trying everything."""
    names = sorted(bounds)
    values: dict[str, set[int]] = {name: set() for name in names}
    for combination in itertools.product(*(range(bounds[n][0], bounds[n][1] + 1) for n in names)):
        value = dict(zip(names, combination, strict=True))
        sums = [
            (sum(sign * value[name] for name, sign in relation.terms), relation.at_least)
            for relation in relations
        ]
        if all(s >= 0 if at_least else s == 0 for s, at_least in sums):
            for name in names:
                values[name].add(value[name])
    return [name for name in starred if len(values[name]) == 1]


small = Rule(threshold=3, base=3)  # keeps the brute force quick


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=4), st.booleans())
def test_a_table_is_judged_as_by_trying_everything(cells: list[int], additive: bool) -> None:
    total = sum(cells) if additive else max(max(cells), (sum(cells) + 1) // 2)
    names = [f"c{i}" for i in range(len(cells))]
    truth = {"t": total, **dict(zip(names, cells, strict=True))}
    bounds = {name: small.bounds(count) for name, count in truth.items()}
    relations = (
        [sums_to("t", names)]
        if additive
        else [
            *(Relation((("t", 1), (name, -1)), at_least=True) for name in names),
            Relation((("t", -1), *((name, 1) for name in names)), at_least=True),
        ]
    )
    starred = [name for name, count in truth.items() if small.show(count) == STAR]

    found = sdc.found_out(truth, bounds, relations, starred)

    assert found == brute_force(bounds, relations, starred)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=2, max_size=2))
def test_a_ring_of_sums_is_judged_as_by_trying_everything(rows: list[list[int]]) -> None:
    """Two ways with both margins: narrowing alone would overlook cells."""
    cells = {f"x{i}{j}": rows[i][j] for i in range(2) for j in range(2)}
    margins = {f"r{i}": sum(rows[i]) for i in range(2)}
    margins |= {f"k{j}": rows[0][j] + rows[1][j] for j in range(2)}
    truth = cells | margins
    relations = [sums_to(f"r{i}", [f"x{i}0", f"x{i}1"]) for i in range(2)]
    relations += [sums_to(f"k{j}", [f"x0{j}", f"x1{j}"]) for j in range(2)]
    bounds = {n: small.bounds(c) for n, c in cells.items()} | {
        n: (c, c) for n, c in margins.items()
    }
    starred = [name for name, count in cells.items() if small.show(count) == STAR]

    found = sdc.found_out(truth, bounds, relations, starred)

    assert sorted(found) == sorted(brute_force(bounds, relations, starred))


# -- Releases ----------------------------------------------------------------------------------
def release(
    cells: Sequence[int], *, rule: Rule = ORDINARY, exact: bool = False, ordered: bool = False
) -> Release:
    names = {str(i): f"T/{i}" for i in range(len(cells))}
    counts = {"T": sum(cells), **{f"T/{i}": count for i, count in enumerate(cells)}}
    return Release(
        counts, dict.fromkeys(counts, rule), [Table("T/way", "T", names, ordered=ordered)],
        exact={"T"} if exact else set(),
    )  # fmt: skip


def possible(release: Release, rule: Rule) -> dict[str, Bounds]:
    """What a reader can work out of the cells from nothing but the published values: one sum,
    so the arithmetic of intervals is exact. Written apart from the audit."""
    shown = release.cells(release.tables[0])
    low_high = {}
    for key, value in shown.items():
        options = [n for n in range(40) if rule.show(n) == value] if value == STAR else None
        if value == STAR and options:
            low_high[key] = (options[0], options[-1])
        elif value == 0:
            low_high[key] = (0, 0)
        else:
            low_high[key] = (max(int(value) - 2, rule.threshold + 1), int(value) + 2)
    total = release.shown("T")
    if "T" in release.exact:
        whole = (int(str(total)), int(str(total)))
    elif total == STAR:
        whole = (0 if rule.star_zero else 1, rule.threshold)
    else:
        whole = (int(str(total)) - 2, int(str(total)) + 2) if total else (0, 0)
    lows, highs = sum(b[0] for b in low_high.values()), sum(b[1] for b in low_high.values())
    return {
        key: (max(low, whole[0] - (highs - high)), min(high, whole[1] - (lows - low)))
        for key, (low, high) in low_high.items()
    }


def check(cells: Sequence[int], rule: Rule, *, exact: bool = False, ordered: bool = False) -> None:
    found = release(cells, rule=rule, exact=exact, ordered=ordered)
    found.protect()
    shown = found.cells(found.tables[0])
    assert all(value in (0, STAR) or value > rule.threshold - 3 for value in shown.values())
    for key, (low, high) in possible(found, rule).items():
        if shown[key] == STAR:
            assert low < high, (cells, key, shown, found.shown("T"))


ADVERSARIAL = (
    [8, 1, 1, 1, 1], [1] * 7, [7] * 9, [1000, 1], [1000, 1, 1], [1, 0, 0], [7, 7], [8, 1],
    [12, 1, 1], [0, 0, 0], [1], [2, 0], [13, 7, 7, 7], [8, 8, 8, 1],
)  # fmt: skip


@pytest.mark.parametrize("cells", ADVERSARIAL)
@pytest.mark.parametrize("rule", [ORDINARY, SENSITIVE])
@pytest.mark.parametrize("exact", [False, True])
def test_no_star_of_an_adversarial_table_is_found_out(
    cells: list[int], rule: Rule, exact: bool
) -> None:
    check(cells, rule, exact=exact)


def random_tables(count: int) -> None:
    chance = random.Random(2026)
    sizes = [0, 0, 1, 1, 2, 3, 6, 7, 8, 9, 12, 13, 40, 300, 20_273]
    for _ in range(count):
        cells = [chance.choice(sizes) for _ in range(chance.randint(1, 12))]
        check(
            cells,
            chance.choice([ORDINARY, SENSITIVE]),
            exact=chance.random() < 0.3,
            ordered=chance.random() < 0.5,
        )


def test_no_star_of_a_thousand_tables_is_found_out() -> None:
    random_tables(1000)


@pytest.mark.bench
def test_no_star_of_ten_thousand_tables_is_found_out() -> None:
    random_tables(10_000)


def test_eight_and_four_ones_need_a_merge() -> None:
    found = release([8, 1, 1, 1, 1])

    assert found.found_out(), "rounding alone gives every one of them away"
    assert found.protect() == ["T/way: 1+2"]
    assert found.cells(found.tables[0]) == {"0": 10, "1+2": STAR, "3": STAR, "4": STAR}


def test_ages_are_merged_with_their_neighbours_only() -> None:
    found = release([1, 8, 1, 1, 1], ordered=True)
    found.protect()

    merged = [key for key in found.cells(found.tables[0]) if sdc.MERGED in key]
    assert merged
    for key in merged:
        places = [int(part) for part in key.split(sdc.MERGED)]
        assert places == list(range(places[0], places[-1] + 1))


def test_a_total_beside_its_part_does_not_give_the_other_part_away() -> None:
    """GEN01 is told exactly, GEN05 + GEN06 is GEN01: 9 less 8 or more leaves exactly one."""
    counts = {"GEN01": 9, "GEN05": 1, "GEN06": 8}
    found = Release(counts, {}, sums=[sums_to("GEN01", ["GEN05", "GEN06"])], exact={"GEN01"})

    assert found.found_out() == ["GEN05"]
    found.protect()
    assert (found.shown("GEN05"), found.shown("GEN06")) == (STAR, None)


def test_tables_of_one_total_are_audited_together() -> None:
    counts = {"T": 9, "T/a": 1, "T/b": 8, "T/x": 2, "T/y": 7}
    tables = [
        Table("T/one", "T", {"a": "T/a", "b": "T/b"}),
        Table("T/two", "T", {"x": "T/x", "y": "T/y"}),
    ]
    found = Release(counts, {}, tables)
    found.protect()

    assert not found.found_out()


# -- Overlapping releases ------------------------------------------------------------------------
def test_a_small_difference_between_two_releases_is_coarsened() -> None:
    assert sdc.isolates(1002, 1003, ORDINARY, ORDINARY)  # 1000 and 1005: somebody came
    assert not sdc.isolates(1000, 1002, ORDINARY, ORDINARY)  # both 1000
    assert not sdc.isolates(1000, 1020, ORDINARY, ORDINARY)  # twenty people are not few

    rule = sdc.coarser(1002, 1003, ORDINARY, ORDINARY)

    assert rule is not None
    assert rule.show(1003) == 1000


@given(st.integers(0, 2000), st.integers(-8, 8))
def test_what_is_coarsened_leaves_doubt_whether_anybody_came(old: int, change: int) -> None:
    new = max(0, old + change)
    rule = sdc.coarser(old, new, ORDINARY, ORDINARY)

    if rule is not None and 0 < abs(new - old) <= ORDINARY.threshold:
        low = rule.bounds(new)[0] - ORDINARY.bounds(old)[1]
        high = rule.bounds(new)[1] - ORDINARY.bounds(old)[0]
        assert low <= 0 <= high
