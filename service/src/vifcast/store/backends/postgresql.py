"""PostgreSQL, through psycopg 3.

Error codes are from the PostgreSQL manual, appendix A; what is wrong with a connection has
none, only libpq's words.
"""

import re
import time
from collections.abc import Generator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from vifcast.errors import StoreError
from vifcast.store.backends import naive_utc
from vifcast.store.backends.bulk_statement import BulkStatement
from vifcast.store.backends.column_types import ColumnTypes, DeclaredText
from vifcast.store.backends.listening import Listener
from vifcast.store.backends.location import Location
from vifcast.store.backends.postgresql_listening import CHANNEL, PostgresqlListener

# First the wait for a lock ends, with an error about the lock; then the server gives up on the
# statement, and says why; then we do, without an answer.
_BUSY_S = 0.5
_PATIENCE_S = 1.0

# A transaction that a frozen or unplugged vifcast left open holds up every other one.
_IDLE_S = 60

_READ_ONLY_SETTING = {"default_transaction_read_only": "on"}


class _JsonAsText(DeclaredText):
    """The driver would read a JSON column, and in its own way."""

    cache_ok = True

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """What is selected for it, to be read as the column is."""
        return sa.type_coerce(sa.cast(column, sa.Text), column.type)


name = "PostgreSQL"

column_types = ColumnTypes(
    text=lambda length: sa.String(length, collation="C"),
    long_text=sa.Text(),
    long_bytes=sa.LargeBinary(),
    integer=sa.BigInteger(),
    time=sa.DateTime(),
    json=_JsonAsText("JSON"),
)

# The execution option of a COPY, much faster than many INSERTs.
_IS_COPY = "vifcast_is_copy"

_READ_ONLY = "is read-only ({cause}); name the primary in [database] connection, not a replica"
_GONE = "the server is down, or does not answer ({cause}); check that it runs"
_TLS = "TLS with the server fails ({cause}); check the ssl options in [database] connection"
_NOT_TRUSTED = (
    "TLS with the server fails: its certificate is not signed by a trusted authority (that of "
    "sslrootcert in [database] connection, or without it those in ~/.postgresql/root.crt) ({cause})"
)
_OTHER_NAME = (
    "TLS with the server fails: its certificate is for another name than the host in [database] "
    "connection ({cause})"
)
_PLAIN = (
    "the server accepts no connection from here without TLS ({cause}); take sslmode=disable out of "
    "[database] connection if it is there, else see its pg_hba.conf"
)
_CONFLICTS = ("40001", "40P01")
_ADVICE = {
    "25006": _READ_ONLY,
    **dict.fromkeys(_CONFLICTS, "another process wrote the same rows at once; trying again helps"),
    "42501": (
        "this user may not do that ({cause}); make it the owner of its database, because vifcast "
        "creates its own tables"
    ),
    "53100": "the disk of the server is full ({cause}); make room, nothing is lost meanwhile",
    "53300": "has too many connections; raise max_connections of the server",
    "55P03": "was locked by another process for too long",
    "57014": "took longer than [database] timeout_s to answer, and was stopped",
}
# Of two that are in the text, the first.
_ADVICE_BY_WORD = {
    "invalid connection option": (
        "the driver does not know an option of [database] connection ({cause})"
    ),
    "failed to resolve": "the server's name is unknown ({cause}); check the host",
    "certificate verify failed": _NOT_TRUSTED,
    "does not match host name": _OTHER_NAME,
    "no encryption": _PLAIN,
    "pg_hba": "the server accepts no connection from here ({cause}); see its pg_hba.conf",
    "ssl": _TLS,
    "certificate": _TLS,
    "password": "the server refuses user or password ({cause}); see [database] connection",
    "role": "the server refuses the user ({cause}); see [database] connection",
    "does not exist": "the server has no such database ({cause}); CREATE DATABASE it first",
    "too many clients": "has too many connections; raise max_connections of the server",
    "read-only": _READ_ONLY,
    "connection": _GONE,
    "timeout": _GONE,
}


def make_place(_location: Location) -> None:
    """Nothing: CREATE DATABASE is the administrator's."""


def refuse_missing(_location: Location) -> None:
    """Nothing: the server reports itself what it lacks."""


def writer_engine(location: Location) -> sa.Engine:
    """An engine for short transactions, each of which sees what others have committed."""
    return _engine(location, "READ COMMITTED", _limits(location))


def reader_engine(location: Location) -> sa.Engine:
    """An engine that cannot write; a transaction sees the database of one moment."""
    return _engine(location, "REPEATABLE READ", _limits(location) | _READ_ONLY_SETTING)


def upgrade_engine(location: Location) -> sa.Engine:
    """An engine for one upgrade at a time, however long it takes."""
    engine = _engine(location, "READ COMMITTED", {}, is_patient=True)

    @sa.event.listens_for(engine, "begin")
    def lock(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('vifcast upgrade'))")
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            raise StoreError(
                f"database {location} has the encoding {encoding}, which has no place for every "
                "name of an instance; create it anew with ENCODING 'UTF8' TEMPLATE template0"
            )

    return engine


def _limits(location: Location) -> dict[str, str]:
    return {
        "lock_timeout": f"{location.timeout_s * 1000:.0f}",
        "statement_timeout": f"{(location.timeout_s + _BUSY_S) * 1000:.0f}",
        "idle_in_transaction_session_timeout": str(_IDLE_S * 1000),
    }


def _engine(
    location: Location,
    isolation: Any,
    settings: dict[str, str],
    *,
    is_patient: bool = False,
) -> sa.Engine:
    engine = sa.create_engine(
        location.url,
        connect_args={
            "client_encoding": "utf8",
            "connect_timeout": max(2, round(location.timeout_s)),
            "application_name": "vifcast",
        },
        isolation_level=isolation,
        pool_timeout=location.timeout_s,
        pool_pre_ping=True,
    )

    @sa.event.listens_for(engine, "do_connect")
    def connect(_dialect: sa.Dialect, _record: object, args: Any, options: Any) -> Any:
        return _connect(None if is_patient else location.timeout_s + _PATIENCE_S, args, options)

    @sa.event.listens_for(engine, "connect")
    def set_up(dbapi_connection: Any, _record: object) -> None:
        with dbapi_connection.cursor() as cursor:
            for name, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
            # An administrator who switched it off for the whole server did not mean what we
            # acknowledge.
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') = 'off'"
            )
        dbapi_connection.commit()

    @sa.event.listens_for(engine, "do_executemany")
    def copy_rows(cursor: Any, statement: str, rows: Any, context: Any) -> bool:
        if not context.execution_options.get(_IS_COPY):
            return False
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        return True

    @sa.event.listens_for(engine, "do_execute")
    def copy_row(cursor: Any, statement: str, row: Any, context: Any) -> bool:
        is_copied: bool = copy_rows(cursor, statement, [row], context)
        return is_copied

    return engine


def _connect(patience_s: float | None, args: Any, options: Any) -> Any:
    import psycopg  # noqa: PLC0415 - a fifth of a second that who uses SQLite need not wait

    class Impatient(psycopg.Connection[Any]):
        """libpq has no limit for an answer: a server that is frozen would freeze us."""

        def wait(self, gen: Generator[Any, Any, Any], *more: Any, **named: Any) -> Any:
            """As psycopg's; raises OperationalError when nothing comes for too long."""
            if patience_s is None:
                return super().wait(gen, *more, **named)
            try:
                return super().wait(_bounded(gen, patience_s), *more, **named)
            except TimeoutError:
                self.pgconn.finish()
                raise psycopg.OperationalError(
                    f"no answer within {patience_s:g} s, the connection was closed"
                ) from None

    return Impatient.connect(*args, **options)


def _bounded(steps: Generator[Any, Any, Any], patience_s: float) -> Generator[Any, Any, Any]:
    """What psycopg waits for (``psycopg.waiting``), with TimeoutError once nothing comes."""
    until = time.monotonic() + patience_s
    try:
        wanted = next(steps)
        while True:
            # Falsy where psycopg only looked up, as it does ten times a second.
            if ready := (yield wanted):
                until = time.monotonic() + patience_s
            elif time.monotonic() > until:
                raise TimeoutError
            wanted = steps.send(ready)
    except StopIteration as ended:
        return ended.value


def is_conflict(error: BaseException) -> bool:
    """Whether another transaction was in the way."""
    return getattr(error, "sqlstate", None) in _CONFLICTS


def must_open_again(_error: BaseException) -> bool:
    """Never: a connection that is broken is noticed when it is used."""
    return False


def in_list(column: sa.ColumnElement[Any], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """The condition that the column holds one of these texts or numbers.

    They are one parameter: a thousand take SQLAlchemy longer to write than PostgreSQL to answer.
    """
    return column == sa.any_(sa.literal(values, sa.ARRAY(column.type)))


def in_parameter(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """The same for the list that the parameter of that name is."""
    return column == sa.any_(sa.bindparam(name, type_=sa.ARRAY(column.type)))


def position(text: sa.ColumnElement[str], part: str) -> sa.ColumnElement[int]:
    """Where the part is in the text."""
    return sa.func.strpos(text, part)


def minute_of(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The minute of a moment as text: 2026-11-03 14:03."""
    return sa.func.to_char(moment, "YYYY-MM-DD HH24:MI")


# The driver has times without their zone.
write_utc = naive_utc.write_utc
read_utc = naive_utc.read_utc


def bulk_insert(dialect: sa.Dialect, table: sa.Table, columns: Sequence[str]) -> BulkStatement:
    """A COPY, which ``_engine`` streams."""
    quote = dialect.identifier_preparer.quote
    named = ", ".join(map(quote, columns))
    copy = f"COPY {quote(table.name)} ({named}) FROM STDIN"
    return BulkStatement(copy, columns, {_IS_COPY: True})


def insert_missing(table: sa.Table) -> sa.Insert:
    """An INSERT that leaves a row alone whose key is there."""
    return insert(table).on_conflict_do_nothing()


def size_bytes(connection: sa.Connection) -> int:
    """What its files take."""
    found = connection.exec_driver_sql("SELECT pg_database_size(current_database())")
    return int(found.scalar_one())


def announce_events(connection: sa.Connection) -> None:
    """Send NOTIFY; PostgreSQL delivers it when the transaction is committed."""
    connection.exec_driver_sql(f"NOTIFY {CHANNEL}")


def listener(location: Location) -> Listener:
    """A connection that listens."""
    return PostgresqlListener(_engine(location, "AUTOCOMMIT", _READ_ONLY_SETTING))


def advice(error: BaseException) -> str:
    """What to do about an error of psycopg."""
    cause = " ".join(str(error).split())
    code = getattr(error, "sqlstate", None)
    sentence = _ADVICE.get(code or "")
    if sentence is None and (code is None or code.startswith(("08", "57P"))):
        # Not in names: of hosts, users, files.
        text = re.sub(r'"[^"]*"', "", cause).lower()
        words = (word for word in _ADVICE_BY_WORD if word in text)
        sentence = next((_ADVICE_BY_WORD[word] for word in words), None)
    return (sentence or "{cause}").format(cause=cause)
