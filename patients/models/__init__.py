from patients.models.access import Access
from patients.models.consent import Consent
from patients.models.contact import ContactAttempt
from patients.models.family import FamilyLink, LookAlike
from patients.models.identity import DataKey, Identity, SearchToken
from patients.models.patient import Patient
from patients.models.state import Allergy, PersonState, ProtectionTask, Vulnerability

__all__ = (
    "Access",
    "Allergy",
    "Consent",
    "ContactAttempt",
    "DataKey",
    "FamilyLink",
    "Identity",
    "LookAlike",
    "Patient",
    "PersonState",
    "ProtectionTask",
    "SearchToken",
    "Vulnerability",
)
