"""Asking for a report, saying what is owed again and again, deciding, codes of other systems."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import policy
from accounts.fields import DayField, SeveralField, WholeField
from accounts.models import Programme, User
from accounts.policy import Permission, Role
from accounts.widgets import Chips
from partners.models import Site
from reports.models import Audience, ExchangeCode, Language, ReportDefinition
from reports.models.definition import SECTIONS
from reports.outputs.contents import section_names
from reports.periods import PRESETS, Period
from terminology.paging import ListForm

_BY_CODE = {preset.code: preset for preset in PRESETS}
EARLIEST = 2000


def programmes_of(user: User) -> dict[str, Programme]:
    """Programmes whose reports the user may ask for, by code."""
    rows = Programme.objects.all()
    if Role.MANAGER not in user.roles:
        rows = rows.filter(pk__in=policy.programmes_where(user, Permission.READ_REPORTS))
    return {programme.code: programme for programme in rows}


class _OfProgrammes(forms.Form):
    """Programmes within reach, their sites, chosen sections."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._programmes = programmes_of(user)
        names = section_names()
        self._offer("programme", [(code, p.name) for code, p in self._programmes.items()])
        sites = Site.objects.of_programmes([p.pk for p in self._programmes.values()])
        self._offer("sites", [(site.code, f"{site.code} {site.name}") for site in sites])
        self._offer("sections", [(code, names[code]) for code in SECTIONS])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def programmes(self) -> list[Programme]:
        return [self._programmes[code] for code in self.cleaned_data["programme"]]


class AskForm(_OfProgrammes):
    """A period by name, or two days; everything else has an answer already."""

    period = forms.ChoiceField(
        label=_("Period"), choices=[(p.code, p.label) for p in PRESETS], widget=Chips,
        initial="last_month", required=False,
    )  # fmt: skip
    audience = forms.ChoiceField(
        label=_("For whom"), choices=Audience.choices, widget=Chips, initial=Audience.INTERNAL
    )
    language = forms.ChoiceField(
        label=_("Language of the report"), choices=Language.choices, widget=Chips
    )
    start = DayField(label=_("From"), required=False)
    end = DayField(label=_("To"), required=False)
    programme = SeveralField(
        label=_("Programmes"), required=False, help_text=_("None means all within your reach.")
    )
    sites = SeveralField(label=_("Sites"), required=False, help_text=_("None means all of them."))
    sections = SeveralField(
        label=_("Sections"), required=False, help_text=_("None means all of them.")
    )
    name = forms.CharField(
        label=_("Title"), max_length=120, required=False,
        help_text=_("On the cover. Never the name of a person."),
    )  # fmt: skip

    mark_optional = False
    folded = ("start", "end", "programme", "sites", "sections", "language", "name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if not self.errors and bool(start) != bool(end):
            self.add_error(
                "end" if start else "start", _("Give both days, or choose a period by name.")
            )
        if start and end and end < start:
            self.add_error("end", _("The last day is before the first."))
        latest = timezone.localdate().year + 1
        for name in ("start", "end"):
            day = cleaned.get(name)
            if day and not EARLIEST <= day.year <= latest:
                self.add_error(name, _("Give a day between 2000 and next year."))
        return cleaned

    def asked(self) -> Period:
        """Days given win over a name."""
        cleaned = self.cleaned_data
        if cleaned.get("start") and cleaned.get("end"):
            return Period(cleaned["start"], cleaned["end"])
        return _BY_CODE[cleaned.get("period") or "last_month"].on(timezone.localdate())


class DefinitionForm(_OfProgrammes):
    name = forms.CharField(label=_("Title"), max_length=120)
    period_kind = forms.ChoiceField(
        label=_("Period"), widget=Chips,
        choices=ReportDefinition._meta.get_field("period_kind").choices or (),
    )  # fmt: skip
    audience = forms.ChoiceField(label=_("For whom"), choices=Audience.choices, widget=Chips)
    language = forms.ChoiceField(
        label=_("Language of the report"), choices=Language.choices, widget=Chips
    )
    first_day = DayField(
        label=_("From the period that begins on or after"),
        help_text=_("Periods missed since then are made up for."),
    )
    days_after = WholeField(
        label=_("Days after the end of the period"), min_value=0, max_value=60, initial=5,
        help_text=_("So that late records are in."),
    )  # fmt: skip
    programme = SeveralField(label=_("Programmes"), required=False)
    sites = SeveralField(label=_("Sites"), required=False, help_text=_("None means all of them."))
    sections = SeveralField(
        label=_("Sections"), required=False, help_text=_("None means all of them.")
    )
    active = forms.ChoiceField(
        label=_("Made by itself"), choices=(("yes", _("Yes")), ("no", _("No"))), widget=Chips,
        initial="yes",
    )  # fmt: skip
    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    shown = (
        "name", "period_kind", "audience", "language", "programme", "sites", "sections",
        "first_day", "days_after", "active",
    )  # fmt: skip

    def clean_first_day(self) -> Any:
        day = self.cleaned_data["first_day"]
        if not EARLIEST <= day.year <= timezone.localdate().year + 1:
            raise ValidationError(_("Give a day between 2000 and next year."))
        return day

    def values(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        names = ("name", "period_kind", "audience", "language", "first_day", "days_after")
        return {
            **{name: cleaned[name] for name in names},
            "sites": cleaned["sites"],
            "sections": cleaned["sections"],
            "active": cleaned["active"] == "yes",
        }


class PublishForm(forms.Form):
    to = forms.CharField(
        label=_("Published to"), max_length=300,
        help_text=_("Organisations or places, such as the coordination body or the website."),
    )  # fmt: skip


class WithdrawForm(forms.Form):
    because = forms.CharField(label=_("Reason"), max_length=300)


class CodeForm(forms.Form):
    """A code that is there already gets the new identifier."""

    kind = forms.ChoiceField(label=_("Kind"), choices=ExchangeCode.Kind.choices, widget=Chips)
    ours = forms.CharField(
        label=_("Our code"), max_length=60,
        help_text=_("Such as GEN01, CDMX-MOBILE, sex:female or age:unhcr_18_59."),
    )  # fmt: skip
    theirs = forms.CharField(
        label=_("Their identifier"), max_length=60, help_text=_("As the other system writes it.")
    )


class ReportsForm(ListForm):
    """All, or what went out: when and to whom."""

    state = forms.ChoiceField(
        choices=(("published", _("Published")),), required=False, widget=forms.HiddenInput
    )


class SectionForm(forms.Form):
    section = forms.ChoiceField(choices=[(code, code) for code in SECTIONS], required=False)
