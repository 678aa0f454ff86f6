from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Installed only when VEREDA_DEMO is set."""

    name = "demo"
