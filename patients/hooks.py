"""Where apps to the left join in. They append their functions in `AppConfig.ready`."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User
    from partners.models import Site
    from patients.models import Patient

# Called inside the transaction that corrects a birth date, with the new one: restate the age on
# signed headers.
on_birth_date_corrected: list[Callable[["Patient", date], None]] = []

# Whether the user is of the person's treating team (who reads what is protected).
treating_team: list[Callable[["User", "Patient"], bool]] = []

# Where the user works at this moment: the site of the open outing, if any.
place_of_work: list[Callable[["User"], "Site | None"]] = []


def is_treating(user: "User", patient: "Patient") -> bool:
    return any(asks(user, patient) for asks in treating_team)


def current_site(user: "User") -> "Site | None":
    return next((site for where in place_of_work if (site := where(user)) is not None), None)
