"""What people are, dealt so that every margin holds."""

from collections.abc import Mapping
from random import Random

from demo.plan.model import PersonPlan
from demo.plan.numbers import apportion, dealt, maps, number, shares

_OTHER_LANGUAGES = {"CHN": "zho", "GHA": "eng", "MRT": "fra"}
_BANDS = {
    "unhcr_0_4": (0, 4),
    "unhcr_5_11": (5, 11),
    "unhcr_12_17": (12, 17),
    "mdm_0_4": (0, 4),
    "mdm_5_17": (5, 17),
    "mdm_18_24": (18, 24),
    "mdm_25_49": (25, 49),
    "mdm_50p": (50, 74),
}
Cell = tuple[str, int]  # sex and age


def languages(nationality: str, count: int) -> dict[str, int]:
    """Preferred languages of so many people of one nationality."""
    weights = maps("language_by_nationality").get(nationality)
    if weights is None:
        return {_OTHER_LANGUAGES.get(nationality, "spa"): count}
    rest = 1 - sum(weights.values())
    return apportion(count, {**weights, **({"spa": rest} if rest > 0.001 else {})})


def adult_age(rng: Random) -> int:
    """Right-skewed from 18, with the mean of the distributions."""
    mean = number("adult_age", "mean_years")
    return min(78, 18 + int(rng.gammavariate(1.9, (mean - 17.5) / 1.9)))


def sexes_and_ages(total: int, variable: str, rng: Random) -> list[Cell]:
    """Sex and age of so many people: men, women, boys and girls as `variable` shares them."""
    parts = apportion(total, shares(variable))
    children = parts["boys"] + parts["girls"]
    ages = iter(dealt(apportion(children, shares("child_age")), rng))
    found: list[Cell] = [("male", adult_age(rng)) for _ in range(parts["men"])]
    found += [("female", adult_age(rng)) for _ in range(parts["women"])]
    for sex, name in (("male", "boys"), ("female", "girls")):
        found += [(sex, rng.randint(*_BANDS[next(ages)])) for _ in range(parts[name])]
    rng.shuffle(found)
    return found


def in_bands(parts: Mapping[tuple[str, str], int], rng: Random) -> list[Cell]:
    """Sex and age for exact counts by sex and band."""
    found = [
        (sex, rng.randint(*_BANDS[band]))
        for (sex, band), count in parts.items()
        for _ in range(count)
    ]
    rng.shuffle(found)
    return found


def travel(sex: str, age: int, rng: Random) -> str:
    weights = shares("travel")
    unaccompanied = ("uasc_unaccompanied", "uasc_separated")
    if age < 18:
        chance = sum(weights[name] for name in unaccompanied) / 0.24
        if age >= 12 and rng.random() < chance * 2:
            return rng.choice(unaccompanied)
        return rng.choice(("family_children", "family_children", "extended_family"))
    adult = {name: w for name, w in weights.items() if name not in unaccompanied}
    name = rng.choices(list(adult), list(adult.values()))[0]
    if name == "alone;woman_alone":
        return "woman_alone" if sex == "female" else "alone"
    return name


def make(
    programme: str,
    nationalities: Mapping[str, int],
    cells: list[Cell],
    rng: Random,
    first_number: int = 0,
) -> list[PersonPlan]:
    """People of a programme: nationality and language dealt independently of sex and age."""
    spoken = [
        (nationality, language)
        for nationality, count in nationalities.items()
        for language, speakers in languages(nationality, count).items()
        for _ in range(speakers)
    ]
    rng.shuffle(spoken)
    profiles = dealt(apportion(len(spoken), shares("profile_2025")), rng)
    return [
        PersonPlan(
            first_number + position,
            programme,
            sex,
            age,
            nationality,
            language,
            travel(sex, age, rng),
            profile=profile,
        )
        for position, ((nationality, language), (sex, age), profile) in enumerate(
            zip(spoken, cells, profiles, strict=True)
        )
    ]
