"""The migrations build what the models say. The database of the tests is made from the models
alone, which takes a tenth of the time; here a database is migrated as an installation is."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

ROOT = Path(__file__).parent.parent.parent
# Made by a migration, for PostgreSQL alone.
BESIDE_THE_MODELS = {"access_event_lists"}
SQLITE = "SELECT name FROM sqlite_master WHERE type IN ('table', 'index', 'trigger')"
POSTGRESQL = (
    "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
    " WHERE nspname = 'public'"
    " UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    " UNION SELECT conname FROM pg_constraint JOIN pg_namespace n ON n.oid = connamespace"
    " WHERE nspname = 'public' AND contype IN ('c', 'u')"
)


@pytest.fixture
def migrated(tmp_path: Path, db: None) -> Iterator[str]:
    """The address of an empty database that `manage.py migrate` has brought up."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'migrated.sqlite3'}"
        return
    name = f"{connection.settings_dict['NAME']}_migrated"
    url = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield url._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def named(rows: Any) -> set[str]:
    """Names that are ours: those that an engine makes up carry a hash or a number of its own."""
    return {str(row[0]) for row in rows if not str(row[0]).startswith(("sqlite_", "django_"))}


def test_migrations_build_the_tables_indexes_and_triggers_of_the_models(migrated: str) -> None:
    environment = {**os.environ, "DATABASE_URL": migrated}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]

    if connection.vendor == "sqlite":
        query = SQLITE
        with closing(sqlite3.connect(migrated.removeprefix("sqlite:///"))) as there:
            built = named(there.execute(query).fetchall())
    else:
        query = POSTGRESQL
        with psycopg.connect(migrated) as there:
            built = named(there.execute(query).fetchall())
    with connection.cursor() as cursor:
        cursor.execute(query)
        of_models = named(cursor.fetchall())

    assert len(of_models) > 300
    assert built - BESIDE_THE_MODELS == of_models
