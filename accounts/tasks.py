"""Periodic work of the access log. Safe to run twice: each run only adds a verification."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from accounts import services
from accounts.models import LogVerification, User


@shared_task
def verify_access_log() -> None:
    """Nightly: walk the chain and keep the result for the DPO's page."""
    services.verify_access_log(by=User.objects.system("nightly"))


@shared_task
def verify_access_log_if_due() -> None:
    """Hourly: make up for a night in which nothing ran."""
    newest = LogVerification.objects.first()
    if newest is None or newest.at < timezone.now() - dt.timedelta(hours=26):
        verify_access_log()
