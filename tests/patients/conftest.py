import pytest
from django.test import Client

from tests.accounts.factories import ProgrammeFactory, UserFactory


@pytest.fixture
def programme(db):
    return ProgrammeFactory()


@pytest.fixture
def doctor(programme):
    return UserFactory(role="doctor", programme=programme)


@pytest.fixture
def colleague(programme):
    return UserFactory(role="psychologist", programme=programme)


@pytest.fixture
def coordinator(programme):
    return UserFactory(role="coordinator", programme=programme)


@pytest.fixture
def stranger(db):
    """A doctor of another programme."""
    return UserFactory(role="doctor")


@pytest.fixture
def officer(db):
    return UserFactory(role="dpo")


@pytest.fixture
def as_user():
    def client_of(user):
        client = Client()
        client.force_login(user)
        return client

    return client_of
