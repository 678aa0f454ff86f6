"""Familiar names and the given names they stand for, from `nicknames.csv`."""

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

from patients.names.spelling import key, normalise


def namesakes(part: str) -> frozenset[str]:
    """The other names a person called `part` may go by, in one step: Lupe and Guadalupe."""
    return _by_sound().get(key(part), frozenset())


@cache
def _by_sound() -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    with (Path(__file__).parent / "nicknames.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            familiar = normalise(row["familiar"])
            for given in normalise(row["given"]).split():
                names[key(familiar)].add(given)
                names[key(given)].add(familiar)
    return {sound: frozenset(others) for sound, others in names.items()}
