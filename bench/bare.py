"""The questions of ``bench.lookup`` as SQL, asked of the driver itself."""

import datetime as dt
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import psycopg
import psycopg.types.json
import sqlalchemy as sa

from vifcast.store.sql import schema
from vifcast.store.sql.json_types import Json
from vifcast.store.sql.types import UtcDateTime

Row = dict[str, Any]


def _columns(table: sa.Table) -> str:
    return ", ".join(f"{table.name}.{column.name}" for column in table.columns)


_ATTACHMENTS = f"SELECT {_columns(schema.attachment)} FROM attachment WHERE "
_NEWEST_FIRST = " ORDER BY first_known_at DESC, nic DESC, number DESC LIMIT 101"
_FROM_UNTIL = "({0} IS NULL OR {0} <= ?) AND ({1} IS NULL OR {1} > ?)"

BY_IP_AND_TIME = (
    _ATTACHMENTS
    + "(nic, number) IN (SELECT nic, number FROM attachment_ip WHERE ip_address = ? AND "
    + _FROM_UNTIL.format("since_at", "until_at")
    + ") AND "
    + _FROM_UNTIL.format("attached_at", "detached_at")
    + _NEWEST_FIRST
)
BY_PORT = f"{_ATTACHMENTS} port_id = ?{_NEWEST_FIRST}"
BY_INSTANCE = (
    f"SELECT {_columns(schema.event)}, operation.started_at FROM event LEFT JOIN operation ON "
    "operation.correlation_id = event.correlation_id AND operation.id = event.operation_id "
    "WHERE event.instance_id = ? ORDER BY event.id DESC LIMIT 101"
)
EVENT = f"SELECT {_columns(schema.event)} FROM event WHERE id = ?"


class Driver(ABC):
    """One connection; ``rows`` are decoded, times and JSON included."""

    @abstractmethod
    def rows(self, statement: str, *values: object) -> list[Row]:
        """What ``statement`` finds, its ``?`` filled in."""


class Sqlite(Driver):
    """The sqlite3 module."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)

    def rows(self, statement: str, *values: object) -> list[Row]:
        """As texts are decoded by column."""
        texts = [
            value.replace(tzinfo=None).isoformat(" ", "microseconds")
            if isinstance(value, dt.datetime)
            else value
            for value in values
        ]
        cursor = self._connection.execute(statement, texts)
        names = [name for name, *_ in cursor.description]
        encoded = [(name, _DECODE[name]) for name in names if name in _DECODE]
        found = [dict(zip(names, row, strict=True)) for row in cursor]
        for row in found:
            for name, decode in encoded:
                if row[name] is not None:
                    row[name] = decode(row[name])
        return found


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text + "+00:00")


_DECODE: dict[str, Callable[[str], Any]] = {
    column.name: orjson.loads if isinstance(column.type, Json) else _time
    for table in (schema.event, schema.operation, schema.attachment)
    for column in table.columns
    if isinstance(column.type, Json | UtcDateTime)
}


class Postgresql(Driver):
    """psycopg."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        psycopg.types.json.set_json_loads(orjson.loads, connection)
        self._connection = connection
        self._connection.row_factory = psycopg.rows.dict_row

    def rows(self, statement: str, *values: object) -> list[Row]:
        """Psycopg decodes by type."""
        naive = [
            value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value
            for value in values
        ]
        return self._connection.execute(statement.replace("?", "%s"), naive).fetchall()
