"""Goes through a table a stretch at a time, so that whoever ingests waits for one at most."""

import datetime as dt
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

# Between two batches another writer gets its turn: SQLite looks for its lock every 100 ms.
_PAUSE_S = 0.15

Position = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The keys of what may go, and the position to go on from; None at the end."""

    keys: list[Any]
    position: Position | None


# Pauses for so many seconds; True ends the work early.
Pause = Callable[[float], bool]
Find = Callable[[sa.Connection, Position, int], Stretch]
Change = Callable[[sa.Connection, list[Any]], None]


class Transactions(Protocol):
    """What a ``Store`` offers."""

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that cannot write."""

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that writes."""


class Walk:
    """Changes a table, ``batch`` keys in each transaction; a pause follows each."""

    def __init__(self, store: Transactions, batch: int, pause: Pause) -> None:
        self._store = store
        self._batch = batch
        self._pause = pause
        self._is_ended = False

    def through(self, find: Find, change: Change) -> int:
        """Go through a table from its beginning; the number of keys that were changed."""
        total = 0
        position: Position | None = ()
        while position is not None and not self._is_ended:
            # Most stretches hold nothing that may go: looked for without keeping others waiting.
            with self._store.reading() as connection:
                stretch = find(connection, position, self._batch)
            if stretch.keys:
                with self._store.writing() as connection:
                    keys = find(connection, position, self._batch).keys
                    for start in range(0, len(keys), self._batch):
                        change(connection, keys[start : start + self._batch])
                total += len(keys)
                self._is_ended = self._pause(_PAUSE_S)
            position = stretch.position
        return total


def repeat(
    store: Transactions, delete_some: Callable[[sa.Connection], int], batch: int, pause: Pause
) -> int:
    """A batch in each transaction, until one is not full."""
    total = 0
    while True:
        with store.writing() as connection:
            deleted = delete_some(connection)
        total += deleted
        if deleted < batch or pause(_PAUSE_S):
            return total


def delete(connection: sa.Connection, table: sa.Table, names: str, keys: Collection[Any]) -> None:
    """Rows of the table by the values of these columns."""
    columns = [table.c[name] for name in names.split()]
    column = sa.tuple_(*columns) if len(columns) > 1 else columns[0]
    connection.execute(sa.delete(table).where(column.in_(keys)))


def count_before(
    connection: sa.Connection, table: sa.Table, column: str, before: dt.datetime
) -> int:
    """How many rows have an earlier time in this column."""
    statement = sa.select(sa.func.count()).select_from(table).where(table.c[column] < before)
    return connection.scalar(statement) or 0
