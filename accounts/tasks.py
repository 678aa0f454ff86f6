"""Periodic work of this app. Safe to run twice: each run only adds a verification."""

import datetime as dt
from typing import Any

from celery import Task, shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts import queries, services
from accounts.models import User


@shared_task
def verify_access_log() -> None:
    """Nightly: walk the chain and keep the result for the DPO's page."""
    services.verify_access_log(by=User.objects.system("nightly"))


@shared_task
def verify_access_log_if_due() -> None:
    """Hourly: make up for a night in which nothing ran, and for a request that got lost."""
    if queries.verification_is_due(timezone.now() - dt.timedelta(hours=26)):
        verify_access_log()


@shared_task
def tidy_up() -> None:
    """Nightly: sessions that have ended and old sign-in attempts leave the database."""
    SessionStore.clear_expired()
    services.forget_old_attempts()


def wake(task: "Task[..., Any]", *ids: str) -> None:
    """Ask the worker to look now; without its broker the sweep finds the work later."""
    try:
        task.delay(*ids)
    except OperationalError:
        return
