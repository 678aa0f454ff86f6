from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodesField, DayField, NumberField, WholeField
from accounts.models import Programme
from accounts.widgets import Chips
from partners.definitions import label as words_for
from partners.fields import Organisations
from partners.forms.common import LineField, ProgrammeField, RowForm, some_of
from partners.models import Organisation
from partners.models.training import MOST_PARTICIPANTS
from terminology import lists
from terminology.paging import ListForm

MOST_BODIES = 40


def _sex(code: str) -> Any:
    return lazy(lambda: lists.label(f"sex_gender:{code}"), str)()


def _heads(code: str) -> WholeField:
    return WholeField(
        label=_sex(code), min_value=0, max_value=MOST_PARTICIPANTS, required=False, initial=0
    )


def _mean(words: Any) -> NumberField:
    return NumberField(label=words, decimals=1, min_value=0, max_value=100, required=False)


class TrainingsForm(ListForm):
    """The filters of the list of trainings."""

    programme = ProgrammeField()
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)

    FOLDED = ("programme", "since", "until")


class TrainingForm(RowForm):
    label = LineField(label=_("Title"), max_length=200)
    programme = forms.ChoiceField(label=_("Programme"), widget=Chips)
    date = DayField(label=_("Date"))
    bodies = CodesField(Organisations(), label=words_for("partner"), max_choices=MOST_BODIES)
    topics = some_of("training_topics", label=words_for("topics"))
    participants_female = _heads("female")
    participants_male = _heads("male")
    participants_intersex = _heads("intersex")
    participants_unknown = _heads("sex_unknown")
    hours = NumberField(label=words_for("hours"), decimals=1, min_value=0.5, max_value=200)
    pre_mean = _mean(_("Mean before (0–100)"))
    post_mean = _mean(_("Mean after (0–100)"))
    both_tests = WholeField(
        label=_("People with both tests"), min_value=0, max_value=MOST_PARTICIPANTS, required=False
    )

    HEADS = (
        "participants_female", "participants_male", "participants_intersex", "participants_unknown",
    )  # fmt: skip
    TESTS = ("pre_mean", "post_mean", "both_tests")
    heads_label = words_for("participants")
    tests_label = words_for("tests")

    def __init__(self, *args: Any, programmes: list[Programme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(programme.pk), programme.name) for programme in programmes]
        self.fields["programme"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.initial.setdefault("programme", choices[0][0])
        self._offer_bodies([programme.pk for programme in programmes])

    def _offer_bodies(self, programmes: list[Any]) -> None:
        """Suggest those that have an agreement with the programmes today."""
        today = timezone.localdate()
        bodies = Organisations(
            lambda: Organisation.objects.current().active_in(today, today, programmes)
        )
        given = self.data.getlist("bodies") if self.is_bound else self.initial.get("bodies", ())  # type: ignore[attr-defined]
        bodies.read(given[:MOST_BODIES])
        field: Any = self.fields["bodies"]
        field.codes = field.widget.codes = bodies

    def clean_date(self) -> Any:
        day = self.cleaned_data["date"]
        if day > timezone.localdate():
            raise ValidationError(_("A training is recorded when it has been given."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in self.HEADS:
            if name not in self.errors:
                cleaned[name] = cleaned.get(name) or 0
        heads = sum(cleaned.get(name) or 0 for name in self.HEADS)
        if not heads and not any(name in self.errors for name in self.HEADS):
            self.add_error(self.HEADS[0], _("How many people took part?"))
        if (cleaned.get("both_tests") or 0) > heads:
            self.add_error("both_tests", _("More people than took part."))
        return cleaned
