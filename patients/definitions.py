"""The forms as `forms.csv` defines them: labels in three languages, what is required, privacy.

Labels, layers and privacy classes of form fields come from here and are never repeated in code.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.utils.functional import lazy
from django.utils.translation import get_language

from accounts.privacy import PrivacyClass

DATA = Path(__file__).resolve().parent / "data" / "forms.csv"


@dataclass(frozen=True)
class Field:
    """One row of `forms.csv`; the closed sets are explained in the reference's README."""

    form: str
    code: str
    order: int
    labels: Mapping[str, str]
    type: str
    required: bool
    list: str
    validation: str
    first_visit_only: bool
    prefill: str
    layer: str
    privacy: PrivacyClass

    def __hash__(self) -> int:
        return hash((self.form, self.code))

    @property
    def label(self) -> str:
        """The label in the active language."""
        return self.labels.get((get_language() or "es")[:2]) or self.labels["es"]

    @property
    def lazy_label(self) -> str:
        """The label in the language active when it is shown: for class attributes of forms."""
        return lazy(lambda: self.label, str)()


class Form(Mapping[str, Field]):
    """The fields of one form by code, in their order."""

    def __init__(self, code: str, fields: list[Field]) -> None:
        self.code = code
        self._fields = {field.code: field for field in sorted(fields, key=lambda f: f.order)}

    def __getitem__(self, code: str) -> Field:
        return self._fields[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def layer(self, name: str) -> list[Field]:
        return [field for field in self.values() if field.layer == name]

    @cached_property
    def privacy(self) -> dict[str, PrivacyClass]:
        return {field.code: field.privacy for field in self.values()}


class Definitions(Mapping[str, Form]):
    """The forms of one `forms.csv`, read at first use."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _forms(self) -> dict[str, Form]:
        fields: dict[str, list[Field]] = {}
        with self._path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                fields.setdefault(row["form"], []).append(_field(row))
        return {code: Form(code, rows) for code, rows in fields.items()}

    def __getitem__(self, code: str) -> Form:
        return self._forms[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)


def _field(row: Mapping[str, str]) -> Field:
    return Field(
        form=row["form"],
        code=row["code"],
        order=int(row["order"]),
        labels={language: row[f"label_{language}"] for language in ("en", "es", "fr")},
        type=row["type"],
        required=row["required"] == "yes",
        list=row["list"],
        validation=row["validation"],
        first_visit_only=row["first_visit_only"] == "yes",
        prefill=row["prefill"],
        layer=row["layer"],
        privacy=PrivacyClass(row["privacy"]),
    )


FORMS = Definitions(DATA)
