import pytest
from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError

pytestmark = pytest.mark.django_db


def test_it_says_that_the_database_answers_and_nothing_else(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"database": "ok"})
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.cookies


def test_it_fails_without_the_database(client, monkeypatch):
    def down(*_):
        raise DatabaseError("gone")

    monkeypatch.setattr(connection._connections["default"], "cursor", down)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (503, {"database": "down"})


def test_it_asks_the_broker_where_told(client, monkeypatch):
    assert client.get("/healthz?broker=1").json() == {"database": "ok", "broker": "ok"}

    def down(*_, **__):
        raise OperationalError("gone")

    monkeypatch.setattr("kombu.Connection.ensure_connection", down)
    answer = client.get("/healthz?broker=1")
    assert (answer.status_code, answer.json()["broker"]) == (503, "down")
