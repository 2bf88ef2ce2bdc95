"""Values that are JSON in a column, in SQLite, MariaDB and PostgreSQL alike.

Migrations use these too; see ``types``.
"""

import datetime as dt
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from vifcast import times
from vifcast.host import Lane, Outbox
from vifcast.model import AddressPeriod, FixedIp, HostPeriod, Nic
from vifcast.process import ReadBroker
from vifcast.store.backends.backend import backend_of
from vifcast.store.backends.json import to_json, to_value
from vifcast.subscription.subscription import Owner


class Json(sa.types.TypeDecorator[Any]):
    """A value of JSON; SQL's NULL for None.

    Kinds of values of their own have subclasses, which say how they are written and read.
    """

    impl = sa.Text
    cache_ok = True

    def write(self, value: Any) -> str | None:
        """The text of the value, or None for NULL."""
        return None if value is None else to_json(value)

    def read(self, text: str | None) -> Any:
        """The value of what ``write`` returned."""
        return None if text is None else to_value(text)

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The database's own."""
        return backend_of(dialect).column_types.json

    def bind_processor(self, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """Value to text."""
        return self.write

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:  # noqa: ARG002
        """Text to value."""
        return self.read


class JsonText(Json):
    """JSON in the database, and in Python the text of it: it is kept as it is, and rarely read."""

    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """None: it is written already."""
        return None

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:  # noqa: ARG002
        """None: it is wanted as it is."""
        return None


_encode = msgspec.json.Encoder().encode


class Structs(Json):
    """Structs, or a tuple of them, of the type ``kind`` in Python, JSON in the database."""

    cache_ok = True
    kind: Any = None

    def write(self, value: Any) -> str | None:
        """To JSON's objects."""
        return None if value is None else _encode(value).decode()

    def read(self, text: str | None) -> Any:
        """From JSON's objects."""
        return None if text is None else msgspec.json.decode(text, type=self.kind)


class FixedIps(Structs):
    """Addresses of a NIC."""

    cache_ok = True
    kind = tuple[FixedIp, ...]


class Nics(Structs):
    """A list of NICs; of each only what is known."""

    cache_ok = True
    kind = tuple[Nic, ...]

    def read(self, text: str | None) -> Any:
        """The value; of one instance many lists are the same text."""
        return None if text is None else _nics(text)


@lru_cache(maxsize=4096)
def _nics(text: str) -> Any:
    return msgspec.json.decode(text, type=tuple[Nic, ...])


class Notes(Json):
    """Notes of an event in Python, JSON in the database; NULL for none, as most often."""

    cache_ok = True

    def write(self, value: tuple[str, ...]) -> str | None:
        """Notes to a list."""
        return to_json(value) if value else None

    def read(self, text: str | None) -> tuple[str, ...]:
        """A list to notes."""
        return () if text is None else tuple(to_value(text))


class Addresses(Json):
    """Addresses and their times in Python, JSON in the database."""

    cache_ok = True

    def write(self, value: tuple[AddressPeriod, ...]) -> str:
        """Addresses to lists of three."""
        return to_json(
            [
                [each.ip_address, times.to_text(each.since_at), times.to_text(each.until_at)]
                for each in value
            ]
        )

    def read(self, text: str | None) -> tuple[AddressPeriod, ...]:
        """Lists of three to addresses."""
        return tuple(
            AddressPeriod(address, _moment(since_at), _moment(until_at))
            for address, since_at, until_at in to_value(text or "[]")
        )


class Hosts(Json):
    """Compute hosts and their times in Python, JSON in the database."""

    cache_ok = True

    def write(self, value: tuple[HostPeriod, ...]) -> str:
        """Hosts to lists of three."""
        if len(value) == 1:
            (only,) = value
            if only.since_at is None and only.until_at is None:
                return _one_host(only.compute_host)
        return to_json(
            [
                [each.compute_host, times.to_text(each.since_at), times.to_text(each.until_at)]
                for each in value
            ]
        )

    def read(self, text: str | None) -> tuple[HostPeriod, ...]:
        """Lists of three to hosts."""
        return tuple(
            HostPeriod(host, _moment(since_at), _moment(until_at))
            for host, since_at, until_at in to_value(text or "[]")
        )


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


class ReadBrokersJson(Structs):
    """How a process reads its brokers."""

    cache_ok = True
    kind = tuple[ReadBroker, ...]


class OwnerJson(Structs):
    """Who made a subscription."""

    cache_ok = True
    kind = Owner
