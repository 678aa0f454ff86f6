from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts import actions


class DemoConfig(AppConfig):
    """Installed only when VEREDA_DEMO is set."""

    name = "demo"

    def ready(self) -> None:
        actions.declare({"demo.loaded": _("loaded demonstration data")})
