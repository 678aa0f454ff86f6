from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate

from accounts import triggers


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        post_migrate.connect(triggers.install, dispatch_uid="vereda.triggers")
        register(triggers.check_none_missing, Tags.database)
