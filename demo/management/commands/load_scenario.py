import sys
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo import live, loading


class Command(BaseCommand):
    help = "Load a demonstration scenario, or a working day of today. Deterministic."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("scenario", nargs="?", choices=sorted(loading.SCENARIOS))
        parser.add_argument("--scale", type=int, default=1, help="times the people (1 to 250)")
        parser.add_argument(
            "--live-day", action="store_true", help="add a working day relative to today"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, scale = options["scenario"], options["scale"]
        if not name and not options["live_day"]:
            raise CommandError("Name a scenario, or ask for --live-day.")
        if not 1 <= scale <= 250:
            raise CommandError("--scale is a whole number from 1 to 250.")
        if name:
            self._load(name, scale)
        if options["live_day"]:
            count = live.load()
            self.stdout.write(
                f"A working day of today: {count} people."
                if count
                else "Today's working day is loaded already."
            )

    def _load(self, name: str, scale: int) -> None:
        started = monotonic()
        try:
            rows = loading.load(name, scale=scale, progress=_Bar(name))
        except loading.AlreadyLoaded:
            self.stdout.write(f"{name} is loaded already.")
            return
        self.stdout.write(f"{name}: {rows:,} rows in {monotonic() - started:.1f} s.")


class _Bar:
    """A progress bar on a terminal; a line for each tenth elsewhere."""

    def __init__(self, name: str) -> None:
        self._name, self._shown = name, -1

    def __call__(self, done: int, whole: int) -> None:
        percent = 100 * done // max(whole, 1)
        terminal = sys.stderr.isatty()
        if percent == self._shown or (not terminal and percent // 10 == self._shown // 10):
            return
        self._shown = percent
        bar = "█" * (percent // 4)
        end = "\n" if percent == 100 or not terminal else "\r"
        sys.stderr.write(f"{self._name:<22} {bar:<25} {percent:3d} %{end}")
        sys.stderr.flush()
