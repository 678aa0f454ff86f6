"""Accounts as the administrator writes them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.rows import EditRowForm, NewRowForm
from accounts.models import User
from accounts.policy import Discipline, Role
from accounts.widgets import Chips

FIELDS = ("email", "name", "licence", "language", "discipline")
NO_DISCIPLINE = ("", _("none"))


class _UserFields(forms.ModelForm):  # type: ignore[type-arg]
    language = forms.ChoiceField(
        label=_("Language"), choices=User.Language.choices, widget=Chips, initial="es"
    )
    discipline = forms.ChoiceField(
        label=_("Discipline"), choices=(NO_DISCIPLINE, *Discipline.choices), required=False
    )

    def clean_email(self) -> str:
        email = User.objects.normalize_email(self.cleaned_data["email"].strip())
        taken = User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk)
        if taken.exists():
            raise forms.ValidationError(_("Another account has this e-mail."))
        return email


class NewUserForm(_UserFields, NewRowForm[User]):
    class Meta:
        model = User
        fields = FIELDS


class UserForm(_UserFields, EditRowForm[User]):
    class Meta:
        model = User
        fields = FIELDS


class UserSearch(forms.Form):
    """Sent by POST: names of colleagues do not belong in addresses either."""

    mark_optional = False

    text = forms.CharField(label=_("Name or e-mail"), max_length=120, required=False)


class UserFilter(forms.Form):
    """What the address of the list may say."""

    mark_optional = False
    shown = ("role", "state")

    role = forms.ChoiceField(
        label=_("Role"), choices=(("", _("all")), *Role.choices), required=False
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=(("active", _("active")), ("inactive", _("deactivated"))),
        widget=Chips,
        required=False,
    )
    page = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def listed(self) -> dict[str, Any]:
        return {
            "role": self.cleaned_data["role"],
            "active": self.cleaned_data["state"] != "inactive",
        }
