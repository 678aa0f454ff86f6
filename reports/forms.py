"""What may be asked of the figures. Every GET parameter is read here."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import SeveralField
from accounts.models import Programme, User
from partners.models import Site
from reports import queries
from reports.indicators import SECTIONS, Section
from reports.periods import PRESETS, Period
from reports.reading import Reading
from reports.scope import Scope

EARLIEST = date(2000, 1, 1)
_BY_CODE = {preset.code: preset for preset in PRESETS}


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class FiguresForm(forms.Form):
    """A period (by name, or from–to) and programmes within the user's reach."""

    period = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=[(preset.code, preset.label) for preset in PRESETS],
        widget=forms.RadioSelect,
    )
    start = forms.DateField(label=_("From"), required=False, widget=DayInput)
    end = forms.DateField(label=_("To"), required=False, widget=DayInput)
    programme = SeveralField(label=_("Programmes"), required=False)
    section = forms.ChoiceField(
        required=False,
        choices=[(section.code, section.label) for section in SECTIONS.values()],
        widget=forms.HiddenInput,
    )

    mark_optional = False
    others = ("start", "end", "programme", "site")  # folded

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        self._programmes = {p.code: p for p in queries.programmes_for(user)}
        field = self.fields["programme"]
        field.choices = [(code, p.name) for code, p in self._programmes.items()]  # type: ignore[attr-defined]
        sites = [("", _("All sites")), *((s.code, s.name) for s in self._sites())]
        self.fields["site"] = forms.ChoiceField(label=_("Site"), required=False, choices=sites)

    def _sites(self) -> list[Site]:
        return list(
            Site.objects.filter(programmes__in=self._programmes.values())
            .distinct()
            .order_by("name_es")
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if not self.errors and bool(start) != bool(end):
            self.add_error(
                "end" if start else "start", _("Give both days, or choose a period by name.")
            )
        if start and end and end < start:
            self.add_error("end", _("The last day is before the first."))
        for name in ("start", "end"):
            day = cleaned.get(name)
            if day and not EARLIEST <= day <= date(timezone.localdate().year + 1, 12, 31):
                self.add_error(name, _("Give a day between 2000 and next year."))
        return cleaned

    def asked(self) -> Period:
        """The period asked for: days given win over a name; this month without either."""
        cleaned = self.cleaned_data
        if cleaned.get("start") and cleaned.get("end"):
            return Period(cleaned["start"], cleaned["end"])
        preset = _BY_CODE[cleaned.get("period") or PRESETS[0].code]
        return preset.on(timezone.localdate())

    @property
    def part(self) -> Section:
        """The part of the page asked for; the first without a choice."""
        return SECTIONS[self.cleaned_data.get("section") or next(iter(SECTIONS))]

    @property
    def programmes(self) -> list[Programme]:
        """All within the user's reach."""
        return list(self._programmes.values())

    def chosen(self) -> list[Programme]:
        return [self._programmes[code] for code in self.cleaned_data["programme"]]

    def scope(self) -> Scope:
        if not self.is_valid():
            raise ValidationError(self.errors.as_data())
        period = self.asked()
        code = self.cleaned_data.get("site")
        sites = [site.pk for site in self._sites() if site.code == code] if code else []
        return queries.scope_for(
            self.user, period.start, period.end, self.chosen(), sites, within=self.programmes
        )

    def reading(self) -> Reading:
        """Of the scope, with the programmes that this form has read already."""
        return Reading(self.scope(), programmes=self.programmes)
