"""The one search box, and what is carried from it to a registration."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients import ages
from patients.forms.fields import LineField
from patients.queries import Asked, Purpose, asked


class SearchForm(forms.Form):
    """A name, a code or the end of a phone number; a birth year narrows names."""

    use_required_attribute = False
    mark_optional = False
    q = LineField(
        label=_("Name, code or last digits of the phone"),
        max_length=120,
        widget=forms.TextInput(
            {"type": "search", "autocomplete": "off", "autocapitalize": "words"}
        ),
        error_messages={"required": _("Type a name, a code or four digits of a phone.")},
    )
    year = forms.IntegerField(
        label=_("Birth year, if known"),
        required=False,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "class": "short"}),
    )

    def clean_year(self) -> int | None:
        year: int | None = self.cleaned_data["year"]
        today = timezone.localdate().year
        if year is not None and not today - ages.OLDEST - 1 <= year <= today:
            raise forms.ValidationError(_("Type a year with four digits, such as 1994."))
        return year

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        self.asked = asked(said.get("q", ""), said.get("year"))
        if said.get("q") and self.asked.purpose == Purpose.NOTHING:
            self.add_error("q", _("Type a name, a code or four digits of a phone."))
        return said


def carried_over(question: Asked) -> dict[str, Any]:
    """First answers of a registration for somebody who was searched for and not found."""
    if question.purpose == Purpose.PHONE:
        return {"phone": question.text}
    if question.purpose != Purpose.NAME:
        return {}
    words = question.text.split()
    # Two given and two family names are the rule in most of Latin America.
    given = max(1, len(words) // 2)
    return {"given_name": " ".join(words[:given]), "family_name": " ".join(words[given:])}
