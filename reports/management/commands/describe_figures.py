from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from reports import definitions

PAGE = Path(settings.BASE_DIR) / "docs" / "figures.md"


class Command(BaseCommand):
    help = "Write the page of definitions of all figures, out of the code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, default=PAGE, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        options["out"].write_text(definitions.document(), encoding="utf-8")
