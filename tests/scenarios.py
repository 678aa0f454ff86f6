"""A database with the two demonstration years in it, made by the commands themselves."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).parent.parent


class Scenario:
    """A database of its own, and the commands run on it as an outsider runs them."""

    def __init__(self, url: str) -> None:
        self.url = url

    def manage(self, *words: str) -> str:
        """Standard output of a command; an error is raised with what it said."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": self.url, "VEREDA_DEMO": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def figures(self, start: str, end: str, *words: str) -> dict[str, Any]:
        said = self.manage("figures", "--from", start, "--to", end, "--format", "json", *words)
        document: dict[str, Any] = json.loads(said)
        return document

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Plain SQL, past the application. Booleans and dates as the engine gives them."""
        if self.url.startswith("sqlite"):
            connection: Any = sqlite3.connect(self.url.removeprefix("sqlite:///"))
        else:
            connection = psycopg.connect(self.url)
        try:
            return list(connection.execute(sql).fetchall())
        finally:
            connection.close()
