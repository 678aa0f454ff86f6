from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from accounts.privacy import PrivacyClass
from accounts.widgets import Chips
from consultations.forms.fields import LONG_TEXT, SHORT_TEXT, Text

# Whose notes have a part that only the treating team reads, and which class a correction of it
# has unless its author says otherwise.
_DEFAULTS = {
    Discipline.PSYCHOLOGY: PrivacyClass.PROTECTED,
    Discipline.PSYCHIATRY: PrivacyClass.PROTECTED,
    Discipline.SOCIAL_WORK: PrivacyClass.PROTECTED,
    Discipline.MEDICAL: PrivacyClass.CLINICAL,
    Discipline.NURSING: PrivacyClass.CLINICAL,
    Discipline.SRH: PrivacyClass.CLINICAL,
}
_FIXED = {
    Discipline.CULTURAL_MEDIATION: PrivacyClass.SENSITIVE,
    Discipline.HEALTH_PROMOTION: PrivacyClass.SENSITIVE,
}


class AddendumForm(forms.Form):
    """A correction of a signed note: what, why, and who may read it."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    reason = Text(label=_("Reason"), max_length=SHORT_TEXT, rows=1)
    text = Text(label=_("Correction or completion"), max_length=LONG_TEXT, rows=5)

    def __init__(self, *args: Any, discipline: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.discipline = discipline
        default = _DEFAULTS.get(Discipline(discipline))
        if default is not None:
            self.fields["readers"] = forms.ChoiceField(
                label=_("Who may read it"),
                choices=(
                    (PrivacyClass.CLINICAL, _("Who reads the note")),
                    (PrivacyClass.PROTECTED, _("The treating team only")),
                ),
                initial=default,
                widget=Chips,
            )

    @property
    def shown(self) -> list[str]:
        return [name for name in self.fields if name != "id"]

    @property
    def privacy_class(self) -> str:
        fixed = _FIXED.get(Discipline(self.discipline), PrivacyClass.CLINICAL)
        return str(self.cleaned_data.get("readers") or fixed)
