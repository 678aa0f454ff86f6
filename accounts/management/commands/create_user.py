import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from accounts import services
from accounts.models import Programme, User
from accounts.policy import Role


class Command(BaseCommand):
    help = (
        "Create an account and post it: the first administrator of an installation, who makes all"
        " others from the pages. Prints a one-time password, which the first sign-in replaces."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("--role", choices=Role.values, default=Role.ADMINISTRATOR.value)
        parser.add_argument("--programme", default="", help="its code, for roles that have one")
        parser.add_argument("--language", choices=User.Language.values, default="es")
        parser.add_argument(
            "--ask-password", action="store_true", help="type a lasting password instead"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.system("command")
        asked = getpass.getpass() if options["ask_password"] else ""
        password = asked or services.one_time_password()
        try:
            validate_email(options["email"])
            with transaction.atomic():
                user = services.create_user(
                    by=by,
                    email=options["email"],
                    name=options["name"],
                    language=options["language"],
                    password=password,
                    must_change_password=not asked,
                )
                programme = self._programme(options["programme"])
                services.post(user, by=by, role=options["role"], programme=programme)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if not asked:
            self.stdout.write(f"One-time password: {password}")

    @staticmethod
    def _programme(code: str) -> Programme | None:
        if not code:
            return None
        programme = Programme.objects.filter(code=code).first()
        if programme is None:
            raise CommandError(f"There is no programme {code}.")
        return programme
