from referrals.forms.moves import FORM_OF, DayForm, MoveForm, SlotForm
from referrals.forms.queue import AssignForm, QueueForm
from referrals.forms.refer import About, Place, ReceivedForm, ReferForm

__all__ = (
    "FORM_OF",
    "About",
    "AssignForm",
    "DayForm",
    "MoveForm",
    "Place",
    "QueueForm",
    "ReceivedForm",
    "ReferForm",
    "SlotForm",
)
