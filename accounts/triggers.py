"""Database triggers that keep signed rows and the access log as they were written.

A model declares `IMMUTABLE = True` (no UPDATE, no DELETE) or `MUTABLE_FIELDS = (...)` (no DELETE,
UPDATE of these columns only). They are installed after every migrate, because a migration that
rebuilds a table on SQLite drops its triggers silently; a system check misses none.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

_FUNCTION = "vereda_refuse"


def guarded_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if getattr(model, "IMMUTABLE", False) or hasattr(model, "MUTABLE_FIELDS"):
            yield model


def names(model: type[models.Model]) -> tuple[str, str]:
    table = model._meta.db_table
    return f"{table}_no_update", f"{table}_no_delete"


def install(using: str = "default", **_: Any) -> None:
    """Put every declared trigger in place; tables not yet migrated are passed over."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
        for model in guarded_models():
            if model._meta.db_table in tables:
                for statement in _statements(connection, model):
                    cursor.execute(statement)


def remove(using: str = "default") -> None:
    """Take the triggers off: for the flush between tests only."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in guarded_models():
            if model._meta.db_table in tables:
                for name in names(model):
                    cursor.execute(_drop(connection, model, name))


def missing(using: str = "default") -> list[str]:
    """Names of declared triggers that a table of the database does not have."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
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
        for model in guarded_models()
        if model._meta.db_table in tables
        for name in names(model)
        if name not in present
    ]


def check_none_missing(app_configs: Any, databases: Any = None, **_: Any) -> list[CheckMessage]:
    """A database check (runs with `migrate` and `check --database`)."""
    return [
        Error(f"The trigger {name} is missing; run migrate.", id="vereda.E001")
        for using in databases or ()
        for name in missing(using)
    ]


def _statements(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[str]:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    no_update, no_delete = names(model)
    frozen = [
        quote(field.column)
        for field in model._meta.concrete_fields
        if field.name not in getattr(model, "MUTABLE_FIELDS", ())
    ]
    columns = ", ".join(frozen)
    drops = [_drop(connection, model, name) for name in (no_update, no_delete)]
    if connection.vendor == "postgresql":
        action = f"EXECUTE FUNCTION {_FUNCTION}()"
        changed = " OR ".join(f"OLD.{c} IS DISTINCT FROM NEW.{c}" for c in frozen)
        return [
            *drops,
            f"CREATE TRIGGER {quote(no_update)} BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({changed}) {action}",
            f"CREATE TRIGGER {quote(no_delete)} BEFORE DELETE ON {table} FOR EACH ROW {action}",
        ]
    refuse = "BEGIN SELECT RAISE(ABORT, 'signed rows and the log never change'); END"
    return [
        *drops,
        f"CREATE TRIGGER {quote(no_update)} BEFORE UPDATE OF {columns} ON {table} {refuse}",
        f"CREATE TRIGGER {quote(no_delete)} BEFORE DELETE ON {table} {refuse}",
    ]


def _drop(connection: BaseDatabaseWrapper, model: type[models.Model], name: str) -> str:
    quote = connection.ops.quote_name
    if connection.vendor == "postgresql":
        return f"DROP TRIGGER IF EXISTS {quote(name)} ON {quote(model._meta.db_table)}"
    return f"DROP TRIGGER IF EXISTS {quote(name)}"


_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'signed rows and the log never change' USING ERRCODE = 'integrity_constraint_violation'; END
$$"""
