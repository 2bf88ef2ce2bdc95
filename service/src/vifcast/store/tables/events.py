"""The ``event`` table: insert once, read in order."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import sqlalchemy as sa
from msgspec import Struct, convert
from msgspec.structs import replace

from vifcast.ledger.change import Listing
from vifcast.ledger.moves import MoveEvent
from vifcast.ledger.operations import duration_ms
from vifcast.model import Action, Event, Operation, Phase, Source
from vifcast.store.queries import EventQuery, Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.reused_select import ReusedSelect
from vifcast.store.tables import event_nics
from vifcast.store.tables.finality import not_too_old

_TABLE = schema.event


class _EventIp(Struct, frozen=True, gc=False):
    ip_address: str
    event_id: int


_INSERT = BulkInsert(_TABLE, Event, "id", "duration_ms")
_INSERT_IP = BulkInsert(schema.event_ip, _EventIp)
_COLUMNS = [_TABLE.c[name] for name in Event.__struct_fields__ if name != "duration_ms"]
# MariaDB reads the whole table where it is asked for very many rows (optimizer_max_sel_arg_weight).
_AT_ONCE = 10_000
_MOVE_EVENT = [_TABLE.c[name] for name in MoveEvent._fields]
_LISTING = [_TABLE.c[name] for name in Listing._fields]
_STATES = (Action.CREATE, Action.DELETE, Action.MOVE, Action.SIGHTING)
_WITHOUT_PAYLOAD = [
    sa.literal_column("'{}'").label("payload") if column.name == "payload" else column
    for column in _COLUMNS
]


def insert_new(connection: sa.Connection, events: Iterable[Event]) -> list[tuple[int, Event]]:
    """Store those whose message id was not seen before; return them with their new ids.

    They come back in the order of their ids, which is the order they came in.
    """
    new: dict[str, Event] = {}
    for event in not_too_old(connection, events):
        new.setdefault(event.message_id, event)
    if not new:
        return []
    # Nobody else inserts meanwhile: a transaction that writes holds the writers' lock.
    known = sa.select(_TABLE.c.message_id).where(in_list(connection, _TABLE.c.message_id, new))
    for message_id in connection.scalars(known):
        del new[message_id]
    if not new:
        return []
    before = last_id(connection)
    _INSERT(connection, new.values())
    stored = list(zip(_ids_after(connection, before, len(new)), new.values(), strict=True))
    addresses = [
        _EventIp(address, event_id)
        for event_id, event in stored
        for address in _addresses_of(event)
    ]
    if addresses:
        _INSERT_IP(connection, addresses)
    event_nics.insert_of(connection, stored)
    return stored


def _ids_after(connection: sa.Connection, before: int, count: int) -> Sequence[int]:
    """The ids that the newest events were given, in their order."""
    newer = _TABLE.c.id > before
    bounds = sa.select(sa.func.min(_TABLE.c.id), sa.func.max(_TABLE.c.id)).where(newer)
    first, last = connection.execute(bounds).one()
    if last - first + 1 == count:
        return range(first, last + 1)
    # Not one after the other, as where several servers of a cluster count for themselves.
    return connection.scalars(sa.select(_TABLE.c.id).where(newer).order_by(_TABLE.c.id)).all()


def _addresses_of(event: Event) -> set[str]:
    found = {ip.ip_address for ip in event.fixed_ips}
    for nic in event.nics or ():
        found.update(ip.ip_address for ip in nic.fixed_ips)
    return found


def of_correlations(
    connection: sa.Connection, correlation_ids: Collection[str]
) -> dict[str, list[Event]]:
    """All events of each of these, without payload."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in _load(connection, in_list(connection, _TABLE.c.correlation_id, correlation_ids)):
        found[event.correlation_id or ""].append(event)
    return found


def of_ids(connection: sa.Connection, ids: Collection[int]) -> list[Event]:
    """These events, without payload."""
    return _load(connection, in_list(connection, _TABLE.c.id, sorted(ids))) if ids else []


def lists_of(connection: sa.Connection, instance_ids: Collection[str]) -> dict[str, list[Listing]]:
    """The lists in versioned notifications of attaches and detaches of each of these instances."""
    found: dict[str, list[Listing]] = defaultdict(list)
    rows_found = connection.execute(
        sa.select(*_LISTING).where(
            in_list(connection, _TABLE.c.instance_id, instance_ids),
            _TABLE.c.source == Source.NOVA_VERSIONED,
            _TABLE.c.nics.is_not(None),
        )
    )
    for row in rows_found:
        found[row.instance_id].append(Listing(*row))
    return found


def listing_instances(connection: sa.Connection, event_ids: Collection[int]) -> set[str]:
    """The instances of those of these events that are versioned ones of attaches and detaches."""
    return set(
        connection.scalars(
            sa.select(_TABLE.c.instance_id)
            .where(
                in_list(connection, _TABLE.c.id, event_ids),
                _TABLE.c.source == Source.NOVA_VERSIONED,
                _TABLE.c.instance_id.is_not(None),
            )
            .distinct()
        )
    )


def move_events(connection: sa.Connection, event_ids: Collection[int]) -> Iterator[MoveEvent]:
    """What these report of where NICs are; those of them that report operations are left out."""
    ids = sorted(event_ids)
    for place in range(0, len(ids), _AT_ONCE):
        found = connection.execute(
            sa.select(*_MOVE_EVENT).where(
                in_list(connection, _TABLE.c.id, ids[place : place + _AT_ONCE]),
                _TABLE.c.action.in_(_STATES),
            )
        )
        for row in found:
            yield MoveEvent(*row)


def in_order(connection: sa.Connection, after_id: int, limit: int) -> list[Event]:
    """So many events from behind that id on, as they were stored, without payload."""
    statement = sa.select(*_WITHOUT_PAYLOAD).where(_TABLE.c.id > after_id)
    return rows.structs(Event, connection.execute(statement.order_by(_TABLE.c.id).limit(limit)))


def give_operations(connection: sa.Connection, changed: dict[int, str]) -> None:
    """Note the operation that each of these events, by id, turned out to belong to."""
    if changed:
        connection.execute(
            sa.update(_TABLE)
            .where(_TABLE.c.id == sa.bindparam("event_id"))
            .values(operation_id=sa.bindparam("its_operation")),
            [{"event_id": key, "its_operation": value} for key, value in changed.items()],
        )


def _load(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[Event]:
    return rows.structs(Event, connection.execute(sa.select(*_WITHOUT_PAYLOAD).where(*conditions)))


def last_id(connection: sa.Connection) -> int:
    """The position of the newest event; 0 in an empty store."""
    return connection.scalar(sa.select(sa.func.max(_TABLE.c.id))) or 0


def after(connection: sa.Connection, event_id: int, limit: int) -> list[Event]:
    """The events stored after a position, oldest first."""
    return _search(connection, EventQuery(), limit=limit, position=event_id, oldest_first=True)


def newest(connection: sa.Connection, limit: int) -> list[Event]:
    """The newest events, oldest of them first."""
    found = _search(connection, EventQuery(), limit=limit, position=None, oldest_first=False)
    return found[::-1]


def search(
    connection: sa.Connection,
    query: EventQuery,
    *,
    limit: int,
    cursor: str | None,
    oldest_first: bool,
) -> Page[Event]:
    """A page of the events that meet the conditions. Raises InvalidValueError."""
    position = read_cursor(cursor, int)[0] if cursor else None
    found = _search(
        connection, query, limit=limit + 1, position=position, oldest_first=oldest_first
    )
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
    if query.operation is not None:
        # That is what there is an index for.
        operation = schema.operation
        conditions.append(
            _TABLE.c.correlation_id.in_(
                sa.select(operation.c.correlation_id).where(operation.c.id == query.operation)
            )
        )
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


def _select(query: EventQuery, *, limit: Any, position: Any, oldest_first: bool) -> sa.Select[Any]:
    operation = schema.operation
    conditions = _conditions(query)
    if position is not None:
        conditions.append(_TABLE.c.id > position if oldest_first else _TABLE.c.id < position)
    return (
        sa.select(*_COLUMNS, operation.c.started_at)
        .outerjoin(
            operation,
            sa.and_(
                operation.c.correlation_id == _TABLE.c.correlation_id,
                operation.c.id == _TABLE.c.operation_id,
            ),
        )
        .where(*conditions)
        .order_by(_TABLE.c.id.asc() if oldest_first else _TABLE.c.id.desc())
        .limit(limit)
    )


_SELECT = ReusedSelect(_select, EventQuery)


def _search(
    connection: sa.Connection,
    query: EventQuery,
    *,
    limit: int,
    position: Any,
    oldest_first: bool,
) -> list[Event]:
    found = _SELECT(connection, query, limit=limit, position=position, oldest_first=oldest_first)
    return [with_duration(convert(row, Event), row["started_at"]) for row in rows.dicts(found)]


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that was stored just now."""

    id: int
    event: Event
    started_at: dt.datetime | None

    @classmethod
    def of(cls, event_id: int, event: Event, operations: Mapping[int, Operation]) -> Self:
        """With the operation that it turned out to belong to, if any."""
        operation = operations.get(event_id)
        if operation is None:
            return cls(event_id, event, None)
        if event.operation_id != operation.id:
            event = replace(event, operation_id=operation.id)
        return cls(event_id, event, operation.started_at)

    def read_back(self) -> Event:
        """The event as whoever reads the store sees it."""
        return with_duration(replace(self.event, id=self.id), self.started_at)


def with_duration(event: Event, started_at: dt.datetime | None) -> Event:
    """The event with the time since its operation's start, where it ends one."""
    if event.phase is Phase.START or event.correlation_id is None:
        return event
    return replace(event, duration_ms=duration_ms(started_at, event.occurred_at))
