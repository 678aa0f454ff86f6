from tests.consultations.conftest import (
    as_user,
    coordinator,
    doctor,
    mediator,
    outing,
    person,
    programme,
    psychologist,
    social_worker,
    statements,
    stranger,
)

__all__ = (
    "as_user",
    "coordinator",
    "doctor",
    "mediator",
    "outing",
    "person",
    "programme",
    "psychologist",
    "social_worker",
    "statements",
    "stranger",
)
