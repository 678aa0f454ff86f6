from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Programme, User
from reports import services
from reports.management.commands.figures import _day, _found
from reports.models import Audience, Report


class Command(BaseCommand):
    help = (
        "Freeze one edition of the activity report and write all its files. The edition is not "
        "approved. Prints the id of the report and the SHA-256 of its figures."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="start", type=_day, required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--to", dest="end", type=_day, required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--programme", nargs="+", action="extend", default=[], metavar="CODE")
        parser.add_argument("--for-publication", action="store_true")
        parser.add_argument(
            "--language", choices=[code for code, _name in settings.LANGUAGES], default="es"
        )
        parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["end"] < options["start"]:
            raise CommandError("--to is before --from.")
        folder: Path = options["out"]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror}") from error
        actor = User.objects.system("report")
        report = self._built(actor, options)
        for kept in report.files.all():
            services.note_download(report, kept.name, by=actor)
            (folder / kept.name).write_bytes(bytes(kept.content))
        self.stdout.write(f"{report.pk}\n{report.snapshot.sha256}")

    def _built(self, actor: User, options: dict[str, Any]) -> Report:
        with override(options["language"]):
            first, last = (date_format(options[end], "j M Y") for end in ("start", "end"))
            name = _("Activity report, %(first)s to %(last)s") % {"first": first, "last": last}
        report = services.ask(
            by=actor,
            name=name,
            start=options["start"],
            end=options["end"],
            programmes=_found(Programme, options["programme"], "programme"),
            language=options["language"],
            audience=Audience.PUBLICATION if options["for_publication"] else Audience.INTERNAL,
        )
        done = services.build(report.pk)
        if done is None:
            report.refresh_from_db()
            if report.is_open:
                raise CommandError(f"Report {report.pk} is being made by the worker.")
            raise CommandError(f"Report {report.pk} could not be made: {report.failure}.")
        return done
