"""Questions that are asked often, compiled once.

To build a SELECT and find it in SQLAlchemy's cache takes ten times as long as SQLite's answer
from an index. So the SELECT is built once for each set of conditions, with a parameter in place
of each value, and goes to the driver as it is; ``bulk`` does the same for what is written.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from typing import Any

import sqlalchemy as sa

_Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Asking:
    """A connection for one statement, which sees one moment without a transaction of ours."""

    dialect: sa.Dialect
    cursor: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """``names`` are those of the parameters in their order, None where the driver takes names."""

    sql: str
    names: list[str] | None
    constants: dict[str, Any]
    writers: Mapping[str, _Process]
    columns: list[str]
    readers: Sequence[tuple[str, _Process]]

    def ask(self, asking: Asking, values: dict[str, Any]) -> list[dict[str, Any]]:
        told = self.constants | values
        for name, write in self.writers.items():
            told[name] = write(told[name])
        parameters = told if self.names is None else [told[name] for name in self.names]
        try:
            with closing(asking.cursor()) as cursor:
                cursor.execute(self.sql, parameters)
                found = [dict(zip(self.columns, row, strict=True)) for row in cursor.fetchall()]
        except asking.dialect.loaded_dbapi.Error as error:
            raise sa.exc.DBAPIError(self.sql, None, error) from error
        for row in found:
            for name, read in self.readers:
                row[name] = read(row[name])
        return found


class Question:
    """``build(query, **more)`` makes the SELECT; every value in both is a parameter there.

    None and truth values stay what they are: they decide which conditions there are.
    """

    def __init__(self, build: Callable[..., sa.Select[Any]]) -> None:
        self._build = build
        self._prepared: dict[Any, _Prepared] = {}

    def __call__(self, asking: Asking, query: Any, **more: Any) -> list[dict[str, Any]]:
        """The rows, each by the names of its columns. ``query`` is a dataclass."""
        asked = {each.name: getattr(query, each.name) for each in fields(query)}
        values = {name: value for name, value in (asked | more).items() if not _decides(value)}
        deciding = [value for value in (asked | more).values() if _decides(value)]
        shape = (asking.dialect.name, *values, *deciding)
        prepared = self._prepared.get(shape)
        if prepared is None:
            marks: dict[str, Any] = {name: sa.bindparam(name) for name in values}
            statement = self._build(
                replace(query, **{name: mark for name, mark in marks.items() if name in asked}),
                **{name: marks.get(name, value) for name, value in more.items()},
            )
            prepared = self._prepared[shape] = _prepare(statement, asking.dialect)
        return prepared.ask(asking, values)


def _decides(value: object) -> bool:
    return value is None or isinstance(value, bool)


def _prepare(statement: sa.Select[Any], dialect: sa.Dialect) -> _Prepared:
    compiled = statement.compile(dialect=dialect)
    writers = {
        name: write
        for name, bound in compiled.binds.items()
        if (write := bound.type.dialect_impl(dialect).bind_processor(dialect))
    }
    columns = list(statement.selected_columns)
    readers = [
        (column.name, read)
        for column in columns
        if (read := column.type.dialect_impl(dialect).result_processor(dialect, None))
    ]
    return _Prepared(
        sql=str(compiled),
        names=list(compiled.positiontup or []) if compiled.positional else None,
        constants=compiled.params,
        writers=writers,
        columns=[column.name for column in columns],
        readers=readers,
    )
