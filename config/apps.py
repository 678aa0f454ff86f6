"""Makes the Celery application the current one wherever Django runs.

Not in `config/__init__.py`, its usual place: the supervisor and the programs of `make` live in
this package too, and start before anything is installed or without its weight.
"""

from django.apps import AppConfig


class Installation(AppConfig):
    name = "config"

    def ready(self) -> None:
        import config.celery  # noqa: F401, PLC0415 - tasks find their broker through it
