"""MariaDB, through PyMySQL.

Written on InnoDB, whose defaults sync every commit (``innodb_flush_log_at_trx_commit = 1``).
Error numbers are from MariaDB's "Error Codes" and PyMySQL's ``constants.ER`` and ``CR``.
"""

import ssl
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from vifcast.errors import StoreError
from vifcast.store.backends import mariadb_tls, naive_utc
from vifcast.store.backends.bulk_statement import insert_statement
from vifcast.store.backends.column_types import ColumnTypes
from vifcast.store.backends.location import Location

# First the wait for a lock ends, with an error about the lock; then the server gives up on the
# statement, and says why; then we do, without an answer.
_BUSY_S = 0.5
_PATIENCE_S = 1.0

# A transaction that a frozen or unplugged vifcast left open holds up every other one.
_IDLE_S = 60

_READ_ONLY_SESSION = "SET SESSION TRANSACTION READ ONLY"

# So long one upgrade waits for another; a negative number is none at all here.
_UPGRADE_S = 86_400

# How text compares byte by byte.
_EXACT: dict[str, Any] = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}
_LONG_TEXT = mysql.LONGTEXT(**_EXACT)

# A DATETIME counts whole seconds unless declared otherwise, TEXT and BLOB end at 64 KiB, and JSON
# refuses what is nested more than 32 levels deep.
name = "MariaDB"

column_types = ColumnTypes(
    text=lambda length: mysql.VARCHAR(length, **_EXACT),
    long_text=_LONG_TEXT,
    long_bytes=mysql.LONGBLOB(),
    integer=sa.BigInteger(),
    time=mysql.DATETIME(fsp=6),
    json=_LONG_TEXT,
)

_NO_RIGHTS = (
    "this user may not do that ({cause}); GRANT ALL ON its database to it, because vifcast creates "
    "its own tables"
)
_READ_ONLY = "is read-only ({cause}); name the primary in [database] connection, not a replica"
_FULL = "the disk of the server is full ({cause}); make room, nothing is lost meanwhile"
_DENIED = 1045
# MariaDB's error for a connection without TLS where require_secure_transport is on.
_DENIED_PLAIN = (
    "the server refuses user or password, or accepts no connection without TLS ({cause}); take "
    "ssl_disabled out of [database] connection, or correct its user and password"
)
_GONE = "the server is down, or does not answer ({cause}); check that it runs"
_LOCKED = "was locked by another process for too long"
_DEADLOCK = 1213
_SLOW = "took longer than [database] timeout_s to answer, and was stopped"
_ADVICE = {
    1021: _FULL,
    1040: "has too many connections; raise max_connections of the server",
    1044: _NO_RIGHTS,
    _DENIED: "the server refuses user or password ({cause}); see [database] connection",
    1049: "the server has no such database ({cause}); CREATE DATABASE it first",
    1114: _FULL,
    1142: _NO_RIGHTS,
    1143: _NO_RIGHTS,
    1153: "a notification is larger than the server takes; raise its max_allowed_packet",
    1205: _LOCKED,
    _DEADLOCK: "another process wrote the same rows at once; trying again helps",
    1290: _READ_ONLY,
    1698: "the server refuses user or password ({cause}); see [database] connection",
    1792: _READ_ONLY,
    1836: _READ_ONLY,
    1969: _SLOW,
    2003: "the server cannot be reached ({cause}); check that it runs, and host and port",
    2006: _GONE,
    2013: _GONE,
    2026: mariadb_tls.FAILS,
}


def make_place(_location: Location) -> None:
    """Nothing: CREATE DATABASE is the administrator's."""


def refuse_missing(_location: Location) -> None:
    """Nothing: the server reports itself what it lacks."""


def writer_engine(location: Location) -> sa.Engine:
    """An engine for short transactions, each of which sees what others have committed."""
    return _engine(location, "READ COMMITTED", location.timeout_s)


def reader_engine(location: Location) -> sa.Engine:
    """An engine that cannot write; a transaction sees the database of one moment."""
    engine = _engine(location, "REPEATABLE READ", location.timeout_s)
    _on_connect(engine, _READ_ONLY_SESSION)
    return engine


def upgrade_engine(location: Location) -> sa.Engine:
    """An engine for one upgrade at a time, however long it takes.

    A lock of its own, held as long as the connection: here every CREATE and ALTER ends the
    transaction and gives back what that has locked.
    """
    engine = _engine(location, "READ COMMITTED", None)

    @sa.event.listens_for(engine, "connect")
    def lock(dbapi_connection: Any, _record: object) -> None:
        with dbapi_connection.cursor() as cursor:
            name = "CONCAT('vifcast ', MD5(DATABASE()))"
            cursor.execute(f"SELECT GET_LOCK({name}, {_UPGRADE_S})")
            (is_locked,) = cursor.fetchone()
        if not is_locked:
            raise StoreError(f"database {location}: another upgrade of it is still running")

    return engine


def _engine(location: Location, isolation: Any, timeout_s: float | None) -> sa.Engine:
    # PyMySQL's and MariaDB's "utf8" has no emoji.
    url = location.url.difference_update_query(["charset", "use_unicode", *mariadb_tls.OPTIONS])
    try:
        engine = sa.create_engine(
            url,
            connect_args={
                "charset": "utf8mb4",
                "connect_timeout": max(1, round(location.timeout_s)),
                "read_timeout": timeout_s and timeout_s + _PATIENCE_S,
                "write_timeout": timeout_s and timeout_s + _PATIENCE_S,
            },
            isolation_level=isolation,
            paramstyle="format",  # ``insert_statement`` has rows, not names
            pool_timeout=location.timeout_s,
            pool_pre_ping=True,
        )
    except ValueError:
        # SQLAlchemy makes numbers and truth values of the options; its text has the value.
        raise StoreError(
            f"database {location}: the driver does not take the value of an option "
            f"({', '.join(url.query)}) in [database] connection"
        ) from None

    @sa.event.listens_for(engine, "do_connect")
    def connect(dialect: sa.Dialect, _record: object, args: Any, options: Any) -> Any:
        try:
            # With every connection: the files may have been renewed.
            tls = mariadb_tls.arguments(location.url.query)
        except StoreError as error:
            raise StoreError(f"database {location}: {error}") from None
        if password := options.get("password"):
            # A text PyMySQL takes for Latin-1; the server has it as UTF-8.
            options = {**options, "password": password.encode()}
        try:
            return dialect.connect(*args, **options, **tls)
        except TypeError as error:
            # PyMySQL's options are the arguments of a function.
            raise StoreError(
                f"database {location}: the driver does not know an option in [database] "
                f"connection ({error})"
            ) from None
        except dialect.loaded_dbapi.OperationalError as error:
            if "ssl_disabled" not in tls or error.args[0] != _DENIED:
                raise
            cause = _DENIED_PLAIN.format(cause=error.args[1])
            raise StoreError(f"database {location}: {cause}") from None

    limits = [
        "SET SESSION sql_mode = 'TRADITIONAL'",
        "SET SESSION default_storage_engine = 'InnoDB'",
        f"SET SESSION idle_transaction_timeout = {_IDLE_S}",
    ]
    if timeout_s is not None:
        limits += [
            f"SET SESSION max_statement_time = {timeout_s + _BUSY_S}",
            f"SET SESSION innodb_lock_wait_timeout = {max(1, round(timeout_s))}",
        ]
    else:
        limits.append("SET SESSION idle_transaction_timeout = 0")
    _on_connect(engine, *limits)
    return engine


def _on_connect(engine: sa.Engine, *statements: str) -> None:
    @sa.event.listens_for(engine, "connect")
    def set_up(dbapi_connection: Any, _record: object) -> None:
        with dbapi_connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def is_conflict(error: BaseException) -> bool:
    """Whether another transaction was in the way."""
    return bool(error.args) and error.args[0] == _DEADLOCK


def must_open_again(_error: BaseException) -> bool:
    """Never: a connection that is broken is noticed when it is used."""
    return False


def in_list(column: sa.ColumnElement[Any], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """The condition that the column holds one of these texts or numbers."""
    return column.in_(values)


def in_parameter(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """The same for the list that the parameter of that name is."""
    return column.in_(sa.bindparam(name, expanding=True))


def position(text: sa.ColumnElement[str], part: str) -> sa.ColumnElement[int]:
    """Where the part is in the text."""
    return sa.func.instr(text, part)


def minute_of(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The minute of a moment as text: 2026-11-03 14:03."""
    return sa.func.date_format(moment, "%Y-%m-%d %H:%i")


# The driver has times without their zone.
write_utc = naive_utc.write_utc
read_utc = naive_utc.read_utc

bulk_insert = insert_statement


def insert_missing(table: sa.Table) -> sa.Insert:
    """An INSERT that leaves a row alone whose key is there."""
    return sa.insert(table).prefix_with("IGNORE")


def size_bytes(connection: sa.Connection) -> int:
    """What its tables and indexes take, as of the last time that MariaDB looked."""
    found = connection.exec_driver_sql(
        "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables "
        "WHERE table_schema = DATABASE()"
    )
    return int(found.scalar_one())


def announce_events(_connection: sa.Connection) -> None:
    """Nothing: MariaDB has no notifications."""


def listener(_location: Location) -> None:
    """None: whoever waits for events has to look."""


def advice(error: BaseException) -> str:
    """What to do about an error of PyMySQL."""
    # It takes what goes wrong with TLS for a server that cannot be reached.
    if isinstance(original := getattr(error, "original_exception", None), ssl.SSLError):
        return mariadb_tls.advice(original)
    number, cause = (*error.args, "", "")[:2]
    sentence = _ADVICE.get(number, "{cause} ({number})" if cause else "{number}")
    return sentence.format(cause=cause, number=number)
