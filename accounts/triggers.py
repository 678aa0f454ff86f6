"""Database triggers that keep signed rows and the access log as they were written.

A model declares `IMMUTABLE = True` (no UPDATE, no DELETE) or `MUTABLE_FIELDS = (...)` (no DELETE,
UPDATE of these columns only). They are installed after every migrate, because a migration that
rebuilds a table on SQLite drops its triggers silently; a system check misses none.

`GUARDS = (Guard(...),)` refuses what a check constraint cannot see, because it stands in the rows
of other tables.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Warning
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_FUNCTION = "vereda_refuse"
_MESSAGE = "signed rows and the log never change"


@dataclass(frozen=True)
class Guard:
    """A row that the database refuses when it is inserted, and when one of `watches` changes.

    `refused` is SQL about the columns of NEW that both engines understand; it may look into other
    tables. `message` has no quotes.
    """

    name: str
    message: str
    refused: str
    watches: tuple[str, ...]


def guarded_models(app_config: AppConfig | None = None) -> Iterator[type[models.Model]]:
    for model in (app_config or apps).get_models():
        if _keeps_its_rows(model) or _guards(model):
            yield model


def names(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[str]:
    """What the triggers of a model are called. Only PostgreSQL knows TRUNCATE."""
    table = model._meta.db_table
    events = ["update", "delete", *(["truncate"] if connection.vendor == "postgresql" else [])]
    kept = [f"{table}_no_{event}" for event in events] if _keeps_its_rows(model) else []
    return kept + [
        f"{table}_{guard.name}_{event}"
        for guard in _guards(model)
        for event in ("insert", "change")
    ]


def _keeps_its_rows(model: type[models.Model]) -> bool:
    return bool(getattr(model, "IMMUTABLE", False)) or hasattr(model, "MUTABLE_FIELDS")


def _guards(model: type[models.Model]) -> tuple[Guard, ...]:
    return getattr(model, "GUARDS", ())


def install(
    app_config: AppConfig | None = None,
    using: str = "default",
    only: Iterable[type[models.Model]] | None = None,
    **_: Any,
) -> None:
    """Put the declared triggers of one app, of some models, or of all in place. Receives
    `post_migrate`."""
    connection = connections[using]
    found = _migrated(connection, app_config) if only is None else only
    with transaction.atomic(using), connection.cursor() as cursor:
        if found and connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
        for model in found:
            for statement in (
                *_drops(connection, model),
                *(_creates(connection, model) if _keeps_its_rows(model) else ()),
                *_creates_guards(connection, model),
            ):
                cursor.execute(statement)


def remove(using: str = "default", only: Iterable[type[models.Model]] | None = None) -> None:
    """Take the triggers off: for the flush between tests only."""
    connection = connections[using]
    with transaction.atomic(using), connection.cursor() as cursor:
        for model in _migrated(connection) if only is None else only:
            for statement in _drops(connection, model):
                cursor.execute(statement)


def missing(using: str = "default") -> list[str]:
    """Names of declared triggers that a table of the database does not have."""
    connection = connections[using]
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    return [
        name
        for model in _migrated(connection)
        for name in names(connection, model)
        if name not in present
    ]


def check_none_missing(app_configs: Any, databases: Any = None, **_: Any) -> list[CheckMessage]:
    """A database check. A warning, because an error would stop the very migrate that repairs."""
    return [
        Warning(f"The trigger {name} is missing; run migrate.", id="vereda.W001")
        for using in databases or ()
        for name in missing(using)
    ]


def _migrated(
    connection: BaseDatabaseWrapper, app_config: AppConfig | None = None
) -> list[type[models.Model]]:
    tables = set(connection.introspection.table_names())
    return [model for model in guarded_models(app_config) if model._meta.db_table in tables]


def _drops(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[str]:
    quote = connection.ops.quote_name
    table = f" ON {quote(model._meta.db_table)}" if connection.vendor == "postgresql" else ""
    return [f"DROP TRIGGER IF EXISTS {quote(name)}{table}" for name in names(connection, model)]


def _creates(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[str]:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    triggers = [quote(name) for name in names(connection, model)]
    if connection.vendor == "postgresql":
        refuse, differs = f"EXECUTE FUNCTION {_FUNCTION}()", "IS DISTINCT FROM"
    else:
        refuse, differs = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END", "IS NOT"
    changed = _when_changed(connection, model, differs)
    statements = [
        f"CREATE TRIGGER {triggers[0]} BEFORE UPDATE ON {table} FOR EACH ROW {changed} {refuse}",
        f"CREATE TRIGGER {triggers[1]} BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
    ]
    if connection.vendor == "postgresql":
        statements.append(
            f"CREATE TRIGGER {triggers[2]} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"
        )
    return statements


def _when_changed(connection: BaseDatabaseWrapper, model: type[models.Model], differs: str) -> str:
    mutable = getattr(model, "MUTABLE_FIELDS", ())
    if not mutable:
        return ""
    _require_known(model, "MUTABLE_FIELDS", mutable)
    names = {field.name for field in model._meta.concrete_fields}.difference(mutable)
    return f"WHEN ({_changed(connection, model, names, differs)})"


def _changed(
    connection: BaseDatabaseWrapper, model: type[models.Model], names: Any, differs: str
) -> str:
    columns = [
        connection.ops.quote_name(str(field.column))
        for field in model._meta.concrete_fields
        if field.name in names
    ]
    return " OR ".join(f"OLD.{c} {differs} NEW.{c}" for c in columns)


def _require_known(model: type[models.Model], where: str, names: Any) -> None:
    unknown = set(names) - {field.name for field in model._meta.concrete_fields}
    if unknown:
        raise TypeError(f"{model._meta.label}.{where} names {sorted(unknown)}")


def _creates_guards(connection: BaseDatabaseWrapper, model: type[models.Model]) -> Iterator[str]:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    for guard in _guards(model):
        _require_known(model, "GUARDS", guard.watches)
        name = f"{model._meta.db_table}_{guard.name}"
        inserted, changed = quote(f"{name}_insert"), quote(f"{name}_change")
        if connection.vendor == "postgresql":
            # A WHEN of PostgreSQL cannot look into other tables: the function does.
            yield _guard_function(quote(name), guard)
            watched = _changed(connection, model, guard.watches, "IS DISTINCT FROM")
            act = f"EXECUTE FUNCTION {quote(name)}()"
            yield f"CREATE TRIGGER {inserted} BEFORE INSERT ON {table} FOR EACH ROW {act}"
            yield (
                f"CREATE TRIGGER {changed} BEFORE UPDATE ON {table}"
                f" FOR EACH ROW WHEN ({watched}) {act}"
            )
        else:
            watched = _changed(connection, model, guard.watches, "IS NOT")
            act = f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
            yield (
                f"CREATE TRIGGER {inserted} BEFORE INSERT ON {table}"
                f" FOR EACH ROW WHEN ({guard.refused}) {act}"
            )
            yield (
                f"CREATE TRIGGER {changed} BEFORE UPDATE ON {table}"
                f" FOR EACH ROW WHEN ({watched}) AND ({guard.refused}) {act}"
            )


def _guard_function(name: str, guard: Guard) -> str:
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF ({guard.refused}) THEN
    RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$"""


_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END
$$"""
