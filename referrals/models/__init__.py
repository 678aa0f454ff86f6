from referrals.models.move import Notice, ReferralMove
from referrals.models.referral import (
    Referral,
    ReferralAppointment,
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
    "ReferralAppointment",
    "ReferralContact",
    "ReferralCriterion",
    "ReferralMove",
    "ReferralReason",
    "Status",
    "Urgency",
)
