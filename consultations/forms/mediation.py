from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField, WholeField
from accounts.policy import Discipline
from consultations.forms.base import DisciplineForm
from consultations.forms.codes import Offered
from consultations.forms.fields import chips, choice
from consultations.forms.payloads import Payload
from terminology import lists

NOTE = 500
_SUPPORT = "mediation_modes:consultation_support"
_GROUP = "mediation_modes:group"  # a group activity


class MediationForm(DisciplineForm):
    """Cultural mediation; linked to the consultation that it supports."""

    discipline = Discipline.CULTURAL_MEDIATION

    def build(self) -> None:
        language = self.define("language")
        self.add("language", CodeField(Offered(language.list), label=language.label))
        self.initial.setdefault("language", self.context.patient.language_id)
        # `mode` is the mode of the consultation in the frame of every discipline.
        mode = self.define("mode")
        self.place(mode, "mediation_mode", choice(mode))
        activity = self.define("activity")
        offered = [each for each in lists.all(activity.list) if each.key != _GROUP]
        self.add("activity", choice(activity, options=offered))
        self.add("topic")
        self.build_supported()
        minutes = self.define("minutes").label
        self.add(
            "minutes", WholeField(label=minutes, min_value=1, max_value=480, step=5, required=False)
        )
        self.add("barrier")
        self.add("note", max_length=NOTE, help_text=_("No health, violence or status."))

    def build_supported(self) -> None:
        """Consultations of this visit; when there is one it is the one meant."""
        if not self.context.supportable:
            return
        choices = list(self.context.supportable)
        field = chips(choices, label=self.define("supported").label, required=False)
        self.add("supported", field)
        if len(choices) == 1:
            self.initial.setdefault("supported", choices[0][0])

    def check(self) -> None:
        if self.answer("activity") == _SUPPORT and not self.answer("supported"):
            self.caution(
                "activity", _("Choose the consultation that was supported, if it is here.")
            )
        if self.answer("supported") and self.answer("activity") not in (None, _SUPPORT):
            self.caution("supported", _("A consultation is chosen: was it support to it?"))

    def refine(self, payload: Payload) -> Payload:
        """The mediation used in this contact is the contact itself."""
        return payload | {"mediation": payload["mediation_mode"]}
