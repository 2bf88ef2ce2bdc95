"""The ``event`` table: insert once, read in order."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from vifcast.ledger.operations import duration_ms
from vifcast.model import Event, Phase
from vifcast.store import rows, schema
from vifcast.store.bulk import BulkInsert
from vifcast.store.page import EventQuery, Page, read_cursor, write_cursor

_TABLE = schema.event


@dataclass(frozen=True, slots=True)
class _EventIp:
    ip_address: str
    event_id: int


_INSERT = BulkInsert(sa.insert(_TABLE), Event, "id", "duration_ms")
_INSERT_IP = BulkInsert(sa.insert(schema.event_ip), _EventIp)
_WITHOUT_PAYLOAD = [column for column in _TABLE.columns if column.name != "payload"]


def insert_new(connection: sa.Connection, events: Iterable[Event]) -> list[tuple[int, Event]]:
    """Store those whose message id was not seen before; return them with their new ids.

    They come back in the order of their ids, which is the order they came in.
    """
    new: dict[str, Event] = {}
    for event in events:
        new.setdefault(event.message_id, event)
    known = sa.select(_TABLE.c.message_id).where(_TABLE.c.message_id.in_(new))
    for message_id in connection.scalars(known):
        del new[message_id]
    if not new:
        return []
    before = last_id(connection)
    _INSERT(connection, new.values())
    # Nobody else inserts meanwhile, and an id is never given out twice: these are ours.
    stored = [
        (event_id, new[message_id])
        for event_id, message_id in connection.execute(
            sa.select(_TABLE.c.id, _TABLE.c.message_id)
            .where(_TABLE.c.id > before)
            .order_by(_TABLE.c.id)
        )
    ]
    addresses = [
        _EventIp(address, event_id)
        for event_id, event in stored
        for address in {ip.ip_address for ip in event.fixed_ips}
    ]
    if addresses:
        _INSERT_IP(connection, addresses)
    return stored


def of_operations(connection: sa.Connection, operation_ids: Collection[str]) -> list[Event]:
    """All events of these operations, without payload."""
    return _load(connection, _TABLE.c.operation_id.in_(operation_ids))


def ends_of_ports(connection: sa.Connection, port_ids: Collection[str]) -> list[Event]:
    """The successful ends of these ports, without payload."""
    return _load(connection, _TABLE.c.port_id.in_(port_ids), _TABLE.c.phase == Phase.END)


def _load(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[Event]:
    found = connection.execute(sa.select(*_WITHOUT_PAYLOAD).where(*conditions))
    return [rows.event_from(row) for row in found.mappings()]


def last_id(connection: sa.Connection) -> int:
    """The position of the newest event; 0 in an empty store."""
    return connection.scalar(sa.select(sa.func.max(_TABLE.c.id))) or 0


def after(connection: sa.Connection, event_id: int, limit: int) -> list[Event]:
    """The events stored after a position, oldest first."""
    return _read(connection, _select().where(_TABLE.c.id > event_id).order_by(_TABLE.c.id), limit)


def newest(connection: sa.Connection, limit: int) -> list[Event]:
    """The newest events, oldest of them first."""
    statement = _select().order_by(_TABLE.c.id.desc())
    return _read(connection, statement, limit)[::-1]


def search(
    connection: sa.Connection,
    query: EventQuery,
    *,
    limit: int,
    cursor: str | None,
    oldest_first: bool,
) -> Page[Event]:
    """A page of the events that meet the conditions. Raises InvalidValueError."""
    statement = _select().where(*_conditions(query))
    if cursor:
        (position,) = read_cursor(cursor, int)
        statement = statement.where(
            _TABLE.c.id > position if oldest_first else _TABLE.c.id < position
        )
    order = _TABLE.c.id.asc() if oldest_first else _TABLE.c.id.desc()
    found = _read(connection, statement.order_by(order), limit + 1)
    items = found[:limit]
    more = len(found) > limit
    if not items:
        return Page([], cursor if oldest_first else None)
    return Page(items, write_cursor(items[-1].id) if more or oldest_first else None)


def _conditions(query: EventQuery) -> list[sa.ColumnElement[bool]]:
    columns: list[tuple[sa.Column[Any], Any]] = [
        (_TABLE.c.instance_id, query.instance),
        (_TABLE.c.port_id, query.port),
        (_TABLE.c.mac_address, query.mac),
        (_TABLE.c.compute_host, query.host),
        (_TABLE.c.project_id, query.project),
        (_TABLE.c.event_type, query.event_type),
        (_TABLE.c.action, query.action),
        (_TABLE.c.phase, query.phase),
        (_TABLE.c.operation_id, query.operation),
    ]
    conditions = [column == value for column, value in columns if value is not None]
    if query.ip is not None:
        address = schema.event_ip
        conditions.append(
            _TABLE.c.id.in_(sa.select(address.c.event_id).where(address.c.ip_address == query.ip))
        )
    if query.since is not None:
        conditions.append(_TABLE.c.occurred_at >= query.since)
    if query.until is not None:
        conditions.append(_TABLE.c.occurred_at < query.until)
    return conditions


def _select() -> sa.Select[Any]:
    operation = schema.operation
    return sa.select(_TABLE, operation.c.started_at).outerjoin(
        operation, operation.c.id == _TABLE.c.operation_id
    )


def _read(connection: sa.Connection, statement: sa.Select[Any], limit: int) -> list[Event]:
    events = []
    for row in connection.execute(statement.limit(limit)).mappings():
        values = dict(row)
        started_at = values.pop("started_at")
        events.append(with_duration(rows.event_from(values), started_at))
    return events


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that was stored just now."""

    id: int
    event: Event
    started_at: dt.datetime | None

    def read_back(self) -> Event:
        """The event as whoever reads the store sees it."""
        return with_duration(replace(self.event, id=self.id), self.started_at)


def with_duration(event: Event, started_at: dt.datetime | None) -> Event:
    """The event with the time since its operation's start, where it ends one."""
    if event.phase is Phase.START:
        return event
    return replace(event, duration_ms=duration_ms(started_at, event.occurred_at))
