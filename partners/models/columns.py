"""Column types of this app."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from terminology.lists import plain


def concept(*, null: bool = False, **options: Any) -> Any:
    """A value of a reference list, by its text key. Concepts are never deleted: no index."""
    return models.ForeignKey(
        "terminology.Concept",
        models.PROTECT,
        null=null,
        blank=null,
        related_name="+",
        db_index=False,
        **options,
    )


if TYPE_CHECKING:
    TextColumn = models.CharField[Any, Any]
else:
    TextColumn = models.CharField


class CodesField(TextColumn):
    """Several codes of a small closed set, in its order: a list in Python, `a;b` in the database.

    `contains` finds the rows with a code where no code of the set is part of another.
    """

    def __init__(self, *args: Any, codes: Iterable[str] = (), **kwargs: Any) -> None:
        self.codes = tuple(codes)
        kwargs.setdefault("max_length", len(";".join(self.codes)) or 1)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", list)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "codes": self.codes}

    def from_db_value(self, value: str | None, *_: Any) -> list[str]:
        return [code for code in (value or "").split(";") if code]

    def to_python(self, value: Any) -> list[str]:
        given = value.split(";") if isinstance(value, str) else list(value or ())
        unknown = [code for code in given if code and code not in self.codes]
        if unknown:
            raise ValidationError(_("Unknown value: %(value)s"), params={"value": unknown[0]})
        return [code for code in self.codes if code in given]

    def get_prep_value(self, value: Any) -> str:
        return ";".join(self.to_python(value))

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))


def only_codes(column: str, codes: Iterable[str]) -> Q:
    """The condition of a check constraint: nothing but these codes, `;` between."""
    one = "|".join(codes)
    return Q(**{f"{column}__regex": f"^(({one})(;({one}))*)?$"})


class WordsField(TextColumn):
    """What a search of these columns looks in, without accents and case; kept by every save."""

    def __init__(self, *args: Any, of: Iterable[str] = (), **kwargs: Any) -> None:
        self.of = tuple(of)
        super().__init__(*args, **{"editable": False, "default": "", "blank": True, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        texts = (str(getattr(model_instance, name)) for name in self.of)
        words = plain(" ".join(texts))[: self.max_length]
        setattr(model_instance, self.attname, words)
        return words


def with_words(q: str, column: str = "words") -> Q:
    """Rows with every word of `q` somewhere in the column."""
    found = Q()
    for word in plain(q).split():
        found &= Q(**{f"{column}__contains": word})
    return found
