from referrals.models.move import Notice, ReferralMove
from referrals.models.referral import (
    Referral,
    ReferralContact,
    ReferralCriterion,
    ReferralReason,
)
from referrals.models.status import Clock, Origin, Status, Urgency

__all__ = (
    "Clock",
    "Notice",
    "Origin",
    "Referral",
    "ReferralContact",
    "ReferralCriterion",
    "ReferralMove",
    "ReferralReason",
    "Status",
    "Urgency",
)
