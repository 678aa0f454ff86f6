import csv
import unicodedata
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from demo import people

NAMES = Path(people.__file__).parent / "data" / "names.csv"


def rows():
    with NAMES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def crowd(nationality, sex, size=200):
    random = Random(7)
    return [people.person(nationality, sex, random) for _ in range(size)]


def test_the_lists_are_long_enough_for_people_to_differ():
    sizes = Counter((row["region"], row["sex"], row["kind"]) for row in rows())

    least = {"spanish": (150, 250), "haitian": (120, 150)}
    for (region, _, kind), size in sizes.items():
        given, surnames = least.get(region, (60, 80))
        assert size >= (surnames if kind == "surname" else given)
    assert len(sizes) == 3 * 8


def test_each_name_stands_once_in_its_list_composed_and_with_a_weight():
    listed = rows()

    assert len({tuple(row.values())[:4] for row in listed}) == len(listed)
    assert all(unicodedata.is_normalized("NFC", row["name"]) for row in listed)
    assert all(int(row["weight"]) > 0 for row in listed)


@pytest.mark.parametrize(
    "nationality", ["VEN", "HTI", "COD", "AGO", "AFG", "SEN", "GHA", "CHN", "MRT", "RUS"]
)
@pytest.mark.parametrize("sex", ["female", "male", "unknown"])
def test_the_same_random_numbers_give_the_same_people(nationality, sex):
    assert crowd(nationality, sex) == crowd(nationality, sex)
    assert all(who.given and who.family and who.mother for who in crowd(nationality, sex))


def test_spanish_speakers_carry_two_surnames_and_others_one():
    surnames = {row["name"] for row in rows() if row["kind"] == "surname"}

    assert {who.family for who in crowd("HTI", "male")} <= surnames
    assert not {who.family for who in crowd("HND", "male")} & surnames
    assert all(len(who.family.split()) >= 2 for who in crowd("HND", "male"))


def test_women_and_men_draw_from_their_own_lists():
    women = {row["name"] for row in rows() if (row["region"], row["sex"]) == ("haitian", "female")}

    assert all(any(who.given.startswith(name) for name in women) for who in crowd("HTI", "female"))
    assert not all(any(who.given == name for name in women) for who in crowd("HTI", "male"))


def test_common_names_are_drawn_more_often():
    given = Counter(who.given.split()[0] for who in crowd("VEN", "female", 2000))

    assert given["María"] > 5 * given["Zenaida"]


def test_most_phones_are_mexican_and_none_can_ring():
    random = Random(7)
    phones = [people.phone("HTI", random) for _ in range(200)]

    mexican = [phone for phone in phones if phone.startswith("+52")]
    assert 100 < len(mexican) < 180
    assert all(phone.startswith("+52550") for phone in mexican)  # no local number begins with 0
