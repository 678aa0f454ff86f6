"""Making reports in the background. Ids only; safe to run twice; a lease keeps two apart."""

from celery import shared_task

from accounts.tasks import wake
from reports import services


@shared_task
def ask_what_is_due() -> None:
    """Hourly: periods that are over and nobody has asked for, those missed too."""
    for report in services.ask_what_is_due():
        wake(build, str(report.pk))


@shared_task
def sweep() -> None:
    """Every minute or so: what a lost message or a killed worker left behind."""
    for report_id in services.sweep():
        wake(build, report_id)


@shared_task
def build(report_id: str) -> None:
    """A report that is made stays as it was made."""
    services.build(report_id)
