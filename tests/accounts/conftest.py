"""Browsers of each role, signed in as the sign-in page does it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.accounts.factories import UserFactory

Browser = Callable[..., Client]


@pytest.fixture
def browser(db: None) -> Browser:
    """`browser(role="dpo")` or `browser(user)`: a client with a session of that user."""

    def signed_in(user: User | None = None, *, role: str = "") -> Client:
        client = Client()
        client.user = user or UserFactory(role=role)
        client.force_login(client.user)
        session = client.session
        session["seen_at"] = session["signed_in_at"] = int(timezone.now().timestamp())
        session.save()
        return client

    return signed_in
