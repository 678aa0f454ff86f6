"""Changing what is recorded of a known person."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField, SeveralField
from accounts.models import User
from accounts.widgets import AgeOrDate, Chips
from patients import ages, codes
from patients.ages import Birth
from patients.card import AllergyAnswer, Names
from patients.forms.consent import check_giver, givers
from patients.forms.fields import FAMILY_MEMBER, PERSON_CARD, LineField, NoteField, choice
from patients.forms.registration import (
    ALONE,
    WOMAN_ALONE,
    birth_field,
    birth_of,
    check_travel,
    criteria_for,
    impossible_birth,
    is_woman,
    language_fields,
    more_names_fields,
    names_fields,
    optional_fields,
    plain_preferences,
    sex_field,
    travel_of,
)
from patients.models import Allergy, Patient, PersonState, ProtectionTask
from terminology import lists
from terminology.fields import Concepts


class _VersionForm(forms.Form):
    use_required_attribute = False
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class PersonForm(_VersionForm):
    """What is neither name nor contact. Fields that the user may not read are left out: what is
    not shown stays as it is."""

    FOLDED = ("gender_identity", "second_nationality", "migration_status", "giver")

    # Column of the record, by field.
    COLUMNS: Mapping[str, str] = {
        "sex": "sex",
        "nationality": "nationality_id",
        "second_nationality": "second_nationality_id",
        "language": "language_id",
        "interpreter_needed": "interpreter_needed",
        "travel_composition": "travel_composition_id",
        "profile": "profile_id",
        "migration_status": "migration_status_id",
        "status": "status_id",
        "gender_identity": "gender_identity_id",
        "giver": "consent_giver_id",
    }

    def __init__(
        self, data: Any = None, *, patient: Patient, age: int, readable: set[str], user: User
    ) -> None:
        super().__init__(data, initial={"version": patient.version, **self.answers(patient)})
        self.age = age
        more = optional_fields(user)
        self.fields |= {
            "sex": sex_field(),
            **language_fields(),
            "travel_composition": choice(PERSON_CARD["travel_composition"]),
            "profile": CodeField(
                Concepts("migration_profile"),
                label=PERSON_CARD["profile"].lazy_label,
                required=False,
            ),
            "status": choice(PERSON_CARD["status"], required=True),
            "source": forms.ChoiceField(
                label=_("Who says so"),
                choices=PersonState.Source,
                widget=Chips,
                initial=PersonState.Source.PERSON,
            ),
            "gender_identity": more["gender_identity"],
            "second_nationality": more["second_nationality"],
            "migration_status": more["migration_status"],
            "giver": forms.ChoiceField(
                label=_("Who decides for the person"), choices=givers(age), widget=Chips
            ),
        }
        for name in self.COLUMNS:
            if name not in readable and name != "giver":
                del self.fields[name]
        self.folded = [name for name in self.FOLDED if name in self.fields]
        self.shown = [name for name in self.fields if name not in (*self.FOLDED, "version")]

    @classmethod
    def answers(cls, patient: Patient) -> dict[str, Any]:
        """What the fields show for a record."""
        values = {name: getattr(patient, column) or "" for name, column in cls.COLUMNS.items()}
        values["interpreter_needed"] = patient.interpreter_needed
        if values["travel_composition"] == WOMAN_ALONE:
            values["travel_composition"] = ALONE
        return values

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if "travel_composition" in said:
            wrong = check_travel(said["travel_composition"], self.age)
            if wrong:
                self.add_error("travel_composition", wrong)
        wrong = check_giver(said.get("giver", ""), self.age)
        if wrong:
            self.add_error("giver", wrong)
        return said

    def changes(self) -> dict[str, Any]:
        """Columns of the record with their new values."""
        said = dict(self.cleaned_data)
        if "travel_composition" in said:
            woman = is_woman(said.get("sex", ""), said.get("gender_identity", ""))
            said["travel_composition"] = travel_of(
                said["travel_composition"], self.age, woman=woman
            )
        return {column: said[name] for name, column in self.COLUMNS.items() if name in said}


class IdentityForm(_VersionForm):
    """Names and birth date. A pseudonymous record has no names to correct."""

    def __init__(self, *args: Any, pseudonymous: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not pseudonymous:
            self.fields |= {**names_fields(), **more_names_fields()}
            self.fields["given_name"].required = True
        self.fields["birth_date"] = birth_field()
        self.shown = [name for name in self.fields if name != "version"]
        self.birth: Birth | None = None

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("birth_date") is not None:
            try:
                self.birth = birth_of(said["birth_date"])
            except ages.ImpossibleBirth:
                self.add_error("birth_date", impossible_birth())
        return said

    def names(self) -> Names:
        said = self.cleaned_data
        return Names(
            given_name=said.get("given_name", ""),
            family_name=said.get("family_name", ""),
            mother_name=said.get("nickname_mother", ""),
            official_name=said.get("official_name", ""),
            is_alias=bool(said.get("is_alias")),
        )

    @staticmethod
    def answers(names: Names, birth_date: str, precision: str) -> dict[str, Any]:
        """What the fields show for a record. `birth_date` is an ISO date."""
        year, month, day = (int(part) for part in birth_date.split("-"))
        known = {"day": (day, month, year), "month": (None, month, year)}
        parts = known.get(precision, (None, None, year))
        return {
            "given_name": names.given_name,
            "family_name": names.family_name,
            "nickname_mother": names.mother_name,
            "official_name": names.official_name,
            "is_alias": names.is_alias,
            "birth_date": AgeOrDate(None, "years", precision == ages.Precision.ESTIMATED, *parts),
        }


class AllergyForm(forms.Form):
    """What is known of allergies."""

    use_required_attribute = False
    allergies = forms.ChoiceField(
        label=PERSON_CARD["allergies"].lazy_label, choices=Allergy.State, widget=Chips
    )
    substances = LineField(label=_("Allergic to"), required=False, max_length=300)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("allergies") == Allergy.State.LISTED and not said.get("substances"):
            self.add_error("substances", _("Write what the person is allergic to."))
        return said

    def answer(self) -> AllergyAnswer:
        state = self.cleaned_data["allergies"]
        listed = state == Allergy.State.LISTED
        return AllergyAnswer(state, self.cleaned_data["substances"] if listed else "")


class VulnerabilityForm(forms.Form):
    """One more criterion; those open already are not offered again."""

    use_required_attribute = False
    shown = ("criterion",)
    criterion = forms.ChoiceField(label=PERSON_CARD["vulnerabilities"].lazy_label, widget=Chips)

    def __init__(self, *args: Any, user: User, open_now: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["criterion"].choices = [  # type: ignore[attr-defined]
            (key, label) for key, label in criteria_for(user) if key not in open_now
        ]


class FamilyLinkForm(forms.Form):
    """Link to a person whose card is at hand: by the whole code."""

    use_required_attribute = False
    shown = ("code", "relation")
    code = LineField(label=_("Code of the other person"), max_length=18)
    relation = choice(FAMILY_MEMBER["relation"], label=_("What the other person is to this one"))

    def clean_code(self) -> str:
        code = codes.normalise(self.cleaned_data["code"])
        if not codes.check(code):
            raise forms.ValidationError(_("This is no whole code. Compare it with the card."))
        return code


class OutcomeForm(forms.Form):
    """What was decided for a child found without an adult of their family, or done for safety."""

    use_required_attribute = False
    outcome = NoteField(
        label=_("What was decided, and by which two professionals"),
        help_text=_("Never delays care. No data go to the migration authorities."),
    )

    def __init__(self, *args: Any, kind: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == ProtectionTask.Kind.SAFETY:
            self.fields["outcome"].label = _("What was done, and who stays in touch")
            self.fields["outcome"].help_text = ""


class CodeForm(forms.Form):
    """A record by its code, for the data-protection officer."""

    use_required_attribute = False
    code = LineField(label=_("Code of the record"), max_length=18)

    def clean_code(self) -> str:
        code = codes.normalise(self.cleaned_data["code"])
        if not codes.check(code):
            raise forms.ValidationError(_("This is no whole code. Compare it with the card."))
        return code


class PreferencesForm(_VersionForm):
    """Who attends, and whom the person must not meet."""

    care_preferences = SeveralField(
        label=PERSON_CARD["care_preferences"].lazy_label,
        choices=plain_preferences,
        exclusive=("no_preference", "not_asked"),
        required=False,
    )
    not_same_day = LineField(
        required=False,
        max_length=120,
        help_text=_("Codes of records, apart by spaces."),
    )

    def __init__(self, *args: Any, staff: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("not_this_staff", "not_this_mediator"):
            self.fields[name] = SeveralField(
                label=lists.label(f"care_preferences:{name}"),
                choices=list(staff.items()),
                required=False,
            )
        self.fields["not_same_day"].label = lists.label("care_preferences:not_same_day")
        self.order_fields(["version", "care_preferences", "not_this_staff", "not_this_mediator"])

    def clean_not_same_day(self) -> list[str]:
        typed = [codes.normalise(word) for word in self.cleaned_data["not_same_day"].split()]
        if not all(codes.check(code) for code in typed):
            raise forms.ValidationError(_("This is no whole code. Compare it with the card."))
        return typed

    def preferences(self) -> list[dict[str, str]]:
        said = self.cleaned_data
        return [
            *({"code": code} for code in said["care_preferences"]),
            *(
                {"code": name, "value": value}
                for name in ("not_this_staff", "not_this_mediator", "not_same_day")
                for value in said[name]
            ),
        ]

    @staticmethod
    def answers(preferences: list[dict[str, str]]) -> dict[str, Any]:
        by_code: dict[str, Any] = {"care_preferences": []}
        for preference in preferences:
            if "value" in preference:
                by_code.setdefault(preference["code"], []).append(preference["value"])
            else:
                by_code["care_preferences"].append(preference["code"])
        by_code["not_same_day"] = " ".join(by_code.get("not_same_day", []))
        return by_code
