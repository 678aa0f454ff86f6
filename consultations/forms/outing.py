"""Forms of a team's day: open, plan, staff, close, cancel."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField, NumberField, SeveralField, YesNoField
from accounts.policy import Discipline
from accounts.widgets import Chips
from consultations.definitions import FORMS
from consultations.forms.fields import Text
from consultations.models import Outing
from consultations.queries.outings import Suggestions
from partners.models import Site
from terminology import lists
from terminology.paging import ListForm

_OUTING = FORMS["outing"]
_STAFF = FORMS["staff_day"]
CHIPS = 8  # sites that still fit as chips


class SiteForm(forms.Form):
    """A site of the programme: chips while they fit, those of the day first."""

    def __init__(self, *args: Any, sites: Suggestions, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {str(site.pk): site for site in sites}
        choices = [(pk, site.name) for pk, site in self.sites.items()]
        widget: forms.Widget = Chips() if len(choices) < CHIPS else forms.Select()
        self.fields["site"] = forms.ChoiceField(
            label=_OUTING["site"].label,
            choices=choices,
            widget=widget,
            initial=str(sites.likely[0].pk) if sites.likely else None,
        )
        self.order_fields(("site",))

    @property
    def site(self) -> Site:
        return self.sites[self.cleaned_data["site"]]


class OpenForm(SiteForm):
    """Two interactions: is there a private space, and open."""

    private_space = YesNoField(label=_OUTING["private_space"].lazy_label)


class PlanForm(SiteForm):
    date = DayField(label=_OUTING["date"].lazy_label)


class PastForm(PlanForm):
    private_space = YesNoField(label=_OUTING["private_space"].lazy_label)


class StaffForm(forms.Form):
    """Staff-days by discipline, half days allowed."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    private_space = YesNoField(label=_OUTING["private_space"].lazy_label)

    def __init__(self, *args: Any, outing: Outing, **kwargs: Any) -> None:
        there = {row.discipline: row.count for row in outing.staff.all()}
        kwargs["initial"] = {
            "version": outing.version,
            "private_space": outing.private_space,
            **{f"staff_{discipline}": count for discipline, count in there.items()},
        }
        super().__init__(*args, **kwargs)
        for discipline in Discipline.values:
            label = lists.find("consultation_disciplines", discipline).label
            self.fields[f"staff_{discipline}"] = NumberField(
                label=label, required=False, min_value=0, max_value=20, max_digits=3
            )

    @property
    def names(self) -> list[str]:
        return [name for name in self.fields if name.startswith("staff_")]

    @property
    def counts(self) -> dict[str, Decimal]:
        found = {name: self.cleaned_data.get(name) for name in self.names}
        return {name.removeprefix("staff_"): count for name, count in found.items() if count}

    def clean(self) -> dict[str, Any]:
        for name in self.names:
            count = self.cleaned_data.get(name)
            if count is not None and count * 2 % 1:
                self.add_error(name, ValidationError(_("Whole or half days only."), code="half"))
        return self.cleaned_data


class CloseForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    remarks = Text(
        label=_("Remarks"),
        required=False,
        help_text=_("What the next team should know. Nothing about a person."),
    )


class CancelForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.ChoiceField(
            label=_OUTING["cancelled"].label,
            choices=lists.choices("outing_cancel_reasons"),
            widget=Chips,
        )


class OutingsFilter(ListForm):
    filters = ("state", "start", "end")
    state = forms.ChoiceField(label=_("State"), required=False, widget=Chips)
    start = DayField(label=_("From"), required=False)
    end = DayField(label=_("Until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = Outing.State.choices  # type: ignore[attr-defined]


class WaitsForm(forms.Form):
    """Which disciplines a person waits for: letters on the list, never the need in words."""

    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    waits_for = SeveralField(label=_("Waits for"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entries = lists.all("consultation_disciplines")
        self.fields["waits_for"].choices = [  # type: ignore[attr-defined]
            (entry.code, entry.label) for entry in entries if entry.code != Discipline.SGBV
        ]
