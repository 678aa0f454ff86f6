"""Is the right person among the first ten? Names searched among 100,000 invented people.

Builds the token table in SQLite as the application keeps it (32-bit tokens, an index on them)
and runs the labelled pairs of `tests/patients/name_pairs.csv` and typing errors drawn at random,
each with and without the birth year. Prints recall, the share of candidate lists that hold the
right person, and times. `python -m benchmarks.name_recall [--people N] [--seed N]`
"""

import argparse
import csv
import sqlite3
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from random import Random
from time import perf_counter
from typing import NamedTuple

from demo import people
from patients import names

PAIRS = Path(__file__).parents[1] / "tests" / "patients" / "name_pairs.csv"
NATIONALITIES = {  # nationality_use_cdmx of synthetic_distributions.csv
    "VEN": 345, "HND": 130, "HTI": 110, "COL": 80, "GTM": 60, "ECU": 60, "CUB": 50, "SLV": 40,
    "MEX": 30, "NIC": 20, "PER": 15, "COD": 10, "AGO": 10, "CMR": 5, "BRA": 5, "CHL": 5,
    "SEN": 4, "GIN": 3, "AFG": 3, "DOM": 5, "MRT": 4, "CHN": 3, "GHA": 3,
}  # fmt: skip
CAP = 300
FIRST = 10
SAME_YEAR = 2  # how much more a candidate counts whose birth year is within two years


class Person(NamedTuple):
    name: str
    birth_year: int
    mother: str


class Case(NamedTuple):
    """A query and the person it should find."""

    kind: str
    query: str
    right: int


class Found(NamedTuple):
    """The place of the right person in the answers and whether it was a candidate at all."""

    place: int | None
    candidate: bool
    seconds: float
    rows: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = Random(options.seed)
    registered, cases = labelled()
    crowd = [*registered, *population(options.people - len(registered), random)]
    cases += mistyped(crowd, len(registered), random)
    began = perf_counter()
    table = Table(crowd)
    print(
        f"{len(crowd):,} people, {table.size / len(crowd):.1f} tokens each, "
        f"built in {perf_counter() - began:.1f} s"
    )
    for known in (True, False):
        print_table(cases, [table.find(case, with_year=known) for case in cases], known)


def labelled() -> tuple[list[Person], list[Case]]:
    """The people of the labelled pairs, and the pairs as cases."""
    registered: list[Person] = []
    cases: list[Case] = []
    random = Random(0)
    with PAIRS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            mother = people.person(row["nationality"], people.FEMALE, random).mother
            cases.append(Case(row["kind"], row["query"], len(registered)))
            registered.append(Person(row["registered"], int(row["birth_year"]), mother))
    return registered, cases


def population(size: int, random: Random) -> Iterator[Person]:
    for nationality in random.choices(list(NATIONALITIES), list(NATIONALITIES.values()), k=size):
        name = people.person(nationality, random.choice((people.FEMALE, people.MALE)), random)
        year = min(2024, max(1930, round(random.gauss(1995, 14))))
        yield Person(f"{name.given} {name.family}", year, name.mother)


def mistyped(crowd: Sequence[Person], start: int, random: Random) -> list[Case]:
    """Names of the crowd with none, one or two letters wrong, anywhere in the name."""
    return [
        Case(f"random {typos} typos", with_typos(crowd[right].name, typos, random), right)
        for typos in (0, 1, 2)
        for right in random.sample(range(start, len(crowd)), 400)
    ]


def with_typos(name: str, count: int, random: Random) -> str:
    for _ in range(count):
        place = random.choice([i for i, letter in enumerate(name) if letter.isalpha()])
        letter = random.choice("aeioulnrstmdcpbgvyhjz")
        name = random.choice(
            (
                name[:place] + name[place + 1 :],
                name[:place] + letter + name[place:],
                name[:place] + letter + name[place + 1 :],
                name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :],
            )
        )
    return name


class Table:
    """The blind index of a crowd."""

    def __init__(self, crowd: Sequence[Person]) -> None:
        self.crowd = crowd
        self.database = sqlite3.connect(":memory:")
        self.database.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, birth_year INTEGER)")
        self.database.execute("CREATE TABLE search (token INTEGER, person INTEGER)")
        self.database.executemany(
            "INSERT INTO person VALUES (?, ?)",
            ((number, person.birth_year) for number, person in enumerate(crowd)),
        )
        self.database.executemany(
            "INSERT INTO search VALUES (?, ?)",
            (
                (token32(token), number)
                for number, person in enumerate(crowd)
                for token in names.tokens(person.name, person.mother)
            ),
        )
        self.database.execute("CREATE INDEX search_by_token ON search (token, person)")
        self.size: int = self.database.execute("SELECT count(*) FROM search").fetchone()[0]

    def find(self, case: Case, *, with_year: bool) -> Found:
        year = self.crowd[case.right].birth_year if with_year else None
        began = perf_counter()
        probes = names.query_tokens(case.query)
        counts = self.counts(probes)
        picked = names.pick(probes, counts, people=len(self.crowd))
        candidates = self.candidates(picked, year)
        answers = names.rank(
            case.query,
            [
                names.Candidate(number, [person.name], person.birth_year, person.mother)
                for number in candidates
                for person in [self.crowd[number]]
            ],
            year,
            limit=FIRST,
        )
        seconds = perf_counter() - began
        places = [number for number, _ in answers]
        return Found(
            places.index(case.right) + 1 if case.right in places else None,
            case.right in candidates,
            seconds,
            sum(counts.get(probe.token, 0) for probe in picked),
        )

    def counts(self, probes: Iterable[names.Probe]) -> Mapping[names.Token, int]:
        wanted = {token32(probe.token): probe.token for probe in probes}
        marks = ",".join("?" * len(wanted))
        rows = self.database.execute(
            f"SELECT token, count(*) FROM search WHERE token IN ({marks}) GROUP BY token",  # noqa: S608
            list(wanted),
        )
        return {wanted[token]: count for token, count in rows}

    def candidates(self, probes: Sequence[names.Probe], year: int | None) -> list[int]:
        if not probes:
            return []
        values = ",".join("(?,?,?)" for _ in probes)
        flat = [value for token, part, weight in probes for value in (token32(token), part, weight)]
        rows = self.database.execute(
            f"""
            WITH probe (token, part, weight) AS (VALUES {values}), hit AS (
                SELECT search.person, max(probe.weight) AS best
                FROM probe CROSS JOIN search ON search.token = probe.token
                GROUP BY search.person, probe.part
            )
            SELECT hit.person FROM hit JOIN person ON person.id = hit.person
            GROUP BY hit.person
            ORDER BY sum(best) * CASE WHEN abs(birth_year - ?) <= 2 THEN ? ELSE 1 END DESC
            LIMIT ?
            """,  # noqa: S608
            [*flat, year if year is not None else 0, SAME_YEAR, CAP],
        )
        return [person for (person,) in rows]


@cache
def token32(token: names.Token) -> int:
    digest = blake2b(token.text.encode(), key=token.kind.encode(), digest_size=4).digest()
    return int.from_bytes(digest, signed=True)


def print_table(cases: Sequence[Case], found: Sequence[Found], known: bool) -> None:
    print(f"\nbirth year {'known' if known else 'unknown'}")
    print(
        f"{'kind':<18}{'cases':>6}{'first':>7}{'in 10':>7}{'in 300':>8}{'p50 ms':>8}{'p95 ms':>8}{'rows':>8}"
    )
    groups: dict[str, list[Found]] = defaultdict(list)
    for case, result in zip(cases, found, strict=True):
        groups[case.kind].append(result)
    for kind, results in groups.items():
        times = sorted(1000 * result.seconds for result in results)
        print(
            f"{kind:<18}{len(results):>6}"
            f"{statistics.mean(result.place == 1 for result in results):>7.3f}"
            f"{statistics.mean(result.place is not None for result in results):>7.3f}"
            f"{statistics.mean(result.candidate for result in results):>8.3f}"
            f"{statistics.median(times):>8.1f}{times[int(0.95 * len(times))]:>8.1f}"
            f"{statistics.median(result.rows for result in results):>8.0f}"
        )


if __name__ == "__main__":
    main()
