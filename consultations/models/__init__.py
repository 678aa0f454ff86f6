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
from consultations.models.episode import (
    Episode,
    EpisodeCriterion,
    EpisodeDecision,
    EpisodeMember,
    ExitService,
    FollowUpCall,
)
from consultations.models.line import (
    Choice,
    Diagnosis,
    ItemDistribution,
    Prescription,
    SessionGoal,
    TestResult,
)
from consultations.models.need import Need, NeedStep
from consultations.models.outing import Outing, OutingMember, OutingStaff
from consultations.models.plan import CarePlan, GoalAction, GoalStep, PlanFrequency, PlanGoal
from consultations.models.review import CaseReview, ReviewParticipant
from consultations.models.scale import ScaleAnswer, ScaleResult
from consultations.models.slot import ClosedDay, Slot, SlotPattern
from consultations.models.visit import Visit, VitalSigns

__all__ = (
    "ActivityCount",
    "ActivityLanguage",
    "ActivityParticipant",
    "ActivityTopic",
    "Addendum",
    "Appointment",
    "CarePlan",
    "CaseReview",
    "Choice",
    "ClosedDay",
    "Consultation",
    "Diagnosis",
    "Draft",
    "Episode",
    "EpisodeCriterion",
    "EpisodeDecision",
    "EpisodeMember",
    "ExitService",
    "FollowUpCall",
    "GoalAction",
    "GoalStep",
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
    "PlanFrequency",
    "PlanGoal",
    "Prescription",
    "PromotionDetail",
    "RehabilitationDetail",
    "ReviewParticipant",
    "ScaleAnswer",
    "ScaleResult",
    "SessionGoal",
    "Slot",
    "SlotPattern",
    "SocialWorkDetail",
    "TestResult",
    "Visit",
    "VisitType",
    "VitalSigns",
)
