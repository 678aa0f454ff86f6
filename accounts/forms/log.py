"""What the access log is asked, read from the address."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.forms.days import working_day
from accounts.models import AccessEvent, User
from accounts.models.access_event import AccessEventQuerySet
from accounts.privacy import PrivacyClass
from accounts.widgets import Chips

_CODE = re.compile(r"[0-9A-Z]{9}")
_AS_TYPED = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, ".": None, "_": None})


class LogFilter(forms.Form):
    mark_optional = False
    shown = ("since", "until", "person", "actor", "action", "privacy_class")

    since = working_day(label=_("From"), required=False)
    until = working_day(label=_("To"), required=False)
    person = forms.CharField(label=_("Code of a person"), max_length=30, required=False)
    actor = forms.ModelChoiceField(
        User.objects.order_by("name"), label=_("Colleague"), empty_label=_("all"), required=False
    )
    action = forms.ChoiceField(label=_("Action"), required=False)
    privacy_class = forms.ChoiceField(
        label=_("Privacy class"), choices=PrivacyClass.choices, widget=Chips, required=False
    )
    before = forms.IntegerField(
        min_value=1, max_value=2**62, required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("all")), *actions.choices()]  # type: ignore[attr-defined]

    def clean_person(self) -> str:
        """As codes are kept: capitals, no hyphens; O is read as 0, I and L as 1."""
        typed: str = self.cleaned_data["person"]
        code = "".join(typed.upper().split()).translate(_AS_TYPED)
        if code and not _CODE.fullmatch(code):
            raise forms.ValidationError(_("A code has nine letters and digits."))
        return code

    def clean_until(self) -> dt.date | None:
        since: dt.date | None = self.cleaned_data.get("since")
        until: dt.date | None = self.cleaned_data["until"]
        if since and until and until < since:
            raise forms.ValidationError(_("The last day comes before the first one."))
        return until

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for, without what was left open; the form must be valid or empty."""
        given = self.cleaned_data if self.is_bound else {}
        return {name: value for name, value in given.items() if value}

    def events(self) -> AccessEventQuerySet:
        found = AccessEvent.objects.all()
        for name, value in self.asked.items():
            if name == "person":
                found = found.about(value)
            elif name == "since":
                found = found.filter(at__gte=_midnight(value))
            elif name == "until":
                found = found.filter(at__lt=_midnight(value + dt.timedelta(days=1)))
            elif name != "before":
                found = found.filter(**{name: value})
        return found


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
