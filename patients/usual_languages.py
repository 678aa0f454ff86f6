"""The language most people of a nationality prefer: a suggestion that the person confirms."""

import csv
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data" / "usual_languages.csv"


@cache
def suggestions() -> dict[str, str]:
    """Language key by country key."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return {
            f"countries:{row['country']}": f"languages:{row['language']}"
            for row in csv.DictReader(file)
        }


@cache
def compact() -> str:
    """For the page: `VEN:spa HTI:hat …`."""
    pairs = suggestions().items()
    return " ".join(f"{country[-3:]}:{language[-3:]}" for country, language in pairs)
