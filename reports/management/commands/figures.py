import argparse
import csv
import json
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from accounts import services as accounts
from accounts.models import Programme, User
from accounts.privacy import PrivacyClass
from partners.models import Site
from reports import figures, labels
from reports.indicators.funnel import Step, funnel
from reports.reading import Reading
from reports.scope import Scope


class Command(BaseCommand):
    help = "Print the activity figures of a period. Local dates, the last day included."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="start", type=_day, required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--to", dest="end", type=_day, required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--programme", nargs="+", action="extend", default=[], metavar="CODE")
        parser.add_argument("--site", nargs="+", action="extend", default=[], metavar="CODE")
        parser.add_argument(
            "--by", nargs="+", action="extend", default=[], choices=figures.DIMENSIONS
        )
        parser.add_argument("--format", choices=("json", "csv", "table"), default="table")
        parser.add_argument(
            "--language", choices=[code for code, _name in settings.LANGUAGES], default="en"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["end"] < options["start"]:
            raise CommandError("--to is before --from.")
        scope = Scope(
            options["start"],
            options["end"],
            tuple(_found(Programme, options["programme"], "programme")),
            tuple(site.pk for site in _found(Site, options["site"], "site")),
        )
        accounts.disclose(
            by=User.objects.system("figures"),
            action="figures.read",
            privacy_class=PrivacyClass.OPEN,
            purpose=f"{scope.start} to {scope.end}",
        )
        reading = Reading(scope)
        found = figures.compute(scope, options["by"], reading=reading)
        steps = funnel(reading)
        if options["format"] == "json":
            document = figures.document(scope, found, options["language"], steps)
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
            return
        with override(options["language"]):
            self._table(scope, found, options["format"])
            if options["format"] == "table":
                self._funnel(steps)

    def _funnel(self, steps: list[Step]) -> None:
        self.stdout.write("\nReferrals: reached, waiting, ended, median days since the step before")
        for step in steps:
            days = "-" if step.days is None else step.days
            counts = f"{step.reached:>8,} {step.waiting:>8,} {step.lost:>8,} {days:>8}"
            self.stdout.write(f"{labels.STEPS[step.name]!s:<40}{counts}")
            for why, count in step.lost_by.most_common():
                self.stdout.write(f"    {labels.ended(why):<53}{count:>12,}")

    def _table(self, scope: Scope, found: dict[str, figures.Figure], kind: str) -> None:
        rows = figures.rows(scope, found)
        if kind == "csv":
            writer = csv.writer(self.stdout, lineterminator="\n")
            writer.writerows([figures.COLUMNS, *rows])
            return
        for code, label, breakdown, category, value, unit, *_rest in rows:
            name = f"    {breakdown}: {category}" if breakdown else f"{code}  {label}"
            shown = "-" if value is None else f"{value:,}" if not isinstance(value, str) else value
            self.stdout.write(f"{name:<62} {shown:>10} {unit if not breakdown else ''}".rstrip())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2025-10-31") from error


def _found(model: type[Any], codes: list[str], noun: str) -> list[Any]:
    rows = list(model.objects.filter(code__in=codes).order_by("code"))
    missing = sorted(set(codes) - {row.code for row in rows})
    if missing:
        known = ", ".join(model.objects.values_list("code", flat=True).order_by("code"))
        raise CommandError(f"No {noun} {', '.join(missing)}. Known: {known or 'none'}.")
    return rows
