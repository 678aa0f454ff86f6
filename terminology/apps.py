from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TerminologyConfig(AppConfig):
    name = "terminology"

    def ready(self) -> None:
        # Imported here: services need the models of this very app.
        from terminology.services.loading import load_after_migrate  # noqa: PLC0415

        post_migrate.connect(load_after_migrate, sender=self, dispatch_uid="vereda.lists")
