"""The forms of consultations as `data/forms.csv` defines them: labels, lists, layers, privacy."""

from collections.abc import Iterable
from pathlib import Path

from accounts.policy import Discipline
from accounts.privacy import PrivacyClass, stricter
from patients.definitions import Definitions, Field, Form
from terminology import lists

FORMS = Definitions(Path(__file__).resolve().parent / "data" / "forms.csv")
HEADER = "consult_header"
# The form of a discipline, where it has another name. Sexual-violence care comes later.
_FORM_OF = {Discipline.PSYCHOLOGY: "mental_health"}


def form_of(discipline: str) -> Form:
    """The fields of a discipline, without the shared header. Raises KeyError."""
    return FORMS[_FORM_OF.get(Discipline(discipline), discipline)]


def definition(discipline: str, field: str) -> Field:
    """A field of the discipline, else of the header. Raises KeyError."""
    form = form_of(discipline)
    return form[field] if field in form else FORMS[HEADER][field]


def privacy_of(discipline: str, field: str, keys: Iterable[str | None] = ()) -> PrivacyClass:
    """The class of a field, raised by the classes of the codes that stand in it."""
    own = definition(discipline, field).privacy
    return stricter(own, *(lists.get(key).privacy for key in keys if key))


__all__ = ("FORMS", "HEADER", "Definitions", "Field", "Form", "definition", "form_of", "privacy_of")
