"""Days of work: postings, programmes, the log."""

import datetime as dt
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator

from accounts.fields import DayField

# A typing error in the year, not a day on which anybody worked here or will.
EARLIEST, LATEST = dt.date(1970, 1, 1), dt.date(2100, 12, 31)


def working_day(**kwargs: Any) -> DayField:
    return DayField(validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)], **kwargs)
