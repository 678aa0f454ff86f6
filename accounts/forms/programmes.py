"""Programmes as the administrator writes them."""

from zoneinfo import available_timezones

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.forms.days import working_day
from accounts.forms.rows import EditRowForm, NewRowForm
from accounts.models import Programme
from accounts.widgets import Chips

FIELDS = ("name_es", "name_en", "name_fr", "kind", "time_zone", "starts_on", "ends_on")


class _ProgrammeFields(forms.ModelForm):  # type: ignore[type-arg]
    name_es = forms.CharField(label=_("Name in Spanish"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    name_fr = forms.CharField(label=_("Name in French"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Programme.Kind.choices, widget=Chips)
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=40,
        initial="America/Mexico_City",
        help_text=_("Area/City as in America/Mexico_City, America/Tijuana, America/Cancun."),
    )
    starts_on = working_day(label=_("First day"))
    ends_on = working_day(label=_("Last day"), required=False)

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"].strip()
        if zone not in available_timezones():
            raise forms.ValidationError(_("No time zone has this name."))
        return zone

    def clean_ends_on(self) -> object:
        starts, ends = self.cleaned_data.get("starts_on"), self.cleaned_data["ends_on"]
        if starts and ends and ends < starts:
            raise forms.ValidationError(_("The last day comes before the first one."))
        return ends


class NewProgrammeForm(_ProgrammeFields, NewRowForm[Programme]):
    shown = ("code", *FIELDS)

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Capital letters, digits and hyphens. It can never be changed."),
        validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9-]*$", _("Use A to Z, 0 to 9 and hyphens."))],
    )

    class Meta:
        model = Programme
        fields = ("code", *FIELDS)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if Programme.objects.filter(code=code).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another programme has this code."))
        return code


class ProgrammeForm(_ProgrammeFields, EditRowForm[Programme]):
    shown = FIELDS

    class Meta:
        model = Programme
        fields = FIELDS
