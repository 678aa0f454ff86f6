"""Periodic work of this app. Safe to run twice: what is there already is left alone."""

from celery import shared_task

from consultations.services import slots


@shared_task
def fill_weeks() -> None:
    """Nightly: the hours of every week for one more day. A night in which nothing ran is made
    up for by the next: whatever is missing of the coming weeks is offered."""
    slots.fill_all()
