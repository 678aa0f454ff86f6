"""Postings as the administrator writes them."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms.days import working_day
from accounts.forms.rows import EditRowForm, NewRowForm
from accounts.forms.users import NO_DISCIPLINE
from accounts.models import Posting, Programme
from accounts.policy import Discipline, Role
from accounts.widgets import Chips

FEW = 8  # fewer than this are chips, more are a list


class PostingForm(NewRowForm[Posting]):
    """The rules between role, programme and colleague are the service's."""

    role = forms.ChoiceField(label=_("Role"), choices=(("", ""), *Role.choices))
    programme = forms.ModelChoiceField(
        Programme.objects.none(),
        label=_("Programme"),
        required=False,
        help_text=_("None for manager, data protection and administration."),
    )
    discipline = forms.ChoiceField(
        label=_("Discipline"), choices=(NO_DISCIPLINE, *Discipline.choices), required=False
    )
    since = working_day(label=_("First day"), initial=timezone.localdate)
    until = working_day(label=_("Last day"), required=False)

    class Meta:
        model = Posting
        fields = ("role", "programme", "discipline", "since", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programmes = Programme.objects.order_by("code")
        field = self.fields["programme"]
        field.queryset = programmes  # type: ignore[attr-defined]
        field.label_from_instance = lambda p: f"{p.code} · {p.name}"  # type: ignore[attr-defined]
        if programmes.count() < FEW:
            field.widget = Chips()
            field.widget.choices = field.choices  # type: ignore[attr-defined]


class EndPostingForm(EditRowForm[Posting]):
    until = working_day(label=_("Last day"), initial=timezone.localdate)

    class Meta:
        model = Posting
        fields = ("until",)

    def __init__(self, data: Any = None, *, instance: Posting) -> None:
        first = {"until": instance.until or timezone.localdate()}
        super().__init__(data, instance=instance, initial=first)
