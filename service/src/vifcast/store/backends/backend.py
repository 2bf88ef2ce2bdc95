"""``Backend``: what differs between databases, and which database it is.

Whatever a database needs of its own is a member of ``Backend``, and a function of each of the
modules ``sqlite``, ``mariadb`` and ``postgresql``.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from vifcast.store.backends import mariadb, postgresql, sqlite
from vifcast.store.backends.bulk_statement import BulkStatement
from vifcast.store.backends.column_types import ColumnTypes
from vifcast.store.backends.listening import Listener
from vifcast.store.backends.location import Location

T = TypeVar("T")


class Backend(Protocol):
    """A database as the rest of the store uses it."""

    name: str
    column_types: ColumnTypes

    def make_place(self, location: Location) -> None:
        """Make what a new database lies in. Raises StoreError."""

    def refuse_missing(self, location: Location) -> None:
        """Raise StoreError where the database is not there, if it cannot report that itself."""

    def writer_engine(self, location: Location) -> sa.Engine:
        """An engine for short transactions that write."""

    def reader_engine(self, location: Location) -> sa.Engine:
        """An engine that cannot write; a transaction sees the database of one moment."""

    def upgrade_engine(self, location: Location) -> sa.Engine:
        """An engine for one upgrade at a time, however long it takes."""

    def advice(self, error: BaseException) -> str:
        """What to do about an error of the driver."""

    def is_conflict(self, error: BaseException) -> bool:
        """Whether the driver's error means that another transaction was in the way."""

    def must_open_again(self, error: BaseException) -> bool:
        """Whether the driver's error stays until every connection of the process is closed."""

    def in_list(
        self, column: sa.ColumnElement[Any], values: Sequence[Any]
    ) -> sa.ColumnElement[bool]:
        """The condition that the column holds one of these texts or numbers."""

    def in_parameter(self, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
        """The same for the list that the parameter of that name is."""

    def position(self, text: sa.ColumnElement[str], part: str) -> sa.ColumnElement[int]:
        """Where the part is in the text, exactly as it is written; 0 where it is not."""

    def minute_of(self, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
        """The minute of a moment as text: 2026-11-03 14:03."""

    def write_utc(self, moment: dt.datetime | None) -> Any:
        """What the driver takes for an aware time."""

    def read_utc(self, value: Any) -> dt.datetime | None:
        """The time of which the driver gives this value."""

    def bulk_insert(
        self, dialect: sa.Dialect, table: sa.Table, columns: Sequence[str]
    ) -> BulkStatement:
        """How many rows with these columns are written at once."""

    def insert_missing(self, table: sa.Table) -> sa.Insert:
        """An INSERT that leaves a row alone whose key is there."""

    def size_bytes(self, connection: sa.Connection) -> int:
        """How much the database takes on disk, as far as it knows without counting."""

    def announce_events(self, connection: sa.Connection) -> None:
        """Wake every ``listener`` once this transaction, which stores events, is committed."""

    def listener(self, location: Location) -> Listener | None:
        """What ``announce_events`` wakes; None where nothing can, and one has to look."""


_BACKENDS: dict[str, Backend] = {
    "sqlite": sqlite,
    "mariadb": mariadb,
    "postgresql": postgresql,
}


def backend_at(location: Location) -> Backend:
    """That of the database there."""
    return _BACKENDS[location.url.get_backend_name()]


def backend_of(dialect: sa.Dialect) -> Backend:
    """That of a connection's dialect."""
    return backend_named(dialect.name)


def backend_named(name: str) -> Backend:
    """That of the dialect with this name."""
    return _BACKENDS[name]


def declared_by(
    base: sa.types.TypeEngine[T], choose: Callable[[ColumnTypes], sa.types.TypeEngine[T]]
) -> sa.types.TypeEngine[T]:
    """The type that each database declares; elsewhere ``base``."""
    for name, backend in _BACKENDS.items():
        base = base.with_variant(choose(backend.column_types), name)
    return base
