"""What every table shares: the declarative base, the portable column types, the database's clock.

Times are seconds since 1970 (UTC) as double precision on every database, so that a lease is one
addition and one comparison everywhere; Python gets and gives aware datetimes.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import JSON, Dialect, Double, MetaData, String, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from amun_core.magnitudes import LEAST, MOST, quantity

#: Of the longest time over the shortest one.
LARGEST_LOG_RATIO = math.log(MOST / LEAST)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all models; one naming rule makes constraints addressable by later migrations."""

    metadata = MetaData(naming_convention=NAMING)


def table_of(model: type[Base]) -> Table:
    """The Core table of a model: statements are Core, so that a write costs no session."""
    return cast("Table", model.__table__)


def plain_text(value: str) -> str:
    """`value` as every database takes it: no NUL, no lone surrogate (both come out of programs)."""
    if "\x00" in value:
        value = value.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-8", "replace").decode()
    return value


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def json_text(value: Any) -> str:
    """`value` as JSON that every database takes: what is not a finite number becomes null."""
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, separators=(",", ":"))


class Moment(TypeDecorator[datetime]):
    """A point in time: seconds since 1970 in the database, an aware datetime in Python."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: datetime | float | None, dialect: Dialect) -> float | None:
        del dialect
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError("a time without a zone cannot be stored")
            return value.timestamp()
        return value

    def process_result_value(self, value: float | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else datetime.fromtimestamp(value, UTC)


class Measured(TypeDecorator[float]):
    """A time or a rate: what can be none is null, whatever way it came, and however long ago.

    Earlier versions let 1e308 in; one such number made every page that sums it up answer 500.
    """

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        return self.process_result_value(value, dialect)

    def process_result_value(self, value: float | None, dialect: Dialect) -> float | None:
        del dialect
        return value if value is None or value == 0 else quantity(value)


class LogRatio(TypeDecorator[float]):
    """The logarithm of a ratio of two times; from times that can be none it may be out of bounds."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        return self.process_result_value(value, dialect)

    def process_result_value(self, value: float | None, dialect: Dialect) -> float | None:
        del dialect
        return None if value is None else min(max(value, -LARGEST_LOG_RATIO), LARGEST_LOG_RATIO)


class PlainText(TypeDecorator[str]):
    """Text from outside: what a database refuses is replaced, never the reason for a lost write."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else plain_text(value)


class Document(TypeDecorator[Any]):
    """A JSON value; what is not a finite number becomes null."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else json.loads(json_text(value))


class KeyText(TypeDecorator[str]):
    """Text that is searched for: compared byte by byte, so that a prefix is a range of the index.

    What a database refuses is replaced here too: a key often comes out of an address.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(collation=collation))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else plain_text(value)


Key = KeyText()


class database_now(FunctionElement[float]):  # noqa: N801 - reads like an SQL function where it stands
    """The database's clock, seconds since 1970."""

    type = Double()
    name = "database_now"
    inherit_cache = True


@compiles(database_now, "sqlite")
def _now_of_sqlite(_element: database_now, _compiler: SQLCompiler, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_now, "postgresql")
def _now_of_postgresql(_element: database_now, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"
