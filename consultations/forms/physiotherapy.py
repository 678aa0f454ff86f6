from accounts.policy import Discipline
from consultations.forms.base import DisciplineForm


class PhysiotherapyForm(DisciplineForm):
    discipline = Discipline.PHYSIOTHERAPY

    def build(self) -> None:
        for name in ("region", "pain", "function", "treatment", "plan"):
            self.add(name)
        self.add_follow_up()
