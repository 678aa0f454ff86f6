"""Forms of places: offer, change, close, every week, and booking a person into some of them."""

from collections.abc import Collection, Iterable
from datetime import date
from itertools import combinations
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField, SeveralField, WholeField
from accounts.models import User
from accounts.policy import Discipline
from accounts.widgets import Chips
from consultations.forms.fields import SHORT_TEXT, Text
from consultations.models import Slot
from consultations.models.slot import MINUTES, MOST_PLACES
from partners.models import Site
from terminology import lists
from terminology.paging import ListForm

CHIPS = 8  # sites that still fit as chips


def disciplines() -> list[tuple[str, str]]:
    """Those that are offered by the hour. Care after sexual violence is never named in a
    calendar: it is an hour of medical care."""
    return [
        (entry.code, entry.label)
        for entry in lists.all("consultation_disciplines")
        if entry.code != Discipline.SGBV
    ]


def hour_words(slot: Slot, *, day: bool, elsewhere: Collection[date] = ()) -> str:
    """An hour as a chip says it: 09:00 · 2 places free."""
    hour = slot.local_time.strftime("%H:%M")
    parts = [f"{date_format(slot.local_date, 'D j M')} {hour}" if day else hour]
    if slot.professional is not None:
        parts.append(slot.professional.name)
    parts.append(
        ngettext("%(n)d place free", "%(n)d places free", slot.free) % {"n": slot.free}
        if slot.free
        else gettext("full")
    )
    if day and slot.local_date in elsewhere:
        parts.append(gettext("expected elsewhere that day"))
    return " · ".join(parts)


class SlotChoice(forms.ChoiceField):
    """One of some hours; gives the `Slot` (with the version that was shown), or None."""

    widget = Chips

    def __init__(
        self,
        slots: Iterable[Slot] = (),
        *,
        day: bool = True,
        elsewhere: Collection[date] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.offer(slots, day=day, elsewhere=elsewhere)

    def offer(
        self, slots: Iterable[Slot], *, day: bool = True, elsewhere: Collection[date] = ()
    ) -> None:
        """Offer these; `day`: say on which day each is."""
        self.slots = {str(slot.pk): slot for slot in slots}
        self.choices = [
            (pk, hour_words(slot, day=day, elsewhere=elsewhere)) for pk, slot in self.slots.items()
        ]

    def clean(self, value: Any) -> Slot | None:
        return self.slots.get(super().clean(value))


class BookForm(forms.Form):
    """One hour of each discipline on one day; several at once."""

    def __init__(
        self,
        *args: Any,
        slots: Iterable[Slot],
        there: Iterable[Slot] = (),
        may_overbook: bool = False,
        **kwargs: Any,
    ) -> None:
        """`there`: what the person has on the day already."""
        super().__init__(*args, **kwargs)
        self.there = list(there)
        by_discipline: dict[str, list[Slot]] = {}
        for slot in slots:
            by_discipline.setdefault(slot.discipline, []).append(slot)
        for code, label in disciplines():
            if code in by_discipline:
                self.fields[f"slot_{code}"] = SlotChoice(
                    by_discipline[code], day=False, label=label, required=False
                )
        self.names = list(self.fields)
        if may_overbook and any(not slot.free for each in by_discipline.values() for slot in each):
            self.fields["reason"] = Text(
                label=_("Why beyond the places"),
                required=False,
                max_length=SHORT_TEXT,
                help_text=_("Needed only for an hour that is full. It is kept with your name."),
            )

    @property
    def chosen(self) -> list[Slot]:
        return [slot for name in self.names if (slot := self.cleaned_data.get(name))]

    @property
    def reason(self) -> str:
        return str(self.cleaned_data.get("reason", ""))

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.chosen:
            raise ValidationError(_("Choose at least one hour."), code="none")
        if not self.errors and self._at_once():
            raise ValidationError(_("Two of these hours are at the same time."), code="overlap")
        unexplained = "reason" in self.fields and not self.reason
        if not self.errors and unexplained and any(not slot.free for slot in self.chosen):
            self.add_error("reason", ValidationError(_("Say why."), code="required"))
        return self.cleaned_data

    def _at_once(self) -> bool:
        others = [slot for slot in self.there if slot not in self.chosen]
        return any(one.overlaps(other) for one, other in combinations([*self.chosen, *others], 2))


class PlacesForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    places = WholeField(label=_("Places"), min_value=1, max_value=MOST_PLACES)
    minutes = WholeField(label=_("Minutes"), min_value=MINUTES[0], max_value=MINUTES[1], step=5)


class OfferForm(forms.Form):
    """An hour of a discipline at a site of the programme."""

    hour = ("discipline", "professional", "site", "at", "minutes", "places")

    def __init__(
        self, *args: Any, sites: Iterable[Site], colleagues: Iterable[User], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {str(site.pk): site for site in sites}
        self.colleagues = {str(user.pk): user for user in colleagues}
        self.fields["discipline"] = forms.ChoiceField(
            label=_("Discipline"), choices=disciplines(), widget=Chips
        )
        self.fields["professional"] = forms.ChoiceField(
            label=_("Colleague"),
            choices=[("", _("whoever of the discipline is there"))]
            + [(pk, user.name) for pk, user in self.colleagues.items()],
            required=False,
        )
        sites_widget: forms.Widget = Chips() if len(self.sites) < CHIPS else forms.Select()
        self.fields["site"] = forms.ChoiceField(
            label=_("Site"),
            choices=[(pk, site.name) for pk, site in self.sites.items()],
            widget=sites_widget,
            initial=next(iter(self.sites), None),
        )
        self.fields["at"] = forms.TimeField(
            label=_("Time"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
        )
        self.fields["minutes"] = WholeField(
            label=_("Minutes"), min_value=MINUTES[0], max_value=MINUTES[1], step=5, initial=50
        )
        self.fields["places"] = WholeField(
            label=_("Places"), min_value=1, max_value=MOST_PLACES, initial=1
        )

    @property
    def offered(self) -> dict[str, Any]:
        """What `offer` and `add_pattern` take."""
        said = self.cleaned_data
        return {
            "discipline": said["discipline"],
            "professional": self.colleagues.get(said["professional"]),
            "site": self.sites[said["site"]],
            "at": said["at"],
            "minutes": said["minutes"],
            "places": said["places"],
        }


class SlotForm(OfferForm):
    day = DayField(label=_("Date"))


class PatternForm(OfferForm):
    """The same hour every week."""

    weekdays = SeveralField(
        label=_("Days of the week"),
        choices=[(str(number), name) for number, name in WEEKDAYS.items()],
    )
    valid_from = DayField(label=_("From"))
    valid_to = DayField(label=_("Last day"), required=False)

    @property
    def weekly(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            **self.offered,
            "weekdays": [int(number) for number in said["weekdays"]],
            "valid_from": said["valid_from"],
            "valid_to": said["valid_to"],
        }

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("valid_from"), self.cleaned_data.get("valid_to")
        if first and last and last < first:
            self.add_error(
                "valid_to",
                ValidationError(_("The last day cannot be before the first."), code="order"),
            )
        return self.cleaned_data


class EndForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    last_day = DayField(label=_("Last day"))


class WeekForm(ListForm):
    day = DayField(label=_("Date"), required=False)


class DisciplineForm(ListForm):
    """What a day of the calendar is narrowed to."""

    filters = ("discipline",)
    discipline = forms.ChoiceField(label=_("Discipline"), required=False, widget=Chips)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["discipline"].choices = disciplines()  # type: ignore[attr-defined]
