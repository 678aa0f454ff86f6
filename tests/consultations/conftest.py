import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Programme, User
from patients.models import Patient
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import OutingFactory
from tests.patients.factories import PatientFactory

# The fixed cost of every page: session, user, postings, access log, transaction control.
_FIXED = re.compile(
    r'"django_session"|FROM "accounts_user" WHERE|FROM "accounts_posting" '
    r'|"accounts_accessevent"|"accounts_loghead"|advisory'
    r"|^(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT)",
)


@pytest.fixture
def programme(db: None) -> Programme:
    return ProgrammeFactory()


@pytest.fixture
def doctor(programme: Programme) -> User:
    return UserFactory(role="doctor", programme=programme)


@pytest.fixture
def psychologist(programme: Programme) -> User:
    return UserFactory(role="psychologist", programme=programme)


@pytest.fixture
def social_worker(programme: Programme) -> User:
    return UserFactory(role="social_worker", programme=programme)


@pytest.fixture
def mediator(programme: Programme) -> User:
    return UserFactory(role="mediator", programme=programme)


@pytest.fixture
def coordinator(programme: Programme) -> User:
    return UserFactory(role="coordinator", programme=programme)


@pytest.fixture
def stranger(db: None) -> User:
    """A doctor of another programme."""
    return UserFactory(role="doctor")


@pytest.fixture
def person(doctor: User) -> Patient:
    return PatientFactory(by=doctor)


@pytest.fixture
def outing(doctor: User) -> Any:
    return OutingFactory(by=doctor)


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def statements() -> Callable[[Client, str], int]:
    """How many statements a page takes beyond the fixed cost."""

    def count(client: Client, url: str) -> int:
        client.get(url)  # lists and content types are read once a process
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
        assert response.status_code == 200
        own = [query["sql"] for query in captured if not _FIXED.search(query["sql"])]
        fixed = len(captured) - len(own)
        assert fixed <= 9, [query["sql"][:80] for query in captured]
        return len(own)

    return count
