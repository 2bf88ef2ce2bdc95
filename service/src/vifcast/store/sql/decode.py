"""What the driver gives for a column, to the value in Python."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from vifcast.store.sql.types import UtcDateTime

Decode = Callable[[Any], Any]

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  naive as the database's
_EPOCH_UTC = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def decoder(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Decode | None:
    """What decodes a value of this type that is not NULL; None where it is as it should be."""
    if isinstance(kind, UtcDateTime):
        # The type does the same with ``replace(tzinfo=…)``, which takes six times as long.
        return _from_text if dialect.name == "sqlite" else _from_naive
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _from_text(value: str) -> dt.datetime:
    return dt.datetime.fromisoformat(value + "+00:00")


def _from_naive(value: dt.datetime) -> dt.datetime:
    return _EPOCH_UTC + (value - _EPOCH)
