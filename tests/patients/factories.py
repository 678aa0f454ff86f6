"""People for anybody's tests, made by the registration service.

`PatientFactory()` is a Venezuelan woman of 34 registered by a doctor of a programme of her own;
`PatientFactory(by=doctor, given_name="Janeth", age=5, phone="+525512345678")` by this doctor.
The lists must be loaded, as they are in every test database.
"""

from datetime import date
from typing import Any

import factory

from accounts.models import User
from patients import ages, services
from patients.card import AllergyAnswer, ConsentAnswer, Contact, Names, PersonCard
from patients.models import Patient
from tests.accounts.factories import UserFactory

_NAMES = ("given_name", "family_name", "mother_name", "official_name", "is_alias")


def key(list_name: str, code: str) -> str:
    """A concept key; empty stays empty, whole keys stay as they are."""
    return f"{list_name}:{code}" if code and ":" not in code else code


def make_card(**values: Any) -> PersonCard:
    """A valid card; pass codes (`nationality="HTI"`), an `age` or a `birth`, names, `consent`
    as a decision ("refused") or a whole answer."""
    on = values.pop("on", None) or date.today()  # noqa: DTZ011 - any recent day serves
    age = values.pop("age", 34)
    birth = values.pop("birth", None) or ages.from_age(age, on)
    consent = values.pop("consent", "given")
    if isinstance(consent, str):
        consent = ConsentAnswer(
            decision=f"consent_decisions:{consent}",
            giver=key("consent_givers", values.pop("giver", "self" if age >= 18 else "guardian")),
        )
    names = Names(
        **{
            "given_name": "Rosa",
            "family_name": "Quintero Paz",
            **{name: values.pop(name) for name in _NAMES if name in values},
        }
    )
    allergy = values.pop("allergy", None)
    methods = values.pop("contact_methods", ("call",) if values.get("phone") else ())
    return PersonCard(
        consent=consent,
        names=names,
        birth=birth,
        sex=values.pop("sex", Patient.Sex.FEMALE),
        nationality=key("countries", values.pop("nationality", "VEN")),
        language=key("languages", values.pop("language", "spa")),
        interpreter_needed=values.pop("interpreter_needed", False),
        gender_identity=key("sex_gender", values.pop("gender_identity", "")),
        second_nationality=key("countries", values.pop("second_nationality", "")),
        travel_composition=key("travel_composition", values.pop("travel_composition", "")),
        profile=key("migration_profile", values.pop("profile", "")),
        migration_status=key("migration_status", values.pop("migration_status", "")),
        status=key("person_statuses", values.pop("status", "active")),
        contact=Contact(methods=tuple(methods), rules=values.pop("contact_rules", {})),
        allergy=AllergyAnswer(*allergy) if isinstance(allergy, tuple) else allergy,
        **values,
    )


class PatientFactory(factory.Factory[Patient]):
    class Meta:
        model = Patient

    @classmethod
    def _create(
        cls, model_class: type[Patient], *args: Any, by: User | None = None, **values: Any
    ) -> Patient:
        given = {name: values.pop(name) for name in ("id", "programme", "site") if name in values}
        by = by or UserFactory(role="doctor")
        return services.register(make_card(**values), by=by, **given)
