from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.policy import Permission


class PartnersConfig(AppConfig):
    name = "partners"

    def ready(self) -> None:
        # Imported here: the fields need the models of this very app.
        from partners.fields import Organisations, Sites  # noqa: PLC0415
        from terminology.fields import register  # noqa: PLC0415

        register(Organisations(), Permission.READ_PARTNERS)
        register(Sites(), Permission.READ_PARTNERS)
        actions.declare(
            {
                "partner.opened": _("opened an organisation with its contacts"),
                "partner.downloaded": _("downloaded the directory of partners"),
                "partner.created": _("added an organisation"),
                "partner.edited": _("changed an organisation"),
                "partner.verified": _("verified an organisation"),
                "partner.service_added": _("added a service of an organisation"),
                "partner.service_edited": _("changed a service of an organisation"),
                "partner.contact_added": _("added a contact of an organisation"),
                "partner.contact_edited": _("changed a contact of an organisation"),
                "agreement.created": _("added an agreement"),
                "agreement.edited": _("changed an agreement"),
                "site.created": _("added a site"),
                "site.edited": _("changed a site"),
                "training.recorded": _("recorded a training"),
                "training.corrected": _("corrected a training"),
            }
        )
