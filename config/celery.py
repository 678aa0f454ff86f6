"""The worker's and the scheduler's entry point. Tasks take ids only; results are ignored."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from config.lifeline import die_with

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("vereda")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _end_with_the_worker(**_: Any) -> None:
    die_with(os.getppid())
