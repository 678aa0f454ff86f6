from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from consultations.forms.base import DisciplineForm
from consultations.forms.lines import ItemLine

NOTE = 300


class PromotionForm(DisciplineForm):
    """Health promotion with one person. A talk to several is a group activity."""

    discipline = Discipline.HEALTH_PROMOTION

    def build(self) -> None:
        self.add("topics")
        self.add("need_detected")
        self.add_lines("items", ItemLine, add=_("Add an item"))
        self.add("note", max_length=NOTE, help_text=_("No health, violence or status."))
