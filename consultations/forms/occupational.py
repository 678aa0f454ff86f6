from accounts.policy import Discipline
from consultations.forms.base import DisciplineForm


class OccupationalForm(DisciplineForm):
    discipline = Discipline.OCCUPATIONAL

    def build(self) -> None:
        self.add("areas", most=3)
        for name in ("performance", "satisfaction", "treatment", "plan"):
            self.add(name)
        self.add_follow_up()
