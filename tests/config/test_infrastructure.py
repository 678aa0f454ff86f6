"""The tests' own ground: what they stand on between one another."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from accounts import services, triggers
from accounts.models import AccessEvent
from terminology import lists
from tests.conftest import empty_tables


@pytest.mark.django_db(transaction=True)
def test_tables_are_emptied_in_spite_of_their_triggers_and_the_lists_stay():
    with transaction.atomic():
        services.record(by=None, action="accounts.sign_in_refused")
    assert AccessEvent.objects.exists()

    empty_tables()

    assert not AccessEvent.objects.exists()
    assert triggers.missing() == []
    assert lists.all("countries")


def test_no_test_sees_the_cache_of_another():
    first = cache.key_prefix
    cache.set("a", 1)
    assert first == settings.CACHES["default"]["KEY_PREFIX"]
    cache.key_prefix = "another"
    assert cache.get("a") is None


def test_nothing_of_a_local_env_reaches_the_tests():
    assert settings.VEREDA_DEMO is True
    assert settings.SECRET_KEY.startswith("only-for-tests")
    assert str(settings.VEREDA_STATE_DIR).rpartition("/")[2].startswith("vereda-test-")
