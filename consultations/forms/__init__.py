"""The form of each discipline, in one shared frame (`DisciplineForm`)."""

from accounts.policy import Discipline
from consultations.forms.base import DisciplineForm
from consultations.forms.context import FormContext
from consultations.forms.mediation import MediationForm
from consultations.forms.medical import MedicalForm
from consultations.forms.nursing import NursingForm
from consultations.forms.occupational import OccupationalForm
from consultations.forms.physiotherapy import PhysiotherapyForm
from consultations.forms.promotion import PromotionForm
from consultations.forms.psychiatry import PsychiatryForm
from consultations.forms.psychology import PsychologyForm
from consultations.forms.social_work import SocialWorkForm
from consultations.forms.srh import SrhForm
from consultations.forms.vitals import VitalsForm

FORMS: dict[str, type[DisciplineForm]] = {
    Discipline.MEDICAL: MedicalForm,
    Discipline.NURSING: NursingForm,
    Discipline.SRH: SrhForm,
    Discipline.PSYCHOLOGY: PsychologyForm,
    Discipline.PSYCHIATRY: PsychiatryForm,
    Discipline.SOCIAL_WORK: SocialWorkForm,
    Discipline.CULTURAL_MEDIATION: MediationForm,
    Discipline.HEALTH_PROMOTION: PromotionForm,
    Discipline.PHYSIOTHERAPY: PhysiotherapyForm,
    Discipline.OCCUPATIONAL: OccupationalForm,
}

__all__ = ("FORMS", "DisciplineForm", "FormContext", "VitalsForm")
