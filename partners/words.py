"""Words for the closed sets of this app that no reference list labels."""

from django.utils.dates import WEEKDAYS as DAY_NAMES
from django.utils.dates import WEEKDAYS_ABBR

from partners.models.site import WEEKDAYS

WEEKDAY_WORDS = {code: DAY_NAMES[number] for number, code in enumerate(WEEKDAYS)}
SHORT_WEEKDAYS = {code: WEEKDAYS_ABBR[number] for number, code in enumerate(WEEKDAYS)}
