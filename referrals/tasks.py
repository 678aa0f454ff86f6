"""Periodic work. Each run finds what is due by itself, so a lost message costs a few minutes."""

from celery import shared_task

from accounts.models import User
from referrals import services

ACTOR = "referral-clocks"


@shared_task
def mark_late() -> None:
    """Every few minutes: clocks that ran out are marked and told, once at each level."""
    services.mark_late(by=User.objects.system(ACTOR))


@shared_task
def ask_risk_again() -> None:
    """Every morning: on the waiting list the risk is asked every week."""
    services.ask_risk_again(by=User.objects.system(ACTOR))


@shared_task
def mail_late() -> None:
    """Every morning, where it is configured: how many are late, and nothing else."""
    services.mail_late(by=User.objects.system(ACTOR))
