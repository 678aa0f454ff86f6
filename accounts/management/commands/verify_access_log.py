from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import services
from accounts.models import User


class Command(BaseCommand):
    help = "Verify the chain of the access log and name its first broken row."

    def handle(self, *args: Any, **options: Any) -> None:
        result = services.verify_access_log(by=User.objects.system("command"))
        if not result.intact:
            raise CommandError(f"Broken at event {result.broken_event}: {result.reason}.")
        self.stdout.write(f"{result.events} events, chain intact.")
