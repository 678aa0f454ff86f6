"""The queue: its filters, and giving several referrals to one colleague."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField
from accounts.models import User
from accounts.widgets import Chips
from patients.forms.fields import codes_of
from referrals.models import Origin
from referrals.rules import Group
from terminology.fields import Concepts
from terminology.paging import ListForm

WHOSE = (("me", _("Given to me")), ("nobody", _("Given to nobody")))


class QueueForm(ListForm):
    """Nothing about a person stands in the address."""

    filters = ("urgency", "group", "origin", "assigned", "language")
    tab = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    urgency = forms.ChoiceField(
        label=_("Urgency"),
        choices=lambda: codes_of("referral_urgency"),
        required=False,
        widget=Chips,
    )
    group = forms.ChoiceField(
        label=_("What it is about"), choices=Group.choices, required=False, widget=Chips
    )
    origin = forms.ChoiceField(
        label=_("Who asks"), choices=Origin.choices, required=False, widget=Chips
    )
    assigned = forms.ChoiceField(label=_("Whose"), choices=WHOSE, required=False, widget=Chips)
    language = CodeField(Concepts("languages"), label=_("Language"), required=False)


class AssignForm(forms.Form):
    """Ids of the rows ticked, and the colleague who takes them on."""

    mark_optional = False
    referral: Any = forms.ModelMultipleChoiceField(queryset=None)
    to = forms.ChoiceField(label=_("Give to"))

    def __init__(
        self, *args: Any, referrals: Any, colleagues: Iterable[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = {str(user.pk): user for user in colleagues}
        fields: Any = self.fields
        fields["referral"].queryset = referrals
        fields["to"].choices = [(pk, user.name) for pk, user in self.colleagues.items()]

    @property
    def colleague(self) -> User:
        return self.colleagues[self.cleaned_data["to"]]
