"""How a person may be reached: ways, rules with their values, number."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField, SeveralField
from patients import phones
from patients.card import NO_CONTACT, Contact
from patients.forms.fields import PERSON_CARD, LineField, codes_of
from terminology import lists
from terminology.fields import Concepts

METHODS = "safe_contact_methods"
RULES = "safe_contact_rules"
BY_PHONE = frozenset(("call", "sms_neutral", "whatsapp_neutral"))


def contact_fields() -> dict[str, forms.Field]:
    return {
        "phone": LineField(
            label=PERSON_CARD["phone"].lazy_label,
            max_length=40,
            required=False,
            help_text=_("Numbers from outside Mexico with + and the country."),
            widget=forms.TextInput({"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
        ),
        "safe_contact": SeveralField(
            label=PERSON_CARD["safe_contact"].lazy_label,
            choices=lambda: codes_of(METHODS),
            exclusive=(NO_CONTACT,),
            required=False,
            initial=[NO_CONTACT],
        ),
        "safe_contact_rules": SeveralField(
            label=PERSON_CARD["safe_contact_rules"].lazy_label,
            choices=lambda: codes_of(RULES),
            required=False,
        ),
        "only_hours": LineField(label=_("At which hours"), required=False, max_length=60),
        "only_language": CodeField(
            Concepts("languages"), label=_("In which language"), required=False
        ),
        "code_word": LineField(label=_("Code word"), required=False, max_length=40),
    }


CONTACT_FIELDS = tuple(contact_fields())


def initial(phone: str, contact: Contact) -> dict[str, Any]:
    """What the fields show for what is recorded."""
    values = {code: value for code, value in contact.rules.items() if value}
    return {
        "phone": phones.display(phone) if phone else "",
        "safe_contact": list(contact.methods) or [NO_CONTACT],
        "safe_contact_rules": list(contact.rules),
        **values,
    }


def check_contact(said: Mapping[str, Any], *regions: str) -> tuple[str, Contact, dict[str, Any]]:
    """The number in E.164, the contact and the faults by field."""
    faults: dict[str, Any] = {}
    typed = said.get("phone", "")
    phone = (phones.clean(typed, *regions) or "") if typed else ""
    if typed and not phone:
        faults["phone"] = _("This is no phone number. With the country: +52 55 1234 5678.")
    methods = list(said.get("safe_contact", ()))
    rules = {code: _value(said, code) for code in said.get("safe_contact_rules", ())}
    if typed and not methods:
        faults["safe_contact"] = _("Say how the number may be used, or “do not contact”.")
    elif not typed and BY_PHONE.intersection(methods):
        faults["phone"] = _("Write the number for this way of contact, or choose another way.")
    for code, value in rules.items():
        entry = lists.find(RULES, code)
        if entry.attributes.get("value_type") and not value:
            faults[code] = _("“%(rule)s” needs this answer.") % {"rule": entry.label}
        closed = set(entry.values("disables")).intersection(methods)
        if closed:
            faults["safe_contact"] = _("“%(rule)s” excludes: %(ways)s.") % {
                "rule": entry.label,
                "ways": lists.labels(f"{METHODS}:{way}" for way in sorted(closed)),
            }
    return phone, Contact(methods=tuple(methods or [NO_CONTACT]), rules=rules), faults


def _value(said: Mapping[str, Any], code: str) -> str:
    """What a rule needs besides: hours, a language, a word."""
    return str(said.get(code) or "")


class ContactForm(forms.Form):
    """Phone and rules of contact of a known person."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, region: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(contact_fields())
        self.region = region

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        self.phone, self.contact, faults = check_contact(said, *filter(None, (self.region,)))
        for name, fault in faults.items():
            if name not in self.errors:
                self.add_error(name, fault)
        return said
