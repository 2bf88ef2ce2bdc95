"""Insert many values at once; the hot path of a commit.

SQLAlchemy knows how each column's type is written. What it does for every row besides (a
dictionary, a lookup for each parameter) takes longer than SQLite's own work, so the rows are
handed to the driver as they are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any, get_type_hints

import sqlalchemy as sa
from msgspec import Struct

from vifcast.store.backends.backend import backend_of
from vifcast.store.backends.bulk_statement import BulkStatement

_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    statement: BulkStatement
    as_rows: Callable[[Iterable[Any]], list[_Row]]


class BulkInsert:
    """Into the table, values of the ``kind``, whose fields are the columns."""

    def __init__(self, table: sa.Table, kind: type[Struct], *left_out: str) -> None:
        self._table = table
        self._names = [name for name in kind.__struct_fields__ if name not in left_out]
        hints = get_type_hints(kind)
        self._enumerated = {
            name
            for name in self._names
            if isinstance(hints[name], type) and issubclass(hints[name], StrEnum)
        }
        self._plans: dict[str, _Plan] = {}

    def __call__(self, connection: sa.Connection, values: Iterable[Any]) -> None:
        """Insert the values, if any, in their order."""
        dialect = connection.dialect
        database = dialect.name
        plan = self._plans.get(database)
        if plan is None:
            plan = self._plans[database] = self._plan(dialect)
        if rows := plan.as_rows(values):
            statement = plan.statement
            connection.exec_driver_sql(statement.sql, rows, execution_options=statement.options)

    def _plan(self, dialect: sa.Dialect) -> _Plan:
        statement = backend_of(dialect).bulk_insert(dialect, self._table, self._names)
        columns = self._table.columns
        writers: list[tuple[int, Callable[[Any], Any]]] = []
        for at, name in enumerate(statement.columns):
            write = columns[name].type.dialect_impl(dialect).bind_processor(dialect)
            if name in self._enumerated:
                # The text itself: of its class, the sqlite3 module would look for an adapter.
                writers.append((at, attrgetter("_value_")))
            elif write is not None:
                writers.append((at, write))
        read = attrgetter(*statement.columns)

        def as_rows(values: Iterable[Any]) -> list[_Row]:
            # Column by column: Python's own loops, of which there is one for each, are slow.
            read_columns: list[Iterable[Any]] = list(zip(*map(read, values), strict=True))
            if read_columns:
                for at, write in writers:
                    read_columns[at] = map(write, read_columns[at])
            return list(zip(*read_columns, strict=True))

        return _Plan(statement, as_rows)
