"""Registering a person, or somebody of their family."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import policy
from accounts.fields import AgeOrDateField, CodeField, SeveralField, YesNoField
from accounts.models import User
from accounts.policy import Reach
from accounts.privacy import PrivacyClass, stricter
from accounts.rows import uuid7
from accounts.widgets import AgeOrDate, Chips
from patients import ages, rules
from patients.ages import Birth
from patients.card import AllergyAnswer, ConsentAnswer, Contact, Names, PersonCard
from patients.definitions import Form
from patients.forms.consent import (
    DATA,
    GIVEN,
    check_giver,
    check_proof,
    data_fields,
)
from patients.forms.contact import check_contact, contact_fields
from patients.forms.fields import (
    FAMILY_MEMBER,
    PERSON_CARD,
    LineField,
    NameField,
    choice,
    codes_of,
)
from patients.models import Allergy, Patient
from patients.usual_languages import suggestions
from terminology import lists
from terminology.fields import Concepts

TRAVEL = "travel_composition"
ALONE, WOMAN_ALONE = f"{TRAVEL}:alone", f"{TRAVEL}:woman_alone"
CHILD_ALONE = f"{TRAVEL}:uasc_unaccompanied"
FOR_CHILDREN = frozenset((CHILD_ALONE, f"{TRAVEL}:uasc_separated"))
SPANISH = "languages:spa"
WOMEN = ("sex_gender:woman", "sex_gender:trans_woman")


def birth_of(answer: AgeOrDate) -> Birth:
    """The birth date of an answer, seen from today. Raises `ages.ImpossibleBirth`."""
    today = timezone.localdate()
    if answer.year is not None:
        birth = ages.born(answer.year, answer.month, answer.day, on=today)
        return birth._replace(precision=ages.Precision.ESTIMATED) if answer.about else birth
    age = answer.age or 0
    if answer.unit == "months":
        return ages.from_age(age // 12, today, months=age % 12, estimated=answer.about)
    return ages.from_age(age, today, estimated=answer.about)


def impossible_birth() -> Any:
    return _("The age must be between 0 and 110 years.")


def is_woman(sex: str, gender_identity: str) -> bool:
    """As the person says; without an answer, as sex was recorded."""
    if gender_identity and not gender_identity.endswith(("_declined", "_not_asked")):
        return gender_identity in WOMEN
    return sex == Patient.Sex.FEMALE


def travel_of(said: str, age: int, *, woman: bool) -> str:
    """The composition recorded: a child alone is unaccompanied, a woman alone is computed."""
    if said == ALONE and age < 18:
        return CHILD_ALONE
    return WOMAN_ALONE if said == ALONE and woman else said


def check_travel(said: str, age: int) -> Any:
    """What is wrong with the composition for this age, in words; empty when nothing is."""
    if age < 18 and not said:
        return _("Under 18, say with whom the person travels.")
    if age >= 18 and said in FOR_CHILDREN:
        return _("This answer is for people under 18.")
    return ""


def names_fields(card: Form = PERSON_CARD) -> dict[str, forms.Field]:
    given_name = NameField(label=card["given_name"].lazy_label, required=False)
    # Asked for wherever consent is given, so never marked as optional.
    given_name.needed = True  # type: ignore[attr-defined]
    return {
        "given_name": given_name,
        "family_name": NameField(label=PERSON_CARD["family_name"].lazy_label, required=False),
    }


def birth_field() -> AgeOrDateField:
    return AgeOrDateField(label=PERSON_CARD["birth_date"].lazy_label)


def sex_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=PERSON_CARD["sex"].lazy_label,
        choices=lambda: codes_of(PERSON_CARD["sex"].list),
        widget=Chips,
    )


def language_fields() -> dict[str, forms.Field]:
    return {
        "nationality": CodeField(
            Concepts("countries"), label=PERSON_CARD["nationality"].lazy_label
        ),
        "language": CodeField(Concepts("languages"), label=PERSON_CARD["language"].lazy_label),
        "interpreter_needed": YesNoField(label=PERSON_CARD["interpreter_needed"].lazy_label),
    }


class _PersonForm(forms.Form):
    """What registering anybody has in common: consent first, then who the person is."""

    use_required_attribute = False
    id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"id": uuid7(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.birth: Birth | None = None

    @property
    def consents(self) -> bool:
        return bool(self.cleaned_data.get("consent_data") == GIVEN)

    @property
    def age(self) -> int | None:
        return ages.years(self.birth.date, timezone.localdate()) if self.birth else None

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        self._check_birth(said)
        self._check_consent(said)
        if self.consents and not said.get("given_name") and "given_name" not in self.errors:
            self.add_error("given_name", _("Write the name the person uses."))
        return said

    def _check_birth(self, said: dict[str, Any]) -> None:
        answer = said.get("birth_date")
        if answer is None or self.birth is not None:
            return
        try:
            self.birth = birth_of(answer)
        except ages.ImpossibleBirth:
            self.add_error("birth_date", impossible_birth())

    def _check_consent(self, said: dict[str, Any]) -> None:
        decision = said.get("consent_data")
        if not decision:
            return
        for name, fault in check_proof(said, DATA, decision).items():
            self.add_error(name, fault)
        wrong = check_giver(said.get("giver", ""), self.age)
        if wrong and decision == GIVEN:
            self.add_error("giver", wrong)
        if decision == GIVEN and not said.get("method"):
            self.add_error("method", _("Say how consent was given."))

    def consent_answer(self, language: str) -> ConsentAnswer:
        said = self.cleaned_data
        return ConsentAnswer(
            type=DATA,
            decision=said["consent_data"],
            method=said["method"] or "verbal",
            giver=said["giver"],
            language=language,
            folio=said["folio"],
            witness=said["witness"],
            reason=said["reason"],
        )

    def names(self) -> Names:
        said = self.cleaned_data
        return Names(
            **{
                field: said.get(name, "")
                for field, name in (
                    ("given_name", "given_name"),
                    ("family_name", "family_name"),
                    ("mother_name", "nickname_mother"),
                    ("official_name", "official_name"),
                )
            },
            is_alias=bool(said.get("is_alias")),
        )


class RegistrationForm(_PersonForm):
    """The person card. Needs the user, who is not offered what they may not read again."""

    consent = ("consent_data",)
    proof = ("giver", "method", "folio", "witness", "reason")
    who = ("given_name", "family_name", "sex", "birth_date")
    speech = ("nationality", "language", "interpreter_needed")
    journey = ("travel_composition", "profile")
    contact = ("phone", "safe_contact")
    optional = (
        "is_alias",
        "nickname_mother",
        "official_name",
        "gender_identity",
        "second_nationality",
        "migration_status",
        "safe_contact_rules",
        "only_hours",
        "only_language",
        "code_word",
        "allergies",
        "substances",
        "vulnerabilities",
        "care_preferences",
        "status",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {
            **data_fields(),
            **names_fields(),
            "sex": sex_field(),
            "birth_date": birth_field(),
            **language_fields(),
            "travel_composition": choice(PERSON_CARD["travel_composition"]),
            "profile": CodeField(
                Concepts("migration_profile"),
                label=PERSON_CARD["profile"].lazy_label,
                required=False,
            ),
            **contact_fields(),
            **optional_fields(user),
        }
        self.suggestions = suggestions()

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if self.age is not None:
            wrong = check_travel(said.get("travel_composition", ""), self.age)
            if wrong:
                self.add_error("travel_composition", wrong)
        self._check_contact(said)
        if said.get("allergies") == Allergy.State.LISTED and not said.get("substances"):
            self.add_error("substances", _("Write what the person is allergic to."))
        if not said.get("language") and "language" in self.errors:
            self._suggest_language(said.get("nationality", ""))
        return said

    def _check_contact(self, said: dict[str, Any]) -> None:
        self.phone, self.ways = "", Contact()
        faults: dict[str, Any] = {}
        if self.consents:
            region = region_of(said.get("nationality", ""))
            self.phone, self.ways, faults = check_contact(said, *region)
        for name, fault in faults.items():
            if name not in self.errors:
                self.add_error(name, fault)

    def _suggest_language(self, nationality: str) -> None:
        """Put the usual language of the nationality in the form, for the person to confirm."""
        usual = self.suggestions.get(nationality)
        if usual and not self.data.get("language_other"):
            data: Any = self.data.copy()  # type: ignore[attr-defined]
            data["language"] = usual
            self.data = data
            del self.errors["language"]
            self.add_error(
                "language",
                _("Confirm with the person: is this the language they prefer?"),
            )

    def card(self) -> PersonCard:
        """The clean card of a valid form."""
        said = self.cleaned_data
        if self.birth is None or self.age is None:
            raise ValueError("card() is of a valid form")
        woman = is_woman(said["sex"], said["gender_identity"])
        return PersonCard(
            consent=self.consent_answer(said["language"]),
            names=self.names() if self.consents else Names(),
            sex=said["sex"],
            birth=self.birth,
            nationality=said["nationality"],
            second_nationality=said["second_nationality"],
            language=said["language"],
            interpreter_needed=said["interpreter_needed"],
            gender_identity=said["gender_identity"],
            travel_composition=travel_of(said["travel_composition"], self.age, woman=woman),
            profile=said["profile"],
            migration_status=said["migration_status"],
            status=said["status"] or "person_statuses:active",
            phone=self.phone,
            contact=self.ways,
            care_preferences=tuple({"code": code} for code in said["care_preferences"])
            if self.consents
            else (),
            vulnerabilities=tuple(said["vulnerabilities"]),
            allergy=self._allergy(),
        )

    def _allergy(self) -> AllergyAnswer | None:
        state = self.cleaned_data["allergies"]
        if not state:
            return None
        listed = state == Allergy.State.LISTED
        return AllergyAnswer(state, self.cleaned_data["substances"] if listed else "")


def region_of(nationality: str) -> Iterable[str]:
    """The country whose phone numbers the person may also have."""
    alpha2 = lists.get(nationality).attributes.get("alpha2") if nationality else ""
    return (alpha2,) if alpha2 else ()


def more_names_fields() -> dict[str, forms.Field]:
    return {
        "is_alias": forms.BooleanField(label=_("The name is an alias"), required=False),
        "nickname_mother": NameField(
            label=PERSON_CARD["nickname_mother"].lazy_label, required=False
        ),
        "official_name": NameField(
            label=PERSON_CARD["official_name"].lazy_label,
            required=False,
            max_length=120,
            help_text=_("Only for prescriptions, certificates and procedures."),
        ),
    }


def optional_fields(user: User) -> dict[str, forms.Field]:
    return {
        **more_names_fields(),
        "gender_identity": choice(
            PERSON_CARD["gender_identity"], help_text=_("Ask only in private.")
        ),
        "second_nationality": CodeField(
            Concepts("countries"), label=_("Second nationality"), required=False
        ),
        "migration_status": CodeField(
            Concepts("migration_status"),
            label=PERSON_CARD["migration_status"].lazy_label,
            required=False,
        ),
        "allergies": forms.ChoiceField(
            label=PERSON_CARD["allergies"].lazy_label,
            choices=Allergy.State,
            widget=Chips,
            required=False,
        ),
        "substances": LineField(label=_("Allergic to"), required=False, max_length=300),
        "vulnerabilities": SeveralField(
            label=PERSON_CARD["vulnerabilities"].lazy_label,
            choices=lambda: criteria_for(user),
            required=False,
            help_text=_("Age, journey, language and pregnancy are added automatically."),
        ),
        "care_preferences": SeveralField(
            label=PERSON_CARD["care_preferences"].lazy_label,
            choices=plain_preferences,
            exclusive=("no_preference", "not_asked"),
            required=False,
        ),
        "status": choice(PERSON_CARD["status"]),
    }


def criteria_for(user: User) -> list[tuple[str, str]]:
    """What a colleague records: no automatic criterion, none whose class they never read."""
    return [
        (entry.key, entry.label)
        for entry in lists.all(rules.CRITERIA)
        if not entry.attributes.get("auto_rule")
        and policy.reach(user.roles, stricter(PrivacyClass.SENSITIVE, entry.privacy))
        != {Reach.NONE}
    ]


def plain_preferences() -> list[tuple[str, str]]:
    """Preferences that need no name besides."""
    return [
        (entry.code, entry.label)
        for entry in lists.all("care_preferences")
        if not entry.attributes.get("value_type")
    ]


class FamilyMemberForm(_PersonForm):
    """Somebody who comes with a registered person: language, nationality, place and giver of
    consent are copied; consent, contact and violence never are."""

    shown = ("consent_data", "relation", "given_name", "family_name", "sex", "birth_date")
    proof = ("giver", "method", "folio", "witness", "reason")
    copied = ("nationality", "language", "interpreter_needed", "travel_composition")

    def __init__(self, *args: Any, first: Patient, family_name: str = "", **kwargs: Any) -> None:
        kwargs["initial"] = {
            "family_name": family_name,
            "nationality": first.nationality_id,
            "language": first.language_id,
            "interpreter_needed": first.interpreter_needed,
            "travel_composition": _with_family(first),
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        self.fields |= {
            **data_fields(),
            "relation": choice(FAMILY_MEMBER["relation"], widget=Chips),
            **names_fields(FAMILY_MEMBER),
            "sex": sex_field(),
            "birth_date": birth_field(),
            **language_fields(),
            "travel_composition": choice(PERSON_CARD["travel_composition"]),
        }
        self.fields["giver"].initial = None
        self.fields["giver"].required = False
        self.first = first

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        self._check_birth(said)
        if not said.get("giver"):
            said["giver"] = self._usual_giver(said)
        said = super().clean()
        if self.age is not None:
            wrong = check_travel(said.get("travel_composition", ""), self.age)
            if wrong:
                self.add_error("travel_composition", wrong)
        return said

    def _usual_giver(self, said: dict[str, Any]) -> str:
        """Copied from the first person; for their child, the mother or father who stands here."""
        if self.age is None or self.age >= 18:
            return "consent_givers:self"
        by_relation = {
            "family_relations:child": "consent_givers:mother_father",
            "family_relations:child_in_care": "consent_givers:accompanying_adult",
        }
        copied = self.first.consent_giver_id or ""
        copied = "" if copied == "consent_givers:self" else copied
        return by_relation.get(said.get("relation", ""), copied)

    def card(self) -> PersonCard:
        said = self.cleaned_data
        if self.birth is None or self.age is None:
            raise ValueError("card() is of a valid form")
        travel = said["travel_composition"]
        return PersonCard(
            consent=self.consent_answer(said["language"]),
            names=self.names() if self.consents else Names(),
            sex=said["sex"],
            birth=self.birth,
            nationality=said["nationality"],
            language=said["language"],
            interpreter_needed=said["interpreter_needed"],
            travel_composition=travel_of(travel, self.age, woman=said["sex"] == Patient.Sex.FEMALE),
        )


def _with_family(first: Patient) -> str:
    """Who comes with family travels with family, whatever the first one said alone."""
    travel = str(first.travel_composition_id or "")
    if travel in ("", ALONE, WOMAN_ALONE) or travel in FOR_CHILDREN:
        return f"{TRAVEL}:family_children"
    return travel
