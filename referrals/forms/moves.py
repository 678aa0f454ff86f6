"""What each move asks. Every form carries the version that its page showed."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField, DayField
from accounts.widgets import Chips
from consultations.definitions import FORMS
from partners.models import Service
from patients.forms.fields import NoteField, choice
from referrals.fields import Services, is_id
from referrals.machine import Move
from terminology import lists

REFERRAL = FORMS["referral"]
SUCCESS = ("yes", "partial")
LONGEST_FEEDBACK = 1000


class MoveForm(forms.Form):
    """A move without an answer of its own."""

    use_required_attribute = False
    folded: tuple[str, ...] = ()
    id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, kept: str = "", **kwargs: Any) -> None:
        # Several of these forms stand on one page.
        super().__init__(data, auto_id=f"{kept or 'move'}_%s", **kwargs)

    @property
    def shown(self) -> list[str]:
        return [
            name
            for name, field in self.fields.items()
            if not field.widget.is_hidden and name not in self.folded
        ]

    @property
    def said(self) -> dict[str, Any]:
        """What the service is given besides the version: nothing that was left empty."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("id", "version") and value not in (None, "", [])
        }


def _text(label: str | Promise, *, required: bool = True, longest: int = 2000) -> NoteField:
    return NoteField(label=label, required=required, max_length=longest)


class QuestionForm(MoveForm):
    text = _text(_("What do you need to know?"))


class AnswerForm(MoveForm):
    text = _text(_("Your answer"))


class NoteForm(MoveForm):
    text = _text(_("Note for both teams"))


class WhyForm(MoveForm):
    text = _text(_("Why"), required=False)


class AskCancelForm(MoveForm):
    text = _text(_("Why it should be cancelled"))


class RefuseCancelForm(MoveForm):
    text = _text(_("Why the referral goes on"))


class RiskForm(MoveForm):
    """Who waits is asked about the risk anew, every week."""

    risk = choice(REFERRAL["risk_now"], required=True)
    text = _text(_("Note"), required=False)


class DeclineForm(MoveForm):
    """A reason, and where it needs one another way: a service, or words."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=lambda: lists.choices("referral_decline_reasons"), widget=Chips
    )
    alternative = CodeField(Services(), label=_("Another service"), required=False)
    text = _text(_("Another way, in words"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One that remembers labels for this form alone.
        self.fields["alternative"] = CodeField(
            Services(), label=_("Another service"), required=False
        )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        reason = said.get("reason")
        other = said.get("alternative") or said.get("text")
        if reason and lists.get(reason).flag("needs_alternative") and not other:
            self.add_error("alternative", _("Say where the person can go instead."))
        return said

    @property
    def said(self) -> dict[str, Any]:
        said = super().said
        if "alternative" in said:
            said["alternative"] = Service.objects.select_related("organisation").get(
                pk=said["alternative"]
            )
        return said


class SlotForm(MoveForm):
    """Accept or schedule with a place; several disciplines of one day may be taken together."""

    folded = ("overbook_reason", "text")

    slots = forms.MultipleChoiceField(label=_("First appointment"), required=False)
    overbook_reason = _text(_("Why beyond the places"), required=False)
    text = _text(_("Note"), required=False)

    def __init__(self, *args: Any, places: Any = (), may_overbook: bool = False, **kw: Any) -> None:
        super().__init__(*args, **kw)
        offered = list(places)
        known = {pk for pk, _words in offered}
        # What was free when the page was shown is for the service to judge, not for the form.
        sent: Any = self.data
        posted = [pk for pk in sent.getlist("slots") if is_id(pk)] if self.is_bound else []
        offered += [(pk, _("the hour chosen before")) for pk in posted if pk not in known]
        self.fields["slots"] = forms.MultipleChoiceField(
            label=_("First appointment"),
            choices=offered,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        self.order_fields(["id", "version", "slots"])
        if not may_overbook:
            del self.fields["overbook_reason"]

    @property
    def said(self) -> dict[str, Any]:
        said = super().said
        if "slots" in said:
            said["slots"] = [UUID(pk) for pk in said["slots"]]
        return said


class DayForm(MoveForm):
    """An appointment that another organisation gave."""

    on = DayField(label=REFERRAL["first_appointment"].lazy_label)


class ServeForm(MoveForm):
    """With the answer to the sender, the referral closes in the same step."""

    outcome = forms.ChoiceField(label=REFERRAL["outcome"].lazy_label, widget=Chips)
    text = _text(REFERRAL["feedback"].lazy_label, required=False, longest=LONGEST_FEEDBACK)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = _outcomes(success=True)  # type: ignore[attr-defined]


class FeedbackForm(MoveForm):
    text = _text(REFERRAL["feedback"].lazy_label, longest=LONGEST_FEEDBACK)


class CloseForm(MoveForm):
    outcome = forms.ChoiceField(label=REFERRAL["outcome"].lazy_label, widget=Chips)
    text = _text(REFERRAL["feedback"].lazy_label, longest=LONGEST_FEEDBACK)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = _outcomes(success=False)  # type: ignore[attr-defined]


class MissForm(MoveForm):
    reason = forms.ChoiceField(
        label=FORMS["missed_appointment"]["reason"].lazy_label,
        choices=lambda: lists.choices("missed_appointment_reasons"),
        required=False,
        widget=Chips,
    )


def _outcomes(*, success: bool) -> list[tuple[str, str]]:
    return [
        (entry.key, entry.label)
        for entry in lists.all("referral_closure_outcomes")
        if (entry.attributes.get("success") in SUCCESS) == success
    ]


FORM_OF: dict[Move, type[MoveForm]] = {
    Move.SEND: MoveForm,
    Move.DISCARD: MoveForm,
    Move.REVIEW: MoveForm,
    Move.ASK: QuestionForm,
    Move.ANSWER: AnswerForm,
    Move.ACCEPT: SlotForm,
    Move.WAITLIST: RiskForm,
    Move.RECHECK: RiskForm,
    Move.DECLINE: DeclineForm,
    Move.SCHEDULE: SlotForm,
    Move.ARRIVE: MoveForm,
    Move.MISS: MissForm,
    Move.SERVE: ServeForm,
    Move.FEEDBACK: FeedbackForm,
    Move.CLOSE: CloseForm,
    Move.CANCEL: WhyForm,
    Move.ASK_CANCEL: AskCancelForm,
    Move.REFUSE_CANCEL: RefuseCancelForm,
    Move.AGREE_CANCEL: MoveForm,
    Move.NOTE: NoteForm,
}
