from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import services
from accounts.models import User


class Command(BaseCommand):
    help = "Verify the chain of the access log and name its first broken row."

    def handle(self, *args: Any, **options: Any) -> None:
        result = services.verify_access_log(by=User.objects.system("command"))
        if not result.intact:
            words = result.get_reason_display()
            raise CommandError(f"First broken row: {result.broken_event} ({words}).")
        self.stdout.write(f"{result.events} events, chain intact.")
