"""Users, programmes and postings for anybody's tests.

`UserFactory(role="doctor")` is a doctor posted to a programme of their own;
`UserFactory(role="doctor", programme=mobile)` works for that one. Password: `PASSWORD`.
"""

import datetime as dt
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from accounts.models import Posting, Programme, User
from accounts.policy import ROLES_WITHOUT_PROGRAMME, Discipline, Role

PASSWORD = "a footpath in the hills"
_HASHED: dict[str, str] = {}

# What each role usually records; coordinators and the office record nothing.
DISCIPLINES = {
    Role.DOCTOR: Discipline.MEDICAL,
    Role.NURSE: Discipline.NURSING,
    Role.PHYSIO: Discipline.PHYSIOTHERAPY,
    Role.PSYCHOLOGIST: Discipline.PSYCHOLOGY,
    Role.PSYCHIATRIST: Discipline.PSYCHIATRY,
    Role.SOCIAL_WORKER: Discipline.SOCIAL_WORK,
    Role.MEDIATOR: Discipline.CULTURAL_MEDIATION,
    Role.PROMOTER: Discipline.HEALTH_PROMOTION,
}


def hashed(password: str) -> str:
    """Hashing costs 40 ms: once for each password of a test run."""
    return _HASHED.setdefault(password, make_password(password))


class ProgrammeFactory(DjangoModelFactory[Programme]):
    class Meta:
        model = Programme

    code = factory.Sequence(lambda n: f"PROG-{n}")
    name_en = factory.LazyAttribute(lambda programme: f"Programme {programme.code}")
    name_es = factory.LazyAttribute(lambda programme: f"Proyecto {programme.code}")
    name_fr = factory.LazyAttribute(lambda programme: f"Projet {programme.code}")
    kind = Programme.Kind.MOBILE
    starts_on = dt.date(2020, 1, 1)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"colleague{n}@vereda.example")
    name = factory.Sequence(lambda n: f"Colleague {n}")
    language = "es"
    password = factory.LazyFunction(lambda: hashed(PASSWORD))

    @classmethod
    def _create(
        cls,
        model_class: type[User],
        *args: Any,
        role: str = "",
        programme: Programme | None = None,
        **values: Any,
    ) -> User:
        if role:
            values.setdefault("discipline", DISCIPLINES.get(Role(role), ""))
        user: User = super()._create(model_class, *args, **values)
        if role:
            PostingFactory(user=user, role=role, **({"programme": programme} if programme else {}))
        return user


class PostingFactory(DjangoModelFactory[Posting]):
    """In force since 2020, without end. `role=` decides whether there is a programme."""

    class Meta:
        model = Posting

    user = factory.SubFactory(UserFactory)
    role = Role.DOCTOR
    programme = factory.Maybe(
        factory.LazyAttribute(lambda posting: posting.role not in ROLES_WITHOUT_PROGRAMME),
        yes_declaration=factory.SubFactory(ProgrammeFactory),
        no_declaration=None,
    )
    discipline = factory.LazyAttribute(lambda posting: DISCIPLINES.get(Role(posting.role), ""))
    since = dt.date(2020, 1, 1)

    @classmethod
    def _create(cls, model_class: type[Posting], *args: Any, **values: Any) -> Posting:
        posting: Posting = super()._create(model_class, *args, **values)
        posting.user.forget_postings()
        return posting
