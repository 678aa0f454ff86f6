import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.scenarios import Scenario


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """Both demonstration years, loaded once."""
    url, folder = _fresh_database(tmp_path_factory.mktemp("scenario"))
    made = Scenario(url)
    made.manage("migrate", "--verbosity", "0")
    for name in ("mexico-city-2025", "tapachula-colima-2020"):
        made.manage("load_scenario", name)
    yield made
    _drop(url, folder)


def _fresh_database(folder: Path) -> tuple[str, Path]:
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return f"sqlite:///{folder / 'scenario.sqlite3'}", folder
    name = "vereda_scenario"
    with psycopg.connect(_maintenance(url), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return urlsplit(url)._replace(path=f"/{name}").geturl(), folder


def _maintenance(url: str) -> str:
    return urlsplit(url)._replace(path="/postgres").geturl()


def _drop(url: str, folder: Path) -> None:
    if url.startswith("sqlite"):
        shutil.rmtree(folder)
        return
    with psycopg.connect(_maintenance(url), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS vereda_scenario WITH (FORCE)")
