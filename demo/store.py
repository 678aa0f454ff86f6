"""Bulk writing: rows are built in a child process and written in this one, so that two cores
work at the same time. Foreign keys are deferred to the commit: the order does not matter."""

import json
import os
import pickle
import struct
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter, itemgetter
from typing import Any, BinaryIO

from django.apps import apps
from django.db import connection, models

from demo import quick

Batch = tuple[str, list[tuple[Any, ...]]]
_CHUNK = 20_000  # rows held before they are handed on


class Rows:
    """Rows waiting to be handed on, by model, as what the database takes."""

    def __init__(self) -> None:
        self._waiting: dict[type[models.Model], list[tuple[Any, ...]]] = defaultdict(list)
        self._readers: dict[type[models.Model], Callable[[Any], tuple[Any, ...]]] = {}
        self._held: list[models.Model] = []
        self.size = 0

    def add(self, rows: Iterable[models.Model]) -> None:
        for row in rows:
            model = type(row)
            read = self._readers.get(model)
            if read is None:
                read = self._readers[model] = _reader(model)
            self._waiting[model].append(read(row))
            self.size += 1

    def hold(self, rows: Iterable[models.Model]) -> None:
        """Rows that later ones may still change: read at the end."""
        self._held += rows

    @property
    def full(self) -> bool:
        return self.size >= _CHUNK

    def take(self, *, last: bool = False) -> list[Batch]:
        """All that waits; with `last`, what was held too."""
        if last:
            self.add(self._held)
            self._held = []
        taken = [(model._meta.label, rows) for model, rows in self._waiting.items()]
        self._waiting.clear()
        self.size = 0
        return taken


def _reader(model: type[models.Model]) -> Callable[[Any], tuple[Any, ...]]:
    """A function from an instance to its parameters, column by column."""
    columns = [
        (field.attname, _converter(field))
        for field in model._meta.concrete_fields
        if not isinstance(field, models.BigAutoField)
    ]
    pick = itemgetter(*(name for name, _convert in columns))
    converted = [(at, convert) for at, (_name, convert) in enumerate(columns) if convert]

    def read(row: Any) -> tuple[Any, ...]:
        values = list(pick(row.__dict__))
        for at, convert in converted:
            if values[at] is not None:
                values[at] = convert(values[at])
        return tuple(values)

    return read


def _converter(field: Any) -> Callable[[Any], Any] | None:
    """What a column does to a value that is there; None where it takes it as it is."""
    target = field.target_field if field.is_relation else field
    sqlite = connection.vendor == "sqlite"
    if isinstance(target, models.UUIDField):
        return attrgetter("hex") if sqlite else None
    if isinstance(target, models.BinaryField):
        return bytes
    if isinstance(target, models.JSONField):
        return json.dumps
    if isinstance(target, models.DateTimeField):
        return _instant if sqlite else None
    if isinstance(target, models.DateField | models.TimeField):
        return str if sqlite else None
    if isinstance(target, models.CharField | models.IntegerField | models.BooleanField):
        return None if type(target).get_prep_value in _PLAIN else _prepared(target)
    return _prepared(target)


def _instant(value: datetime) -> str:
    """As Django writes it on SQLite: without a zone, in that of the connection (UTC)."""
    return str(value.astimezone(UTC).replace(tzinfo=None))


_PLAIN = {
    models.CharField.get_prep_value,
    models.IntegerField.get_prep_value,
    models.PositiveSmallIntegerField.get_prep_value,
    models.SmallIntegerField.get_prep_value,
    models.BooleanField.get_prep_value,
}


def _prepared(field: Any) -> Callable[[Any], Any]:
    return partial(_prepare, field)


def _prepare(field: Any, value: Any) -> Any:
    return field.get_db_prep_save(value, connection=connection)


@contextmanager
def in_bulk() -> Iterator[None]:
    """Around the one transaction of a load: on SQLite the pages it fills stay in memory."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        before = [(name, cursor.execute(f"PRAGMA {name}").fetchone()[0]) for name in _BULK]
        for name, value in _BULK.items():
            cursor.execute(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name, value in before:
                cursor.execute(f"PRAGMA {name} = {value}")


_BULK = {"cache_size": -131_072, "temp_store": "MEMORY"}  # kibibytes, where negative


def write(batches: Iterable[Batch]) -> int:
    """Insert the rows; by COPY on PostgreSQL. Returns how many."""
    count = 0
    with connection.cursor() as cursor:
        for label, rows in batches:
            model = apps.get_model(label)
            names = [
                connection.ops.quote_name(field.column)
                for field in model._meta.concrete_fields
                if not isinstance(field, models.BigAutoField)
            ]
            table = connection.ops.quote_name(model._meta.db_table)
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["?"] * len(names))
                # Django's cursor would look for its own marks in every statement.
                raw = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
                connection.connection.executemany(raw, rows)
            count += len(rows)
    return count


Message = tuple[str, Any]


def in_a_child(build: Callable[[], Iterator[Message]]) -> Iterator[Message]:
    """What `build` yields, made by a child process while this one writes.

    The child shares what is in memory and never touches the database. Where a system has no
    fork, this process builds.
    """
    if not hasattr(os, "fork"):
        yield from build()
        return
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _send(build, writing)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            yield from _received(pipe)
    finally:
        _pid, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError("building the rows failed; its error stands above")


def _send(build: Callable[[], Iterator[Message]], writing: int) -> None:
    """In the child: send every message, then end without the parent's clean-up.

    The parent's connection came along and is not the child's to use: a statement is refused.
    """
    try:
        quick.start()
        with os.fdopen(writing, "wb") as pipe, connection.execute_wrapper(_refuse):
            for message in build():
                data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
                pipe.write(struct.pack(">Q", len(data)))
                pipe.write(data)
                pipe.flush()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _refuse(*_args: Any) -> None:
    raise RuntimeError("the child that builds the rows asked the database")


def _received(pipe: BinaryIO) -> Iterator[Message]:
    while head := pipe.read(8):
        (length,) = struct.unpack(">Q", head)
        # Our own child wrote it a moment ago.
        yield pickle.loads(pipe.read(length))  # noqa: S301
