"""`make bench`: weight, statements and server time of the main pages and calls.

    python -m benchmarks [--scale N ...] [--engine sqlite|postgresql ...] [--runs N] [--names]

Each engine and scale gets a database of its own, filled by the scenario loader; PostgreSQL is
measured where DATABASE_URL names a server whose user may create databases. Times are medians of
whole requests in this process, beside the same server's empty authenticated page; weights are
compressed as the server sends them. Nothing is asserted here: tests assert the bars.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--scale", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--engine", nargs="+", choices=("sqlite", "postgresql"))
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--names", action="store_true", help="also the recall of name search")
    options = parser.parse_args()
    for engine in options.engine or _engines():
        for scale in options.scale:
            with tempfile.TemporaryDirectory() as folder:
                _measure(engine, scale, options.runs, Path(folder))
    if options.names:
        subprocess.run([sys.executable, "-m", "benchmarks.name_recall"], cwd=ROOT, check=True)


def _engines() -> list[str]:
    given = os.environ.get("DATABASE_URL", "").startswith("postgres")
    return ["sqlite", "postgresql"] if given else ["sqlite"]


def _measure(engine: str, scale: int, runs: int, folder: Path) -> None:
    url = _database(engine, folder)
    environment = {
        **os.environ, "DATABASE_URL": url, "VEREDA_DEMO": "1", "VEREDA_STATE_DIR": str(folder),
        "VEREDA_PLAIN_HTTP": "1", "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }  # fmt: skip
    manage = [sys.executable, "manage.py"]
    for words in (
        ["migrate", "--verbosity", "0"],
        ["collectstatic", "--noinput", "--verbosity", "0"],
        ["load_scenario", "mexico-city-2025", "--scale", str(scale)],
        ["load_scenario", "tapachula-colima-2020"],
        ["load_scenario", "--live-day"],
    ):
        subprocess.run([*manage, *words], cwd=ROOT, env=environment, check=True)
    print(f"\n{engine}, scenario × {scale}", flush=True)
    subprocess.run(
        [sys.executable, "-m", "benchmarks.pages", "--runs", str(runs)],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    if engine == "postgresql":
        _drop(url)


def _database(engine: str, folder: Path) -> str:
    if engine == "sqlite":
        return f"sqlite:///{folder / 'bench.sqlite3'}"
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        raise SystemExit("PostgreSQL is measured with DATABASE_URL=postgres://…")
    own = urlsplit(url)._replace(path="/vereda_bench").geturl()
    _drop(own)
    with psycopg.connect(_maintenance(own), autocommit=True) as connection:
        connection.execute("CREATE DATABASE vereda_bench")
    return own


def _maintenance(url: str) -> str:
    return urlsplit(url)._replace(path="/postgres").geturl()


def _drop(url: str) -> None:
    with psycopg.connect(_maintenance(url), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS vereda_bench WITH (FORCE)")


if __name__ == "__main__":
    main()
