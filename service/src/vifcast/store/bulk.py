"""Insert many values at once; the hot path of a commit.

SQLAlchemy compiles the statement and knows how each column's type is written. What it does for
every row besides (a dictionary, a lookup for each parameter) takes longer than SQLite's own
work, so the rows are handed to the driver as they are.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

_Row = tuple[Any, ...]


class BulkInsert:
    """``statement`` for values of the dataclass ``kind``, whose fields are the columns."""

    def __init__(self, statement: sa.Insert, kind: type[Any], *left_out: str) -> None:
        self._statement = statement
        self._names = [each.name for each in fields(kind) if each.name not in left_out]
        self._prepared: tuple[str, Callable[[Any], _Row]] | None = None

    def __call__(self, connection: sa.Connection, values: Iterable[Any]) -> None:
        """Insert the values, at least one, in their order."""
        sql, as_row = self._prepared or self._prepare(connection.dialect)
        connection.exec_driver_sql(sql, [as_row(value) for value in values])

    def _prepare(self, dialect: sa.Dialect) -> tuple[str, Callable[[Any], _Row]]:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._names)
        names = compiled.positiontup or []
        columns = self._statement.table.columns
        writers = []
        for at, name in enumerate(names):
            write = columns[name].type.dialect_impl(dialect).bind_processor(dialect)
            if write is not None:
                writers.append((at, write))
        read = attrgetter(*names)

        def as_row(value: Any) -> _Row:
            row = list(read(value))
            for at, write in writers:
                row[at] = write(row[at])
            return tuple(row)

        self._prepared = str(compiled), as_row
        return self._prepared
