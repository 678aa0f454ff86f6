from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import services
from accounts.models import User


class Command(BaseCommand):
    help = "Give an account a one-time password, for when no administrator can sign in any more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.by_email(options["email"])
        if user is None:
            raise CommandError("There is no active account with this e-mail.")
        password = services.reset_password(user, by=User.objects.system("command"))
        self.stdout.write(f"One-time password: {password}")
