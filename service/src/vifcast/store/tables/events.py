"""The ``event`` table: what is inserted once, and what the projections read of it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

import sqlalchemy as sa
from msgspec import Struct

from vifcast.ledger.change import Listing
from vifcast.ledger.moves import MoveEvent
from vifcast.model import Action, Event, Source
from vifcast.store.sql import rows, schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.types import UtcDateTime
from vifcast.store.tables import event_nics
from vifcast.store.tables.finality import not_too_old

_TABLE = schema.event


class _EventIp(Struct, frozen=True, gc=False):
    ip_address: str
    event_id: int


_INSERT = BulkInsert(_TABLE, Event, "id", "duration_ms")
_INSERT_IP = BulkInsert(schema.event_ip, _EventIp)
COLUMNS = [_TABLE.c[name] for name in Event.__struct_fields__ if name != "duration_ms"]
# MariaDB reads the whole table where it is asked for very many rows (optimizer_max_sel_arg_weight).
_AT_ONCE = 10_000
_MOVE_EVENT = [_TABLE.c[name] for name in MoveEvent._fields]
_LISTING = [_TABLE.c[name] for name in Listing._fields]
_STATES = (Action.CREATE, Action.DELETE, Action.MOVE, Action.SIGHTING)
_WITHOUT_PAYLOAD = [
    sa.literal_column("'{}'").label("payload") if column.name == "payload" else column
    for column in COLUMNS
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
        _EventIp(address, event_id) for event_id, event in stored for address in addresses_of(event)
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


def addresses_of(event: Event) -> set[str]:
    """All IP addresses by which the event is found."""
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


def occurred_between(
    connection: sa.Connection,
    after_id: int,
    last_id: int,
    since: dt.datetime,
    until: dt.datetime,
    limit: int,
) -> list[Event]:
    """So many events of these positions that occurred in that time, without payload."""
    occurred_at = _TABLE.c.occurred_at
    statement = sa.select(*_WITHOUT_PAYLOAD).where(
        _TABLE.c.id > after_id,
        _TABLE.c.id <= last_id,
        occurred_at >= sa.type_coerce(since, UtcDateTime),
        occurred_at < sa.type_coerce(until, UtcDateTime),
    )
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
