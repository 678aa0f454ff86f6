"""The worker's and the scheduler's entry point. Tasks take ids only; results are ignored."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("vereda")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
