"""One try to reach a person."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import MomentField
from consultations.definitions import FORMS
from consultations.forms import fields
from consultations.forms.fields import Text
from patients.services.contacts import NOTE
from terminology import lists

ATTEMPT = FORMS["contact_attempt"]
NO_CONTACT = "safe_contact_methods:no_contact"


class AttemptForm(forms.Form):
    """Way, purpose, what came of it. `methods`: keys of the ways open now; unsaid, any way of the
    list is taken, and the service refuses what the person did not agree to."""

    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        methods: Iterable[str] | None = None,
        with_purpose: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        known = [key for key, _label in lists.choices("safe_contact_methods") if key != NO_CONTACT]
        keys = known if methods is None else list(methods)
        self.fields["method"] = fields.chips(
            [(key, lists.label(key)) for key in keys], label=ATTEMPT["method"].label
        )
        if with_purpose:
            self.fields["purpose"] = fields.choice(ATTEMPT["purpose"])
        self.fields["outcome"] = fields.choice(ATTEMPT["outcome"])
        self.fields["at"] = MomentField(
            label=ATTEMPT["when"].label, required=False, help_text=_("Empty: now.")
        )
        self.fields["next_attempt"] = MomentField(
            label=ATTEMPT["next_attempt"].label, required=False
        )
        self.fields["note"] = Text(
            label=ATTEMPT["note"].label, required=False, max_length=NOTE, rows=1
        )

    @property
    def core(self) -> list[str]:
        return [name for name in ("method", "purpose", "outcome") if name in self.fields]

    @property
    def more(self) -> list[str]:
        return ["at", "next_attempt", "note"]

    def said(self) -> dict[str, Any]:
        """What `record_attempt` takes."""
        return {name: self.cleaned_data[name] for name in (*self.core, *self.more)}
