"""What may be typed about a person. Labels come from `forms.csv`, choices from the lists."""

from patients.forms.consent import ConsentForm
from patients.forms.contact import ContactForm
from patients.forms.person import (
    AllergyForm,
    CodeForm,
    FamilyLinkForm,
    IdentityForm,
    OutcomeForm,
    PersonForm,
    PreferencesForm,
    VulnerabilityForm,
)
from patients.forms.registration import FamilyMemberForm, RegistrationForm
from patients.forms.search import SearchForm, carried_over

__all__ = (
    "AllergyForm",
    "CodeForm",
    "ConsentForm",
    "ContactForm",
    "FamilyLinkForm",
    "FamilyMemberForm",
    "IdentityForm",
    "OutcomeForm",
    "PersonForm",
    "PreferencesForm",
    "RegistrationForm",
    "SearchForm",
    "VulnerabilityForm",
    "carried_over",
)
