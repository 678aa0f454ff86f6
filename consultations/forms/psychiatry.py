from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from consultations.forms.lines import PrescriptionLine
from consultations.forms.psychology import MindForm
from terminology import lists


class PsychiatryForm(MindForm):
    """Psychiatry, or mhGAP by a trained doctor."""

    discipline = Discipline.PSYCHIATRY

    def build(self) -> None:
        self.add("history")
        self.add(
            "mental_state",
            several=True,
            first=lists.all("mental_state_findings"),
            exclusive=("mental_state_findings:normal", "mental_state_findings:not_assessed"),
        )
        self.build_diagnosis()
        medication = self.define("medication")
        self.add_lines(
            "medication", PrescriptionLine, add=_("Add a medicine"), spec=medication.list
        )
        if not self.context.first_visit:
            self.add("side_effects")
            self.add("adherence")
        self.build_risk()
        self.add_follow_up()
