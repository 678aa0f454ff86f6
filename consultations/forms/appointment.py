from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField
from accounts.widgets import Chips
from consultations.definitions import FORMS
from terminology import lists
from terminology.paging import ListForm


class MissForm(forms.Form):
    """The person did not come; why, where known."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.ChoiceField(
            label=FORMS["missed_appointment"]["reason"].label,
            choices=lists.choices("missed_appointment_reasons"),
            required=False,
            widget=Chips,
        )


class RebookForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    date = DayField(label=FORMS["missed_appointment"]["new_date"].lazy_label)


class VersionForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class DayFilter(ListForm):
    day = DayField(label=_("Date"), required=False)
