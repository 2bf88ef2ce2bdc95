"""A store with millions of events: a few thousand, written by ``Store.write``, copied in SQL.

Each copy has ids, ports, MACs and servers of its own and lies ten thousand seconds later; of
two and a half thousand copies, five share their addresses, one after the other. Payloads are as
good as empty: they are read with their row, and twenty times the disk would show nothing else.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from msgspec.structs import replace

from bench import bodies
from vifcast import times
from vifcast.model import Event
from vifcast.notification.interpret import interpret
from vifcast.store import Store
from vifcast.store.sql import schema
from vifcast.store.sql.json_types import Json
from vifcast.store.sql.types import UtcDateTime

_NICS = 1000
_EVENTS = 4 * _NICS  # start and end of each attach and of each detach
_COPIES_AT_ONCE = 100
_TABLES = (schema.event, schema.event_ip, schema.operation, schema.attachment, schema.attachment_ip)
_COUNTED = {"event.id", "event_ip.event_id"}
_UUIDS = {
    *("message_id", "instance_id", "operation_id", "correlation_id", "port_id", "nic"),
    *("attach_operation_id", "detach_operation_id"),
}


@dataclass(frozen=True)
class _Words:
    """How a database says the value of ``{0}`` in the ``n``-th copy."""

    numbers: str
    uuid: str
    mac: str
    time: str
    json: str


# The addresses of the first are 10.0.x.y.
_NETWORK = "(10 + n / 250 - n / 500 * 2) || '.' || (n - n / 250 * 250) || '.'"
_WORDS = {
    "sqlite": _Words(
        "(WITH RECURSIVE numbers(n) AS (SELECT {0} UNION ALL SELECT n + 1 FROM numbers"
        " WHERE n < {1}) SELECT n FROM numbers)",
        "printf('%08x', n) || substr({0}, 9)",
        "printf('%02x:%02x', n / 256, n - n / 256 * 256) || substr({0}, 6)",
        "strftime('%Y-%m-%d %H:%M:%f', {0}, (n * 10000) || ' seconds') || '000'",
        f"replace({{0}}, '10.0.', {_NETWORK})",
    ),
    "postgresql": _Words(
        "generate_series({0}, {1}) AS numbers(n)",
        "lpad(to_hex(n), 8, '0') || substr({0}, 9)",
        "lpad(to_hex(n / 256), 2, '0') || ':' || lpad(to_hex(n - n / 256 * 256), 2, '0')"
        " || substr({0}, 6)",
        "{0} + n * interval '10000 seconds'",
        f"replace({{0}}::text, '10.0.', {_NETWORK})::json",
    ),
}


def fill(store: Store, engine: sa.Engine, count: int) -> None:
    """Write the first events and copy them until there are ``count``."""
    store.write(list(_events()), [])
    words = _WORDS[engine.dialect.name]
    with engine.connect() as connection:
        for table in _TABLES:
            connection.exec_driver_sql(
                f"CREATE TEMPORARY TABLE first_{table.name} AS SELECT * FROM {table.name}"
            )
        if engine.dialect.name == "postgresql":
            # Without its checks of foreign keys, which it plans for the small tables that are.
            connection.exec_driver_sql("SET session_replication_role = replica")
        connection.commit()
        for first in range(1, count // _EVENTS, _COPIES_AT_ONCE):
            last = min(first + _COPIES_AT_ONCE, count // _EVENTS) - 1
            for table in _TABLES:
                connection.exec_driver_sql(_copies(table, words, first, last))
            connection.commit()
            print(f"  {(last + 1) * _EVENTS:,} events", flush=True)
        if engine.dialect.name == "postgresql":
            # Its autovacuum would, in a minute or so; nobody does it for SQLite.
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


def _events() -> Iterator[Event]:
    now = times.now()
    for body in bodies.comings_and_goings(_NICS):
        event = interpret(body, now, len(body))
        assert isinstance(event, Event)
        yield replace(event, payload=json.dumps({"instance_id": event.instance_id}))


def _copies(table: sa.Table, words: _Words, first: int, last: int) -> str:
    names = ", ".join(column.name for column in table.columns)
    values = ", ".join(_copied(column, words).format(column.name) for column in table.columns)
    numbers = words.numbers.format(first, last)
    statement = f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {numbers}"
    return f"{statement} CROSS JOIN first_{table.name}"


def _copied(column: "sa.Column[object]", words: _Words) -> str:
    if str(column) in _COUNTED:
        return f"{{0}} + n * {_EVENTS}"
    if column.name in _UUIDS:
        return words.uuid
    if column.name == "mac_address":
        return words.mac
    if column.name == "ip_address":
        return f"replace({{0}}, '10.0.', {_NETWORK})"
    if isinstance(column.type, UtcDateTime):
        return words.time
    return words.json if isinstance(column.type, Json) else "{0}"
