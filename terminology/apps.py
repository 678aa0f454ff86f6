from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from accounts import actions


class TerminologyConfig(AppConfig):
    name = "terminology"

    def ready(self) -> None:
        # Imported here: services need the models of this very app.
        from terminology.services.loading import load_after_migrate  # noqa: PLC0415

        post_migrate.connect(load_after_migrate, sender=self, dispatch_uid="vereda.lists")
        actions.declare(
            {
                "lists.edited": _("changed a value of a list"),
                "lists.reordered": _("reordered a list"),
                "lists.file_applied": _("loaded a file of list values"),
            }
        )
