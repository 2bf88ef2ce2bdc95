"""Values that are JSON in a column, in SQLite, MariaDB and PostgreSQL alike.

MariaDB's JSON refuses what is nested more than 32 levels deep, so that JSON is text there.

Migrations use these too; see ``types``.
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
from vifcast.store.sql.types import EXACT, MARIADB, SQLITE, DeclaredText

_AS_TEXT = (MARIADB, SQLITE)


class Json(sa.types.TypeDecorator[Any]):
    """A value of JSON; SQL's NULL for None.

    Kinds of values of their own have subclasses, which say how they are written in JSON.
    """

    impl = sa.JSON
    cache_ok = True

    def to_json_value(self, value: Any) -> Any:
        """What JSON can hold of the value; None for NULL."""
        return value

    def from_json_value(self, found: Any) -> Any:
        """The value of what ``to_json_value`` returned; not called for NULL."""
        return found

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """JSON, or text where that is more."""
        if dialect.name == SQLITE:
            return DeclaredText("JSON")
        if dialect.name == MARIADB:
            return mysql.LONGTEXT(**EXACT)
        return dialect.type_descriptor(sa.JSON(none_as_null=True))

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        """Where the column is text, in one step."""
        return self._write if dialect.name in _AS_TEXT else super().bind_processor(dialect)

    def process_bind_param(self, value: Any, _dialect: sa.Dialect) -> Any:
        """As JSON can hold it; the driver writes that."""
        return self.to_json_value(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """The value, read where the column is text."""
        if value is None:
            return None
        return self.from_json_value(to_value(value) if dialect.name in _AS_TEXT else value)

    def _write(self, value: Any) -> str | None:
        written = self.to_json_value(value)
        return None if written is None else to_json(written)


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

    def to_json_value(self, value: Any) -> Any:
        """To JSON's objects."""
        return msgspec.to_builtins(value)

    def from_json_value(self, found: Any) -> Any:
        """From JSON's objects."""
        return msgspec.convert(found, self.kind)

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

    def to_json_value(self, value: tuple[str, ...]) -> Any:
        """Notes to a list."""
        return list(value) or None

    def from_json_value(self, found: Any) -> tuple[str, ...]:
        """A list to notes."""
        return tuple(found)


class Addresses(Json):
    """Addresses and their times in Python, JSON in the database."""

    cache_ok = True

    def to_json_value(self, value: tuple[AddressPeriod, ...]) -> Any:
        """Addresses to lists of three."""
        return [
            [each.ip_address, times.to_text(each.since_at), times.to_text(each.until_at)]
            for each in value
        ]

    def from_json_value(self, found: Any) -> tuple[AddressPeriod, ...]:
        """Lists of three to addresses."""
        return tuple(
            AddressPeriod(address, _moment(since_at), _moment(until_at))
            for address, since_at, until_at in found
        )


class Hosts(Json):
    """Compute hosts and their times in Python, JSON in the database."""

    cache_ok = True

    def to_json_value(self, value: tuple[HostPeriod, ...]) -> Any:
        """Hosts to lists of three."""
        return [
            [each.compute_host, times.to_text(each.since_at), times.to_text(each.until_at)]
            for each in value
        ]

    def from_json_value(self, found: Any) -> tuple[HostPeriod, ...]:
        """Lists of three to hosts."""
        return tuple(
            HostPeriod(host, _moment(since_at), _moment(until_at))
            for host, since_at, until_at in found
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
