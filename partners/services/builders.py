"""Rows of this app, unsaved: what the services save one by one and demonstration data in bulk.

Columns of reference lists take keys (`partner_type="partner_types:academic"`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models, transaction

from accounts.crypto import INSTALLATION
from accounts.rows import SealedField, Versioned, uuid7
from partners.models import Agreement, Contact, Organisation, Service, Site, Training
from terminology import lists

SHELTER = "site_types:shelter"


@dataclass
class Built:
    """A row, the rows it is linked with (by column: keys), and its texts to seal."""

    row: Versioned
    links: dict[str, list[Any]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def seal(self) -> None:
        self.row.seal(INSTALLATION, **self.texts)


def build(model: type[Versioned], id: UUID | None = None, **values: Any) -> Built:
    """A row of any model of this app from the values a form has cleaned."""
    built = Built(model(id=id or uuid7()))
    put(built, values)
    return built


def put(built: Built, values: dict[str, Any]) -> None:
    """Set columns, links and texts; what is not named stays."""
    for name, value in values.items():
        column = built.row._meta.get_field(name)
        if isinstance(column, models.ManyToManyField):
            built.links[name] = [getattr(item, "pk", item) for item in value]
        elif isinstance(column, SealedField):
            built.texts[name] = value or ""
        elif isinstance(column, models.ForeignKey) and not isinstance(value, models.Model):
            setattr(built.row, column.attname, value or None)
        else:
            setattr(built.row, name, value)


def build_organisation(*, id: UUID | None = None, **values: Any) -> Built:
    return build(Organisation, id, **in_every_language(values))


def build_agreement(
    organisation: Organisation, /, *, id: UUID | None = None, **values: Any
) -> Built:
    return build(Agreement, id, organisation=organisation, **values)


def build_service(organisation: Organisation, /, *, id: UUID | None = None, **values: Any) -> Built:
    return build(Service, id, organisation=organisation, **values)


def build_contact(organisation: Organisation, /, *, id: UUID | None = None, **values: Any) -> Built:
    return build(Contact, id, organisation=organisation, **values)


def build_site(*, id: UUID | None = None, **values: Any) -> Built:
    """The point of a shelter is that of its municipality, whatever was typed: for safety."""
    return build(Site, id, **with_safe_point(in_every_language(values)))


def build_training(*, id: UUID | None = None, **values: Any) -> Built:
    return build(Training, id, **values)


def in_every_language(values: dict[str, Any]) -> dict[str, Any]:
    """A name that was not given in English or French is the Spanish one."""
    given = {name: values.get(name) or values["name_es"] for name in ("name_en", "name_fr")}
    return {**values, **given}


def with_safe_point(values: dict[str, Any]) -> dict[str, Any]:
    if values.get("site_type") != SHELTER:
        return values
    place = values.get("place")
    entry = lists.get(place) if place else None
    point = {name: entry.number(name) if entry else None for name in ("latitude", "longitude")}
    return {**values, **{name: _rounded(value) for name, value in point.items()}}


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else round(value, 2)


@transaction.atomic
def save_all(built: Iterable[Built]) -> None:
    """Save rows of demonstration data: one statement per table and batch. Order matters."""
    rows: dict[type[Versioned], list[Built]] = {}
    for item in built:
        item.seal()
        rows.setdefault(type(item.row), []).append(item)
    for model, items in rows.items():
        model._default_manager.bulk_create([item.row for item in items], batch_size=500)
        _save_links(model, items)


def _save_links(model: type[Versioned], items: list[Built]) -> None:
    for column in model._meta.many_to_many:
        through: Any = column.remote_field.through
        own, other = column.m2m_column_name(), column.m2m_reverse_name()
        through.objects.bulk_create(
            (
                through(**{own: item.row.pk, other: key})
                for item in items
                for key in item.links.get(column.name, ())
            ),
            batch_size=500,
        )
