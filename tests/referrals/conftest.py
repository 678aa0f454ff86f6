import pytest

from tests.consultations.conftest import as_user, statements
from tests.referrals.world import World, make_world

__all__ = ("as_user", "statements")


@pytest.fixture
def world(db: None) -> World:
    """A mobile programme, a centre, a partner that may know, and one person."""
    return make_world()


@pytest.fixture
def office_hours(settings):
    """The centre receives people from Monday to Friday, 8 to 17 h."""
    settings.CENTRE_WEEKDAYS, settings.CENTRE_HOURS = [0, 1, 2, 3, 4], ["08:00", "17:00"]
