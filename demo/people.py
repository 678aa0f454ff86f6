"""Invented people: names from weighted lists and telephone numbers that nobody has.

The same `random.Random` gives the same people. Names are common ones put together at random.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import NamedTuple

FEMALE, MALE = "female", "male"

# Nationality to the regions of names.csv; several regions are drawn alike. Where a country is
# not named the lists have nothing near and Spanish names are given.
REGIONS: Mapping[str, tuple[str, ...]] = {
    nationality: tuple(regions.split())
    for regions, nationalities in {
        "haitian": "HTI",
        "haitian spanish": "CHL",  # often children of Haitian parents
        "french_african": "COD COG CMR GAB CAF TCD TGO BEN CIV BDI RWA",
        "portuguese": "AGO BRA CPV GNB MOZ PRT STP",
        "arabic": "AFG DZA EGY IRN IRQ JOR LBN LBY MAR PAK PSE SDN SOM SYR TUN TUR UZB YEM",
        "west_african": "SEN GIN GMB MLI BFA NER SLE",
        "arabic west_african": "MRT",
        "english": "GHA NGA LBR KEN UGA ZMB ZWE USA CAN GBR JAM BLZ BHS TTO GUY",
        "chinese": "CHN HKG MAC TWN SGP",
    }.items()
    for nationality in nationalities.split()
}
# How often a person has a second given name; Spanish speakers carry two surnames.
_SECOND = {
    "spanish": 0.6,
    "haitian": 0.3,
    "french_african": 0.35,
    "portuguese": 0.5,
    "arabic": 0.15,
    "west_african": 0.1,
    "english": 0.25,
    "chinese": 0.0,
}

# Right in length and form. Mexico assigns no local number that begins with 0; of the others the
# first block of a mobile range is taken, recognisable by its zeros.
MEXICAN_PHONE = "+52550", 7
PHONES: Mapping[str, str] = {
    "VEN": "+58400000",
    "HND": "+5049000",
    "HTI": "+5093000",
    "GTM": "+5025000",
    "COL": "+57300000",
    "ECU": "+59399000",
    "SLV": "+5037000",
    "CUB": "+535000",
    "NIC": "+5058000",
    "PER": "+5190000",
    "BRA": "+551190000",
    "COD": "+24390000",
    "AGO": "+24492000",
    "CMR": "+23767000",
    "SEN": "+22170000",
    "GIN": "+22460000",
    "AFG": "+9370000",
}
KEEPS_PHONE = 0.3  # the share that still carries a number of the country of origin


class Name(NamedTuple):
    """A person's given names, family names and the mother's given name."""

    given: str
    family: str
    mother: str


class Weighted(NamedTuple):
    """Names and their cumulated weights."""

    names: tuple[str, ...]
    weights: tuple[int, ...]

    def draw(self, random: Random) -> str:
        return random.choices(self.names, cum_weights=self.weights)[0]


def person(nationality: str, sex: str, random: Random) -> Name:
    """Someone of a nationality (three letters) and of a sex; any other sex draws from both."""
    region = random.choice(REGIONS.get(nationality, ("spanish",)))
    lists = _lists()
    of_sex = sex if sex in (FEMALE, MALE) else random.choice((FEMALE, MALE))
    given = _several(
        lists[region, of_sex, "given"], 1 + (random.random() < _SECOND[region]), random
    )
    surnames = 2 if region == "spanish" else 1
    family = _several(lists[region, "any", "surname"], surnames, random, unlike=given)
    mother = lists[region, FEMALE, "given"].draw(random)
    return Name(" ".join(given), " ".join(family), mother)


def phone(nationality: str, random: Random) -> str:
    """A telephone number in E.164, most often Mexican."""
    prefix, digits = MEXICAN_PHONE
    if nationality in PHONES and random.random() < KEEPS_PHONE:
        prefix, digits = PHONES[nationality], 4
    return f"{prefix}{random.randrange(10**digits):0{digits}}"


def _several(names: Weighted, count: int, random: Random, unlike: Sequence[str] = ()) -> list[str]:
    """Names that differ from one another and from `unlike`."""
    chosen: list[str] = []
    while len(chosen) < count:
        name = names.draw(random)
        if name not in unlike and name not in chosen:
            chosen.append(name)
    return chosen


@cache
def _lists() -> Mapping[tuple[str, str, str], Weighted]:
    rows: dict[tuple[str, str, str], list[tuple[str, int]]] = defaultdict(list)
    with (Path(__file__).parent / "data" / "names.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["region"], row["sex"], row["kind"]].append((row["name"], int(row["weight"])))
    return {
        place: Weighted(
            tuple(name for name, _ in names), tuple(accumulate(weight for _, weight in names))
        )
        for place, names in rows.items()
    }
