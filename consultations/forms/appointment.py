from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField
from accounts.widgets import Chips
from consultations.definitions import FORMS
from consultations.forms.slots import SlotChoice
from consultations.models import Slot
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
    """Another day, or one of the hours that are free, where the programme offers hours."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        slots: Iterable[Slot] = (),
        elsewhere: Collection[date] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        hours = SlotChoice(slots, elsewhere=elsewhere, label=_("Free hours"), required=False)
        if hours.slots:
            self.fields["slot"] = hours
        self.fields["date"] = DayField(
            label=FORMS["missed_appointment"]["new_date"].lazy_label, required=not hours.slots
        )

    @property
    def names(self) -> list[str]:
        return [name for name in ("slot", "date") if name in self.fields]

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if not self.errors and not said.get("slot") and not said.get("date"):
            self.add_error("slot", ValidationError(_("Choose an hour or a day."), code="none"))
        return said


class VersionForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class DayFilter(ListForm):
    day = DayField(label=_("Date"), required=False)
