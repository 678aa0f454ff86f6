from accounts.policy import Discipline
from consultations.forms.fields import NOT_ASKED
from consultations.forms.medical import REASONS, CareForm
from terminology import lists


class SrhForm(CareForm):
    """Sexual and reproductive health."""

    discipline = Discipline.SRH

    def build(self) -> None:
        conditions = [
            entry for entry in lists.all("morbidity") if entry.attributes["group"] == "srh"
        ]
        # Frequent ones first; the sort keeps the order of the list otherwise.
        conditions.sort(key=lambda entry: not entry.flag("quick_pick"))
        first = conditions[: lists.QUICK]
        self.add("reason", first=first[:REASONS])
        self.add("pregnancy")
        self.build_weeks()
        self.build_vitals()
        self.add("contraception_current")
        self.add("contraception_given")
        self.build_tests()
        self.add("exam", rows=3)
        self.build_diagnosis(first)
        self.build_treatment()
        self.add("violence_link")
        self.initial.setdefault("violence_link", NOT_ASKED)
        self.add("advice_plan")
        self.add_follow_up()
