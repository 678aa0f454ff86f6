from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField
from accounts.policy import Discipline
from consultations.forms.base import DisciplineForm
from consultations.forms.lines import ItemLine, NeedLine
from partners.models import Organisation

_CONCERN = "risk_screening:concern"
_DANGER = ("danger_level:possible", "danger_level:now")


class SocialWorkForm(DisciplineForm):
    """Needs with one action and one state each; open needs stand first."""

    discipline = Discipline.SOCIAL_WORK

    def build(self) -> None:
        self.build_needs()
        self.add("accommodation")
        self.add("legal_stage")
        next_date = DayField(label=_("Next legal date"), required=False)
        self.beside("legal_stage", "legal_next_date", next_date)
        for name in ("documents", "intention", "income_work", "network"):
            self.add(name)
        self.add("safety")
        self.add("risk")
        self.add_lines("items", ItemLine, add=_("Add an item"))
        self.add("note")
        self.add_follow_up()

    def build_needs(self) -> None:
        """`needs`, `actions` and `outcome` of `forms.csv` are one row for each need."""
        keys = [str(need.need_id) for need in self.context.open_needs]
        self.partners = self._partners()
        self.add_lines(
            "needs",
            NeedLine,
            add=_("Add a need"),
            initial=[{"need": key, "outcome": "social_outcomes:open"} for key in keys],
            once="need",
            most=6,
            open_needs=keys,
            partners=self.partners,
        )

    def _partners(self) -> list[tuple[str, str]]:
        if self.context.partners is not None:
            return list(self.context.partners)
        return [(str(partner.pk), partner.name) for partner in Organisation.objects.current()]

    def check(self) -> None:
        safety = self.answer("safety")
        if safety in _DANGER:
            self.caution("safety", _("Danger: make a safety plan before the person leaves."))
        if self.answer("risk") == _CONCERN:
            self.caution("risk", _("Concern: call mental health today, do not leave it for later."))
        legal = self.answer("legal_next_date")
        if legal and legal < self.context.outing.local_date:
            self.caution("legal_next_date", _("The next legal date is in the past."))
