"""What every test stands on: the database between tests, the cache, the browser."""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import translation
from playwright.sync_api import Browser, Page, expect, sync_playwright

from accounts import triggers

# Filled by migrate, and the same for every test.
KEPT_TABLES = ("django_migrations", "django_content_type", "auth_permission", "terminology_")
expect.set_options(timeout=30_000)
CHROMIUM_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
    " --disable-background-networking --disable-component-update"
).split()


# Long, and about pages, scripts and rights rather than about a database: run on the embedded default.
# Of the matrix, roles that together open every page stay.
SAME_ON_BOTH_ENGINES = (
    "tests/accounts/test_arbitrary_input.py",
    "tests/browser/test_weight.py",
    "tests/consultations/test_forms_browser.py",
    "tests/consultations/test_forms_frame.py",
    "tests/frontend/",
    "tests/patients/test_names.py",
    "tests/reports/test_scenarios.py::test_no_live_day_lies_in_a_published_period",
    *(
        f"tests/test_matrix.py::test_the_policy_holds_at_every_address[{role}]"
        for role in (
            "nurse", "physio", "psychiatrist", "social_worker", "mediator", "promoter",
        )
    ),
)  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What a group shares (the scenarios, one Chromium) is costly to make in each worker."""
    if connection.vendor != "sqlite":
        skip = pytest.mark.skip(reason="the same on both engines: run on the embedded default")
        for item in items:
            if item.nodeid.startswith(SAME_ON_BOTH_ENGINES):
                item.add_marker(skip)
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        if item.get_closest_marker("xdist_group") and "@" not in item.nodeid:
            raise pytest.UsageError("xdist does not know this pytest: groups would be torn apart")


@pytest.fixture(scope="session", autouse=True)
def _empty_tables_between_transactional_tests() -> Iterator[None]:
    """Instead of Django's flush, which the triggers on signed rows refuse and which would take
    the reference lists along."""
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty_tables())
    yield
    patch.undo()


def empty_tables() -> None:
    """A test that changes reference lists in a transaction of its own must put them back.

    Looks first which tables have rows: taking off and putting back every trigger costs more than
    most tests.
    """
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        tables = [
            table
            for table in connection.introspection.table_names(cursor)
            if not table.startswith(KEPT_TABLES)
        ]
        seen = [f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM {quote(t)})" for t in tables]
        cursor.execute(" UNION ALL ".join(seen))
        filled = [row[0] for row in cursor.fetchall()]
        guarded = [m for m in triggers.guarded_models() if m._meta.db_table in filled]
        triggers.remove(only=guarded)
        # Not TRUNCATE: PostgreSQL refuses it for tables that those kept refer to.
        for table in filled:
            cursor.execute(f"DELETE FROM {quote(table)}")
        # Foreign keys are checked at the latest here: a trigger is not put on a table that waits.
        connection.check_constraints()
        triggers.install(only=guarded)
    if triggers.missing():
        triggers.install()


@pytest.fixture(autouse=True)
def _cache_of_its_own() -> None:
    """No test sees what another one left in the cache, and none empties a Redis for it."""
    prefix = str(uuid.uuid4())
    settings.CACHES["default"]["KEY_PREFIX"] = prefix  # for threads of the live server
    cache.key_prefix = prefix


def find_chromium() -> str | None:
    named = os.environ.get("VEREDA_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return named or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium. Without one the test says so, or fails where it is required."""
    path = find_chromium()
    if path is None:
        reason = "No Chromium found: install it or name one in VEREDA_CHROMIUM."
        if os.environ.get("VEREDA_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=CHROMIUM_FLAGS, timeout=120_000
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """A page on a small phone in Mexican Spanish; `page.goto("/")` opens the live server."""
    context = chromium.new_context(
        base_url=live_server.url,
        viewport={"width": 360, "height": 740},
        locale="es-MX",
        timezone_id="America/Mexico_City",
    )
    context.set_default_timeout(60_000)  # a machine may be slow; only failures wait
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def scenarios(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database beside the test database that holds both scenarios, loaded once."""
    empty = connection.settings_dict["NAME"]
    name = f"{empty}_scenarios"
    with django_db_blocker.unblock():
        connection.close()
        _clone(empty, name)
        _use(name)
        for scenario in ("mexico-city-2025", "tapachula-colima-2020"):
            call_command("load_scenario", scenario, verbosity=0)
        _use(empty)
    yield name
    with django_db_blocker.unblock():
        _drop(name)


@pytest.fixture
def published(scenarios: str, django_db_blocker: Any) -> Iterator[None]:
    """The test runs on both scenarios; what it changes is rolled back."""
    empty = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        _use(scenarios)
        test = transaction.atomic()
        test._from_testcase = True  # as Django's TestCase: services may ask for a durable one
        with test:
            yield
            transaction.set_rollback(True)
        _use(empty)


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _clone(source: str, target: str) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
        return
    quote = connection.ops.quote_name
    connection.close_pool()
    with connection._nodb_cursor() as cursor:
        # A template may have no session; threads of earlier tests leave some behind.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()",
            [source],
        )
        cursor.execute(f"CREATE DATABASE {quote(target)} TEMPLATE {quote(source)}")


def _drop(name: str) -> None:
    connection.close()
    if connection.vendor == "sqlite":
        for end in ("", "-wal", "-shm"):
            Path(name + end).unlink(missing_ok=True)
        return
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")


@pytest.fixture(autouse=True)
def _spanish_first() -> None:
    """A request of an earlier test may have left another language active."""
    translation.activate("es")
