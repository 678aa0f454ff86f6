"""Labels of the fields of the `training` form, as `data/forms.csv` has them."""

import csv
from functools import cache
from pathlib import Path

from django.utils.functional import lazy
from django.utils.translation import get_language

_FILE = Path(__file__).resolve().parent / "data" / "forms.csv"


@cache
def _labels() -> dict[str, dict[str, str]]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: {language: row[f"label_{language}"] for language in ("en", "es", "fr")}
            for row in csv.DictReader(file)
        }


def _label(code: str) -> str:
    labels = _labels()[code]
    return labels.get((get_language() or "es")[:2], labels["es"])


label = lazy(_label, str)
