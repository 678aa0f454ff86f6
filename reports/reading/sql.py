"""What SQL has to say on both engines: whole seconds and days between columns, months, medians."""

from collections.abc import Iterable
from datetime import UTC, datetime
from math import floor
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, ExpressionWrapper, Func, IntegerField, QuerySet

SECOND = 1_000_000  # microseconds
HOUR = 3600 * SECOND
DAY = 24 * HOUR
AGE_UNKNOWN = 999


class _Sql(Func):
    """A function whose text differs by engine: `sqlite` and `postgresql`, of its arguments."""

    sqlite = ""
    postgresql = ""

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        template = self.postgresql if connection.vendor == "postgresql" else self.sqlite
        compiled = [compiler.compile(source) for source in self.source_expressions]
        parts, params = [], []
        # Arguments stand as {0}, {1} in the template; where one stands twice, so do its params.
        for piece in template.replace("%", "%%").split("{"):
            index, closed, rest = piece.partition("}")
            if closed:
                text, more = compiled[int(index)]
                parts.append(text)
                params += more
            parts.append(rest if closed else piece)
        return "".join(parts), params


class Micros(_Sql):
    """An instant as microseconds since 1970: exact, so that a norm kept to the second is kept."""

    output_field = BigIntegerField()
    sqlite = (
        "(CAST(strftime('%s', substr({0}, 1, 19)) AS INTEGER) * 1000000"
        " + CAST(substr({0}, 21, 6) AS INTEGER))"
    )
    postgresql = "CAST(EXTRACT(EPOCH FROM {0}) * 1000000 AS bigint)"


class DaysBetween(_Sql):
    """From the first date to the second, in microseconds of whole days."""

    output_field = BigIntegerField()
    sqlite = f"CAST((julianday({{1}}) - julianday({{0}})) * {DAY} AS INTEGER)"
    postgresql = f"(CAST({{1}} AS date) - CAST({{0}} AS date)) * CAST({DAY} AS bigint)"


class Month(_Sql):
    """Months since the year 0 of a date; `month_code` writes it."""

    output_field = IntegerField()
    sqlite = "(CAST(substr({0}, 1, 4) AS INTEGER) * 12 + CAST(substr({0}, 6, 2) AS INTEGER) - 1)"
    postgresql = (
        "(CAST(date_part('year', {0}) AS integer) * 12"
        " + CAST(date_part('month', {0}) AS integer) - 1)"
    )


class DayAndAge(_Sql):
    """`day * 1000 + age` as one integer: its minimum over a person's rows carries the age at the
    first of them. An unknown age is 999. Days are counted from 1900, so that the product stays
    within 32 bits on PostgreSQL."""

    output_field = IntegerField()
    sqlite = (
        f"(CAST(julianday({{0}}) - 2415020.5 AS INTEGER) * 1000 + COALESCE({{1}}, {AGE_UNKNOWN}))"
    )
    postgresql = f"(({{0}} - DATE '1900-01-01') * 1000 + COALESCE({{1}}, {AGE_UNKNOWN}))"


def minus(last: Any, *taken: Any) -> Any:
    """A difference of microseconds."""
    for each in taken:
        last = ExpressionWrapper(last - each, output_field=BigIntegerField())
    return last


def micros(moment: datetime) -> int:
    """As `Micros`, of an instant in hand."""
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * SECOND + since.microseconds


def month_code(months: int) -> str:
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def days(span: Any) -> float:
    """Microseconds as days with one decimal, half up."""
    return floor(float(span) * 10 / DAY + 0.5) / 10


def medians(parts: Iterable[QuerySet[Any]]) -> dict[tuple[str, str], tuple[float, int]]:
    """Median and number of values by (name, category), in one statement.

    Each part gives rows (name, category, value): several medians cost what one costs. Of an even
    number of values, the mean of the two in the middle.
    """
    first, *rest = parts
    union = first.union(*rest, all=True) if rest else first
    inner, params = union.query.sql_with_params()
    # The inner query is Django's own, with its parameters apart: no text is put into SQL.
    statement = (
        f"WITH told(name, category, value) AS ({inner}), "  # noqa: S608
        "ranked AS (SELECT name, category, value, "
        "ROW_NUMBER() OVER (PARTITION BY name, category ORDER BY value) AS place, "
        "COUNT(*) OVER (PARTITION BY name, category) AS size FROM told) "
        "SELECT name, category, AVG(value), MAX(size) FROM ranked "
        "WHERE place IN ((size + 1) / 2, (size + 2) / 2) GROUP BY name, category"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return {
            (name, category): (float(value), size)
            for name, category, value, size in cursor.fetchall()
        }
