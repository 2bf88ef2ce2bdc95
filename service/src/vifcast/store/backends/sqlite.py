"""SQLite, in a file beside the service.

Durable means that an acknowledged notification survives a power cut, so every
commit is synced: ``synchronous=FULL`` with the write-ahead log, which lets
readers (the API, ``vifcast tail`` in another process) go on while a batch is
written. A writer takes its lock at BEGIN; taking it at the first write could
find that another writer was there in between.
"""

import datetime as dt
import os
import sqlite3
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from vifcast.errors import StoreError
from vifcast.store.backends.bulk_statement import insert_statement
from vifcast.store.backends.column_types import ColumnTypes, DeclaredText
from vifcast.store.backends.json import to_json
from vifcast.store.backends.location import Location

# A batch touches some thousand pages. They stay in memory (32 MiB) until the commit,
# and are copied from the log to the database every 32 MiB instead of with every batch.
# The page size, of new databases alone (of older ones it stays 4 KiB, and the log half as long),
# is twice SQLite's own: fewer pages for each of the many indexes that a row is in.
_FOR_BATCHES = (
    "page_size = 8192",
    "journal_mode = WAL",
    "cache_size = -32768",
    "wal_autocheckpoint = 4096",
)
_READ_ONLY = ("query_only = ON",)

# Errors of a file as it was when it was opened.
_OF_FILES = (
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
)

name = "SQLite"

column_types = ColumnTypes(
    text=sa.String,
    long_text=sa.Text(),
    long_bytes=sa.LargeBinary(),
    # It has 64 bits already, and only an INTEGER PRIMARY KEY counts by itself.
    integer=sa.Integer(),
    # SQLAlchemy's own come to the same text in more steps.
    time=DeclaredText("DATETIME"),
    json=DeclaredText("JSON"),
)


def make_place(location: Location) -> None:
    """Create the data directory, readable by its owner alone. Raises StoreError."""
    directory = _path(location).parent
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"data directory {directory} cannot be made: {error.strerror}; "
            "choose another with --data-dir"
        ) from None
    if not os.access(directory, os.W_OK | os.X_OK):
        raise StoreError(
            f"data directory {directory} is not writable for this user; change its owner, "
            "or choose another with --data-dir"
        )


def refuse_missing(location: Location) -> None:
    """Raise StoreError where the file is not there: opening it to read would make an empty one."""
    try:
        exists = _path(location).exists()
    except OSError as error:
        raise StoreError(f"database {location} cannot be read: {error.strerror}") from None
    if not exists:
        raise StoreError(
            f"there is no database at {location}; vifcast db upgrade makes one, vifcast serve "
            "too. If it is elsewhere, name its directory with --data-dir"
        )


def _path(location: Location) -> Path:
    return Path(location.url.database or "")


def writer_engine(location: Location) -> sa.Engine:
    """An engine whose transactions hold the write lock from BEGIN on."""
    return _engine(location, begin="BEGIN IMMEDIATE", pragmas=_FOR_BATCHES)


def reader_engine(location: Location) -> sa.Engine:
    """An engine that cannot write."""
    # SQLAlchemy ends each transaction before its connection goes back to the pool: no second
    # ROLLBACK there.
    return _engine(location, begin="BEGIN", pragmas=_READ_ONLY, pool_reset_on_return=None)


# Upgrades are transactions like any other.
upgrade_engine = writer_engine


def _engine(location: Location, begin: str, pragmas: tuple[str, ...], **options: Any) -> sa.Engine:
    engine = sa.create_engine(
        location.url,
        connect_args={"timeout": location.timeout_s, "check_same_thread": False},
        **options,
    )

    @sa.event.listens_for(engine, "connect")
    def set_up(dbapi_connection: Any, _record: object) -> None:
        # The sqlite3 module would otherwise begin transactions by itself.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in (*pragmas, "synchronous = FULL", "foreign_keys = ON"):
            _insist(cursor, f"PRAGMA {pragma}", location.timeout_s)
        cursor.close()

    def begin_explicitly(dbapi_connection: Any) -> None:
        dbapi_connection.cursor().execute(begin)

    # Not by an event: an engine that has one looks for listeners at each step.
    engine.dialect.do_begin = begin_explicitly  # type: ignore[method-assign]
    return engine


def _insist(cursor: sqlite3.Cursor, statement: str, timeout_s: float) -> None:
    """To change the journal mode SQLite does not wait for others, as it does for all else."""
    until = time.monotonic() + timeout_s
    while True:
        try:
            cursor.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def is_conflict(_error: BaseException) -> bool:
    """Never: one writes at a time."""
    return False


def must_open_again(error: BaseException) -> bool:
    """Whether a file was opened read-only, or is damaged: then a copy may take its place."""
    # The lowest byte is the code, the others say more of it.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _OF_FILES


def in_list(column: sa.ColumnElement[Any], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """The condition that the column holds one of these texts or numbers.

    They are one parameter: a thousand take SQLAlchemy longer to write than SQLite to answer.
    """
    each = sa.func.json_each(to_json(values)).table_valued("value")
    return column.in_(sa.select(each.c.value))


class _JsonList(sa.types.TypeDecorator[Any]):
    """A list as its JSON."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str:  # noqa: ARG002
        """Values to text."""
        return to_json(value)


def in_parameter(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """The same for the list that the parameter of that name is."""
    each = sa.func.json_each(sa.bindparam(name, type_=_JsonList())).table_valued("value")
    return column.in_(sa.select(each.c.value))


def position(text: sa.ColumnElement[str], part: str) -> sa.ColumnElement[int]:
    """Where the part is in the text; LIKE would take no notice of case."""
    return sa.func.instr(text, part)


def minute_of(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The minute of a moment as text: 2026-11-03 14:03."""
    return sa.func.substr(sa.type_coerce(moment, sa.Text), 1, 16)


@lru_cache(maxsize=4096)  # of one batch, most times occur several times
def write_utc(moment: dt.datetime | None) -> str | None:
    """An aware time as text, without its zone."""
    if moment is None:
        return None
    utc = moment if moment.tzinfo is dt.UTC else moment.astimezone(dt.UTC)
    return utc.isoformat(" ", "microseconds").removesuffix("+00:00")


def read_utc(value: str | None) -> dt.datetime | None:
    """The time that is written as text."""
    return None if value is None else dt.datetime.fromisoformat(value + "+00:00")


bulk_insert = insert_statement


def insert_missing(table: sa.Table) -> sa.Insert:
    """An INSERT that leaves a row alone whose key is there."""
    return insert(table).on_conflict_do_nothing()


def size_bytes(connection: sa.Connection) -> int:
    """What its pages take, those of the write-ahead log that are in none yet left out."""
    pages, size = (
        connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
        for name in ("page_count", "page_size")
    )
    return int(pages * size)


def announce_events(_connection: sa.Connection) -> None:
    """Nothing: SQLite has no notifications."""


def listener(_location: Location) -> None:
    """None: whoever waits for events has to look."""


def advice(error: BaseException) -> str:
    """What to do about an error of the sqlite3 module."""
    cause = str(error)
    lowered = cause.lower()
    if "locked" in lowered:
        return "was locked by another process for too long"
    if "full" in lowered:
        return "the disk is full; make room, nothing is lost meanwhile"
    if "readonly" in lowered or "read-only" in lowered:
        return "is not writable for this user; change its owner or use another --data-dir"
    if "unable to open" in lowered:
        return "cannot be opened; its directory must exist and be writable for this user"
    if "not a database" in lowered or "malformed" in lowered:
        return f"is not an intact SQLite database ({cause}); move it away or restore a copy"
    return cause
