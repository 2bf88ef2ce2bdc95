"""Insert many values at once; the hot path of a commit.

SQLAlchemy compiles the statement and knows how each column's type is written. What it does for
every row besides (a dictionary, a lookup for each parameter) takes longer than SQLite's own
work, so the rows are handed to the driver as they are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any, get_type_hints

import sqlalchemy as sa
from msgspec import Struct

_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    sql: str
    as_rows: Callable[[Iterable[Any]], list[_Row]]
    # Of PostgreSQL, whose rows are one parameter; see ``postgresql``.
    is_copy: bool


class BulkInsert:
    """``statement`` for values of the ``kind``, whose fields are the columns."""

    def __init__(self, statement: sa.Insert, kind: type[Struct], *left_out: str) -> None:
        self._statement = statement
        self._names = [name for name in kind.__struct_fields__ if name not in left_out]
        hints = get_type_hints(kind)
        self._enumerated = {
            name
            for name in self._names
            if isinstance(hints[name], type) and issubclass(hints[name], StrEnum)
        }
        self._prepared: dict[str, _Prepared] = {}

    def __call__(self, connection: sa.Connection, values: Iterable[Any]) -> None:
        """Insert the values, if any, in their order."""
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = self._prepare(dialect)
        if rows := prepared.as_rows(values):
            connection.exec_driver_sql(prepared.sql, (rows,) if prepared.is_copy else rows)

    def _prepare(self, dialect: sa.Dialect) -> _Prepared:
        is_copy = dialect.name == "postgresql"
        sql, names = self._copy(dialect) if is_copy else self._insert(dialect)
        columns = self._statement.table.columns
        writers: list[tuple[int, Callable[[Any], Any]]] = []
        for at, name in enumerate(names):
            write = columns[name].type.dialect_impl(dialect).bind_processor(dialect)
            if name in self._enumerated:
                # The text itself: of its class, the sqlite3 module would look for an adapter.
                writers.append((at, attrgetter("_value_")))
            elif write is not None:
                writers.append((at, write))
        read = attrgetter(*names)

        def as_rows(values: Iterable[Any]) -> list[_Row]:
            # Column by column: Python's own loops, of which there is one for each, are slow.
            read_columns: list[Iterable[Any]] = list(zip(*map(read, values), strict=True))
            if read_columns:
                for at, write in writers:
                    read_columns[at] = map(write, read_columns[at])
            return list(zip(*read_columns, strict=True))

        return _Prepared(sql, as_rows, is_copy)

    def _insert(self, dialect: sa.Dialect) -> tuple[str, Sequence[str]]:
        compiled = self._statement.compile(dialect=dialect, column_keys=self._names)
        return str(compiled), compiled.positiontup or []

    def _copy(self, dialect: sa.Dialect) -> tuple[str, Sequence[str]]:
        quote = dialect.identifier_preparer.quote
        table, columns = quote(self._statement.table.name), map(quote, self._names)
        return f"COPY {table} ({', '.join(columns)}) FROM STDIN", self._names
