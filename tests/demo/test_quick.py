"""Rows made quickly are the rows that Django makes."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from accounts.models import Programme, User
from consultations.models import Appointment, Choice, Episode, ScaleResult
from demo import quick
from patients.models import Access
from referrals.models import Referral

AT = datetime(2025, 5, 6, 15, tzinfo=UTC)
PROGRAMME, USER = Programme(code="X"), User(email="x@vereda.example")
MADE = {"id", "opened_at", "booked_at", "written_at", "since"}  # a new one for each row
ROWS = [
    (Episode, {"programme": PROGRAMME, "admitted_on": date(2025, 5, 6), "reference_worker": USER}),
    (Appointment, {"programme_id": PROGRAMME.pk, "slot": None, "local_date": date(2025, 5, 6)}),
    (Choice, {"consultation_id": uuid4(), "field": "topic", "concept_id": "a:b"}),
    (ScaleResult, {"id": uuid4(), "field": "phq9", "value": 3}),
    (Access, {"since": AT, "programme": PROGRAMME}),
    (Referral, {"to_programme": PROGRAMME, "written_by": USER, "target_id": "a:b"}),
]


@pytest.fixture
def _quickly():
    quick.start()
    yield
    quick.stop()


@pytest.mark.parametrize(("model", "given"), ROWS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_row_made_quickly_has_the_same_values(model, given):
    slow = model(**given)
    quick.start()
    try:
        fast = model(**given)
    finally:
        quick.stop()
    left = {"_state"} | (MADE - set(given))
    assert fast.__dict__.keys() == slow.__dict__.keys()
    for name in slow.__dict__.keys() - left:
        assert fast.__dict__[name] == slow.__dict__[name], name
    for name in MADE & slow.__dict__.keys():
        assert type(fast.__dict__[name]) is type(slow.__dict__[name])
    assert fast._state.adding
    assert fast._state.fields_cache == slow._state.fields_cache


@pytest.mark.usefixtures("_quickly")
def test_an_argument_that_is_no_column_is_refused():
    with pytest.raises(TypeError, match="colour"):
        Choice(colour="red")


@pytest.mark.usefixtures("_quickly")
def test_a_relation_changes_the_column_later_too():
    row = Episode(programme=PROGRAMME)
    other = Programme(code="Y")
    row.programme = other
    assert row.programme_id == other.pk
