from collections.abc import Iterator

import pytest

from terminology import lists


@pytest.fixture(autouse=True)
def _lists_as_shipped() -> Iterator[None]:
    """What a test changed was rolled back: the lists in memory must not remember it."""
    before = lists._current
    yield
    if lists._current is not before:
        lists.forget()
