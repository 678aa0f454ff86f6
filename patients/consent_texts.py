"""What is read to a person before a consent, in plain words; versioned, so that each answer says
to which text it was given. A new wording is a new row with a new version, never an edit.

Status `to_be_checked`: a translator has still to read it (Haitian Creole, Portuguese).
"""

import csv
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from patients.card import ConsentAnswer

DATA = Path(__file__).resolve().parent / "data" / "consent_texts.csv"
FALLBACK = "spa"


@dataclass(frozen=True)
class Text:
    type: str
    version: str
    language: str  # ISO 639-3, as in `languages`
    status: str
    text: str

    @property
    def to_be_checked(self) -> bool:
        return self.status == "to_be_checked"

    @property
    def key(self) -> str:
        return f"languages:{self.language}"

    @property
    def tag(self) -> str:
        """For the `lang` attribute."""
        return {"spa": "es", "eng": "en", "fra": "fr", "hat": "ht", "por": "pt"}[self.language]


@cache
def _current() -> dict[str, dict[str, Text]]:
    """The newest version of each text, by type and language; rows stand in order of version."""
    texts: dict[str, dict[str, Text]] = {}
    with DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = Text(**row)
            texts.setdefault(text.type, {})[text.language] = text
    return texts


def all_of(consent_type: str) -> list[Text]:
    """The texts of one type, one per language. Takes a concept key or its code."""
    return list(_current().get(_code(consent_type), {}).values())


def text_for(consent_type: str, language: str) -> Text | None:
    """The text in the person's language, else in Spanish (which a mediator then puts in words)."""
    texts = _current().get(_code(consent_type), {})
    return texts.get(_code(language)) or texts.get(FALLBACK)


def stamped(answer: ConsentAnswer) -> ConsentAnswer:
    """The answer with the version of the text that its language has now."""
    text = text_for(answer.type, answer.language)
    if answer.text_version or text is None:
        return answer
    return replace(answer, text_version=f"{text.version} {text.language}")


def _code(key: str) -> str:
    return key.rpartition(":")[2]
