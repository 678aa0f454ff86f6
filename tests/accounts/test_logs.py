"""No log line carries what people said: neither codes nor the values of exceptions."""

import json
import logging
import sys

import pytest

from accounts.logs import Impersonal, JsonLines

NAME = "Juana Pérez"


class NeedsArguments(Exception):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(first, second)


@pytest.fixture
def line():
    """Log one record as the handler of the settings does, and read the line back."""

    def logged(message: str, *args, error: Exception | None = None, extra=None) -> dict:
        info = None
        if error is not None:
            try:
                raise error
            except type(error):
                info = sys.exc_info()
        record = logging.LogRecord("test", logging.ERROR, "x.py", 1, message, args, info)
        record.__dict__.update(extra or {})
        assert Impersonal().filter(record)
        return json.loads(JsonLines().format(record))

    return logged


def test_a_line_says_when_where_and_what(line):
    found = line("started %s", "worker")

    assert (found["level"], found["logger"], found["event"]) == ("ERROR", "test", "started worker")
    assert found["at"] > 0


@pytest.mark.parametrize(
    "path",
    ["/patients/ABCDEFGH1/", "/api/v1/patients/ABCDEFGH1", "/accounts/log/?person=ABCDEFGH1&x=1",
     "/accounts/sign-in/?next=/patients/ABCDEFGH1/"],
)  # fmt: skip
def test_codes_are_cut_out_of_paths(line, path):
    found = line("Internal Server Error: %s", path)

    assert "ABCDEFGH1" not in json.dumps(found)


@pytest.mark.parametrize(
    "error", [ValueError(NAME), NeedsArguments(NAME, NAME), KeyError(NAME)], ids=type
)
def test_of_an_exception_its_kind_and_place_remain_and_nothing_else(line, error):
    found = line("failed", error=error)

    assert found["error"] == type(error).__name__
    assert "test_logs.py" in found["where"][-1]
    assert NAME not in json.dumps(found, ensure_ascii=False)


def test_a_chain_of_exceptions_says_no_more(line):
    try:
        raise KeyError(NAME)
    except KeyError as cause:
        error = ValueError("x")
        error.__cause__ = cause

    assert NAME not in json.dumps(line("failed", error=error), ensure_ascii=False)


def test_a_failed_task_does_not_quote_its_exception(line):
    found = line(
        "Task %(name)s raised: %(exc)s\n%(traceback)s",
        {"name": "build", "exc": repr(ValueError(NAME)), "traceback": NAME},
    )

    assert found["event"].startswith("Task build raised")
    assert NAME not in json.dumps(found, ensure_ascii=False)
