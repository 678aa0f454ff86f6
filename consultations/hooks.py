"""Where apps to the left join in. They append their functions in `AppConfig.ready`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consultations.models import Appointment

# Called inside the transaction that books another day or hour for an appointment, with the old
# one and the new one.
on_rebooked: list[Callable[["Appointment", "Appointment"], None]] = []
