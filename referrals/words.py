"""The words of the slip that a person takes along, in their own language.

Status `to_be_checked`: a translator has still to read it (Haitian Creole, Portuguese).
"""

import csv
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data" / "slip_texts.csv"
FALLBACK = "spa"
TAGS = {"spa": "es", "eng": "en", "fra": "fr", "hat": "ht", "por": "pt"}


@dataclass
class SlipWords:
    """By key: title, code, place, day, hour, show, free, later."""

    language: str  # ISO 639-3, as in `languages`
    to_be_checked: bool = False
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """For the `lang` attribute and the names of days."""
        return TAGS[self.language]

    @property
    def key(self) -> str:
        return f"languages:{self.language}"


@cache
def slip_words() -> dict[str, SlipWords]:
    """By language, Spanish first."""
    found: dict[str, SlipWords] = {}
    with DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            words = found.setdefault(row["language"], SlipWords(row["language"]))
            words.texts[row["key"]] = row["text"]
            words.to_be_checked |= row["status"] == "to_be_checked"
    return found


def slip_in(language: str) -> SlipWords:
    """In the person's language, else in Spanish (which a mediator then puts in words)."""
    found = slip_words()
    return found.get(language.rpartition(":")[2]) or found[FALLBACK]
