from consultations.models.activity import (
    ActivityCount,
    ActivityLanguage,
    ActivityParticipant,
    ActivityTopic,
    GroupActivity,
)
from consultations.models.appointment import Appointment
from consultations.models.consultation import Addendum, Consultation, Draft, VisitType
from consultations.models.detail import (
    MediationDetail,
    MediationLink,
    MedicalDetail,
    MentalHealthDetail,
    PromotionDetail,
    RehabilitationDetail,
    SocialWorkDetail,
)
from consultations.models.episode import Episode
from consultations.models.line import (
    Choice,
    Diagnosis,
    ItemDistribution,
    Prescription,
    ScaleResult,
    SessionGoal,
    TestResult,
)
from consultations.models.need import Need, NeedStep
from consultations.models.outing import Outing, OutingMember, OutingStaff
from consultations.models.visit import Visit, VitalSigns

__all__ = (
    "ActivityCount",
    "ActivityLanguage",
    "ActivityParticipant",
    "ActivityTopic",
    "Addendum",
    "Appointment",
    "Choice",
    "Consultation",
    "Diagnosis",
    "Draft",
    "Episode",
    "GroupActivity",
    "ItemDistribution",
    "MediationDetail",
    "MediationLink",
    "MedicalDetail",
    "MentalHealthDetail",
    "Need",
    "NeedStep",
    "Outing",
    "OutingMember",
    "OutingStaff",
    "Prescription",
    "PromotionDetail",
    "RehabilitationDetail",
    "ScaleResult",
    "SessionGoal",
    "SocialWorkDetail",
    "TestResult",
    "Visit",
    "VisitType",
    "VitalSigns",
)
