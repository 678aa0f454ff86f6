from typing import Any

from django.core.management.base import BaseCommand, CommandError

from terminology.parsing import Faults
from terminology.services.loading import load


class Command(BaseCommand):
    help = "Load the reference lists shipped with the application. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = load()
        except Faults as faults:
            raise CommandError(f"Nothing was changed.\n{faults}") from faults
        self.stdout.write(f"Loaded: {', '.join(changed)}" if changed else "Nothing has changed.")
