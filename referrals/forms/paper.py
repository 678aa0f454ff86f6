from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.widgets import Chips
from referrals import words
from terminology import lists


class SlipForm(forms.Form):
    """What the slip says: its language, and whether the place is called by its name."""

    mark_optional = False
    language = forms.ChoiceField(
        label=_("Language"),
        choices=lambda: [
            (each.language, lists.label(each.key)) for each in words.slip_words().values()
        ],
        required=False,
        widget=Chips,
    )
    named = forms.BooleanField(label=_("Write the name of the place"), required=False)

    def value(self, name: str) -> str:
        """The cleaned value; empty where nothing or nonsense was given."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")
