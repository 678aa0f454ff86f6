"""The published and assumed numbers, and how a total is shared out without a rest."""

import csv
from collections import defaultdict
from collections.abc import Hashable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeVar

DATA = Path(__file__).parent.parent / "data"
Key = TypeVar("Key", bound=Hashable)


@cache
def _distributions() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in table("synthetic_distributions"):
        # `visit_type` stands twice in the file: as shares, and as counts under another name.
        found[row["variable"]][row["category"]] = row["value"]
    return found


@cache
def table(name: str) -> list[dict[str, str]]:
    """The rows of one of the files in `demo/data`."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counts(variable: str, scale: int = 1) -> dict[str, int]:
    return {key: int(value) * scale for key, value in _distributions()[variable].items()}


def shares(variable: str) -> dict[str, float]:
    return {key: float(value) for key, value in _distributions()[variable].items()}


def number(variable: str, category: str) -> float:
    return float(_distributions()[variable][category])


def maps(variable: str) -> dict[str, dict[str, float]]:
    """Codes with weights, as `hat 0.85;fra 0.10`."""
    return {
        key: {code: float(weight) for code, weight in (part.split() for part in value.split(";"))}
        for key, value in _distributions()[variable].items()
    }


def cells(variable: str, scale: int = 1) -> dict[tuple[str, ...], int]:
    """Counts whose category has parts joined by `|`."""
    return {tuple(key.split("|")): n for key, n in counts(variable, scale).items()}


def apportion(total: int, weights: Mapping[Key, float]) -> dict[Key, int]:
    """`total` shared out by the largest remainder; the parts sum to it exactly."""
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    parts = {key: int(value) for key, value in exact.items()}
    rest = total - sum(parts.values())
    by_remainder = sorted(exact, key=lambda key: parts[key] - exact[key])
    for key in by_remainder[:rest]:
        parts[key] += 1
    return parts


def dealt(parts: Mapping[Key, int], rng: Random) -> list[Key]:
    """Every key as often as it counts, shuffled."""
    deck = [key for key, count in parts.items() for _ in range(count)]
    rng.shuffle(deck)
    return deck
