from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from consultations.forms.fields import SHORT_TEXT, Text
from consultations.forms.lines import GivenLine
from consultations.forms.medical import CareForm


class NursingForm(CareForm):
    """A nursing act on its own. Triage and vital signs before a medical consultation are none."""

    discipline = Discipline.NURSING

    def build(self) -> None:
        self.build_reason()
        self.build_vitals()
        self.add("procedures")
        self.add_lines("medicines_given", GivenLine, add=_("Add a medicine"))
        self.beside("medicines_given", "prescribed_by", _prescribed_by())
        self.build_tests()
        self.add("advice_plan")
        self.build_items()
        self.add_follow_up()

    def check(self) -> None:
        super().check()
        if self.rows("medicines_given") and not self.answer("prescribed_by"):
            self.caution("prescribed_by", _("Write who prescribed what was administered."))


def _prescribed_by() -> Text:
    return Text(
        label=_("Who prescribed it"),
        required=False,
        max_length=SHORT_TEXT,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
