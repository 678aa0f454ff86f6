"""Counting in SQL. Figures ask a `Reading`; what several figures need is read once.

It never touches identity, search tokens or data keys: sex, age, nationality and language come
from the pseudonymous person and from the signed header.
"""

from reports.reading.allies import AllyReading
from reports.reading.base import Cells
from reports.reading.referrals import ReferralReading
from reports.reading.sql import AGE_UNKNOWN
from reports.reading.stays import StayReading
from reports.reading.work import direct_disciplines, service_of

__all__ = ("AGE_UNKNOWN", "Cells", "Reading", "direct_disciplines", "service_of")


class Reading(AllyReading, ReferralReading, StayReading):
    """One scope, and the counts read for it so far."""
