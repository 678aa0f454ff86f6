from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts import actions


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        actions.declare(
            {
                "figures.read": _("read figures"),
                "figures.list": _("opened the list behind a figure"),
                "figures.exported": _("downloaded figures"),
            }
        )
