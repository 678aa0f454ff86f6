"""Several real connections at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts import services
from accounts.models import AccessEvent, SignInAttempt, User
from accounts.rows import EditConflict
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    def alone(n: int) -> Any:
        try:
            return act(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(alone, range(count)))


def test_many_who_write_at_once_make_one_sound_chain():
    users = [UserFactory(role="doctor") for _ in range(4)]

    def read(n: int) -> None:
        for _ in range(5):
            services.disclose(by=User.objects.get(pk=users[n].pk), action="person.opened")

    at_once(4, read)

    assert list(AccessEvent.objects.order_by("pk").values_list("pk", flat=True)) == list(
        range(1, 21)
    )
    assert services.verify_access_log(by=users[0]).intact


def test_a_volley_of_guesses_is_slowed_like_a_row_of_them():
    email = UserFactory().email

    def guess(n: int) -> bool:
        try:
            services.check_credentials(email=email, password=f"guess {n}", address="192.0.2.1")
        except services.TooManyAttempts:
            return False
        return True

    tried = at_once(10, guess)

    assert sum(tried) <= 6
    assert SignInAttempt.objects.count() == sum(tried)


def test_of_two_who_edit_at_once_one_meets_a_conflict():
    admin, user = UserFactory(role="administrator"), UserFactory()

    def edit(n: int) -> bool:
        try:
            services.edit_user(
                User.objects.get(pk=user.pk), by=admin, expected=1, name=f"Version {n}"
            )
        except EditConflict:
            return False
        return True

    admin.active_postings  # noqa: B018 - read before the threads share it
    assert sorted(at_once(2, edit)) == [False, True]
