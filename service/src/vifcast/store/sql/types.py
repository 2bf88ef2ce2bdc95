"""Column types that mean the same in SQLite, MariaDB and PostgreSQL.

Text compares byte by byte, trailing blanks included, and sorts by code point: so does SQLite,
MariaDB with the collation ``utf8mb4_nopad_bin`` and PostgreSQL with ``"C"``. MariaDB's DATETIME
counts whole seconds unless declared otherwise, its TEXT and BLOB end at 64 KiB, and its JSON
refuses what is nested more than 32 levels deep, so that JSON is text there.

Migrations use these too. What is in databases does not change with this file: another type
is another name here, and a migration.
"""

import datetime as dt
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from vifcast import times
from vifcast.host import Lane, Outbox
from vifcast.model import AddressPeriod, FixedIp, HostPeriod, Nic
from vifcast.store.backends.json import to_json, to_value

_MARIADB = "mariadb"
_SQLITE = "sqlite"
_AS_TEXT = (_MARIADB, _SQLITE)
_EXACT: dict[str, Any] = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}


def text(length: int = 255) -> sa.types.TypeEngine[str]:
    """Text of at most so many characters, also in an index."""
    exact = mysql.VARCHAR(length, **_EXACT)
    in_c = sa.String(length, collation="C")
    return sa.String(length).with_variant(exact, _MARIADB).with_variant(in_c, "postgresql")


# Attachment.nic: a few letters, and a port's id or a MAC.
NIC = text(300)

# Gap.subject: the names of a queue and an exchange, each as long as AMQP lets it be, and more.
SUBJECT = text(560)

LONG_TEXT: sa.types.TypeEngine[str] = sa.Text().with_variant(mysql.LONGTEXT(**_EXACT), _MARIADB)
LONG_BYTES: sa.types.TypeEngine[bytes] = sa.LargeBinary().with_variant(mysql.LONGBLOB(), _MARIADB)

# 64 bits. SQLite's INTEGER has them already, and only an INTEGER PRIMARY KEY counts by itself.
INTEGER: sa.types.TypeEngine[int] = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class _Text(sa.types.UserDefinedType[str]):
    """Text in a column that is declared as something else, as SQLite lets one.

    SQLAlchemy's own types for SQLite come to the same text in more steps.
    """

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **_: Any) -> str:
        """As it is declared."""
        return self.declared


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An aware time in Python, a naive UTC one with microseconds in the database."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """MariaDB's with its six digits."""
        if dialect.name == _SQLITE:
            return _Text("DATETIME")
        return mysql.DATETIME(fsp=6) if dialect.name == _MARIADB else sa.DateTime()

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        """That of SQLite, by far the most used, in one step."""
        return _naive_text if dialect.name == _SQLITE else super().bind_processor(dialect)

    def process_bind_param(self, value: dt.datetime | None, _dialect: sa.Dialect) -> Any:
        """Aware to naive UTC."""
        return None if value is None else value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        """Naive UTC to aware."""
        if value is None:
            return None
        naive = dt.datetime.fromisoformat(value) if dialect.name == _SQLITE else value
        return naive.replace(tzinfo=dt.UTC)


@lru_cache(maxsize=4096)  # of one batch, most times occur several times
def _naive_text(moment: dt.datetime | None) -> str | None:
    if moment is None:
        return None
    utc = moment if moment.tzinfo is dt.UTC else moment.astimezone(dt.UTC)
    return utc.isoformat(" ", "microseconds").removesuffix("+00:00")


class Json(sa.types.TypeDecorator[Any]):
    """A value of JSON; SQL's NULL for None.

    Kinds of values of their own have subclasses, which say how they are written in JSON.
    """

    impl = sa.JSON
    cache_ok = True

    def tell(self, value: Any) -> Any:
        """What JSON can hold of the value; None for NULL."""
        return value

    def understand(self, told: Any) -> Any:
        """The value of which ``tell`` told; not called for NULL."""
        return told

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """JSON, or text where that is more."""
        if dialect.name == _SQLITE:
            return _Text("JSON")
        if dialect.name == _MARIADB:
            return mysql.LONGTEXT(**_EXACT)
        return dialect.type_descriptor(sa.JSON(none_as_null=True))

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        """Where the column is text, in one step."""
        return self._write if dialect.name in _AS_TEXT else super().bind_processor(dialect)

    def process_bind_param(self, value: Any, _dialect: sa.Dialect) -> Any:
        """As JSON can hold it; the driver writes that."""
        return self.tell(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """The value, read where the column is text."""
        if value is None:
            return None
        return self.understand(to_value(value) if dialect.name in _AS_TEXT else value)

    def _write(self, value: Any) -> str | None:
        told = self.tell(value)
        return None if told is None else to_json(told)


class JsonText(Json):
    """JSON in the database, and in Python the text of it: it is kept as it is, and rarely read."""

    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """JSON that is read as text."""
        return super().load_dialect_impl(dialect) if dialect.name in _AS_TEXT else _JsonAsText()

    def bind_processor(self, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """None: it is written already."""
        return None

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:  # noqa: ARG002
        """None: it is wanted as it is."""
        return None


class _JsonAsText(sa.types.UserDefinedType[str]):
    """Of PostgreSQL, whose driver would read a JSON column."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """As it is declared."""
        return "JSON"

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """What is selected for it."""
        return sa.cast(column, sa.Text)


class Structs(Json):
    """Structs, or a tuple of them, of the type ``kind`` in Python, JSON in the database."""

    cache_ok = True
    kind: Any = None

    def tell(self, value: Any) -> Any:
        """To JSON's objects."""
        return msgspec.to_builtins(value)

    def understand(self, told: Any) -> Any:
        """From JSON's objects."""
        return msgspec.convert(told, self.kind)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """The value, in one step where the column is text."""
        if isinstance(value, str) and dialect.name in _AS_TEXT:
            return msgspec.json.decode(value, type=self.kind)
        return super().process_result_value(value, dialect)

    def _write(self, value: Any) -> str | None:
        return None if value is None else _encode(value).decode()


_encode = msgspec.json.Encoder().encode


class FixedIps(Structs):
    """Addresses of a NIC."""

    cache_ok = True
    kind = tuple[FixedIp, ...]


class Nics(Structs):
    """A list of NICs; of each only what is known."""

    cache_ok = True
    kind = tuple[Nic, ...]

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """The value; of one instance many lists are the same text."""
        if isinstance(value, str) and dialect.name in _AS_TEXT:
            return _nics(value)
        return super().process_result_value(value, dialect)


@lru_cache(maxsize=4096)
def _nics(text: str) -> Any:
    return msgspec.json.decode(text, type=tuple[Nic, ...])


class Notes(Json):
    """Notes of an event in Python, JSON in the database; NULL for none, as most often."""

    cache_ok = True

    def tell(self, value: tuple[str, ...]) -> Any:
        """Notes to a list."""
        return list(value) or None

    def understand(self, told: Any) -> tuple[str, ...]:
        """A list to notes."""
        return tuple(told)


class Addresses(Json):
    """Addresses and their times in Python, JSON in the database."""

    cache_ok = True

    def tell(self, value: tuple[AddressPeriod, ...]) -> Any:
        """Addresses to lists of three."""
        return [
            [each.ip_address, times.to_text(each.since_at), times.to_text(each.until_at)]
            for each in value
        ]

    def understand(self, told: Any) -> tuple[AddressPeriod, ...]:
        """Lists of three to addresses."""
        return tuple(
            AddressPeriod(address, _moment(since_at), _moment(until_at))
            for address, since_at, until_at in told
        )


class Hosts(Json):
    """Compute hosts and their times in Python, JSON in the database."""

    cache_ok = True

    def tell(self, value: tuple[HostPeriod, ...]) -> Any:
        """Hosts to lists of three."""
        return [
            [each.compute_host, times.to_text(each.since_at), times.to_text(each.until_at)]
            for each in value
        ]

    def understand(self, told: Any) -> tuple[HostPeriod, ...]:
        """Lists of three to hosts."""
        return tuple(
            HostPeriod(host, _moment(since_at), _moment(until_at))
            for host, since_at, until_at in told
        )

    def _write(self, value: tuple[HostPeriod, ...] | None) -> str | None:
        if value is not None and len(value) == 1:
            (only,) = value
            if only.since_at is None and only.until_at is None:
                return _one_host(only.compute_host)
        return super()._write(value)


@lru_cache(maxsize=4096)  # most attachments have one, and a cloud few
def _one_host(host: str) -> str:
    return to_json([[host, None, None]])


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


class OutboxJson(Structs):
    """An outbox."""

    cache_ok = True
    kind = Outbox


class LaneJson(Structs):
    """A lane."""

    cache_ok = True
    kind = Lane


class Names(sa.types.TypeDecorator[tuple[str, ...]]):
    """Several names in Python, text with a line for each in the database; no name has a line break.

    Each is between two line breaks, so that SQL finds it whole.
    """

    impl = LONG_TEXT
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """Names to text."""
        return None if value is None else "\n".join(["", *value, ""])

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> tuple[str, ...] | None:  # noqa: ARG002
        """Text to names."""
        return None if value is None else tuple(value.strip("\n").split("\n"))
