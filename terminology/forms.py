import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField, WholeField
from terminology.models import LABELS, Concept
from terminology.paging import ListForm

MOST_BYTES = 1024 * 1024
STATES = (("offered", _("Offered")), ("retired", _("Retired")), ("all", _("All")))


class SearchForm(forms.Form):
    """What the picker asks."""

    list = forms.CharField(max_length=200)
    q = forms.CharField(max_length=100, required=False)
    part = forms.CharField(max_length=60, required=False)


class ListsForm(ListForm):
    q = forms.CharField(label=_("Search"), max_length=100, required=False)


class ConceptsForm(ListForm):
    q = forms.CharField(label=_("Label, code or other name"), max_length=100, required=False)
    state = forms.ChoiceField(
        label=_("Show"), choices=STATES, required=False, widget=forms.HiddenInput
    )


def one_line(text: str) -> str:
    """Composed, without line ends and other control characters."""
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise ValidationError(_("Only one line of text."))
    return unicodedata.normalize("NFC", text)


class ConceptForm(forms.ModelForm[Concept]):
    """What an administrator settles about a value. The code never changes."""

    place = WholeField(label=_("Place in the list"), min_value=1, max_value=100_000)
    retired_on = DayField(
        label=_("No longer offered since"),
        required=False,
        help_text=_("Old records keep a retired value. Leave empty to offer it."),
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    class Meta:
        model = Concept
        fields = (*LABELS, "retired_on")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in LABELS:
            if name in cleaned:
                try:
                    cleaned[name] = one_line(cleaned[name])
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned


class MoveForm(forms.Form):
    step = forms.TypedChoiceField(choices=((-1, "up"), (1, "down")), coerce=int)
    version = forms.IntegerField(min_value=1)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("UTF-8, at most 1 MB, with the columns of the file you can download here."),
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 1 MB."))
        data: bytes = file.read()
        return data


class ApplyForm(forms.Form):
    mark = forms.CharField(max_length=64, widget=forms.HiddenInput)
