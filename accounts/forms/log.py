"""What the access log is asked, read from the address."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.fields import DayField
from accounts.models import AccessEvent, User
from accounts.models.access_event import AccessEventQuerySet
from accounts.privacy import PrivacyClass

_CODE = re.compile(r"[0-9A-Z]{9}")
_AS_TYPED = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, ".": None, "_": None})


class LogFilter(forms.Form):
    mark_optional = False

    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)
    person = forms.CharField(label=_("Code of a person"), max_length=30, required=False)
    actor = forms.ModelChoiceField(
        User.objects.order_by("name"), label=_("Colleague"), empty_label=_("all"), required=False
    )
    action = forms.ChoiceField(label=_("Action"), required=False)
    privacy_class = forms.ChoiceField(
        label=_("Privacy class"), choices=(("", _("all")), *PrivacyClass.choices), required=False
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

    def events(self) -> AccessEventQuerySet:
        """The events asked for; the form must be valid."""
        asked = self.cleaned_data
        found = AccessEvent.objects.all()
        if asked["person"]:
            found = found.about(asked["person"])
        if asked["since"]:
            found = found.filter(at__gte=_midnight(asked["since"]))
        if asked["until"]:
            found = found.filter(at__lt=_midnight(asked["until"] + dt.timedelta(days=1)))
        exact = {name: asked[name] for name in ("actor", "action", "privacy_class") if asked[name]}
        return found.filter(**exact)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
