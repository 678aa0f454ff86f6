import pytest

from tests.consultations.conftest import as_user, statements
from tests.referrals.world import World, make_world

__all__ = ("as_user", "statements")


@pytest.fixture
def world(db: None) -> World:
    """A mobile programme, a centre, a partner that may know, and one person."""
    return make_world()
