from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.fields import DayField, SeveralField, WholeField, YesNoField
from accounts.widgets import Chips
from partners.forms.common import (
    LineField,
    NoteField,
    ProgrammeField,
    ProgrammesMixin,
    RowForm,
    one_of,
    some_of,
)
from partners.models import Service
from partners.models.agreement import EXPIRED, EXPIRING, SIGNED
from partners.queries import AGREEMENT_STATES
from terminology import lists
from terminology.paging import ListForm

SPANISH_IF_EMPTY = _("Empty: as in Spanish.")
PHONE = RegexValidator(r"\A[0-9+()./ext# -]{5,40}\Z", _("Write a telephone number."))


def _any(name: str) -> list[tuple[str, Any]]:
    return [("", _("Any")), *lists.choices(name)]


class DirectoryForm(ListForm):
    """The filters of the directory."""

    q = LineField(label=_("Name"), max_length=100, required=False)
    type = forms.ChoiceField(label=_("Type"), required=False, choices=lambda: _any("partner_types"))
    service = forms.ChoiceField(
        label=_("Service"), required=False, choices=lambda: _any("service_taxonomy")
    )
    stage = forms.ChoiceField(
        label=_("Stage of the migration process"),
        required=False,
        choices=lambda: _any("migration_process_stages"),
    )
    programme = ProgrammeField()
    agreement = forms.ChoiceField(
        label=_("Agreement"), required=False, choices=AGREEMENT_STATES, widget=Chips
    )
    stale = forms.BooleanField(label=_("Not verified for long"), required=False)
    retired = forms.BooleanField(label=_("Show those retired too"), required=False)

    FOLDED = ("type", "service", "stage", "programme", "agreement", "stale", "retired")


class OrganisationForm(RowForm):
    name_es = LineField(label=_("Name in Spanish"), max_length=160)
    name_en = LineField(
        label=_("Name in English"), max_length=160, required=False, help_text=SPANISH_IF_EMPTY
    )
    name_fr = LineField(
        label=_("Name in French"), max_length=160, required=False, help_text=SPANISH_IF_EMPTY
    )
    partner_type = one_of("partner_types", label=_("Type"))
    place = one_of("places", label=_("Place"), required=False)
    stages = some_of(
        "migration_process_stages", label=_("Stages of the migration process"), required=False
    )
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    last_verified_on = DayField(label=_("Last verified on"), required=False)
    retired_on = DayField(
        label=_("No longer works with us since"),
        required=False,
        help_text=_("It leaves the directory; what was recorded stays."),
    )
    note = NoteField(label=_("Remarks"))

    FOLDED = ("name_en", "name_fr", "retired_on")


class AgreementForm(ProgrammesMixin, RowForm):
    agreement_type = one_of("agreement_types", label=_("Type"))
    status = forms.ChoiceField(
        label=_("State"),
        widget=Chips,
        choices=lambda: [
            pair
            for pair in lists.choices("agreement_statuses")
            if pair[0] not in (EXPIRING, EXPIRED)
        ],
    )
    signed_on = DayField(label=_("Signed on"), required=False)
    valid_from = DayField(label=_("Valid from"), required=False)
    valid_to = DayField(
        label=_("Valid until"),
        required=False,
        help_text=_("Ended early? Leave it signed and write its last day here."),
    )
    programmes = SeveralField(label=_("Programmes"))
    data_sharing = YesNoField(label=_("Allows sharing of personal data"))
    note = NoteField(label=_("Remarks"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.dates_in_order("valid_from", "valid_to", _("The last day is before the first."))
        for name in ("signed_on", "valid_from"):
            needed = cleaned.get("status") == SIGNED or (name, bool(cleaned.get("valid_to"))) == (
                "valid_from", True,
            )  # fmt: skip
            if needed and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("A signed agreement needs this date."))
        return cleaned


class ServiceForm(RowForm):
    service = one_of("service_taxonomy", label=_("Service"))
    open_24h = YesNoField(label=_("Open 24 hours"))
    opening_hours = LineField(label=_("Opening hours"), max_length=160, required=False)
    capacity = WholeField(
        label=_("Capacity (people at a time)"), min_value=0, max_value=100_000, required=False
    )
    languages = some_of("languages", label=_("Languages"), required=False)
    age_min = WholeField(label=_("From age"), min_value=0, max_value=120, required=False)
    age_max = WholeField(label=_("To age"), min_value=0, max_value=120, required=False)
    sexes = SeveralField(
        label=_("Accepts only"),
        required=False,
        help_text=_("Nothing chosen: everybody."),
        choices=lambda: [
            (entry.code, entry.label) for entry in lists.all("sex_gender(sex_recorded)")
        ],
    )
    nationality_rule = forms.ChoiceField(
        label=_("Nationality"), widget=Chips, choices=Service.Nationality, required=False
    )
    nationalities = some_of("countries", label=_("Nationalities accepted"), required=False)
    documents = some_of("id_documents", label=_("Documents needed"), required=False)
    last_verified_on = DayField(label=_("Last verified on"), required=False)
    ended_on = DayField(label=_("No longer offered since"), required=False)

    FOLDED = (
        "capacity", "languages", "age_min", "age_max", "sexes", "nationality_rule",
        "nationalities", "documents", "last_verified_on", "ended_on",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        low, high = cleaned.get("age_min"), cleaned.get("age_max")
        if low is not None and high is not None and high < low:
            self.add_error("age_max", _("The ages are not in order."))
        cleaned["nationality_rule"] = cleaned.get("nationality_rule") or Service.Nationality.ANY
        listed = cleaned["nationality_rule"] == Service.Nationality.LISTED
        if listed and not cleaned.get("nationalities"):
            self.add_error("nationalities", _("Choose the nationalities."))
        if not listed:
            cleaned["nationalities"] = []
        return cleaned


class ContactForm(RowForm):
    name = LineField(label=_("Name"), max_length=120)
    function = LineField(label=_("Function"), max_length=120, required=False)
    phone = LineField(label=_("Phone"), max_length=40, required=False, validators=[PHONE])
    email = forms.EmailField(label=_("E-mail"), required=False)
    primary = forms.BooleanField(label=_("First to call"), required=False)
    ended_on = DayField(label=_("No longer the contact since"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned.get("phone") and not cleaned.get("email"):
            raise ValidationError(_("Give a telephone number or an e-mail address."))
        return cleaned
