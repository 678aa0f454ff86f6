from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts import actions


class DeskConfig(AppConfig):
    name = "desk"

    def ready(self) -> None:
        actions.declare({"people.overdue": _("saw who is overdue")})
