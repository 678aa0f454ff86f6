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
                "report.asked": _("asked for a report"),
                "report.built": _("made a report"),
                "report.read": _("read a report"),
                "report.downloaded": _("downloaded a report"),
                "report.approved": _("approved a report"),
                "report.published": _("published a report"),
                "report.withdrawn": _("withdrew a report"),
                "report_definition.saved": _("changed what a report holds"),
                "exchange_code.saved": _("changed a code of another system"),
            }
        )
