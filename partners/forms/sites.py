from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import CodeField, DayField, NumberField, SeveralField, WholeField, YesNoField
from accounts.widgets import Chips
from partners.fields import Organisations, Sites
from partners.forms.common import LineField, ProgrammeField, ProgrammesMixin, RowForm, one_of
from partners.forms.directory import SPANISH_IF_EMPTY
from partners.models import Site
from partners.models.site import WEEKDAYS
from partners.words import WEEKDAY_WORDS
from terminology import lists
from terminology.paging import ListForm

STATES = (
    ("open", pgettext_lazy("a site", "Open")),
    ("closed", pgettext_lazy("a site", "Closed")),
    ("all", pgettext_lazy("a site", "All")),
)
DAYS = [(day, WEEKDAY_WORDS[day]) for day in WEEKDAYS]


class SitesForm(ListForm):
    """The filters of the list of sites."""

    state = forms.ChoiceField(choices=STATES, required=False, widget=forms.HiddenInput)
    q = LineField(label=_("Name or code"), max_length=100, required=False)
    day = forms.ChoiceField(label=_("Day of the week"), choices=DAYS, required=False, widget=Chips)
    programme = ProgrammeField()

    FOLDED = ("day", "programme")


class SiteForm(ProgrammesMixin, RowForm):
    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        validators=[RegexValidator(r"\A[A-Z][A-Z0-9]{1,11}\Z", _("Capital letters and digits."))],
        help_text=_("Capital letters and digits, such as S07."),
    )
    name_es = LineField(label=_("Name in Spanish"), max_length=160)
    name_en = LineField(
        label=_("Name in English"), max_length=160, required=False, help_text=SPANISH_IF_EMPTY
    )
    name_fr = LineField(
        label=_("Name in French"), max_length=160, required=False, help_text=SPANISH_IF_EMPTY
    )
    site_type = one_of("site_types", label=_("Type"))
    mobile = YesNoField(
        label=_("Location of a mobile team"),
        help_text=_("The centre and remote follow-up are not counted among the locations."),
    )
    programmes = SeveralField(label=_("Programmes"))
    opened = DayField(label=_("Open from"))
    closed = DayField(label=_("Last open day"), required=False)
    successor = CodeField(Sites(), label=_("Site that takes over"), required=False)
    weekdays = SeveralField(label=_("Days of the week"), choices=DAYS, required=False)
    teams = SeveralField(
        label=_("Disciplines"),
        required=False,
        choices=lambda: [(e.code, e.label) for e in lists.all("consultation_disciplines")],
    )
    place = one_of("places", label=_("Place"), required=False)
    host = CodeField(Organisations(), label=_("Organisation that receives us"), required=False)
    altitude = WholeField(
        label=_("Altitude in metres"), min_value=-500, max_value=6000, required=False
    )
    latitude = NumberField(
        label=_("Latitude"), decimals=4, min_value=-90, max_value=90, required=False,
        help_text=_("Of a shelter only the point of the municipality is kept, for safety."),
    )  # fmt: skip
    longitude = NumberField(
        label=_("Longitude"), decimals=4, min_value=-180, max_value=180, required=False
    )

    FOLDED = ("name_en", "name_fr", "host", "altitude", "latitude", "longitude")

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        taken = Site.objects.filter(code=code).exclude(pk=self.data.get("id") or self.initial["id"])
        if taken.exists():
            self.add_error("code", _("Another site has this code."))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.dates_in_order("opened", "closed", _("The last open day is before the first."))
        if (cleaned.get("latitude") is None) != (cleaned.get("longitude") is None):
            self.add_error("longitude", _("A point needs latitude and longitude."))
        if cleaned.get("successor") and cleaned["successor"] == str(cleaned.get("id")):
            self.add_error("successor", _("A site cannot take over from itself."))
        return cleaned
